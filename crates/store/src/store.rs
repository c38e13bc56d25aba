//! The store: one data directory, open.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, RwLock};
use spanstone_guard::{Access, FileDisk, Guard};
use spanstone_model::{EntryHeader, Event, Timestamp};

use crate::StoreError;
use crate::directory::{self, DirectoryLock, LEDGER_FILE};
use crate::hot::{HotCounts, Layer};
use crate::ledger::{self, DocumentChange, DocumentKind, Documents, EncodedBody, Ledger};
use crate::pipeline::{Done, Pending, Pipeline};
use crate::replay::Decode;

/// How long a read waits for the replay of the journal before it gives up.
const REPLAY_WAIT: Duration = Duration::from_secs(4);

/// What a store is opened with.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The directory; created if it is not there.
    pub data_dir: PathBuf,
    /// The most bytes of compressed request bodies in one journal block.
    pub journal_block_bytes_max: usize,
    /// How many bytes of memory the folded rows may take.
    pub hot_bytes_max: usize,
    /// What time it is, for the record of when a store was created.
    pub now: Timestamp,
    /// For a store that is created now: bytes that tell it from others.
    pub new_store_id: Vec<u8>,
}

/// What a store has counted since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Journal blocks.
    pub journal_blocks: u64,
    /// Requests in the journal.
    pub journal_entries: u64,
    /// Bytes of request bodies in the journal, as they arrived.
    pub journal_body_bytes: u64,
    /// The same, compressed.
    pub journal_stored_bytes: u64,
    /// Blocks that have been replayed since the start.
    pub replayed_blocks: u64,
    /// What is in memory.
    pub hot: HotCounts,
    /// Damage that was healed, and damage that could not be.
    pub guard: spanstone_guard::Counts,
}

/// What the threads of a store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) ledger: Ledger,
    pub(crate) hot: RwLock<Layer>,
    /// How many journal blocks have been replayed.
    pub(crate) replayed: AtomicU64,
    /// How many there were to replay.
    to_replay: u64,
    ready: Mutex<bool>,
    became_ready: Condvar,
}

/// One data directory, open.
#[derive(Debug)]
pub struct Store {
    shared: Arc<Shared>,
    pipeline: Pipeline,
    guard: Arc<spanstone_guard::Counters>,
    hot_bytes_max: usize,
    _lock: DirectoryLock,
}

impl Store {
    /// Opens a data directory and begins to replay its journal.
    ///
    /// # Errors
    /// Fails when another process holds it, or when the ledger cannot be opened.
    pub fn open(options: StoreOptions, decoder: Arc<dyn Decode>) -> Result<Self, StoreError> {
        let StoreOptions { data_dir, journal_block_bytes_max, hot_bytes_max, now, new_store_id } = options;
        let lock = directory::open(&data_dir)?;
        directory::refuse_lost_ledger(&data_dir)?;
        let path = data_dir.join(LEDGER_FILE);
        let io = |source| StoreError::Directory { path: data_dir.clone(), source };
        let disk = FileDisk::open(&path, Access::ReadWrite).map_err(io)?;
        let guard = Guard::open(disk, spanstone_guard::Options::read_write(LEDGER_FILE))
            .map_err(|source| StoreError::File { path: path.clone(), source })?;
        let counters = guard.counters();
        let ledger_options = ledger::Options {
            created_at: now,
            store_id: new_store_id,
            // A tenth of a millisecond more per commit buys a start after a crash that reads next to nothing, and one
            // that a page damaged beyond healing cannot prevent.
            instant_recovery: true,
            ..ledger::Options::default()
        };
        let ledger = Ledger::open(guard, &ledger_options)?;
        directory::mark_created(&data_dir)?;
        let to_replay = ledger.stats().blocks;
        let shared = Arc::new(Shared {
            ledger,
            hot: RwLock::default(),
            replayed: AtomicU64::new(0),
            to_replay,
            ready: Mutex::new(false),
            became_ready: Condvar::new(),
        });
        let pipeline = Pipeline::start(&shared, decoder, journal_block_bytes_max).map_err(io)?;
        Ok(Self { shared, pipeline, guard: counters, hot_bytes_max, _lock: lock })
    }

