//! Three ways to look at one storage: as the writer, as a reader beside the writer, and as a copy that forgets.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use redb::{BackendError, StorageBackend};

/// The storage, shared between the writer and the readers. Remembers whether a sync has failed.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    storage: Arc<dyn StorageBackend>,
    sync_failed: Arc<AtomicBool>,
}

impl Shared {
    pub(super) fn new(storage: Arc<dyn StorageBackend>) -> Self {
        Self { storage, sync_failed: Arc::default() }
    }

    /// Whether a sync has failed, so that what was written before it may be lost or not.
    pub(super) fn has_failed_to_sync(&self) -> bool {
        self.sync_failed.load(Ordering::Acquire)
    }
}

impl StorageBackend for Shared {
    fn len(&self) -> io::Result<u64> {
        self.storage.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.storage.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.storage.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let outcome = self.storage.sync_data();
        if outcome.is_err() {
            self.sync_failed.store(true, Ordering::Release);
        }
        outcome
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.storage.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.storage.close()
    }
}

/// Where redb's header keeps its flags, and the flag that says that a writer is at work or was cut short. (redb's design
/// document, "Super-header".)
const FLAGS_OFFSET: u64 = 9;
const FLAG_RECOVERY_REQUIRED: u8 = 2;

/// The storage as a reader beside a writer sees it, for redb's `SingleWriter` mode.
///
/// redb refuses to read a file that was not closed, unless a live writer in another process vouches for it by its file locks.
/// Here the writer is in this process and commits in two phases, so the header always names a complete commit; this
/// hides the flag, and grants locks that nothing else asks for. The pages that a reader uses are kept from being reused
/// by a read transaction of the writer's.
#[derive(Debug)]
pub(super) struct ReaderView(pub(super) Arc<dyn StorageBackend>);

impl StorageBackend for ReaderView {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)?;
        let flags = FLAGS_OFFSET
            .checked_sub(offset)
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| out.get_mut(index));
        if let Some(flags) = flags {
            *flags &= !FLAG_RECOVERY_REQUIRED;
        }
        Ok(())
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn write(&self, _offset: u64, _data: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn try_lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}

const PAGE_BYTES: u64 = 4_096;
const PAGE_LENGTH: usize = 4_096;

/// A storage that reads through to another one and keeps what is written in memory, page by page.
///
/// redb recovers a file that was not closed by writing to it; over this, it can be asked whether it would succeed
/// without the file being touched.
pub(super) struct CopyOnWrite<B> {
    base: B,
    written: RwLock<Written>,
}

struct Written {
    /// The storage's length, once it has been changed.
    len: Option<u64>,
    /// The base is visible below this length: the least that the storage has ever had.
    base_len: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE_LENGTH]>>,
}

impl<B: StorageBackend> CopyOnWrite<B> {
    /// Lays a fresh memory over `base`.
    pub(super) fn new(base: B) -> Self {
        Self { base, written: RwLock::new(Written { len: None, base_len: u64::MAX, pages: BTreeMap::new() }) }
    }

    /// Reads what `base` holds of a range, and zeros beyond its visible end.
    fn read_base(&self, written: &Written, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let visible = self.base.len()?.min(written.base_len).saturating_sub(offset);
        let visible = usize::try_from(visible).unwrap_or(usize::MAX).min(out.len());
        let (from_base, beyond) = out.split_at_mut(visible);
        beyond.fill(0);
        if from_base.is_empty() {
            return Ok(());
        }
        self.base.read(offset, from_base)
    }

    fn len_of(&self, written: &Written) -> io::Result<u64> {
        written.len.map_or_else(|| self.base.len(), Ok)
    }
}

/// Cuts a range of bytes at page boundaries: page, where in the page, which bytes of the range.
fn pieces(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == length {
            return None;
        }
        let at = offset + done as u64;
        let within = usize::try_from(at % PAGE_BYTES).unwrap_or(0);
        let range = done..length.min(done + PAGE_LENGTH - within);
        done = range.end;
        Some((at / PAGE_BYTES, within, range))
    })
}

impl<B: StorageBackend> StorageBackend for CopyOnWrite<B> {
    fn len(&self) -> io::Result<u64> {
        self.len_of(&self.written.read())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written.read();
        if offset.saturating_add(out.len() as u64) > self.len_of(&written)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Pages that were written hide the base even where the base cannot be read, so it is asked for the others only.
        for (page, within, range) in pieces(offset, out.len()) {
            let piece = &mut out[range];
            match written.pages.get(&page) {
                Some(bytes) => piece.copy_from_slice(&bytes[within..within + piece.len()]),
                None => self.read_base(&written, page * PAGE_BYTES + within as u64, piece)?,
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.written.write();
        written.base_len = written.base_len.min(len);
        written.len = Some(len);
        let first_gone = len.div_ceil(PAGE_BYTES);
        written.pages.split_off(&first_gone);
        let tail = usize::try_from(len % PAGE_BYTES).unwrap_or(0);
        if tail > 0
            && let Some(page) = written.pages.get_mut(&(len / PAGE_BYTES))
        {
            page[tail..].fill(0);
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written.write();
        for (page, within, range) in pieces(offset, data.len()) {
            let piece = &data[range];
            if !written.pages.contains_key(&page) {
                let mut bytes = Box::new([0; PAGE_LENGTH]);
                if piece.len() < PAGE_LENGTH {
                    self.read_base(&written, page * PAGE_BYTES, &mut bytes[..])?;
                }
                written.pages.insert(page, bytes);
            }
            if let Some(bytes) = written.pages.get_mut(&page) {
                bytes[within..within + piece.len()].copy_from_slice(piece);
            }
        }
        let end = offset.saturating_add(data.len() as u64);
        if end > self.len_of(&written)? {
            written.len = Some(end);
        }
        Ok(())
    }
}

impl<B: fmt::Debug> fmt::Debug for CopyOnWrite<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOnWrite").field("base", &self.base).finish_non_exhaustive()
    }
}
