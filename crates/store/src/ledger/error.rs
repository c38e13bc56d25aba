//! What can go wrong with a ledger, sorted by what someone has to do about it.

use std::fmt;
use std::io;

use spanstone_guard::Damage;
use spanstone_segment::Table;

use super::DocumentKind;
use super::v1::{BODY_BYTES_MAX, BodyMismatch, DOCUMENT_BYTES_MAX, DOCUMENT_ID_BYTES_MAX, Fault, PROJECT_ID_BYTES_MAX};
use super::v2::DEAD_ROWS_BYTES_MAX;
use super::v3::FORMAT_VERSION;

/// Why the ledger did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The storage failed.
    #[error("{action}: {source}")]
    Storage {
        /// What was being done, such as `committing a block`.
        action: &'static str,
        /// What sort of failure it was.
        kind: LedgerErrorKind,
        /// What redb, or the file beneath it, reported.
        source: Box<redb::Error>,
    },
    /// A record cannot be read because it is damaged.
    #[error("{record} is damaged: {fault}")]
    Damaged {
        /// Which record.
        record: Record,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A write failed earlier, so nothing is written any more until the ledger is opened again.
    #[error("the ledger accepts no writes since {cause}; fix the cause and restart")]
    Poisoned {
        /// What the first failure was.
        cause: LedgerErrorKind,
    },
    /// The ledger was opened for reading.
    #[error("the ledger was opened for reading only")]
    ReadOnly,
    /// The ledger was written by a later version.
    #[error("the ledger has format {found}, this version reads up to {FORMAT_VERSION}; use a newer spanstone")]
    NewerFormat {
        /// The format it has.
        found: u32,
    },
    /// There is no such entry.
    #[error("the journal has no entry {entry} in block {block}")]
    NoSuchEntry {
        /// The block asked for.
        block: u64,
        /// The entry asked for.
        entry: u32,
    },
    /// There is a document already where one was to be created.
    #[error("there is already a {kind} `{id}`")]
    DocumentExists {
        /// Its kind.
        kind: DocumentKind,
        /// Its id.
        id: String,
    },
    /// A document breaks a limit.
    #[error(
        "the {kind} `{id}` of {bytes} bytes cannot be stored: an id has 1 to {DOCUMENT_ID_BYTES_MAX} bytes, \
         a document up to {DOCUMENT_BYTES_MAX}"
    )]
    DocumentRefused {
        /// Its kind.
        kind: DocumentKind,
        /// Its id.
        id: String,
        /// The length of its content.
        bytes: usize,
    },
    /// The archive cannot be changed like this.
    #[error("the archive is left as it was: {0}")]
    ArchiveRefused(#[from] ArchiveRefusal),
    /// A body cannot be stored.
    #[error(transparent)]
    Body(#[from] BodyMismatch),
    /// A block cannot be written as it is: it is empty, too large, or an entry's project id is not between 1 and 2400
    /// bytes long.
    #[error("a block cannot be written: {reason} (bodies are limited to {BODY_BYTES_MAX} bytes)")]
    BlockRefused {
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Why the archive cannot be changed as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveRefusal {
    /// A segment with that number is live already.
    #[error("segment {segment:016x} is in it already")]
    Exists {
        /// The segment.
        segment: u64,
    },
    /// No such segment is live.
    #[error("there is no segment {segment:016x} in it")]
    NoSegment {
        /// The segment.
        segment: u64,
    },
    /// It is not a number that [`super::Ledger::next_segment_id`] gives.
    #[error("{segment:016x} is no number of a segment")]
    NoNumber {
        /// The number.
        segment: u64,
    },
    /// The project's id is empty or too long.
    #[error("the id of the project of segment {segment:016x} does not have 1 to {PROJECT_ID_BYTES_MAX} bytes")]
    ProjectId {
        /// The segment.
        segment: u64,
    },
    /// Rows are to be dead that the segment does not have.
    #[error("segment {segment:016x} has fewer rows in its table `{table}` than are to be dead")]
    NoSuchRows {
        /// The segment.
        segment: u64,
        /// The table.
        table: Table,
    },
    /// A set of dead rows is too long.
    #[error(
        "the dead rows of table `{table}` of segment {segment:016x} take more than {DEAD_ROWS_BYTES_MAX} bytes; \
         write the segment anew"
    )]
    DeadRowsTooLong {
        /// The segment.
        segment: u64,
        /// The table.
        table: Table,
    },
    /// The journal is to be cut behind its end.
    #[error("the journal cannot be cut behind block {block}: its last block is {last}")]
    CutBehindEnd {
        /// The block.
        block: u64,
        /// The journal's last block.
        last: u64,
    },
}

/// A record of the ledger, as an operator would name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The meta record.
    Meta,
    /// A block of the journal.
    Block(u64),
    /// An entry of the journal.
    Entry {
        /// Its block.
        block: u64,
        /// Its number in the block.
        entry: u32,
    },
    /// A document.
    Document {
        /// Its kind.
        kind: DocumentKind,
        /// Its id.
        id: String,
    },
    /// The archive's state.
    Archive,
    /// The record of a segment.
    Segment(u64),
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meta => f.write_str("the ledger's meta record"),
            Self::Block(block) => write!(f, "journal block {block}"),
            Self::Entry { block, entry } => write!(f, "entry {entry} of journal block {block}"),
            Self::Document { kind, id } => write!(f, "the {kind} `{id}`"),
            Self::Archive => f.write_str("the state of the archive"),
            Self::Segment(id) => write!(f, "the record of segment {id:016x}"),
        }
    }
}

