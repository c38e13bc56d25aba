//! What can go wrong in the store.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use spanstone_guard::GuardError;
use spanstone_model::ProjectId;
use spanstone_segment::{SegmentError, SegmentErrorKind};

use crate::ledger::v1::BodyMismatch;
use crate::ledger::{LedgerError, LedgerErrorKind};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the data directory.
    #[error(
        "another process{} has the data directory `{}` open; stop it first, or choose another directory",
        holder.map_or(String::new(), |pid| format!(" (number {pid})")),
        path.display()
    )]
    Locked {
        /// The directory.
        path: PathBuf,
        /// The holder's process number, if it is known.
        holder: Option<u32>,
    },
    /// The data directory cannot be used.
    #[error("the data directory `{}` cannot be used: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The ledger's file cannot be opened under its guard.
    #[error("the file `{}` cannot be opened: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: GuardError,
    },
    /// There was a ledger, and it is gone.
    #[error(
        "`{}` is missing or empty, though this directory has held a store; restore it from a backup, or remove `{}` \
         to begin anew",
        path.display(), marker.display()
    )]
    LedgerGone {
        /// The ledger's file.
        path: PathBuf,
        /// The file that says that there was a store.
        marker: PathBuf,
    },
    /// The ledger could not do its part.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The journal block that the request was in could not be written. All requests in it are told the same.
    #[error(transparent)]
    Block(Arc<LedgerError>),
    /// The journal is still being replayed.
    #[error("the journal is still being replayed, {replayed} of {blocks} blocks are done")]
    Starting {
        /// How many blocks are done.
        replayed: u64,
        /// How many there are.
        blocks: u64,
    },
    /// The rows in memory take all the room they may, and the archive has not made any in time.
    #[error(
        "the traces in memory take {bytes} of {bytes_max} bytes, and sealing them is under way; send it again soon"
    )]
    HotSetFull {
        /// How much they take.
        bytes: usize,
        /// How much they may take.
        bytes_max: usize,
    },
    /// The rows in memory take all the room they may, because the archive cannot take them.
    #[error("nothing more is taken, because the traces in memory cannot be sealed: {0}")]
    NotSealed(Arc<StoreError>),
    /// There was no room for the requests of a block. All of them are told the same.
    #[error(transparent)]
    NoRoom(Arc<StoreError>),
    /// Rows would lose their payloads.
    #[error(
        "rows of project `{project}` refer to payloads in a segment that cannot be read; sealing them is tried again"
    )]
    WouldLose {
        /// Whose rows they are.
        project: ProjectId,
    },
    /// A segment cannot be written or read.
    #[error(transparent)]
    Segment(SegmentError),
    /// A column of a segment is not of the type that its format says.
    #[error("the column `{name}` of a segment is missing or of another type than its format says")]
    Column {
        /// The column.
        name: &'static str,
    },
    /// The thread that writes is gone: an earlier failure took it down.
    #[error("the store no longer writes; restart the server, and look at its log for the first failure")]
    Stopped,
}

/// What kind of trouble an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Another process holds the directory.
    Locked,
    /// Try again soon.
    Starting,
    /// Memory is full, and is being made room in.
    Busy,
    /// There is no space left.
    Full,
    /// Nothing is taken any more, after a failed write.
    Broken,
    /// Something on disk is damaged beyond healing.
    Damaged,
    /// The operating system refused.
    Io,
}

impl From<BodyMismatch> for StoreError {
    fn from(mismatch: BodyMismatch) -> Self {
        Self::Ledger(LedgerError::Body(mismatch))
    }
}

impl StoreError {
    /// What kind of trouble this is.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Locked { .. } => StoreErrorKind::Locked,
            Self::Directory { source, .. } if source.kind() == io::ErrorKind::StorageFull => StoreErrorKind::Full,
            Self::Directory { .. } | Self::File { source: GuardError::Io { .. }, .. } => StoreErrorKind::Io,
            // The file is not what a store left there.
            Self::File { .. } | Self::LedgerGone { .. } => StoreErrorKind::Damaged,
            Self::Starting { .. } => StoreErrorKind::Starting,
            Self::HotSetFull { .. } => StoreErrorKind::Busy,
            Self::NotSealed(cause) | Self::NoRoom(cause) => cause.kind(),
            Self::Segment(error) => of_segment(error),
            Self::Column { .. } | Self::WouldLose { .. } => StoreErrorKind::Damaged,
            Self::Stopped => StoreErrorKind::Broken,
            Self::Ledger(error) => of_ledger(error),
            Self::Block(error) => of_ledger(error),
        }
    }
}

fn of_segment(error: &SegmentError) -> StoreErrorKind {
    if is_for_want_of_space(error) {
        return StoreErrorKind::Full;
    }
    match error.kind() {
        SegmentErrorKind::Disk => StoreErrorKind::Io,
        SegmentErrorKind::Damaged
        | SegmentErrorKind::Unfinished
        | SegmentErrorKind::Foreign
        | SegmentErrorKind::Refused => StoreErrorKind::Damaged,
    }
}

/// Whether the disk was full, as one of the causes beneath an error says.
fn is_for_want_of_space(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::StorageFull) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn of_ledger(error: &LedgerError) -> StoreErrorKind {
    match error.kind() {
        LedgerErrorKind::Full => StoreErrorKind::Full,
        LedgerErrorKind::Poisoned => StoreErrorKind::Broken,
        LedgerErrorKind::Damaged => StoreErrorKind::Damaged,
        LedgerErrorKind::Io | LedgerErrorKind::Exists | LedgerErrorKind::Other => StoreErrorKind::Io,
    }
}
