//! The store: one data directory, open.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};
use spanstone_guard::{Access, FileFolder, Folder, Guard};
use spanstone_model::{EntryHeader, Event, EventPayloads, JournalPlace, ProjectId, Text, Timestamp};

use crate::StoreError;
use crate::archive::archivist::Archivist;
use crate::archive::quiet::Quiet;
use crate::archive::{Archive, ArchiveCounts, ArchiveStats, Retention, Sealed, WeekStats};
use crate::directory::{self, DirectoryLock, LEDGER_FILE};
use crate::hot::{HotCounts, LayeredView};
use crate::layers::{Layers, Room};
use crate::ledger::{self, DocumentChange, DocumentKind, Documents, EncodedBody, Ledger, Manifest};
use crate::media::Media;
use crate::payloads::JournalPayloads;
use crate::pipeline::{Done, Pending, Pipeline};
use crate::price::{NoPrices, Price};
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
    /// How many bytes of memory the folded rows may take. Half of it is for what is written, half for what is being
    /// sealed meanwhile.
    pub hot_bytes_max: usize,
    /// After how long without a write what is in memory is sealed, if it is much: the next start has less to replay then.
    /// Never without.
    pub seal_after: Option<Duration>,
    /// How many bytes of decoded requests are kept to answer reads of payloads.
    pub payload_cache_bytes_max: usize,
    /// How many bytes of the disk are set aside, so that deleting works when it is full.
    pub reserve_bytes: u64,
    /// What is kept, and for how long.
    pub retention: Retention,
    /// Tells the time.
    pub clock: fn() -> Timestamp,
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
    /// What the archive holds.
    pub sealed: WeekStats,
    /// What the archivist has done.
    pub archive: ArchiveCounts,
    /// Damage that was healed, and damage that could not be.
    pub guard: spanstone_guard::Counts,
}

/// What the threads of a store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) ledger: Ledger,
    pub(crate) layers: RwLock<Layers>,
    /// Held while a request is folded, and while a change of the layers or of the segments is published. Taken before
    /// `layers`.
    pub(crate) fold_turn: Mutex<()>,
    pub(crate) room: Room,
    pub(crate) archive: Archive,
    pub(crate) retention: Mutex<Retention>,
    pub(crate) quiet: Quiet,
    pub(crate) decoder: Arc<dyn Decode>,
    pub(crate) prices: Arc<dyn Price>,
    pub(crate) payloads: JournalPayloads,
    clock: fn() -> Timestamp,
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
    archivist: Archivist,
    media: Media,
    guard: Arc<spanstone_guard::Counters>,
    _lock: Option<DirectoryLock>,
}

impl Store {
    /// Opens a data directory and begins to replay its journal; `prices` is asked from the first entry on.
    ///
    /// # Errors
    /// Fails when another process holds it, or when the ledger cannot be opened.
    pub fn open(options: StoreOptions, decoder: Arc<dyn Decode>, prices: Arc<dyn Price>) -> Result<Self, StoreError> {
        let open = |folder, options, decoder| Self::open_folder(folder, options, decoder, prices);
        Self::open_directory(options, decoder, open)
    }

    /// Opens a data directory for its documents alone: the journal is not replayed, nothing is sealed, compacted or dropped.
    /// Requests are refused, and reads of traces are told that the store is starting, for as long as it is open.
    ///
    /// # Errors
    /// Fails when another process holds it, or when the ledger cannot be opened.
    pub fn open_documents(options: StoreOptions, decoder: Arc<dyn Decode>) -> Result<Self, StoreError> {
        Self::open_directory(options, decoder, Self::open_documents_of_folder)
    }

    fn open_directory(
        options: StoreOptions,
        decoder: Arc<dyn Decode>,
        open: impl FnOnce(Arc<dyn Folder>, StoreOptions, Arc<dyn Decode>) -> Result<Self, StoreError>,
    ) -> Result<Self, StoreError> {
        let data_dir = options.data_dir.clone();
        let lock = directory::open(&data_dir)?;
        directory::refuse_lost_ledger(&data_dir)?;
        let mut store = open(Arc::new(FileFolder::new(&data_dir)), options, decoder)?;
        directory::mark_created(&data_dir)?;
        store._lock = Some(lock);
        Ok(store)
    }

