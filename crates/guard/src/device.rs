//! The logical device: its length, its page 0, its pages and their entries, and what of it the file does not have yet.
//!
//! Owns every change of the file after it is open, and the order of the writes on which crash safety rests. Holds no
//! lock: the guard calls it under one.

use std::io;

use crate::checksum::{Flip, Verdict, checksum, heal};
use crate::checksum_pages::{ChecksumPages, zero_group_entries, zero_page_entry};
use crate::disk::Disk;
use crate::geometry::{
    Area, GROUP_DATA_PAGES, LOGICAL_BYTES_MAX, PAGE, PAGE_BYTES, SlotName, checksum_page_offset, data_offset, groups,
    physical_bytes,
};
use crate::head::Head;

/// State of an open device. `head` is what the next sync makes durable; its generation is the durable one.
pub(crate) struct Device {
    head: Head,
    head_changed: bool,
    /// The slot that holds the durable head.
    slot: SlotName,
    /// The greatest length that a durable head may have; the file is never cut below it.
    durable_len: u64,
    /// The file was extended, and no fsync has covered that yet.
    grew: bool,
    /// Something was written that no fsync has covered yet.
    unsynced: bool,
    /// A sync failed: what is durable is unknown, so nothing more is written.
    failed: bool,
    checksums: ChecksumPages,
}

impl Device {
    /// Returns the device whose durable head is in `slot`.
    pub(crate) fn new(slot: SlotName, mut head: Head, checksums: ChecksumPages) -> Self {
        let durable_len = head.len;
        // Not initialised by its owner: see "Logical length" in docs/ON_DISK_FORMAT.md.
        if head.page[..8] == [0; 8] {
            head.len = 0;
        }
        Self { head, head_changed: false, slot, durable_len, grew: false, unsynced: false, failed: false, checksums }
    }

