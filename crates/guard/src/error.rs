//! What can be wrong with a guard file, as errors that say where and what to do.

use std::io;

use thiserror::Error;

/// A page that could not be healed. Travels through redb inside an [`io::Error`]; [`Damage::of`] finds it again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("page {page} of `{file}` is damaged beyond healing (bytes {offset} to {} of the file)", offset + len - 1)]
pub struct Damage {
    /// The file's name, as given when it was opened.
    pub file: String,
    /// The logical page, as redb counts them.
    pub page: u64,
    /// Where the page starts in the file, in bytes.
    pub offset: u64,
    /// How many bytes of the file are affected.
    pub len: u64,
}

impl Damage {
    /// Returns the damage that an error reports, if that is what it reports.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}

/// Why a guard file does not open, or cannot be verified.
#[derive(Debug, Error)]
pub enum GuardError {
    /// The disk failed.
    #[error("`{file}`: {action} failed: {source}")]
    Io {
        /// The file's name.
        file: String,
        /// What was being done.
        action: &'static str,
        /// What the disk reported.
        source: io::Error,
    },
    /// Nothing in the file says that it is a guard file.
    #[error("`{file}` is not a Spanstone store file, or both of its headers are destroyed; restore it from a backup")]
    NotAGuardFile {
        /// The file's name.
        file: String,
    },
    /// The file was written by a version of the format that this program does not know.
    #[error("`{file}` has format version {found}, this program knows version {known}; use a newer Spanstone", known = crate::header::VERSION)]
    UnknownVersion {
        /// The file's name.
        file: String,
        /// The version in its header.
        found: u32,
    },
    /// The file is shorter than its content requires.
    #[error("`{file}` was cut: it has {found} bytes, its content requires {expected}; restore it from a backup")]
    Truncated {
        /// The file's name.
        file: String,
        /// The length that its content requires, in bytes.
        expected: u64,
        /// Its length, in bytes.
        found: u64,
    },
    /// Neither copy of a head slot can be read, and an acknowledged commit may have been in it.
    #[error(
        "`{file}`: both copies of head slot {slot} are damaged, and the last commit may have been in them; restore it from a backup"
    )]
    HeadDamaged {
        /// The file's name.
        file: String,
        /// The slot, `A` or `B`.
        slot: char,
    },
    /// The file does not exist yet as a store: it is empty, or its creation was interrupted.
    #[error("`{file}` is empty; open it for writing once to create the store")]
    Empty {
        /// The file's name.
        file: String,
    },
}