    /// Opens a store in any folder, real or simulated. The caller keeps other processes away.
    ///
    /// # Errors
    /// Fails when the ledger cannot be opened.
    pub fn open_folder(
        folder: Arc<dyn Folder>,
        options: StoreOptions,
        decoder: Arc<dyn Decode>,
        prices: Arc<dyn Price>,
    ) -> Result<Self, StoreError> {
        let path = options.data_dir.join(LEDGER_FILE);
        let block_bytes_max = options.journal_block_bytes_max;
        let (mut store, manifest) = Self::at_rest(folder, options, decoder, prices)?;
        let shared = &store.shared;
        shared.archive.remove_leftovers(&manifest);
        shared.archive.reserve.fill();
        let io = |source| StoreError::Directory { path: path.clone(), source };
        store.pipeline = Pipeline::start(shared, block_bytes_max).map_err(io)?;
        store.archivist = Archivist::start(shared).map_err(io)?;
        Ok(store)
    }

    /// Opens a store in any folder for its documents alone.
    ///
    /// # Errors
    /// Fails when the ledger cannot be opened.
    pub fn open_documents_of_folder(
        folder: Arc<dyn Folder>,
        options: StoreOptions,
        decoder: Arc<dyn Decode>,
    ) -> Result<Self, StoreError> {
        Ok(Self::at_rest(folder, options, decoder, Arc::new(NoPrices))?.0)
    }

    /// A store without threads, and what is in its archive.
    fn at_rest(
        folder: Arc<dyn Folder>,
        options: StoreOptions,
        decoder: Arc<dyn Decode>,
        prices: Arc<dyn Price>,
    ) -> Result<(Self, Manifest), StoreError> {
        let path = options.data_dir.join(LEDGER_FILE);
        let io = |source| StoreError::Directory { path: path.clone(), source };
        let disk = folder.open(LEDGER_FILE, Access::ReadWrite).map_err(io)?;
        let guard = Guard::open(disk, spanstone_guard::Options::read_write(LEDGER_FILE))
            .map_err(|source| StoreError::File { path: path.clone(), source })?;
        let counters = guard.counters();
        let ledger_options = ledger::Options {
            created_at: (options.clock)(),
            store_id: options.new_store_id,
            // A tenth of a millisecond more per commit buys a start after a crash that reads next to nothing, and one
            // that a page damaged beyond healing cannot prevent.
            instant_recovery: true,
            ..ledger::Options::default()
        };
        let ledger = Ledger::open(guard, &ledger_options)?;
        folder.sync_names("").map_err(io)?;
        let archive = Archive::new(folder.clone(), options.reserve_bytes);
        let manifest = ledger.manifest()?;
        let sealed = archive.load(&manifest);
        let shared = Arc::new(Shared {
            layers: RwLock::new(Layers::new(sealed, archive.new_epoch(), ledger.first_block() - 1)),
            fold_turn: Mutex::default(),
            room: Room::new(options.hot_bytes_max),
            archive,
            retention: Mutex::new(options.retention),
            quiet: Quiet::new(options.seal_after),
            payloads: JournalPayloads::new(decoder.clone(), options.payload_cache_bytes_max),
            decoder,
            prices,
            clock: options.clock,
            replayed: AtomicU64::new(0),
            to_replay: ledger.next_block() - ledger.first_block(),
            ready: Mutex::new(false),
            became_ready: Condvar::new(),
            ledger,
        });
        let archivist = Archivist::none(&shared);
        let pipeline = Pipeline::default();
        Ok((Self { shared, pipeline, archivist, media: Media::new(folder), guard: counters, _lock: None }, manifest))
    }

    /// Hands a request in. `done` is called once, from another thread, when the request is on disk and its events
    /// are visible to every read, or when it could not be stored.
    pub fn append(&self, header: EntryHeader, body: EncodedBody, events: Vec<Event>, done: Done) {
        self.pipeline.append(Pending { header, body, events, done });
    }

