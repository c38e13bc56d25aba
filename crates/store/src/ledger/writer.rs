//! The writer's database, and how it gets over a full disk.
//!
//! Owns the handle that writes. redb stops a handle for good at the first error of its storage, so a write for which
//! there was no space costs the handle, and the next write opens another. Refuses that after a sync has failed: then nobody
//! knows what is on the disk, and only a new start may find out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{RwLock, RwLockReadGuard};
use redb::{Builder, Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::backend::Shared;
use super::reads::Reads;
use super::{LedgerError, Options};

#[derive(Debug)]
pub(super) struct Writer {
    storage: Shared,
    cache_bytes: usize,
    instant_recovery: bool,
    /// Readers hold it while they read, so that it is not replaced under their pins. `None` after it could not be opened again.
    database: RwLock<Option<Database>>,
}

/// Keeps the pages of the last commit, and of later ones, from being reused while this lives.
pub(super) struct Pin<'a> {
    // The transaction ends before the database may be replaced. The writer refuses one only after its storage failed;
    // then it does not write either.
    _transaction: Option<ReadTransaction>,
    _database: RwLockReadGuard<'a, Option<Database>>,
}

impl Writer {
    /// Opens the database, and says whether it had to be recovered.
    pub(super) fn open(storage: Shared, options: &Options) -> Result<(Self, bool), LedgerError> {
        let (database, recovered) = open(&storage, options.cache_bytes)?;
        let Options { cache_bytes, instant_recovery, .. } = *options;
        Ok((Self { storage, cache_bytes, instant_recovery, database: RwLock::new(Some(database)) }, recovered))
    }

    /// Runs `work` in a durable transaction. One at a time.
    pub(super) fn commit(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let database = self.database.read();
        let database =
            database.as_ref().ok_or_else(|| LedgerError::storage("beginning a commit", redb::Error::DatabaseClosed))?;
        let mut transaction =
            database.begin_write().map_err(|error| LedgerError::storage("beginning a commit", error))?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(self.instant_recovery);
        work(&transaction)?;
        transaction.commit().map_err(|error| LedgerError::storage("committing", error))
    }

    /// Pins the pages that a reader is about to read.
    pub(super) fn pin(&self) -> Pin<'_> {
        let database = self.database.read();
        Pin { _transaction: database.as_ref().and_then(|database| database.begin_read().ok()), _database: database }
    }

    /// Whether everything that was ever handed to the disk to keep, it has kept.
    pub(super) fn may_reopen(&self) -> bool {
        !self.storage.has_failed_to_sync()
    }

    /// Opens the database anew, from its last commit. Waits for the readers, lets nobody read meanwhile, and has `reads`
    /// forget what it knows of the database before.
    pub(super) fn reopen(&self, reads: &Reads) -> Result<(), LedgerError> {
        let mut database = self.database.write();
        *database = None;
        reads.reset();
        *database = Some(open(&self.storage, self.cache_bytes)?.0);
        Ok(())
    }

    pub(super) fn close(self) -> Result<(), LedgerError> {
        self.database.into_inner().map_or(Ok(()), |database| {
            database.close().map_err(|error| LedgerError::storage("closing the ledger", error))
        })
    }
}

fn open(storage: &Shared, cache_bytes: usize) -> Result<(Database, bool), LedgerError> {
    let recovered = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&recovered);
    let database = Builder::new()
        .set_cache_size(cache_bytes)
        .set_repair_callback(move |_| seen.store(true, Ordering::Relaxed))
        .create_with_backend(storage.clone())
        .map_err(|error| LedgerError::storage("opening the ledger", error))?;
    Ok((database, recovered.load(Ordering::Relaxed)))
}
