//! Space that is set aside, so that deleting works on a disk that is full.
//!
//! Owns a file of zeros. A deletion and what retention drops need some pages of the ledger before they free anything; when
//! the disk has none, the file goes, the work is done, and the file comes back when there is space again.

use std::io;
use std::sync::Arc;

use spanstone_guard::{Access, Folder};

/// The file's name in the data directory.
pub(crate) const RESERVE_FILE: &str = "reserve";

const PIECE_BYTES: usize = 256 * 1024;

/// The space set aside.
#[derive(Debug)]
pub(crate) struct Reserve {
    folder: Arc<dyn Folder>,
    bytes: u64,
}

impl Reserve {
    pub(crate) fn new(folder: Arc<dyn Folder>, bytes: u64) -> Self {
        Self { folder, bytes }
    }

    /// Sets the space aside, if it is not. A disk that has no space for it has none for anything: that is reported where
    /// it matters.
    pub(crate) fn fill(&self) {
        if self.bytes > 0
            && let Err(error) = self.try_fill()
        {
            tracing::warn!(%error, bytes = self.bytes, "space for deletions on a full disk could not be set aside");
            self.release();
        }
    }

    fn try_fill(&self) -> io::Result<()> {
        let disk = self.folder.open(RESERVE_FILE, Access::ReadWrite)?;
        let mut at = disk.len()?;
        if at == self.bytes {
            return Ok(());
        }
        // Whole pieces of zeros, written out: a hole would not be space.
        let piece = vec![0; PIECE_BYTES];
        while at < self.bytes {
            let length = usize::try_from(self.bytes - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            disk.write_all_at(at, &piece[..length])?;
            at += length as u64;
        }
        disk.set_len(self.bytes)?;
        disk.sync_data()?;
        self.folder.sync_names("")
    }

    /// Gives the space back; false when there is none.
    pub(crate) fn release(&self) -> bool {
        let is_there = self.folder.open(RESERVE_FILE, Access::ReadOnly).is_ok();
        is_there && self.folder.remove(RESERVE_FILE).is_ok()
    }
}
