//! Lists of scores, each with its trace.

mod hot;
mod list;
mod one;
mod placed;

use std::sync::Arc;

use spanstone_model::{Score, ScoreId, Text, Timestamp, Trace};

use crate::filter::Filter;
use crate::page::PageRequest;

pub use list::{HotScores, ScoreSearch};
pub use one::HotScore;
pub use placed::Placements;

/// Which scores are wanted, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreQuery {
    /// Those that pass this.
    pub filter: Filter,
    /// Of them this page.
    pub page: PageRequest,
    /// Whether to leave out scores whose trace is unknown; scores that name no trace stay.
    pub require_trace: bool,
    /// Whether to leave out corrections and the scores of sessions and runs, which the oldest clients cannot read.
    pub listable_only: bool,
}

/// A place in the list of scores by time, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreCursor {
    /// The time of the last score that was given.
    pub timestamp: Timestamp,
    /// Its id.
    pub id: ScoreId,
}

/// A score and its trace.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRow {
    /// The score.
    pub score: Arc<Score>,
    /// Its trace, if it names one that is known.
    pub trace: Option<Arc<Trace>>,
    /// The pieces of its metadata, when they were read with the row.
    pub metadata: Option<Vec<Text>>,
}
