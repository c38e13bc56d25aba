//! A folder in memory: many files, and names that a power cut may lose or bring back.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use spanstone_guard::{Access, Disk, Folder};

use crate::file::{FileState, Survival};
use crate::schedule::{Call, Schedule, error};
use crate::{Fault, Image, Seed};

/// The files of a folder, by their names.
pub type Images = BTreeMap<String, Image>;

/// A seeded folder in memory. Clones share the same files.
///
/// A file that was created or removed is so for certain only after [`Folder::sync_names`] of the directory that it is in. A
/// file's bytes are durable after its own sync, whether its name is or not.
#[derive(Clone, Debug, Default)]
pub struct SimulatedFolder {
    state: Arc<Mutex<State>>,
}

/// Names come and go, and whoever has a file open keeps it.
type File = Arc<Mutex<FileState>>;

#[derive(Debug, Default)]
struct State {
    current: BTreeMap<String, File>,
    durable: BTreeMap<String, File>,
    unsynced: Vec<Renamed>,
    schedule: Schedule,
}

/// A change of names that is not durable: what a name stands for now, if for anything.
#[derive(Debug)]
struct Renamed {
    name: String,
    file: Option<File>,
}

impl SimulatedFolder {
    /// Returns an empty folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a folder in which these files are durable.
    pub fn from_images(images: &Images) -> Self {
        let file = |image: &Image| Arc::new(Mutex::new(FileState::from_image(image)));
        let files: BTreeMap<String, File> = images.iter().map(|(name, image)| (name.clone(), file(image))).collect();
        let state = State { current: files.clone(), durable: files, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Returns the files as a reader sees them now, synced or not.
    pub fn images(&self) -> Images {
        let state = self.state.lock();
        state.current.iter().map(|(name, file)| (name.clone(), file.lock().image())).collect()
    }

    /// Returns what a power cut leaves: everything synced; of each unsynced write any of its 512-byte sectors; and of the
    /// files created or removed in directories that were not synced any, and any not.
    ///
    /// Seeds differ in how much survives: nothing, everything, whole writes, or single sectors.
    pub fn crash(&self, seed: &mut Seed) -> Images {
        let state = self.state.lock();
        let survival = Survival::choose(seed);
        let mut names = state.durable.clone();
        for Renamed { name, file } in &state.unsynced {
            match file {
                _ if !survival.keeps(seed) => {}
                Some(file) => {
                    names.insert(name.clone(), Arc::clone(file));
                }
                None => {
                    names.remove(name);
                }
            }
        }
        names.into_iter().map(|(name, file)| (name, file.lock().crash(survival, seed))).collect()
    }

    /// Makes the call with this number, counted from 0 over all files and names, go wrong.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        self.state.lock().schedule.fail_at(call, fault);
    }

    /// Makes a call go wrong by its number among those that change something or make it durable, counted from 0. For a power
    /// cut no other moment differs from these.
    pub fn fail_at_change(&self, change: u64, fault: Fault) {
        self.state.lock().schedule.fail_at_change(change, fault);
    }

    /// Returns how many calls were made that change something or make it durable.
    pub fn changes(&self) -> u64 {
        self.state.lock().schedule.changes()
    }

    /// Returns how many calls were made.
    pub fn calls(&self) -> u64 {
        self.state.lock().schedule.calls()
    }

    /// Flips one bit of a file on the medium; `bit` counts from the least significant of the first byte.
    ///
    /// # Panics
    /// If there is no such file, or it has no such bit.
    pub fn flip(&self, name: &str, bit: usize) {
        self.state.lock().current.get(name).expect("the folder has the file").lock().flip(bit);
    }
}

impl State {
    fn rename(&mut self, name: &str, file: Option<File>) {
        match &file {
            Some(file) => self.current.insert(name.to_owned(), Arc::clone(file)),
            None => self.current.remove(name),
        };
        self.unsynced.push(Renamed { name: name.to_owned(), file });
    }

