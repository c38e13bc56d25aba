//! Opening a ledger: creating it, recovering it, refusing one from the future.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parking_lot::{Mutex, RwLock};
use redb::{ReadTransaction, StorageBackend, TableDefinition};
use spanstone_model::Timestamp;

use super::backend::Shared;
use super::documents::DOCUMENTS;
use super::error::Record;
use super::journal::{self, FIRST_BLOCK, JOURNAL};
use super::reads::Reads;
use super::v1::{FORMAT_VERSION, Fault, Meta, Totals};
use super::writer::Writer;
use super::{Ledger, LedgerError, Status};

pub(super) const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
pub(super) const META_KEY: &str = "format";

/// How many blocks back the totals are looked for when the last blocks are damaged.
const TOTALS_BLOCKS_BACK_MAX: u64 = 64;

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
        let meta = match read_meta(&reads)? {
            Some(meta) => meta,
            None => create(&writer, options)?,
        };
        let (next_block, totals) = end_of_journal(&reads)?;
        Ok(Self {
            reads,
            writer: Some(writer),
            turn: Mutex::new(()),
            status: RwLock::new(Status { totals, poisoned: None }),
            next_block: AtomicU64::new(next_block),
            meta,
            recovered,
        })
    }

    /// Opens a ledger without ever writing to the storage, closed or not, from its last commit. Every write is refused.
    ///
    /// # Errors
    /// Fails when the storage does, when it holds no ledger, when a later version wrote it, or when the meta record or
    /// the end of the journal cannot be reached.
    pub fn open_read_only(backend: impl StorageBackend, options: &Options) -> Result<Self, LedgerError> {
        let reads = Reads::new(Arc::new(backend), options.cache_bytes);
        let meta = read_meta(&reads)?.ok_or(LedgerError::Damaged { record: Record::Meta, fault: Fault::Missing })?;
        let (next_block, totals) = end_of_journal(&reads)?;
        Ok(Self {
            reads,
            writer: None,
            turn: Mutex::new(()),
            status: RwLock::new(Status { totals, poisoned: None }),
            next_block: AtomicU64::new(next_block),
            meta,
            recovered: false,
        })
    }
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

pub(super) fn decode_meta(row: Option<&[u8]>) -> Result<Meta, LedgerError> {
    let damaged = |fault| LedgerError::Damaged { record: Record::Meta, fault };
    let row = row.ok_or_else(|| damaged(Fault::Missing))?;
    let found = Meta::format_of(row).map_err(|corrupt| damaged(corrupt.into()))?;
    if found > FORMAT_VERSION {
        return Err(LedgerError::NewerFormat { found });
    }
    Meta::decode(row).map_err(|corrupt| damaged(corrupt.into()))
}

pub(super) fn read_meta(reads: &Reads) -> Result<Option<Meta>, LedgerError> {
    let row = reads.run(meta_row).map_err(|error| LedgerError::storage("reading the meta record", error))?;
    row.map(|row| decode_meta(Some(&row))).transpose()
}

/// Looks at the meta record before redb is allowed to write. Other trouble is left to the open that follows.
fn refuse_newer_format(backend: &Arc<dyn StorageBackend>, options: &Options) -> Result<(), LedgerError> {
    let reads = Reads::new(Arc::clone(backend), options.cache_bytes);
    match read_meta(&reads) {
        Err(newer @ LedgerError::NewerFormat { .. }) => Err(newer),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn create(writer: &Writer, options: &Options) -> Result<Meta, LedgerError> {
    let meta = Meta { format: FORMAT_VERSION, created_at: options.created_at, store_id: options.store_id.clone() };
    writer.commit(|transaction| {
        let failed = |error: redb::Error| LedgerError::storage("creating the ledger", error);
        transaction.open_table(JOURNAL).map_err(|error| failed(error.into()))?;
        transaction.open_table(DOCUMENTS).map_err(|error| failed(error.into()))?;
        let mut table = transaction.open_table(META).map_err(|error| failed(error.into()))?;
        table.insert(META_KEY, meta.encode().as_slice()).map_err(|error| failed(error.into()))?;
        Ok(())
    })?;
    Ok(meta)
}

/// The number of the next block, and how much the journal holds.
pub(super) fn end_of_journal(reads: &Reads) -> Result<(u64, Totals), LedgerError> {
    let failed = |error| LedgerError::storage("finding the end of the journal", error);
    let Some((last_block, last_part)) = reads.run(journal::last).map_err(failed)? else {
        return Ok((FIRST_BLOCK, Totals::default()));
    };
    let totals_of = |block, part| {
        let row = reads.run(|transaction| journal::part(transaction, block, part));
        row.ok().flatten().and_then(journal::totals)
    };
    // Every part of a block carries the same totals. Those of an earlier block are too small and better than none.
    let totals = totals_of(last_block, last_part).or_else(|| {
        let earliest = last_block.saturating_sub(TOTALS_BLOCKS_BACK_MAX).max(FIRST_BLOCK);
        (earliest..=last_block).rev().find_map(|block| totals_of(block, 0))
    });
    Ok((last_block + 1, totals.unwrap_or_default()))
}
