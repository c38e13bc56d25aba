//! A disk whose writes stay in memory.
//!
//! Owns the changes made on top of another disk, which it never writes. For offline tools that must leave a file as it is
//! but need redb to recover it first: after a crash redb opens only what it may write.

use std::collections::HashMap;
use std::io;

use parking_lot::Mutex;

use crate::disk::Disk;
use crate::geometry::{PAGE, PAGE_BYTES};

/// Shows another disk with changes that are forgotten when this is dropped. Memory: 4 KiB for each page written.
#[derive(Debug)]
pub struct Overlay<D> {
    base: D,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    len: u64,
    /// How much of the base still shows: less than `len` once the overlay was cut and extended.
    base_len: u64,
    pages: HashMap<u64, Box<[u8; PAGE_BYTES]>>,
}

impl<D: Disk> Overlay<D> {
    /// Returns an overlay without changes.
    ///
    /// # Errors
    /// If the base does not tell its length.
    pub fn new(base: D) -> io::Result<Self> {
        let len = base.len()?;
        Ok(Self { base, changes: Mutex::new(Changes { len, base_len: len, pages: HashMap::new() }) })
    }
}

impl Changes {
    /// Fills `out` with bytes of one page, from `offset` on.
    fn read(&self, base: &impl Disk, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if let Some(page) = self.pages.get(&(offset / PAGE)) {
            let start = in_page(offset);
            out.copy_from_slice(&page[start..start + out.len()]);
            return Ok(());
        }
        let shown = usize::try_from(self.base_len.saturating_sub(offset)).unwrap_or(usize::MAX).min(out.len());
        out[shown..].fill(0);
        if shown == 0 { Ok(()) } else { base.read_exact_at(offset, &mut out[..shown]) }
    }
}

fn in_page(offset: u64) -> usize {
    usize::try_from(offset % PAGE).expect("below the page size")
}

/// Returns the parts of a range that lie in one page each: offset, and range in the caller's buffer.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (u64, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let size = (len - done).min(PAGE_BYTES - in_page(at));
        let part = (at, done..done + size);
        done += size;
        (size > 0).then_some(part)
    })
}

impl<D: Disk> Disk for Overlay<D> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes.lock().len)
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes.lock();
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > changes.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (at, buffer) in parts(offset, out.len()) {
            changes.read(&self.base, at, &mut out[buffer])?;
        }
        Ok(())
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes.lock();
        for (at, buffer) in parts(offset, data.len()) {
            let mut page = Box::new([0; PAGE_BYTES]);
            let start = at - at % PAGE;
            changes.read(&self.base, start, &mut page[..])?;
            page[in_page(at)..in_page(at) + buffer.len()].copy_from_slice(&data[buffer]);
            changes.pages.insert(start / PAGE, page);
        }
        changes.len = changes.len.max(offset + data.len() as u64);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes.lock();
        if len < changes.len {
            changes.pages.retain(|page, _| page * PAGE < len);
            if let Some(last) = changes.pages.get_mut(&(len / PAGE)) {
                last[in_page(len)..].fill(0);
            }
            changes.base_len = changes.base_len.min(len);
        }
        changes.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}
