//! Inputs, outputs and metadata: the large part of a trace, kept apart from the rest of its row.
//!
//! Owns where a payload is and what one looks like once read. Refuses to parse it: a payload is text.

use crate::Text;

/// A payload in an event that has been decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// There is one, and the caller did not ask for its text.
    Elided,
    /// The stored text: a string as it is, any other JSON value in compact form.
    Text(Box<str>),
}

/// Where a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayloadRef {
    /// In the sealed row of the same trace, observation or score: its input, its output, or the piece of its metadata
    /// with this number.
    Sealed(u32),
    /// In the journal.
    Journal(JournalPlace),
}

impl From<JournalPlace> for PayloadRef {
    fn from(place: JournalPlace) -> Self {
        Self::Journal(place)
    }
}

/// A place in the journal: which event of which request of which block.
///
/// Ordered by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalPlace {
    /// The sequence number of the journal block.
    pub block: u64,
    /// The index of the request in its block.
    pub entry: u32,
    /// The index of the event among the events decoded from the request.
    pub event: u32,
}

/// The payloads of one row, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payloads {
    /// The input as stored text.
    pub input: Option<Text>,
    /// The output as stored text.
    pub output: Option<Text>,
    /// The metadata: top-level keys in order of first appearance, values as stored text (a string as it is, any
    /// other JSON value in compact form).
    pub metadata: Vec<(Text, Text)>,
}

/// The payloads that one event carries, as text; empty for an event that carries none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventPayloads {
    /// The input as stored text.
    pub input: Option<Text>,
    /// The output as stored text.
    pub output: Option<Text>,
    /// A piece of metadata: a JSON object.
    pub metadata: Option<Text>,
}