    /// Returns the logical length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.head.len
    }

    /// Returns logical page 0.
    pub(crate) fn head_page(&self) -> &[u8; PAGE_BYTES] {
        &self.head.page
    }

    /// Returns whether an earlier sync failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    pub(crate) fn set_failed(&mut self) {
        self.failed = true;
    }

    /// Changes bytes of logical page 0.
    pub(crate) fn write_head(&mut self, start: usize, data: &[u8]) {
        self.head.page[start..start + data.len()].copy_from_slice(data);
        self.head_changed = true;
    }

    /// Writes whole pages that follow each other in the file.
    pub(crate) fn write_run(&mut self, disk: &impl Disk, first: u64, data: &[u8]) -> io::Result<()> {
        self.unsynced = true;
        disk.write_all_at(data_offset(first), data)?;
        for (page, bytes) in (first..).zip(data.chunks_exact(PAGE_BYTES)) {
            self.checksums.set(disk, page, checksum(page, bytes))?;
        }
        Ok(())
    }

    /// Copies the entries of the pages from `first` on, all of one group.
    pub(crate) fn copy_entries(&mut self, disk: &impl Disk, first: u64, out: &mut [u32]) -> io::Result<()> {
        self.checksums.copy_entries(disk, first, out)
    }

    /// Reads a page and heals it in memory. The entry is healed in the cache.
    pub(crate) fn read_page(&mut self, disk: &impl Disk, page: u64, out: &mut [u8]) -> io::Result<Verdict> {
        disk.read_exact_at(data_offset(page), out)?;
        let mut entry = self.checksums.entry(disk, page)?;
        let verdict = heal(page, out, &mut entry);
        if let Verdict::Healed(Flip::Checksum { .. }) = verdict {
            self.checksums.set(disk, page, entry)?;
        }
        Ok(verdict)
    }

    /// Writes back to the file what healing a page changed: its bytes, or its entry.
    pub(crate) fn write_back(&mut self, disk: &impl Disk, page: u64, healed: &[u8], flip: Flip) -> io::Result<()> {
        self.unsynced = true;
        match flip {
            Flip::Block { .. } => disk.write_all_at(data_offset(page), healed),
            Flip::Checksum { .. } => self.checksums.flush(disk).map(|_| ()),
        }
    }

    /// Changes the logical length. New pages read as zeros.
    pub(crate) fn set_len(&mut self, disk: &impl Disk, len: u64) -> io::Result<()> {
        if !len.is_multiple_of(PAGE) || len > LOGICAL_BYTES_MAX {
            let message = format!("a length of {len} bytes is not a multiple of {PAGE} up to {LOGICAL_BYTES_MAX}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if len > self.head.len {
            self.extend(disk, len)?;
        }
        self.head_changed |= len != self.head.len;
        self.head.len = len;
        Ok(())
    }

    /// Makes the pages from the current to the new length read as zeros, without changing the length.
    fn extend(&mut self, disk: &impl Disk, len: u64) -> io::Result<()> {
        let kept = self.durable_len.max(self.head.len);
        self.grew = true;
        self.unsynced = true;
        // What is beyond was left by a crash, or by a cut that failed.
        if disk.len()? > physical_bytes(kept) {
            self.checksums.forget_from(groups(kept));
            disk.set_len(physical_bytes(kept))?;
        }
        if physical_bytes(len) > physical_bytes(kept) {
            disk.set_len(physical_bytes(len))?;
        }
        for group in groups(kept)..groups(len) {
            disk.write_all_at(checksum_page_offset(group), &zero_group_entries(group)[..])?;
        }
        let fresh = groups(kept) * GROUP_DATA_PAGES;
        for page in self.head.len / PAGE..(len / PAGE).min(fresh) {
            self.clear_page(disk, page)?;
        }
        Ok(())
    }

    fn clear_page(&mut self, disk: &impl Disk, page: u64) -> io::Result<()> {
        let zeros = [0; PAGE_BYTES];
        if page == 0 {
            self.write_head(0, &zeros);
            return Ok(());
        }
        let mut found = [0; PAGE_BYTES];
        disk.read_exact_at(data_offset(page), &mut found)?;
        if found != zeros {
            disk.write_all_at(data_offset(page), &zeros)?;
        }
        let entry = zero_page_entry(page);
        if self.checksums.entry(disk, page)? != entry {
            self.checksums.set(disk, page, entry)?;
        }
        Ok(())
    }

    /// Hands everything that the next fsync has to cover to the disk. Returns whether there is anything.
    ///
    /// A head that names a greater length is written only after an fsync of its own has made the file that long.
    pub(crate) fn flush(&mut self, disk: &impl Disk) -> io::Result<bool> {
        let flushed = self.checksums.flush(disk)?;
        if self.grew {
            disk.sync_data()?;
            self.grew = false;
        }
        let needed = self.unsynced || flushed > 0 || self.head_changed;
        self.unsynced = false;
        if self.head_changed {
            self.head_changed = false;
            self.durable_len = self.durable_len.max(self.head.len);
            self.head.generation += 1;
            self.slot = self.slot.other();
            write_slot(disk, self.slot, &self.head)?;
        }
        Ok(needed)
    }

    /// Cuts the file to what the synced and the current length require, now that no durable head names a greater one.
    pub(crate) fn cut_after_sync(&mut self, disk: &impl Disk, synced_len: u64) -> io::Result<()> {
        let kept = synced_len.max(self.head.len);
        if physical_bytes(kept) < physical_bytes(self.durable_len) {
            self.checksums.forget_from(groups(kept));
            self.durable_len = kept;
            disk.set_len(physical_bytes(kept))?;
        }
        self.durable_len = kept;
        Ok(())
    }
}

/// Writes both copies of a head slot.
pub(crate) fn write_slot(disk: &impl Disk, slot: SlotName, head: &Head) -> io::Result<()> {
    for area in Area::BOTH {
        write_slot_copy(disk, slot, area, head)?;
    }
    Ok(())
}

/// Writes one copy of a head slot.
pub(crate) fn write_slot_copy(disk: &impl Disk, slot: SlotName, area: Area, head: &Head) -> io::Result<()> {
    let page = area.slot_page(slot);
    disk.write_all_at(page * PAGE, &head.encode(page))
}
