//! A disk in memory that can do what real disks do at the worst moment.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use spanstone_guard::Disk;

use crate::file::{FileState, Survival};
use crate::schedule::Schedule;
use crate::{Fault, Image, Seed};

/// A seeded disk in memory. Clones share the same bytes.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    file: FileState,
    schedule: Schedule,
}

impl SimulatedDisk {
    /// Returns an empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a disk on which these bytes are durable.
    pub fn from_image(image: &Image) -> Self {
        let state = State { file: FileState::from_image(image), schedule: Schedule::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Returns the bytes as a reader sees them now, synced or not.
    pub fn image(&self) -> Image {
        self.state.lock().file.image()
    }

    /// Returns what a power cut leaves: everything synced, and of each unsynced write any of its 512-byte sectors.
    ///
    /// Seeds differ in how much survives: nothing, everything, whole writes, or single sectors.
    pub fn crash(&self, seed: &mut Seed) -> Image {
        let survival = Survival::choose(seed);
        self.state.lock().file.crash(survival, seed)
    }

    /// Makes the call with this number, counted from 0, go wrong.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        self.state.lock().schedule.fail_at(call, fault);
    }

    /// Returns how many calls were made.
    pub fn calls(&self) -> u64 {
        self.state.lock().schedule.calls()
    }

    /// Flips one bit on the medium; `bit` counts from the least significant of the first byte.
    ///
    /// # Panics
    /// If the disk has no such bit.
    pub fn flip(&self, bit: usize) {
        self.state.lock().file.flip(bit);
    }
}

impl Disk for SimulatedDisk {
    fn len(&self) -> io::Result<u64> {
        let state = &mut *self.state.lock();
        state.file.len(&mut state.schedule)
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = &mut *self.state.lock();
        state.file.read_exact_at(&mut state.schedule, offset, out)
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let state = &mut *self.state.lock();
        state.file.write_all_at(&mut state.schedule, offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let state = &mut *self.state.lock();
        state.file.set_len(&mut state.schedule, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let state = &mut *self.state.lock();
        state.file.sync_data(&mut state.schedule)
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
