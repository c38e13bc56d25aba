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

/// Where a payload is: in which event of which request of which journal block.
///
/// Ordered by position in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadRef {
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
