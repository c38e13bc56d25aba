//! Version 2 of the ledger's records: what version 1 did not have, the archive. Bytes to values and back, as
//! `docs/ON_DISK_FORMAT.md` describes them.
//!
//! Owns the layouts and their limits. The journal and the documents are as in version 1. Refuses to read or write a
//! disk, and to change: a different layout is another version in a folder of its own. Decoding is total: any bytes give
//! a value or a [`Corrupt`](super::v1::Corrupt), never a panic.

mod dead;
#[cfg(test)]
mod laws;
mod meta;
mod segment;
mod state;

pub use dead::{DEAD_ROWS_BYTES_MAX, DeadRows};
pub use meta::{FORMAT_VERSION, Meta};
pub use segment::SegmentRecord;
pub use state::ArchiveState;

/// The version that every record of this folder carries.
const VERSION: u8 = 2;