    /// Enters a call that changes a name. What power interrupts may have happened.
    fn enter_renaming(&mut self, name: &str, file: Option<File>) -> io::Result<()> {
        match self.schedule.enter(Call::Change) {
            None => {
                self.rename(name, file);
                Ok(())
            }
            Some(fault) => {
                if fault == Fault::PowerCut && self.schedule.is_hit_now() {
                    self.rename(name, file);
                }
                Err(error(fault))
            }
        }
    }
}

/// Refuses what a folder of the operating system refuses.
fn check_name(name: &str) -> io::Result<()> {
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no name of a file in a folder")));
    }
    Ok(())
}

/// The directory that a name is in.
fn parent_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether a directory is `parent`, or on the way to it.
fn is_on_the_way(directory: &str, parent: &str) -> bool {
    directory.is_empty()
        || parent == directory
        || parent.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

impl Folder for SimulatedFolder {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn Disk>> {
        check_name(name)?;
        let state = &mut *self.state.lock();
        let file = match state.current.get(name) {
            Some(file) => {
                let file = Arc::clone(file);
                if let Some(fault) = state.schedule.enter(Call::Read) {
                    return Err(error(fault));
                }
                file
            }
            None if access == Access::ReadOnly => {
                let fault = state.schedule.enter(Call::Read);
                return Err(fault.map_or_else(|| io::ErrorKind::NotFound.into(), error));
            }
            None => {
                let file = File::default();
                state.enter_renaming(name, Some(Arc::clone(&file)))?;
                file
            }
        };
        Ok(Arc::new(FolderFile { state: Arc::clone(&self.state), file, access }))
    }

    fn list(&self, parent: &str) -> io::Result<Vec<String>> {
        let state = &mut *self.state.lock();
        if let Some(fault) = state.schedule.enter(Call::Read) {
            return Err(error(fault));
        }
        let prefix = if parent.is_empty() { String::new() } else { format!("{parent}/") };
        let within = state.current.keys().filter_map(|name| name.strip_prefix(&prefix));
        let mut names: Vec<String> = within.map(|name| name.split('/').next().unwrap_or(name).to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        check_name(name)?;
        let state = &mut *self.state.lock();
        if state.current.contains_key(name) {
            return state.enter_renaming(name, None);
        }
        state.schedule.enter(Call::Read).map_or(Ok(()), |fault| Err(error(fault)))
    }

    fn sync_names(&self, parent: &str) -> io::Result<()> {
        let state = &mut *self.state.lock();
        if let Some(fault) = state.schedule.enter(Call::Sync) {
            return Err(error(fault));
        }
        // The directories on the way to it are synced, too, and with them the files directly in those.
        let (synced, unsynced): (Vec<Renamed>, Vec<Renamed>) =
            state.unsynced.drain(..).partition(|renamed| is_on_the_way(parent_of(&renamed.name), parent));
        state.unsynced = unsynced;
        for Renamed { name, file } in synced {
            match file {
                Some(file) => state.durable.insert(name, file),
                None => state.durable.remove(&name),
            };
        }
        Ok(())
    }
}

/// A file of a simulated folder, open.
#[derive(Debug)]
struct FolderFile {
    state: Arc<Mutex<State>>,
    file: File,
    access: Access,
}

impl FolderFile {
    fn with<T>(&self, call: impl FnOnce(&mut FileState, &mut Schedule) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state.lock();
        call(&mut self.file.lock(), &mut state.schedule)
    }

    fn refuse_read_only(&self) -> io::Result<()> {
        match self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }
}

impl Disk for FolderFile {
    fn len(&self) -> io::Result<u64> {
        self.with(|file, schedule| file.len(schedule))
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|file, schedule| file.read_exact_at(schedule, offset, out))
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.refuse_read_only()?;
        self.with(|file, schedule| file.write_all_at(schedule, offset, data))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.refuse_read_only()?;
        self.with(|file, schedule| file.set_len(schedule, len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(FileState::sync_data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::for_each_seed;

    fn write(folder: &SimulatedFolder, name: &str, bytes: &[u8]) {
        let disk = folder.open(name, Access::ReadWrite).unwrap();
        disk.write_all_at(0, bytes).unwrap();
        disk.sync_data().unwrap();
    }

    #[test]
    fn a_crash_keeps_names_that_were_synced_and_may_lose_or_keep_the_others() {
        let mut seen = [false; 4];
        for_each_seed(60, |seed| {
            let folder = SimulatedFolder::new();
            write(&folder, "archive/w/a", b"a");
            write(&folder, "archive/w/b", b"b");
            folder.sync_names("archive/w").unwrap();
            folder.remove("archive/w/b").unwrap();
            write(&folder, "archive/w/c", b"c");
            write(&folder, "archive/v/d", b"d");
            folder.sync_names("archive/v").unwrap();
            let after = folder.crash(&mut Seed::new(seed));
            assert_eq!(after["archive/w/a"].bytes(), b"a");
            assert_eq!(after["archive/v/d"].bytes(), b"d");
            let (b, c) = (after.contains_key("archive/w/b"), after.contains_key("archive/w/c"));
            assert!(after.get("archive/w/c").is_none_or(|image| image.bytes() == b"c"));
            seen[usize::from(b) + 2 * usize::from(c)] = true;
        });
        if std::env::var_os("SPANSTONE_SEED").is_none() {
            assert_eq!(seen, [true; 4]);
        }
    }

    #[test]
    fn a_file_that_was_created_again_is_one_of_both_after_a_crash() {
        for_each_seed(40, |seed| {
            let folder = SimulatedFolder::new();
            write(&folder, "a", b"first");
            folder.sync_names("").unwrap();
            folder.remove("a").unwrap();
            write(&folder, "a", b"second");
            if let Some(image) = folder.crash(&mut Seed::new(seed)).get("a") {
                assert!(image.bytes() == b"first" || image.bytes() == b"second");
            }
        });
    }

    #[test]
    fn directories_are_there_while_files_are_in_them_and_open_files_outlive_their_names() {
        let folder = SimulatedFolder::new();
        write(&folder, "archive/w/a", b"a");
        write(&folder, "archive/v/b", b"b");
        write(&folder, "ledger", b"l");
        assert_eq!(folder.list("").unwrap(), ["archive", "ledger"]);
        assert_eq!(folder.list("archive").unwrap(), ["v", "w"]);
        let open = folder.open("archive/w/a", Access::ReadOnly).unwrap();
        assert!(open.write_all_at(0, b"x").is_err());
        folder.remove("archive/w/a").unwrap();
        folder.remove("archive/w/a").unwrap();
        assert_eq!(folder.list("archive").unwrap(), ["v"]);
        assert_eq!(folder.list("archive/w").unwrap(), [""; 0]);
        let mut byte = [0];
        open.read_exact_at(0, &mut byte).unwrap();
        assert_eq!(&byte, b"a");
        assert_eq!(folder.open("archive/w/a", Access::ReadOnly).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(folder.open("../a", Access::ReadWrite).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(SimulatedFolder::from_images(&folder.images()).images(), folder.images());
    }

    #[test]
    fn power_is_cut_at_a_change_and_reads_before_it_do_not_count() {
        let folder = SimulatedFolder::new();
        folder.fail_at_change(2, Fault::PowerCut);
        let disk = folder.open("a", Access::ReadWrite).unwrap();
        disk.len().unwrap();
        disk.write_all_at(0, b"1").unwrap();
        disk.len().unwrap();
        assert_eq!((folder.changes(), folder.calls()), (2, 4));
        assert!(disk.write_all_at(1, b"2").is_err());
        assert!(disk.len().is_err() && disk.sync_data().is_err());
        // The write that power interrupted may have begun.
        assert_eq!(folder.images()["a"].bytes(), b"12");
    }

    #[test]
    fn one_count_of_calls_spans_all_files_and_names() {
        let folder = SimulatedFolder::new();
        let first = folder.open("a", Access::ReadWrite).unwrap();
        let second = folder.open("b", Access::ReadWrite).unwrap();
        first.write_all_at(0, b"1").unwrap();
        assert_eq!(folder.calls(), 3);
        folder.fail_at(4, Fault::PowerCut);
        second.write_all_at(0, b"2").unwrap();
        assert!(folder.remove("a").is_err());
        assert!(first.len().is_err());
        assert!(folder.sync_names("").is_err());
        assert!(folder.open("c", Access::ReadWrite).is_err());
        assert!(folder.list("").is_err());
        assert_eq!(folder.crash(&mut Seed::new(0)).len(), 0);
    }
}
