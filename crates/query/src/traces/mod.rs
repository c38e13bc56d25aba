//! Lists of traces, and one trace with all that belongs to it.
//!
//! Owns what a trace without a name, an input or an output of its own takes from the observation that stands for it.

pub(crate) mod deep;
mod hot;
mod list;
mod one;
mod rows;

use std::sync::Arc;

use spanstone_model::{Observation, ObservationId, Root, Score, Timestamp, Trace, TraceId, TraceStats};
use spanstone_store::hot::TraceView;
use spanstone_store::segment::SealedPayloads;

use crate::filter::{Column, Filter};
use crate::observations::ObservationRow;
use crate::page::{Direction, PageRequest};
use crate::scores::ScoreRow;

pub(crate) use hot::Asked;
pub(crate) use rows::by_segment;

pub use list::{HotTraces, TraceSearch};
pub use one::HotTrace;

/// A trace and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceRow {
    /// The trace, with the name and the version of its root where it has none of its own.
    pub trace: Arc<Trace>,
    /// What its observations come to.
    pub stats: TraceStats,
    /// Its observations, if they were asked for.
    pub observation_ids: Vec<ObservationId>,
    /// The scores of the trace and of its observations, without corrections, if they were asked for.
    pub scores: Vec<Arc<Score>>,
    /// Where its own texts are.
    pub texts: Texts,
    /// Whose texts stand in for those that it lacks.
    pub lender: Option<Lender>,
}

/// Where the texts of a row are: input, output and metadata.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Texts {
    /// Where the references of the row say.
    #[default]
    Referred,
    /// They were read with the row.
    Read(SealedPayloads),
}

/// The root of a trace, as far as its texts stand in for the trace's.
#[derive(Debug, Clone, PartialEq)]
pub struct Lender {
    /// Which observation it is.
    pub id: ObservationId,
    /// Its row, when it is in memory.
    pub observation: Option<Arc<Observation>>,
    /// Where its texts are, once they were asked for.
    pub texts: Texts,
    /// Whether it lends its input.
    pub input: bool,
    /// Whether it lends its output.
    pub output: bool,
    /// Whether it lends its metadata.
    pub metadata: bool,
}

/// How much of each trace is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParts {
    /// Its texts.
    pub texts: bool,
    /// The ids of its observations.
    pub observation_ids: bool,
    /// Its scores.
    pub scores: bool,
    /// All that its observations come to; else how long it took and what it cost in all.
    pub sums: bool,
}

impl TraceParts {
    /// Everything.
    pub const ALL: Self = Self { texts: true, observation_ids: true, scores: true, sums: true };
}

/// How a list of traces is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceOrder {
    /// By which field of the trace.
    pub by: Column,
    /// Which end comes first.
    pub direction: Direction,
}

impl Default for TraceOrder {
    /// The newest first.
    fn default() -> Self {
        Self { by: Column::Timestamp, direction: Direction::Descending }
    }
}

/// Which traces are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceQuery {
    /// Those that pass this.
    pub filter: Filter,
    /// In this order; of equal ones the larger id first.
    pub order: TraceOrder,
    /// Of them this page.
    pub page: PageRequest,
}

/// A place in the list of traces by time, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceCursor {
    /// The time of the last trace that was given.
    pub timestamp: Timestamp,
    /// Its id.
    pub id: TraceId,
}

/// A trace with everything in it.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceContents {
    /// The trace.
    pub row: TraceRow,
    /// Its observations, by start.
    pub observations: Vec<ObservationRow>,
    /// The scores that name it, corrections and all.
    pub scores: Vec<ScoreRow>,
}

/// Whether an observation is a root of its trace: it has no parent, or its client marked it as one.
#[must_use]
pub fn is_root(observation: &Observation) -> bool {
    observation.parent_id.is_none() || observation.is_app_root
}

/// The root that stands in for what a trace lacks; none when a client spoke of the trace itself, or nothing is lacking.
fn stand_in<'r>(trace: &Trace, explicit: bool, root: Option<&'r Root>) -> Option<&'r Root> {
    let complete =
        trace.name.is_some() && trace.input.is_some() && trace.output.is_some() && !trace.metadata.is_empty();
    if explicit || complete { None } else { root }
}

/// The trace with the name and the version of its root, where it has none of its own.
pub(crate) fn effective(trace: &Arc<Trace>, explicit: bool, root: Option<&Root>) -> Arc<Trace> {
    let Some(root) = stand_in(trace, explicit, root) else { return trace.clone() };
    if (trace.name.is_some() || root.name.is_none()) && (trace.version.is_some() || root.version.is_none()) {
        return trace.clone();
    }
    let mut filled = Trace::clone(trace);
    filled.name = filled.name.or_else(|| root.name.clone());
    filled.version = filled.version.or_else(|| root.version.clone());
    Arc::new(filled)
}

/// The same for a trace in memory.
pub(crate) fn effective_of(view: TraceView<'_>) -> Arc<Trace> {
    Asked::new(view).effective().clone()
}

/// Whose texts stand in for those that a trace lacks.
fn lender(trace: &Trace, explicit: bool, root: Option<&Root>) -> Option<Lender> {
    let root = stand_in(trace, explicit, root)?;
    let lender = Lender {
        id: root.id.clone(),
        observation: None,
        texts: Texts::Referred,
        input: trace.input.is_none() && root.has_input,
        output: trace.output.is_none() && root.has_output,
        metadata: trace.metadata.is_empty() && root.has_metadata,
    };
    (lender.input || lender.output || lender.metadata).then_some(lender)
}
