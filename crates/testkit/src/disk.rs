//! A disk in memory that can do what real disks do at the worst moment.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use spanstone_guard::Disk;

use crate::{Image, Seed};

const SECTOR_BYTES: usize = 512;

/// What the disk does when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails with an I/O error, once.
    Eio,
    /// The call fails because the disk is full, once; only calls that write or extend do.
    Enospc,
    /// Half of a write arrives, then it fails, once; other calls fail with an I/O error.
    ShortWrite,
    /// Power is cut: this call and all after it fail, and what was not synced is at the mercy of
    /// [`SimulatedDisk::crash`].
    PowerCut,
}

/// A seeded disk in memory. Clones share the same bytes.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    durable: Image,
    current: Image,
    unsynced: Vec<Unsynced>,
    calls: u64,
    fault: Option<(u64, Fault)>,
}

#[derive(Debug)]
enum Unsynced {
    Write { offset: usize, data: Vec<u8> },
    SetLen { len: usize },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Read,
    Change,
    Sync,
}

impl SimulatedDisk {
    /// Returns an empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a disk on which these bytes are durable.
    pub fn from_image(image: &Image) -> Self {
        let state = State { durable: image.clone(), current: image.clone(), ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Returns the bytes as a reader sees them now, synced or not.
    pub fn image(&self) -> Image {
        self.state.lock().current.clone()
    }

    /// Returns what a power cut leaves: everything synced, and of each unsynced write any of its 512-byte sectors.
    ///
    /// Seeds differ in how much survives: nothing, everything, whole writes, or single sectors.
    pub fn crash(&self, seed: &mut Seed) -> Image {
        let state = self.state.lock();
        let mut image = state.durable.clone();
        let mode = seed.below(5);
        for change in &state.unsynced {
            let keep_all = mode == 1 || (mode == 2 && seed.one_in(2));
            match change {
                Unsynced::SetLen { len } if keep_all || (mode > 2 && seed.one_in(2)) => image.set_len(*len),
                Unsynced::Write { offset, data } if keep_all => image.write(*offset, data),
                Unsynced::Write { offset, data } if mode > 2 => {
                    tear(&mut image, *offset, data, seed, if mode == 3 { 2 } else { 8 });
                }
                Unsynced::Write { .. } | Unsynced::SetLen { .. } => {}
            }
        }
        image
    }

    /// Makes the call with this number, counted from 0, go wrong.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        self.state.lock().fault = Some((call, fault));
    }

    /// Returns how many calls were made.
    pub fn calls(&self) -> u64 {
        self.state.lock().calls
    }

    /// Flips one bit on the medium; `bit` counts from the least significant of the first byte.
    ///
    /// # Panics
    /// If the disk has no such bit.
    pub fn flip(&self, bit: usize) {
        let mut state = self.state.lock();
        state.durable.flip(bit);
        state.current.flip(bit);
    }
}

/// Applies each sector of a write, or drops it once in `lost_one_in` times.
fn tear(image: &mut Image, offset: usize, data: &[u8], seed: &mut Seed, lost_one_in: u64) {
    let mut start = 0;
    while start < data.len() {
        let end = data.len().min(start + SECTOR_BYTES - (offset + start) % SECTOR_BYTES);
        if !seed.one_in(lost_one_in) {
            image.write(offset + start, &data[start..end]);
        }
        start = end;
    }
}

impl State {
    /// Counts a call. Returns the fault that hits it.
    fn enter(&mut self, call: Call) -> Option<Fault> {
        let number = self.calls;
        self.calls += 1;
        let (at, fault) = self.fault?;
        let hit = match fault {
            Fault::PowerCut => number >= at,
            Fault::Enospc => number == at && call == Call::Change,
            Fault::Eio | Fault::ShortWrite => number == at,
        };
        hit.then_some(fault)
    }

    fn change(&mut self, change: Unsynced) {
        match &change {
            Unsynced::Write { offset, data } => self.current.write(*offset, data),
            Unsynced::SetLen { len } => self.current.set_len(*len),
        }
        self.unsynced.push(change);
    }
}

fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Eio | Fault::ShortWrite => io::Error::other("simulated I/O error"),
        Fault::Enospc => io::Error::new(io::ErrorKind::StorageFull, "simulated full disk"),
        Fault::PowerCut => io::Error::other("simulated power cut"),
    }
}

fn index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "beyond memory"))
}

impl Disk for SimulatedDisk {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.state.lock();
        match state.enter(Call::Read) {
            Some(fault) => Err(error(fault)),
            None => Ok(state.current.len() as u64),
        }
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        if let Some(fault) = state.enter(Call::Read) {
            return Err(error(fault));
        }
        let offset = index(offset)?;
        if offset.checked_add(out.len()).is_none_or(|end| end > state.current.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        state.current.read(offset, out);
        Ok(())
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        let offset = index(offset)?;
        match state.enter(Call::Change) {
            None => {
                state.change(Unsynced::Write { offset, data: data.to_vec() });
                Ok(())
            }
            Some(Fault::ShortWrite) => {
                state.change(Unsynced::Write { offset, data: data[..data.len() / 2].to_vec() });
                Err(error(Fault::ShortWrite))
            }
            // The write that power interrupts may have begun.
            Some(Fault::PowerCut) if state.fault.is_some_and(|(at, _)| at + 1 == state.calls) => {
                state.change(Unsynced::Write { offset, data: data.to_vec() });
                Err(error(Fault::PowerCut))
            }
            Some(fault) => Err(error(fault)),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        if let Some(fault) = state.enter(Call::Change) {
            return Err(error(fault));
        }
        let len = index(len)?;
        state.change(Unsynced::SetLen { len });
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        if let Some(fault) = state.enter(Call::Sync) {
            return Err(error(fault));
        }
        state.durable = state.current.clone();
        state.unsynced.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::for_each_seed;

    #[test]
    fn a_crash_keeps_what_was_synced_and_invents_nothing() {
        for_each_seed(50, |seed| {
            let disk = SimulatedDisk::new();
            disk.write_all_at(0, &[1; 4096]).unwrap();
            disk.sync_data().unwrap();
            disk.write_all_at(1024, &[2; 2048]).unwrap();
            let after = disk.crash(&mut Seed::new(seed)).bytes();
            assert_eq!(after.len(), 4096);
            for (number, sector) in after.chunks(512).enumerate() {
                let written = (2..6).contains(&number);
                assert!(sector == [1; 512] || (written && sector == [2; 512]));
            }
        });
    }

    #[test]
    fn faults_hit_the_call_they_were_set_for() {
        let disk = SimulatedDisk::new();
        disk.fail_at(1, Fault::ShortWrite);
        disk.write_all_at(0, &[1; 10]).unwrap();
        assert!(disk.write_all_at(10, &[2; 10]).is_err());
        disk.sync_data().unwrap();
        assert_eq!(disk.image().bytes(), [[1; 10].as_slice(), &[2; 5]].concat());
        disk.fail_at(3, Fault::PowerCut);
        assert!(disk.len().is_err());
        assert!(disk.sync_data().is_err());
    }
}
