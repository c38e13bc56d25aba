//! The archive: what was written some time ago, sealed in segments.
//!
//! Owns the files of the segments, the picture of which rows are live, and the thread that seals, compacts and drops. The
//! manifest in the ledger is the truth: a segment exists once a transaction has named it, and a file that no transaction
//! names is a left-over. Refuses to know wire formats and queries.

pub(crate) mod archivist;
mod choose;
mod compact;
pub(crate) mod epoch;
pub(crate) mod file;
#[cfg(test)]
mod fixtures;
mod ids;
mod leftovers;
mod open;
mod plan;
mod publish;
pub(crate) mod quiet;
mod reserve;
mod retention;
mod rows;
mod seal;
mod sealed;
mod shelf;
mod state;
mod stats;
mod taken;
pub(crate) mod thaw;
mod twice;
mod verify;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use spanstone_guard::{Access, Disk, Folder};

use crate::StoreError;
use crate::ledger::Ledger;
use archivist::Bell;
use epoch::{ClosedEpochs, Epoch};
use file::{SegmentFile, Trouble};
use reserve::Reserve;
use shelf::Shelf;

pub(crate) use reserve::RESERVE_FILE;
pub use retention::{ProjectRetention, Retention};
pub(crate) use rows::Shadow;
pub use sealed::Sealed;
pub(crate) use state::State;
pub use state::{LiveSegment, RowSets};
pub use stats::{ArchiveStats, WeekStats};
pub(crate) use verify::verify;
pub use verify::{ArchiveReport, SegmentReport};

/// What the archivist has done since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArchiveCounts {
    /// Layers sealed.
    pub seals: u64,
    /// Compactions finished.
    pub compactions: u64,
    /// Segments that retention or deletion dropped.
    pub dropped_segments: u64,
    /// Pieces of work that failed and are tried again.
    pub failures: u64,
    /// Reads of segments that failed.
    pub unreadable: u64,
}

/// The archive of one store.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) folder: Arc<dyn Folder>,
    shelf: Arc<Shelf>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) reserve: Reserve,
    /// Segments that could not be compacted: not tried again before the next start.
    unfit: Mutex<HashSet<u64>>,
    /// By segment how many dead rows it had, and how many of them could not go, when they were counted.
    stubs: Mutex<HashMap<u64, (u64, u64)>>,
    /// Segments of layers that were sealed early, so that retention could go on. For these it never asks again.
    early: Mutex<HashSet<u64>>,
    closed: Mutex<ClosedEpochs>,
    /// Files of a change of which nobody knows whether it is on disk.
    doubtful: Mutex<Vec<SegmentFile>>,
    /// The number after the last one given to a segment.
    next_id: AtomicU64,
    /// The last failure, until the same work succeeds.
    failure: Mutex<Option<Arc<StoreError>>>,
    seals: AtomicU64,
    /// Attempts in a row to seal a layer whose rows refer to payloads that cannot be read.
    lossy_seals: AtomicU64,
    compactions: AtomicU64,
    dropped_segments: AtomicU64,
    failures: AtomicU64,
}

impl Archive {
    pub(crate) fn new(folder: Arc<dyn Folder>, reserve_bytes: u64) -> Self {
        Self {
            reserve: Reserve::new(folder.clone(), reserve_bytes),
            shelf: Arc::new(Shelf::new(folder.clone())),
            folder,
            bell: Arc::default(),
            trouble: Arc::default(),
            unfit: Mutex::default(),
            stubs: Mutex::default(),
            early: Mutex::default(),
            closed: Mutex::default(),
            doubtful: Mutex::default(),
            next_id: AtomicU64::new(0),
            failure: Mutex::default(),
            seals: AtomicU64::new(0),
            lossy_seals: AtomicU64::new(0),
            compactions: AtomicU64::new(0),
            dropped_segments: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    pub(crate) fn counts(&self) -> ArchiveCounts {
        ArchiveCounts {
            seals: self.seals.load(Ordering::Relaxed),
            compactions: self.compactions.load(Ordering::Relaxed),
            dropped_segments: self.dropped_segments.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            unreadable: self.trouble.count(),
        }
    }

    /// Why the last piece of work failed, if it has not succeeded since.
    pub(crate) fn failure(&self) -> Option<Arc<StoreError>> {
        self.failure.lock().clone()
    }

    fn failed(&self, error: StoreError) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%error, "the archive could not do its work and will try again");
        *self.failure.lock() = Some(Arc::new(error));
    }

    /// Takes account of a change that is on disk: what failed before does no longer, and space may have come back. The
    /// ledger takes none after one that may be there without its knowledge, so what was doubtful is not there.
    fn succeeded(&self) {
        *self.failure.lock() = None;
        self.doubtful.lock().drain(..).for_each(|file| file.make_obsolete());
        self.reserve.fill();
    }

    /// A number for a new segment, greater than every one before.
    fn new_id(&self, ledger: &Ledger) -> u64 {
        let id = self.next_id.load(Ordering::Relaxed).max(ledger.next_segment_id());
        self.next_id.store(id + 1, Ordering::Relaxed);
        id
    }

    /// Creates a file in the archive, anew if a failed attempt left one.
    fn create_file(&self, name: &str) -> Result<Arc<dyn Disk>, StoreError> {
        let failed = |source| StoreError::Directory { path: name.into(), source };
        self.folder.remove(name).map_err(failed)?;
        self.folder.open(name, Access::ReadWrite).map_err(failed)
    }

    fn is_unfit(&self, segment: u64) -> bool {
        self.unfit.lock().contains(&segment)
    }

    fn set_unfit(&self, segment: u64) {
        self.unfit.lock().insert(segment);
    }

    fn close_epoch(&self, epoch: &Arc<Epoch>) {
        self.closed.lock().close(epoch);
    }

    fn epochs_are_over(&self) -> bool {
        self.closed.lock().are_over()
    }

    pub(crate) fn new_epoch(&self) -> Arc<Epoch> {
        Arc::new(Epoch { done: self.bell.clone() })
    }
}
