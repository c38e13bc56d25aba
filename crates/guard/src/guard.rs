//! The guard as redb sees it: reads that verify and heal, writes that keep checksums, syncs that order them.
//!
//! Owns the locks. The device lock is held for memory and page-cache work, never for an fsync of a commit; reads
//! of intact pages hold it only to copy checksum entries.

use std::fmt;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use redb::StorageBackend;

use crate::checksum::{Flip, Verdict, checksum};
use crate::checksum_pages::ChecksumPages;
use crate::counters::Counters;
use crate::device::Device;
use crate::disk::Disk;
use crate::error::{Damage, GuardError};
use crate::findings::{Finding, Met, Place, Spot};
use crate::geometry::{PAGE, PAGE_BYTES, data_offset, entry_offset};
use crate::open;
use crate::pieces::{Piece, RUN_PAGES_MAX, pieces};

/// Checksum pages kept in memory unless told otherwise: 1 MiB, for 1 GiB of data.
const CHECKSUM_PAGES_MAX: usize = 256;

/// How a guard is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The file's name in messages and errors.
    pub name: String,
    /// Whether nothing may be written: neither by redb nor to put damage right.
    pub read_only: bool,
    /// The most checksum pages (4 KiB each, for 4 MiB of data each) kept in memory.
    pub checksum_pages_max: usize,
}

impl Options {
    /// Returns the options for a file that redb writes.
    pub fn read_write(name: impl Into<String>) -> Self {
        Self { name: name.into(), read_only: false, checksum_pages_max: CHECKSUM_PAGES_MAX }
    }

    /// Returns the options for a file that must stay as it is.
    pub fn read_only(name: impl Into<String>) -> Self {
        Self { read_only: true, ..Self::read_write(name) }
    }
}

/// A checksummed, self-healing device in a file, for redb.
pub struct Guard<D: Disk> {
    disk: D,
    name: String,
    read_only: bool,
    counters: Arc<Counters>,
    met: Arc<Mutex<Met>>,
    device: Mutex<Device>,
    /// Held for a whole sync: a second head must not be written before the first is durable.
    syncing: Mutex<()>,
}

/// What reads of a guard have met so far; usable after redb has taken the guard.
#[derive(Clone, Debug)]
pub struct Findings(Arc<Mutex<Met>>);

impl Findings {
    /// Returns every place that was found damaged since the guard was opened, healed or not, in order of place.
    ///
    /// Together with a walk through everything redb stores, this tells damage to live pages from what a crash left in
    /// pages that nothing reaches, which [`crate::verify`] reports alike.
    pub fn list(&self) -> Vec<Spot> {
        self.0.lock().list()
    }
}

impl<D: Disk> Guard<D> {
    /// Opens a guard file, and creates it if the disk is empty and may be written.
    ///
    /// Puts right what a crash or a flipped bit left in header and head slots, unless `read_only`.
    ///
    /// # Errors
    /// [`GuardError`]: the disk fails, the file is something else, of another version, cut, or damaged in both copies of a head.
    pub fn open(disk: D, options: Options) -> Result<Self, GuardError> {
        let Options { name, read_only, checksum_pages_max } = options;
        let opened = open::open(&disk, &name, read_only)?;
        let counters = Counters::default();
        let mut met = Met::default();
        for spot in opened.spots {
            if spot.finding != Finding::Unfinished {
                tracing::warn!(file = name, %spot, "damage found while opening, other copies are intact");
                counters.head_healed();
            }
            met.add(spot);
        }
        let checksums = ChecksumPages::new(checksum_pages_max, read_only);
        Ok(Self {
            disk,
            name,
            read_only,
            counters: Arc::new(counters),
            met: Arc::new(Mutex::new(met)),
            device: Mutex::new(Device::new(opened.slot, opened.head, checksums)),
            syncing: Mutex::new(()),
        })
    }

    /// Returns the running totals; they stay readable after redb has taken the guard.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Returns what reads have met so far; it stays readable after redb has taken the guard.
    pub fn findings(&self) -> Findings {
        Findings(Arc::clone(&self.met))
    }

