//! The data directory: one process at a time.
//!
//! Owns the lock, which the operating system lets go of when the process ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::{StoreError, StoreErrorKind};

/// The ledger's file in the data directory.
pub const LEDGER_FILE: &str = "ledger.redb";
const LOCK_FILE: &str = "lock";
/// Says that a store was created here, so that a ledger which vanishes is not taken for one that never was.
const MARKER_FILE: &str = "store";

/// The lock on a data directory, held while this lives.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

/// Creates the directory if it is not there, and takes its lock.
pub(crate) fn open(dir: &Path) -> Result<DirectoryLock, StoreError> {
    let io = |source| StoreError::Directory { path: dir.to_owned(), source };
    create(dir).map_err(io)?;
    lock(dir)
}

/// Takes the lock of a directory that exists.
pub(crate) fn lock(dir: &Path) -> Result<DirectoryLock, StoreError> {
    let io = |source| StoreError::Directory { path: dir.to_owned(), source };
    let path = dir.join(LOCK_FILE);
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The holder's number is a courtesy; the message stands without it.
            let _ = file.take(20).read_to_string(&mut holder);
            return Err(StoreError::Locked { path: dir.to_owned(), holder: holder.trim().parse().ok() });
        }
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(io)?;
    Ok(DirectoryLock { _file: file })
}

/// Takes the lock of a directory that is only read, if it can be had: on a disk that is read-only there is none, and need
/// not be, since nobody writes there.
pub(crate) fn lock_to_read(dir: &Path) -> Result<Option<DirectoryLock>, StoreError> {
    // Looked for first: taking the lock would create a file in a directory that holds no store.
    let path = dir.join(LEDGER_FILE);
    File::open(&path).map_err(|source| StoreError::Directory { path, source })?;
    match lock(dir) {
        Err(error) if error.kind() == StoreErrorKind::Locked => Err(error),
        lock => Ok(lock.ok()),
    }
}

/// Refuses a directory whose store has lost its ledger.
pub(crate) fn refuse_lost_ledger(dir: &Path) -> Result<(), StoreError> {
    let (path, marker) = (dir.join(LEDGER_FILE), dir.join(MARKER_FILE));
    let is_gone = fs::metadata(&path).map_or(true, |file| file.len() == 0);
    if is_gone && marker.exists() { Err(StoreError::LedgerGone { path, marker }) } else { Ok(()) }
}

/// Notes that a store was created here.
pub(crate) fn mark_created(dir: &Path) -> Result<(), StoreError> {
    let marker = dir.join(MARKER_FILE);
    if marker.exists() {
        return Ok(());
    }
    let io = |source| StoreError::Directory { path: dir.to_owned(), source };
    fs::write(&marker, "A Spanstone store was created in this directory.\n").map_err(io)?;
    // Both the ledger's name and this file's are on disk from here on.
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)
}

#[cfg(unix)]
fn create(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    // Traces hold what people told a model: nobody else's business.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn create(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_and_told_who_the_first_is() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let first = open(dir.path()).expect("nobody holds it");
        let second = open(dir.path()).expect_err("it is held");
        assert!(matches!(&second, StoreError::Locked { holder: Some(pid), .. } if *pid == std::process::id()));
        drop(first);
        open(dir.path()).expect("nobody holds it any more");
    }
}
