//! What can go wrong with a segment, as errors that say where and what to do.

use std::io;

use parquet::errors::ParquetError;
use spanstone_guard::GuardError;
use thiserror::Error;

/// What to decide by when a segment fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentErrorKind {
    /// The disk failed; the segment may be sound.
    Disk,
    /// What is on the disk is not what was written.
    Damaged,
    /// The file was never finished: nothing in it counts.
    Unfinished,
    /// The file is of a version that this program does not know, or no segment at all.
    Foreign,
    /// What was to be written breaks a rule of segments.
    Refused,
}

/// Why a segment cannot be written or read.
#[derive(Debug, Error)]
pub enum SegmentError {
    /// The guard file does not open.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The disk failed, or a page of the file could not be healed.
    #[error("`{file}`: {action} failed: {source}")]
    Io {
        /// The file's name.
        file: String,
        /// What was being done.
        action: &'static str,
        /// What was reported; a [`spanstone_guard::Damage`] for a page that could not be healed.
        source: io::Error,
    },
    /// The file was not written to its end.
    #[error("`{file}` is an unfinished segment; nothing refers to it, remove it")]
    Unfinished {
        /// The file's name.
        file: String,
    },
    /// The file is a guard file that holds something else.
    #[error("`{file}` is not a segment: it begins with {found:02x?}")]
    NotASegment {
        /// The file's name.
        file: String,
        /// Its first bytes.
        found: [u8; 8],
    },
    /// The segment was written by a version of the format that this program does not know.
    #[error("`{file}` has segment version {found}, this program knows up to {known}; use a newer Spanstone")]
    UnknownVersion {
        /// The file's name.
        file: String,
        /// The version in its header page.
        found: u32,
        /// The newest version that is known.
        known: u32,
    },
    /// Something in the segment is not as it was written.
    #[error("`{file}`, {place}: {what}")]
    Damaged {
        /// The file's name.
        file: String,
        /// Where: a page, a section, a row.
        place: String,
        /// What is wrong there.
        what: String,
    },
    /// The Parquet data of a table cannot be written or read.
    #[error("`{file}`, table {table}: {source}")]
    Parquet {
        /// The file's name.
        file: String,
        /// The table.
        table: &'static str,
        /// What the Parquet reader or writer reported.
        source: ParquetError,
    },
    /// What was to be written breaks a rule of segments.
    #[error("segment {segment:016x}: {what}")]
    Refused {
        /// The id of the segment that was being written.
        segment: u64,
        /// Which rule, and the value that breaks it.
        what: String,
    },
}

impl SegmentError {
    /// What to decide by.
    #[must_use]
    pub fn kind(&self) -> SegmentErrorKind {
        match self {
            Self::Guard(error) => guard_kind(error),
            Self::Io { source, .. } => io_kind(source),
            Self::Unfinished { .. } => SegmentErrorKind::Unfinished,
            Self::NotASegment { .. } | Self::UnknownVersion { .. } => SegmentErrorKind::Foreign,
            Self::Damaged { .. } => SegmentErrorKind::Damaged,
            Self::Parquet { source, .. } => parquet_kind(source),
            Self::Refused { .. } => SegmentErrorKind::Refused,
        }
    }
}

fn guard_kind(error: &GuardError) -> SegmentErrorKind {
    match error {
        GuardError::Io { source, .. } => io_kind(source),
        GuardError::NotAGuardFile { .. } | GuardError::UnknownVersion { .. } => SegmentErrorKind::Foreign,
        GuardError::Truncated { .. } | GuardError::HeadDamaged { .. } => SegmentErrorKind::Damaged,
        GuardError::Empty { .. } => SegmentErrorKind::Unfinished,
    }
}

fn io_kind(error: &io::Error) -> SegmentErrorKind {
    if spanstone_guard::Damage::of(error).is_some() || error.kind() == io::ErrorKind::InvalidData {
        SegmentErrorKind::Damaged
    } else {
        SegmentErrorKind::Disk
    }
}

/// A failing disk reaches us through the Parquet reader as an external error; whatever else it reports is in the bytes.
fn parquet_kind(error: &ParquetError) -> SegmentErrorKind {
    match error {
        ParquetError::External(source) => source.downcast_ref().map_or(SegmentErrorKind::Damaged, io_kind),
        _ => SegmentErrorKind::Damaged,
    }
}
