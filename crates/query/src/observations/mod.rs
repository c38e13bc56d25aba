//! Lists of observations, each with its trace.

mod hot;
mod list;
mod one;

use std::sync::Arc;

use spanstone_model::{Observation, ObservationId, Timestamp, Trace, TraceId};

use crate::filter::Filter;
use crate::page::PageRequest;
use crate::traces::Texts;

pub(crate) use hot::{holds, is_own, value};
pub(crate) use list::with_sealed;
pub use list::{HotObservations, ObservationSearch};
pub use one::HotObservation;

/// Which observations are wanted, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationQuery {
    /// Those that pass this.
    pub filter: Filter,
    /// Of them this page.
    pub page: PageRequest,
}

/// A place in the list of observations by start, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservationCursor {
    /// The start of the last observation that was given.
    pub start: Timestamp,
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub id: ObservationId,
}

/// An observation and its trace.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationRow {
    /// The observation.
    pub observation: Arc<Observation>,
    /// Its trace, with the name of its root where it has none of its own.
    pub trace: Arc<Trace>,
    /// Whether it is a root of its trace.
    pub is_root: bool,
    /// Where its texts are.
    pub texts: Texts,
}
