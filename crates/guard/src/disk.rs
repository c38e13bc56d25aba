//! The file operations that a guard needs, and the real file that offers them.
//!
//! Owns the seam between the guard and the operating system, so that the same guard runs on a file and on the simulated disk of the
//! tests. Refuses interpretation: it moves bytes.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// File operations, as a real file or a simulated disk offers them. All of them may be called from several threads.
pub trait Disk: Debug + Send + Sync + 'static {
    /// Returns the length of the file in bytes.
    ///
    /// # Errors
    /// What the file system reports.
    fn len(&self) -> io::Result<u64>;

    /// Returns whether the file holds no byte at all.
    ///
    /// # Errors
    /// What the file system reports.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `out` from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if the file ends before `out` is full, and what the file system reports.
    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes all of `data` at `offset`; not durable before [`Disk::sync_data`].
    ///
    /// # Errors
    /// What the file system reports; part of `data` may have been written then.
    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()>;

    /// Cuts or extends the file; new bytes read as zeros.
    ///
    /// # Errors
    /// What the file system reports.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Returns once everything written before is on stable storage, the length included.
    ///
    /// # Errors
    /// What the file system reports; nothing may be assumed durable then.
    fn sync_data(&self) -> io::Result<()>;
}

impl<D: Disk + ?Sized> Disk for Arc<D> {
    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }

    fn is_empty(&self) -> io::Result<bool> {
        (**self).is_empty()
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        (**self).read_exact_at(offset, out)
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        (**self).write_all_at(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        (**self).set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        (**self).sync_data()
    }
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The file must exist, and is never written.
    ReadOnly,
    /// The file is created if it does not exist.
    ReadWrite,
}

/// A file of the operating system.
#[derive(Debug)]
pub struct FileDisk {
    file: File,
}

impl FileDisk {
    /// Opens a file. A file created here is made durable in its directory before this returns.
    ///
    /// # Errors
    /// What the file system reports: the file does not exist and may not be created, permissions.
    pub fn open(path: &Path, access: Access) -> io::Result<Self> {
        match access {
            Access::ReadOnly => Ok(Self { file: File::open(path)? }),
            Access::ReadWrite => {
                let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
                if file.metadata()?.len() == 0 {
                    sync_directory_of(path)?;
                }
                Ok(Self { file })
            }
        }
    }
}

/// Makes the name of a new file durable: `fdatasync` of the file does not cover its entry in the directory.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    sync_directory(match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    })
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    match File::open(directory)?.sync_all() {
        // Some network file systems know no fsync of directories; they keep names durable by themselves or not at all.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

impl Disk for FileDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_all_at(data, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}
