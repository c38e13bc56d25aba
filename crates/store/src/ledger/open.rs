//! Opening a ledger: creating it, recovering it, refusing one from the future.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use parking_lot::{Mutex, RwLock};
use redb::{ReadTransaction, StorageBackend, TableDefinition};
use spanstone_model::Timestamp;

use super::backend::Shared;
use super::discard::Discard;
use super::error::Record;
use super::reads::Reads;
use super::v1::{self, Fault, Totals};
use super::v2::{self, ArchiveState, Meta};
use super::v3;
use super::writer::Writer;
use super::{Ledger, LedgerError, Status, archive, journal};

pub(super) const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
pub(super) const META_KEY: &str = "format";

/// How to open a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How much redb keeps in memory for the writer, in bytes: pages of the tree, and what a commit has not written yet.
    /// Readers have a quarter as much again. More than a few MiB buys nothing; all of it may stay in memory while idle.
    pub cache_bytes: usize,
    /// Whether every commit also stores which pages are in use (redb's quick repair). Then opening after a crash takes a
    /// millisecond, and reads nothing but a few pages, so that damage elsewhere does not prevent it. Without it, opening
    /// reads every page: 0.7 ms of CPU per stored MB. It costs 0.1 ms of CPU per commit, and more as the file grows:
    /// 5 ms at 6 GB.
    pub instant_recovery: bool,
    /// For a new ledger: bytes that tell this store from others; 64 at most.
    pub store_id: Vec<u8>,
    /// For a new ledger: the time now.
    pub created_at: Timestamp,
}

impl Options {
    /// The default of [`Self::cache_bytes`].
    pub const CACHE_BYTES: usize = 2 * 1024 * 1024;
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: Self::CACHE_BYTES,
            instant_recovery: false,
            store_id: Vec::new(),
            created_at: Timestamp::default(),
        }
    }
}

impl Ledger {
    /// Opens a ledger for reading and writing; creates it when the storage is empty, recovers it when it was not
    /// closed. The caller keeps other processes away.
    ///
    /// # Errors
    /// Fails when the storage does, when a page that recovery needs is damaged (then [`Ledger::open_read_only`] may still
    /// work), and when a later version wrote the ledger; nothing has been written in that case.
    pub fn open(backend: impl StorageBackend, options: &Options) -> Result<Self, LedgerError> {
        let backend: Arc<dyn StorageBackend> = Arc::new(backend);
        refuse_newer_format(&backend, options)?;
        let (writer, recovered) = Writer::open(Shared::new(Arc::clone(&backend)), options)?;
        let reads = Reads::new(backend, options.cache_bytes);
        let found = match read_meta(&reads)? {
            Some(found) => found,
            None => create(&writer, options)?,
        };
        Self::new(reads, Some(writer), found, recovered)
    }

    /// Opens a ledger without ever writing to the storage, closed or not, from its last commit. Every write is refused.
    ///
    /// # Errors
    /// Fails when the storage does, when it holds no ledger, when a later version wrote it, or when the meta record or
    /// the end of the journal cannot be reached.
    pub fn open_read_only(backend: impl StorageBackend, options: &Options) -> Result<Self, LedgerError> {
        let reads = Reads::new(Arc::new(backend), options.cache_bytes);
        let found = read_meta(&reads)?.ok_or(LedgerError::Damaged { record: Record::Meta, fault: Fault::Missing })?;
        Self::new(reads, None, found, false)
    }

    fn new(reads: Reads, writer: Option<Writer>, found: FoundMeta, recovered: bool) -> Result<Self, LedgerError> {
        let archive = read_archive(&reads, found.format)?;
        let (next_block, totals) = end_of_journal(&reads, &archive)?;
        Ok(Self {
            reads,
            writer,
            turn: Mutex::new(()),
            status: RwLock::new(Status { totals, archive, discard: Discard::default(), poisoned: None }),
            next_block: AtomicU64::new(next_block),
            first_kept: AtomicU64::new(archive.cut + 1),
            next_segment: AtomicU64::new(archive.segment_max + 1),
            format: AtomicU32::new(found.format),
            meta: found.meta,
            recovered,
        })
    }
}

/// The meta record, and which version of the ledger it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundMeta {
    pub(super) format: u32,
    pub(super) meta: Meta,
}

/// The bytes of the meta record; `None` in a database that has no tables yet.
pub(super) fn meta_row(transaction: &ReadTransaction) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = match transaction.open_table(META) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // A table without its only row is not the same as a new database.
    Ok(Some(table.get(META_KEY)?.map(|row| row.value().to_vec()).unwrap_or_default()))
}

pub(super) fn decode_meta(row: Option<&[u8]>) -> Result<FoundMeta, LedgerError> {
    let damaged = |fault| LedgerError::Damaged { record: Record::Meta, fault };
    let row = row.ok_or_else(|| damaged(Fault::Missing))?;
    let format = v1::Meta::format_of(row).map_err(|corrupt| damaged(corrupt.into()))?;
    let meta = match format {
        newer if newer > v3::FORMAT_VERSION => return Err(LedgerError::NewerFormat { found: newer }),
        v2::FORMAT_VERSION..=v3::FORMAT_VERSION => Meta::decode(row),
        _ => v1::Meta::decode(row).map(Meta::from),
    };
    Ok(FoundMeta { format, meta: meta.map_err(|corrupt| damaged(corrupt.into()))? })
}

pub(super) fn read_meta(reads: &Reads) -> Result<Option<FoundMeta>, LedgerError> {
    let row = reads.run(meta_row).map_err(|error| LedgerError::storage("reading the meta record", error))?;
    row.map(|row| decode_meta(Some(&row))).transpose()
}

/// The archive's state; that of an empty one in a ledger of version 1.
pub(super) fn read_archive(reads: &Reads, format: u32) -> Result<ArchiveState, LedgerError> {
    if format == v1::FORMAT_VERSION { Ok(ArchiveState::default()) } else { archive::read_state(reads) }
}

/// Looks at the meta record before redb is allowed to write. Other trouble is left to the open that follows.
fn refuse_newer_format(backend: &Arc<dyn StorageBackend>, options: &Options) -> Result<(), LedgerError> {
    let reads = Reads::new(Arc::clone(backend), options.cache_bytes);
    match read_meta(&reads) {
        Err(newer @ LedgerError::NewerFormat { .. }) => Err(newer),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn create(writer: &Writer, options: &Options) -> Result<FoundMeta, LedgerError> {
    let meta = Meta { created_at: options.created_at, store_id: options.store_id.clone() };
    writer.commit(|transaction| archive::create(transaction, &meta, &ArchiveState::default()))?;
    Ok(FoundMeta { format: v3::FORMAT_VERSION, meta })
}

/// The number of the next block, and how much the journal has held up to there.
pub(super) fn end_of_journal(reads: &Reads, archive: &ArchiveState) -> Result<(u64, Totals), LedgerError> {
    let failed = |error| LedgerError::storage("finding the end of the journal", error);
    let at_cut = (archive.cut + 1, archive.cut_totals);
    let (last_block, last_part) = match reads.run(journal::last).map_err(failed)? {
        Some(last) if last.0 > archive.cut => last,
        _ => return Ok(at_cut),
    };
    let part = |block, part| reads.run(|transaction| journal::part(transaction, block, part));
    // The totals of an earlier block are too small and better than none.
    let totals = journal::last_totals(last_block..=last_block, |block| part(block, last_part))
        .or_else(|| journal::last_totals(archive.cut + 1..=last_block, |block| part(block, 0)));
    Ok((last_block.saturating_add(1), totals.unwrap_or(archive.cut_totals)))
}