/// What sort of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerErrorKind {
    /// No space is left, or a quota is used up.
    Full,
    /// The disk, or the file system, failed.
    Io,
    /// What is on disk is damaged.
    Damaged,
    /// Nothing is written any more.
    Poisoned,
    /// A document was to be created that exists already.
    Exists,
    /// Anything else: the message says what.
    Other,
}

impl fmt::Display for LedgerErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the disk was full",
            Self::Io => "the disk failed",
            Self::Damaged => "damage was found while writing",
            Self::Poisoned => "an earlier write failed",
            Self::Exists => "a document existed already",
            Self::Other => "a write failed",
        })
    }
}

impl LedgerError {
    /// What sort of failure it was.
    #[must_use]
    pub fn kind(&self) -> LedgerErrorKind {
        match self {
            Self::Storage { kind, .. } => *kind,
            Self::Damaged { .. } => LedgerErrorKind::Damaged,
            Self::Poisoned { .. } => LedgerErrorKind::Poisoned,
            Self::DocumentExists { .. } => LedgerErrorKind::Exists,
            Self::ReadOnly
            | Self::NewerFormat { .. }
            | Self::NoSuchEntry { .. }
            | Self::DocumentRefused { .. }
            | Self::BlockRefused { .. }
            | Self::ArchiveRefused(_)
            | Self::Body(_) => LedgerErrorKind::Other,
        }
    }

    pub(super) fn storage(action: &'static str, source: impl Into<redb::Error>) -> Self {
        let source = source.into();
        Self::Storage { action, kind: kind_of(&source), source: Box::new(source) }
    }
}

fn kind_of(error: &redb::Error) -> LedgerErrorKind {
    match error {
        redb::Error::Io(error) => kind_of_io(error),
        redb::Error::Corrupted(_) => LedgerErrorKind::Damaged,
        _ => LedgerErrorKind::Io,
    }
}

fn kind_of_io(error: &io::Error) -> LedgerErrorKind {
    if Damage::of(error).is_some() {
        return LedgerErrorKind::Damaged;
    }
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            LedgerErrorKind::Full
        }
        // redb's own words for a file that is not a database, or that was cut short.
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => LedgerErrorKind::Damaged,
        _ => LedgerErrorKind::Io,
    }
}

/// What a reader is told of a failed read, to be kept beside the records that it costs.
pub(super) fn unreadable(error: &redb::Error) -> Fault {
    Fault::Unreadable(error.to_string())
}
