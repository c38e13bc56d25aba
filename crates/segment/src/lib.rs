//! Sealed segments: immutable columnar files of the traces and observations, or the scores, of one project and week.
//!
//! Owns the bytes of a segment (docs/ON_DISK_FORMAT.md, section "Segment"): writing one from rows in order, finding rows by
//! id, reading rows and columns, verification. A segment is written once and never changed.
//!
//! Refuses to know which segments there are, which of their rows still count, and what a fold means.

// The rows that tests are made of are shared with the tests beside `src`, which know the crate by its name.
#[cfg(test)]
extern crate self as spanstone_segment;

mod coded;
mod error;
mod header;
mod parts;
mod rows;
mod scan;
mod segment;
#[cfg(test)]
mod tests;
mod v1;
mod verify;
pub mod words;
mod writer;

pub use coded::{Coded, Texts};
pub use error::{SegmentError, SegmentErrorKind};
pub use header::{Facts, Header, ROWS_MAX, SegmentKind, Table};
pub use rows::{SealedObservation, SealedPayloads, SealedScore, SealedTrace, TracePlace, With};
pub use scan::{Batch, Scan, Stretch};
pub use segment::{Segment, WordBlocks};
pub use v1::{TextColumn, columns, input_and_output, metadata_pieces};
pub use verify::Finding;
pub use writer::SegmentWriter;
