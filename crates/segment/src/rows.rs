//! Rows as they go into a segment and come out of it.
//!
//! On reading, the payload references of a row are [`spanstone_model::PayloadRef::Sealed`]: 0 for input and output, the
//! number of the piece for metadata. On writing, references only say that there is something; the texts are beside the row.

use std::ops::Range;
use std::sync::Arc;

use spanstone_model::{Observation, Score, Summary, Text, Trace};

/// The texts of a trace or an observation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedPayloads {
    /// The input as stored text.
    pub input: Option<Text>,
    /// The output as stored text.
    pub output: Option<Text>,
    /// A JSON object for each piece of the row's metadata, in the same order.
    pub metadata: Vec<Text>,
}

/// A trace.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedTrace {
    /// Its row.
    pub trace: Arc<Trace>,
    /// Whether a client spoke of the trace itself.
    pub explicit: bool,
    /// Whether any event spoke of the trace, not only of its observations.
    pub known: bool,
    /// What all its observations come to, wherever they are.
    pub summary: Summary,
    /// What folding further events into it needs; only the hot layer knows what it means.
    pub fold: Box<[u8]>,
    /// Its texts; empty when they were not asked for.
    pub payloads: SealedPayloads,
}

/// An observation.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedObservation {
    /// Its row.
    pub observation: Arc<Observation>,
    /// What folding further events into it needs; only the hot layer knows what it means.
    pub fold: Box<[u8]>,
    /// Its texts; empty when they were not asked for.
    pub payloads: SealedPayloads,
}

/// A score.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedScore {
    /// Its row.
    pub score: Arc<Score>,
    /// What folding further events into it needs; only the hot layer knows what it means.
    pub fold: Box<[u8]>,
    /// A JSON object for each piece of the row's metadata, in the same order; empty when they were not asked for.
    pub metadata: Vec<Text>,
}

/// How much of a row is read. The less, the fewer columns have to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// What names a row, and of a trace when it was, how long it took and what it cost in all: its summary has no other
    /// sums. Else as [`With::Shown`].
    Named,
    /// What lists show of a row. It has no fold and does not refer to metadata. A trace has the name and the version of its
    /// root where it has none of its own, and seems explicit and known; its summary has no root.
    Shown,
    /// What is shown of a row by itself: without its fold, but with its texts. Only a trace refers to metadata.
    Texts,
    /// The row alone.
    Row,
    /// The row and its texts.
    Payloads,
}

/// Where a trace is in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePlace {
    /// Its row in the table of traces.
    pub row: u32,
    /// The rows of its observations that are in this segment, dead or alive.
    pub observations: Range<u32>,
}
