//! The checksum pages in memory: a bounded cache of entries, written back at a sync or when room is needed.
//!
//! Owns which entries are newer than the file. Refuses to judge them: an entry is right or wrong only together with its
//! page.

use std::collections::HashMap;
use std::io;

use crate::checksum::checksum;
use crate::disk::Disk;
use crate::geometry::{GROUP_DATA_PAGES, PAGE_BYTES, checksum_page_offset, group_of, index_in_group};

/// Entries of one group, as they are in the file.
struct ChecksumPage {
    bytes: Box<[u8; PAGE_BYTES]>,
    dirty: bool,
    last_use: u64,
}

impl ChecksumPage {
    fn entry(&self, index: usize) -> u32 {
        let at = index * 4;
        u32::from_le_bytes([self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]])
    }
}

/// The cache. It may be written back at any time: between two syncs only entries of pages change that no
/// durable root of redb reaches.
pub(crate) struct ChecksumPages {
    pages: HashMap<u64, ChecksumPage>,
    pages_max: usize,
    clock: u64,
    read_only: bool,
}

impl ChecksumPages {
    /// Returns an empty cache of at most `pages_max` pages of 4 KiB, and at least one. With `read_only`, changes stay in
    /// memory and may be forgotten.
    pub(crate) fn new(pages_max: usize, read_only: bool) -> Self {
        Self { pages: HashMap::new(), pages_max: pages_max.max(1), clock: 0, read_only }
    }

    /// Returns the entry of a page.
    pub(crate) fn entry(&mut self, disk: &impl Disk, page: u64) -> io::Result<u32> {
        Ok(self.load(disk, group_of(page))?.entry(index_in_group(page)))
    }

    /// Copies the entries of the pages from `first` on, all of one group.
    pub(crate) fn copy_entries(&mut self, disk: &impl Disk, first: u64, out: &mut [u32]) -> io::Result<()> {
        let loaded = self.load(disk, group_of(first))?;
        let from = index_in_group(first);
        for (index, entry) in out.iter_mut().enumerate() {
            *entry = loaded.entry(from + index);
        }
        Ok(())
    }

    /// Changes the entry of a page; it reaches the file with the next [`ChecksumPages::flush`] at the latest.
    pub(crate) fn set(&mut self, disk: &impl Disk, page: u64, entry: u32) -> io::Result<()> {
        let read_only = self.read_only;
        let loaded = self.load(disk, group_of(page))?;
        let at = index_in_group(page) * 4;
        loaded.bytes[at..at + 4].copy_from_slice(&entry.to_le_bytes());
        loaded.dirty = !read_only;
        Ok(())
    }

    /// Writes every changed checksum page to the file. Returns how many.
    pub(crate) fn flush(&mut self, disk: &impl Disk) -> io::Result<usize> {
        let mut dirty: Vec<u64> = self.pages.iter().filter(|(_, page)| page.dirty).map(|(group, _)| *group).collect();
        dirty.sort_unstable();
        for group in &dirty {
            self.write_back(disk, *group)?;
        }
        Ok(dirty.len())
    }

    /// Forgets a group and all after it, changed or not; for groups that are about to be cut from the file or overwritten.
    pub(crate) fn forget_from(&mut self, group: u64) {
        self.pages.retain(|cached, _| *cached < group);
    }

    fn load(&mut self, disk: &impl Disk, group: u64) -> io::Result<&mut ChecksumPage> {
        self.clock += 1;
        if !self.pages.contains_key(&group) {
            self.make_room(disk);
            let mut bytes = Box::new([0; PAGE_BYTES]);
            disk.read_exact_at(checksum_page_offset(group), &mut bytes[..])?;
            self.pages.insert(group, ChecksumPage { bytes, dirty: false, last_use: 0 });
        }
        let page = self.pages.get_mut(&group).expect("inserted above if it was missing");
        page.last_use = self.clock;
        Ok(page)
    }

    /// Forgets pages until one more fits. A changed page that cannot be written stays, above the bound: the next sync
    /// reports the error, and until then reads go on.
    fn make_room(&mut self, disk: &impl Disk) {
        while self.pages.len() >= self.pages_max {
            let oldest = self.pages.iter().min_by_key(|(_, page)| (page.dirty, page.last_use));
            let Some((&oldest, _)) = oldest else { return };
            if self.write_back(disk, oldest).is_err() {
                return;
            }
            self.pages.remove(&oldest);
        }
    }

    fn write_back(&mut self, disk: &impl Disk, group: u64) -> io::Result<()> {
        let Some(page) = self.pages.get_mut(&group) else { return Ok(()) };
        if page.dirty {
            disk.write_all_at(checksum_page_offset(group), &page.bytes[..])?;
            page.dirty = false;
        }
        Ok(())
    }
}

/// Returns the entry of a page that holds zeros.
pub(crate) fn zero_page_entry(page: u64) -> u32 {
    checksum(page, &[0; PAGE_BYTES])
}

/// Returns the checksum page of a group whose data pages all hold zeros.
pub(crate) fn zero_group_entries(group: u64) -> Box<[u8; PAGE_BYTES]> {
    let mut bytes = Box::new([0; PAGE_BYTES]);
    for (page, entry) in (group * GROUP_DATA_PAGES..).zip(bytes.chunks_exact_mut(4)) {
        entry.copy_from_slice(&zero_page_entry(page).to_le_bytes());
    }
    bytes
}