    /// Looks at what is in memory of a project, and takes hold of what is sealed of it at the same moment. Writers wait
    /// while `look` runs, so it should be quick and read no disk.
    ///
    /// # Errors
    /// Fails when the journal is still being replayed, after a wait of a few seconds.
    pub fn view<T>(
        &self,
        project: &ProjectId,
        look: impl FnOnce(LayeredView<'_>) -> T,
    ) -> Result<(T, Sealed), StoreError> {
        self.wait_until_ready(REPLAY_WAIT)?;
        let layers = self.shared.layers.read();
        let frozen = layers.frozen.as_ref().and_then(|frozen| frozen.layer.project(project));
        let seen = look(LayeredView::new(layers.active.project(project), frozen));
        let sealed = Sealed {
            segments: layers.sealed.project(project).cloned().unwrap_or_default(),
            trouble: self.shared.archive.trouble.clone(),
            _epoch: layers.epoch.clone(),
        };
        Ok((seen, sealed))
    }

    /// One payload of a journaled event; a text that says why when it cannot be read. The caller holds the [`Sealed`] part
    /// of the view that named the place, which keeps the journal as it was.
    #[must_use]
    pub fn journaled(
        &self,
        _held: &Sealed,
        place: JournalPlace,
        pick: fn(&EventPayloads) -> Option<&Text>,
    ) -> Option<Text> {
        self.shared.payloads.text(&self.shared.ledger, place, pick)
    }

    /// A journaled request: its header and its body.
    ///
    /// # Errors
    /// Fails when it is not there, or damaged beyond healing.
    pub fn entry(&self, block: u64, entry: u32) -> Result<(EntryHeader, Vec<u8>), StoreError> {
        Ok(self.shared.ledger.entry(block, entry)?)
    }

    /// Replaces the rules of what is kept, and applies them.
    pub fn set_retention(&self, retention: Retention) {
        *self.shared.retention.lock() = retention;
        self.shared.archive.bell.ring();
    }

    /// The media of this store.
    #[must_use]
    pub fn media(&self) -> &Media {
        &self.media
    }

    /// Waits until everything that is full has been sealed, and nothing is left to compact, discard or drop; false when
    /// that took longer than `patience`.
    #[must_use]
    pub fn settle(&self, patience: Duration) -> bool {
        self.shared.archive.bell.wait_until_idle(Instant::now() + patience)
    }

    /// Why the last piece of the archive's work failed, if it has not succeeded since.
    #[must_use]
    pub fn archive_failure(&self) -> Option<Arc<StoreError>> {
        self.shared.archive.failure()
    }

    /// What the archive holds, by project and week.
    #[must_use]
    pub fn archive_stats(&self) -> ArchiveStats {
        ArchiveStats::of(&self.shared.layers.read().sealed)
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

    /// The blocks of the journal that are replayed at the next start, for they are not sealed; the end is the block that
    /// the next request goes to.
    #[must_use]
    pub fn unsealed_blocks(&self) -> Range<u64> {
        self.shared.ledger.first_block()..self.shared.ledger.next_block()
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
        let layers = self.shared.layers.read();
        Counters {
            journal_blocks: journal.blocks,
            journal_entries: journal.entries,
            journal_body_bytes: journal.body_bytes,
            journal_stored_bytes: journal.stored_bytes,
            replayed_blocks: self.shared.replayed.load(Ordering::Acquire),
            hot: layers.counts(),
            sealed: ArchiveStats::of(&layers.sealed).total(),
            archive: self.shared.archive.counts(),
            guard: self.guard.counts(),
        }
    }

    /// Waits until everything that was handed in is on disk, and lets go of the directory.
    pub fn close(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        self.shared.room.stop();
        self.pipeline.stop();
        self.archivist.stop();
        self.shared.seal_before_close();
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
        self.stop();
    }
}

impl Shared {
    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Says that the hot set holds everything that the journal held at the start.
    pub(crate) fn finish_replay(&self) {
        *self.ready.lock() = true;
        self.became_ready.notify_all();
        // Retention waits for it.
        self.archive.bell.ring();
    }

    pub(crate) fn is_ready(&self) -> bool {
        *self.ready.lock()
    }
}