    /// Hands a request in. `done` is called once, from another thread, when the request is on disk and its events
    /// are visible to every read, or when it could not be stored.
    pub fn append(&self, header: EntryHeader, body: EncodedBody, events: Vec<Event>, done: Done) {
        let bytes = self.shared.hot.read().counts().bytes;
        if bytes >= self.hot_bytes_max {
            return done(Err(StoreError::HotSetFull { bytes, bytes_max: self.hot_bytes_max }));
        }
        self.pipeline.append(Pending { header, body, events, done });
    }

    /// Looks at what is in memory. Writers wait meanwhile, so `look` should be quick and read no disk.
    ///
    /// # Errors
    /// Fails when the journal is still being replayed, after a wait of a few seconds.
    pub fn read<T>(&self, look: impl FnOnce(&Layer) -> T) -> Result<T, StoreError> {
        self.wait_until_ready(REPLAY_WAIT)?;
        Ok(look(&self.shared.hot.read()))
    }

    /// A journaled request: its header and its body.
    ///
    /// # Errors
    /// Fails when it is not there, or damaged beyond healing.
    pub fn entry(&self, block: u64, entry: u32) -> Result<(EntryHeader, Vec<u8>), StoreError> {
        Ok(self.shared.ledger.entry(block, entry)?)
    }

    /// One document.
    ///
    /// # Errors
    /// Fails when it is damaged beyond healing.
    pub fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shared.ledger.document(kind, id)?)
    }

    /// The documents of a kind, with their ids.
    ///
    /// # Errors
    /// Fails when they cannot be reached at all; single damaged ones are named beside the others.
    pub fn documents(&self, kind: DocumentKind) -> Result<Documents, StoreError> {
        Ok(self.shared.ledger.documents(kind)?)
    }

    /// Writes and deletes documents: all of them or none, on disk when it returns.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn write_documents(&self, changes: &[DocumentChange]) -> Result<(), StoreError> {
        Ok(self.shared.ledger.write_documents(changes)?)
    }

    /// Goes to the ledger and back, and sees that the hot set is complete.
    ///
    /// # Errors
    /// Fails when either is not so.
    pub fn round_trip(&self) -> Result<(), StoreError> {
        self.wait_until_ready(Duration::ZERO)?;
        Ok(self.shared.ledger.round_trip()?)
    }

    /// What was counted since the store was opened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let journal = self.shared.ledger.stats();
        Counters {
            journal_blocks: journal.blocks,
            journal_entries: journal.entries,
            journal_body_bytes: journal.body_bytes,
            journal_stored_bytes: journal.stored_bytes,
            replayed_blocks: self.shared.replayed.load(Ordering::Acquire),
            hot: self.shared.hot.read().counts(),
            guard: self.guard.counts(),
        }
    }

    /// Waits until everything that was handed in is on disk, and lets go of the directory.
    pub fn close(mut self) {
        self.pipeline.stop();
    }

    fn wait_until_ready(&self, patience: Duration) -> Result<(), StoreError> {
        let mut ready = self.shared.ready.lock();
        if !*ready {
            self.shared.became_ready.wait_while_for(&mut ready, |ready| !*ready, patience);
        }
        if *ready {
            return Ok(());
        }
        let replayed = self.shared.replayed.load(Ordering::Acquire);
        Err(StoreError::Starting { replayed, blocks: self.shared.to_replay })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.pipeline.stop();
    }
}

impl Shared {
    /// Says that the hot set holds everything that the journal held at the start.
    pub(crate) fn finish_replay(&self) {
        *self.ready.lock() = true;
        self.became_ready.notify_all();
    }
}
