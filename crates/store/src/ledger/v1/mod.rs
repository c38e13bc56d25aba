//! Version 1 of the ledger's records: bytes to values and back, as `docs/ON_DISK_FORMAT.md` describes them.
//!
//! Owns the layouts and their limits. Refuses to read or write a disk, and to change: a different layout is another
//! version in a folder of its own. Decoding is total: any bytes give a value or a [`Corrupt`], never a panic.

mod assemble;
mod body;
mod document;
pub(super) mod fields;
mod frame;
#[cfg(test)]
mod laws;
mod meta;
mod part;
mod walk;

use std::fmt;

pub(crate) use assemble::{Piece, assemble, payload_lengths};
pub use body::{BodyMismatch, EncodedBody, Size, StoredBody};
pub use document::{DOCUMENT_BYTES_MAX, DOCUMENT_ID_BYTES_MAX, Document};
pub use frame::{BODY_BYTES_MAX, Frame, FrameHead, PROJECT_ID_BYTES_MAX};
pub use meta::{FORMAT_VERSION, Meta};
pub(crate) use part::{KEY_BYTES, PARTS_MAX};
pub use part::{PART_PAYLOAD_BYTES_MAX, Part, PartHead, Totals};
pub(crate) use walk::Parts;
pub use walk::{Found, Lost, Walk, decode_block};

/// The version that every record of this folder carries.
const VERSION: u8 = 1;

/// Bytes that are not the record they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset} of the record")]
pub struct Corrupt {
    /// What is wrong.
    pub what: &'static str,
    /// Where, counted from the start of the record.
    pub offset: usize,
}

/// Why a part, an entry or a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The tree has no such row although there must be one.
    Missing,
    /// The row is there and is not what it should be.
    Corrupt(Corrupt),
    /// The body does not decompress, or not to what arrived.
    Body(&'static str),
    /// The pages beneath the row cannot be read; the text names file, page and bytes.
    Unreadable(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("its row is missing"),
            Self::Corrupt(corrupt) => fmt::Display::fmt(corrupt, f),
            Self::Body(what) => f.write_str(what),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl From<Corrupt> for Fault {
    fn from(corrupt: Corrupt) -> Self {
        Self::Corrupt(corrupt)
    }
}
