//! Directories of files, and the real one that offers them.
//!
//! Owns names: which files there are, and when a name is durable. Refuses names that lead out of the directory, and what the
//! files hold: that is [`Disk`]'s.

use std::fmt::Debug;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::sync_directory;
use crate::{Access, Disk, FileDisk};

/// How often a file is opened again whose directory was removed, because it was empty, while the file was about to be created.
const CREATE_ATTEMPTS_MAX: u32 = 64;

/// A directory of files, real or simulated. Names are relative paths with `/`; a directory is there while a file is in it.
pub trait Folder: Debug + Send + Sync + 'static {
    /// Opens a file. [`Access::ReadWrite`] creates it, and the directories on the way to it; its name is durable after
    /// [`Folder::sync_names`].
    ///
    /// # Errors
    /// `NotFound` when it does not exist and may not be created, `InvalidInput` for what is no relative path, and what the
    /// file system reports.
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn Disk>>;

    /// Returns the names of the files and directories directly in `parent` (`""` is the folder itself), in order. A directory
    /// that does not exist is empty.
    ///
    /// # Errors
    /// What the file system reports.
    fn list(&self, parent: &str) -> io::Result<Vec<String>>;

    /// Removes a file, and the directories on the way to it that are empty then. Whoever has it open keeps it. A file that
    /// does not exist is removed already.
    ///
    /// # Errors
    /// What the file system reports.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns once the files created in `parent` are there after a crash, and the removed ones are not; so are the
    /// directories on the way to it.
    ///
    /// # Errors
    /// What the file system reports; nothing may be assumed durable then.
    fn sync_names(&self, parent: &str) -> io::Result<()>;
}

/// A directory of the operating system.
#[derive(Debug, Clone)]
pub struct FileFolder {
    root: PathBuf,
}

impl FileFolder {
    /// The folder at a path. The directory itself must exist once a file is created in it.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Self { root: root.to_owned() }
    }

    /// Where a name leads.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        if is_relative_path(name) {
            Ok(self.root.join(name))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no name of a file in a folder")))
        }
    }

    fn directory(&self, parent: &str) -> io::Result<PathBuf> {
        if parent.is_empty() { Ok(self.root.clone()) } else { self.path(parent) }
    }
}

/// Whether a name stays within the folder, however it is read.
fn is_relative_path(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']))
}

impl Folder for FileFolder {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn Disk>> {
        let path = self.path(name)?;
        let Some(directory) = path.parent().filter(|_| access == Access::ReadWrite) else {
            return Ok(Arc::new(FileDisk::open(&path, access)?));
        };
        let mut attempts_left = CREATE_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let opened = if directory == self.root { Ok(()) } else { create_directory(directory) }
                .and_then(|()| FileDisk::open(&path, access));
            match opened {
                // Another thread removed the last file of the directory, and the directory with it.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists)
                        && attempts_left > 0 => {}
                opened => return Ok(Arc::new(opened?)),
            }
        }
    }

    fn list(&self, parent: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.directory(parent)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            // What is not UTF-8 was not created through a folder.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
        for directory in path.ancestors().skip(1).take_while(|directory| *directory != self.root) {
            match fs::remove_dir(directory) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => break,
                removed => removed?,
            }
        }
        Ok(())
    }

    fn sync_names(&self, parent: &str) -> io::Result<()> {
        let directory = self.directory(parent)?;
        for directory in directory.ancestors() {
            match sync_directory(directory) {
                // Its removal is what the directory above it has to keep.
                Err(error) if error.kind() == io::ErrorKind::NotFound && directory != self.root => {}
                synced => synced?,
            }
            if directory == self.root {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn create_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    // What a store holds is nobody else's business.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}
