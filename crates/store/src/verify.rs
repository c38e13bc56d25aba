//! Offline verification of a data directory: every page, every journal block, every document.
//!
//! Owns the report that puts what the guard found in the pages beside what the ledger found in the records. Reads
//! only; heals nothing, moves nothing.

use std::path::Path;

use spanstone_guard::{Access, Disk, FileDisk, Finding, Guard, GuardError, PageReport, Place, Spot};

use crate::directory::{self, LEDGER_FILE};
use crate::ledger::{self, verify as ledger_verify};
use crate::{StoreError, StoreErrorKind};

/// What was found in a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// The name of the file that was looked at.
    pub file: &'static str,
    /// What was found in its pages.
    pub pages: PageReport,
    /// The pages that cannot be healed and that nothing reaches: what a crash leaves behind. Not damage: the next
    /// writer overwrites them.
    pub leftovers: Vec<Spot>,
    /// What was found in its records.
    pub records: ledger_verify::Report,
}

impl VerifyReport {
    /// What is damaged among the pages, healable or not, leaving out what a crash may leave behind.
    pub fn damaged_pages(&self) -> impl Iterator<Item = &Spot> {
        self.pages.spots.iter().filter(|spot| spot.finding != Finding::Unfinished && !self.leftovers.contains(spot))
    }

    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.records.is_clean() && self.pages.spots_omitted == 0 && self.damaged_pages().next().is_none()
    }
}

/// Verifies a data directory that no server has open. Writes nothing in its files.
///
/// # Errors
/// Fails only when verification is not possible: there is no store, another process holds it, or its file would not
/// open at all.
pub fn verify(data_dir: &Path) -> Result<VerifyReport, StoreError> {
    let path = data_dir.join(LEDGER_FILE);
    let disk = FileDisk::open(&path, Access::ReadOnly)
        .map_err(|source| StoreError::Directory { path: path.clone(), source })?;
    let _lock = match directory::lock(data_dir) {
        Err(error) if error.kind() == StoreErrorKind::Locked => return Err(error),
        // A directory on a read-only disk cannot be locked, and need not be: nobody writes there.
        lock => lock.ok(),
    };
    verify_disk(disk, &path)
}

/// Verifies the file of a ledger on any disk. Writes nothing. `path` is the file's name in errors.
///
/// # Errors
/// Fails only when verification is not possible: the file would not open at all, or holds no ledger of this version.
pub fn verify_disk(disk: impl Disk, path: &Path) -> Result<VerifyReport, StoreError> {
    let file = |source| StoreError::File { path: path.to_owned(), source };
    if disk.is_empty().is_ok_and(|empty| empty) {
        // The walk through the pages would say that it is no store file, which helps nobody.
        return Err(file(GuardError::Empty { file: LEDGER_FILE.to_owned() }));
    }
    let pages = spanstone_guard::verify(&disk, LEDGER_FILE).map_err(file)?;
    let guard = Guard::open(disk, spanstone_guard::Options::read_only(LEDGER_FILE)).map_err(file)?;
    let reached = guard.findings();
    let records = ledger_verify::verify(guard, &ledger::Options::default())?;
    let reached = reached.list();
    let is_leftover = |spot: &&Spot| {
        matches!(spot.place, Place::Data { .. })
            && spot.finding == Finding::Unhealable
            && reached.iter().all(|met| met.place != spot.place)
    };
    let leftovers = pages.spots.iter().filter(is_leftover).cloned().collect();
    Ok(VerifyReport { file: LEDGER_FILE, pages, leftovers, records })
}