    fn check_range(device: &Device, offset: u64, len: usize) -> io::Result<()> {
        let end = offset.checked_add(len as u64);
        if end.is_some_and(|end| end <= device.len()) {
            return Ok(());
        }
        let message = format!("{len} bytes at {offset} are beyond the end of the device, {}", device.len());
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, message))
    }

    fn check_writable(&self, device: &Device) -> io::Result<()> {
        if self.read_only {
            let message = format!("`{}` is open for reading only", self.name);
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        if device.has_failed() {
            let message = format!("`{}`: an earlier sync failed; open the store again", self.name);
            return Err(io::Error::other(message));
        }
        Ok(())
    }

    fn read_run(&self, first: u64, out: &mut [u8]) -> io::Result<()> {
        let mut entries = [0; RUN_PAGES_MAX];
        let entries = &mut entries[..out.len() / PAGE_BYTES];
        self.device.lock().copy_entries(&self.disk, first, entries)?;
        self.disk.read_exact_at(data_offset(first), out)?;
        for ((page, bytes), entry) in (first..).zip(out.chunks_exact_mut(PAGE_BYTES)).zip(entries) {
            if checksum(page, bytes) != *entry {
                self.read_carefully(&mut self.device.lock(), page, bytes)?;
            }
        }
        Ok(())
    }

    /// Reads a page under the lock, so that no write of it is half visible, and heals it.
    fn read_carefully(&self, device: &mut Device, page: u64, out: &mut [u8]) -> io::Result<()> {
        match device.read_page(&self.disk, page, out)? {
            Verdict::Sound => Ok(()),
            Verdict::Healed(flip) => {
                self.note_healed(page, flip);
                if !self.read_only
                    && !device.has_failed()
                    && let Err(error) = device.write_back(&self.disk, page, out, flip)
                {
                    tracing::warn!(file = self.name, page, %error, "a healed page could not be written back");
                }
                Ok(())
            }
            Verdict::Unhealable => Err(self.note_damage(page).into()),
        }
    }

    fn note_healed(&self, page: u64, flip: Flip) {
        let spot = spot_of_flip(page, flip);
        match flip {
            Flip::Block { .. } => self.counters.page_healed(),
            Flip::Checksum { .. } => self.counters.checksum_healed(),
        }
        tracing::warn!(file = self.name, page, offset = spot.offset, finding = %spot.finding, "a flipped bit was healed");
        self.met.lock().add(spot);
    }

    fn note_damage(&self, page: u64) -> Damage {
        let offset = data_offset(page);
        self.counters.page_unhealable();
        self.met.lock().add(Spot { place: Place::Data { page }, offset, finding: Finding::Unhealable });
        Damage { file: self.name.clone(), page, offset, len: PAGE }
    }

    /// Writes part of a page: its other bytes are verified first, so that damage is never sealed under a new checksum.
    fn write_part(&self, device: &mut Device, page: u64, start: usize, data: &[u8]) -> io::Result<()> {
        let mut bytes = [0; PAGE_BYTES];
        self.read_carefully(device, page, &mut bytes)?;
        bytes[start..start + data.len()].copy_from_slice(data);
        device.write_run(&self.disk, page, &bytes)
    }

    fn sync(&self) -> io::Result<()> {
        let (needed, synced_len) = {
            let mut device = self.device.lock();
            self.check_writable(&device)?;
            (device.flush(&self.disk)?, device.len())
        };
        if !needed {
            return Ok(());
        }
        self.disk.sync_data()?;
        if let Err(error) = self.device.lock().cut_after_sync(&self.disk, synced_len) {
            tracing::warn!(file = self.name, %error, "space that is no longer needed could not be given back");
        }
        Ok(())
    }
}

/// Returns where a flip in a data page or its entry is.
pub(crate) fn spot_of_flip(page: u64, flip: Flip) -> Spot {
    let place = Place::Data { page };
    match flip {
        Flip::Block { byte, bit } => {
            Spot { place, offset: data_offset(page) + byte as u64, finding: Finding::FlippedBit { bit } }
        }
        Flip::Checksum { bit } => Spot {
            place,
            offset: entry_offset(page) + u64::from(bit / 8),
            finding: Finding::FlippedChecksumBit { bit: bit % 8 },
        },
    }
}

impl<D: Disk> StorageBackend for Guard<D> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.device.lock().len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        Self::check_range(&self.device.lock(), offset, out.len())?;
        for piece in pieces(offset, out.len()) {
            match piece {
                Piece::Head { start, buffer } => {
                    let end = start + buffer.len();
                    out[buffer].copy_from_slice(&self.device.lock().head_page()[start..end]);
                }
                Piece::Run { first, buffer } => self.read_run(first, &mut out[buffer])?,
                Piece::Part { page, start, buffer } => {
                    let mut bytes = [0; PAGE_BYTES];
                    self.read_run(page, &mut bytes)?;
                    let end = start + buffer.len();
                    out[buffer].copy_from_slice(&bytes[start..end]);
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut device = self.device.lock();
        self.check_writable(&device)?;
        device.set_len(&self.disk, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let _one_at_a_time = self.syncing.lock();
        let result = self.sync();
        if result.is_err() {
            self.device.lock().set_failed();
        }
        result
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut device = self.device.lock();
        self.check_writable(&device)?;
        Self::check_range(&device, offset, data.len())?;
        for piece in pieces(offset, data.len()) {
            match piece {
                Piece::Head { start, buffer } => device.write_head(start, &data[buffer]),
                Piece::Run { first, buffer } => device.write_run(&self.disk, first, &data[buffer])?,
                Piece::Part { page, start, buffer } => {
                    self.write_part(&mut device, page, start, &data[buffer])?;
                }
            }
        }
        Ok(())
    }
}

impl<D: Disk> fmt::Debug for Guard<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("name", &self.name).field("read_only", &self.read_only).finish_non_exhaustive()
    }
}
