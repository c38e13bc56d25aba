//! Reading beside the writer, so that a page that cannot be read costs the read that needed it and nothing else.
//!
//! redb stops a database for good at the first error of its storage. Reads that went through the writer's handle would
//! therefore end all writing when one old page is beyond healing, and a failed commit would end all reading. So
//! readers have a handle of their own, which is thrown away after an error.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use redb::{Builder, ConcurrencyMode, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, StorageBackend};

use super::backend::ReaderView;

pub(super) struct Reads {
    backend: Arc<dyn StorageBackend>,
    cache_bytes: usize,
    current: Mutex<Option<Arc<ReadOnlyDatabase>>>,
}

impl Reads {
    /// A reader with a quarter of `cache_bytes`: pages of the tree are read again and again, bodies are not.
    pub(super) fn new(backend: Arc<dyn StorageBackend>, cache_bytes: usize) -> Self {
        Self { backend, cache_bytes: cache_bytes / 4, current: Mutex::new(None) }
    }

    /// Runs `read` on the last commit. The caller keeps the pages of that commit, and later ones, from being reused.
    pub(super) fn run<T>(&self, read: impl Fn(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, redb::Error> {
        let shared = self.shared()?;
        let outcome = run_on(&shared, &read);
        if outcome.is_ok() {
            return outcome;
        }
        self.discard(&shared);
        // The error may be another reader's, which stopped the handle under this one.
        if let Err(redb::Error::PreviousIo | redb::Error::DatabaseClosed) = outcome {
            return run_on(&self.open()?, &read);
        }
        outcome
    }

    /// Forgets what was read so far.
    pub(super) fn reset(&self) {
        *self.current.lock() = None;
    }

    fn shared(&self) -> Result<Arc<ReadOnlyDatabase>, redb::Error> {
        let mut current = self.current.lock();
        if let Some(database) = &*current {
            return Ok(Arc::clone(database));
        }
        let database = Arc::new(self.open()?);
        *current = Some(Arc::clone(&database));
        Ok(database)
    }

    fn discard(&self, database: &Arc<ReadOnlyDatabase>) {
        let mut current = self.current.lock();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, database)) {
            *current = None;
        }
    }

    fn open(&self) -> Result<ReadOnlyDatabase, redb::Error> {
        let database = Builder::new()
            .set_cache_size(self.cache_bytes)
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .open_read_only_with_backend(ReaderView(Arc::clone(&self.backend)))?;
        Ok(database)
    }
}

fn run_on<T>(
    database: &ReadOnlyDatabase,
    read: &impl Fn(&ReadTransaction) -> Result<T, redb::Error>,
) -> Result<T, redb::Error> {
    read(&database.begin_read()?)
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reads").field("backend", &self.backend).finish_non_exhaustive()
    }
}
