//! Offline verification of a data directory: every page, every journal block, every document, every segment.
//!
//! Owns the report that puts what the guard found in the pages beside what the ledger found in the records. Reads
//! only; heals nothing, moves nothing.

use std::path::Path;
use std::sync::Arc;

use spanstone_guard::{Access, Disk as _, FileFolder, Finding, Folder, Guard, GuardError, PageReport, Place, Spot};

use crate::StoreError;
use crate::archive::{self, ArchiveReport};
use crate::directory::{self, LEDGER_FILE};
use crate::ledger::{self, Ledger, verify as ledger_verify};

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
    /// What was found in the archive.
    pub archive: ArchiveReport,
}

impl VerifyReport {
    /// What is damaged among the pages, healable or not, leaving out what a crash may leave behind.
    pub fn damaged_pages(&self) -> impl Iterator<Item = &Spot> {
        self.pages.spots.iter().filter(|spot| spot.finding != Finding::Unfinished && !self.leftovers.contains(spot))
    }

    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.records.is_clean()
            && self.pages.spots_omitted == 0
            && self.damaged_pages().next().is_none()
            && self.archive.is_clean()
    }
}

/// Verifies a data directory that no server has open. Writes nothing in its files.
///
/// # Errors
/// Fails only when verification is not possible: there is no store, another process holds it, or its file would not
/// open at all.
pub fn verify(data_dir: &Path) -> Result<VerifyReport, StoreError> {
    let _lock = directory::lock_to_read(data_dir)?;
    let folder: Arc<dyn Folder> = Arc::new(FileFolder::new(data_dir));
    verify_folder(&folder, data_dir)
}

/// Verifies a store in any folder, real or simulated. Writes nothing. `path` is the folder's name in errors.
///
/// # Errors
/// Fails only when verification is not possible: the file would not open at all, or holds no ledger of this version.
pub fn verify_folder(folder: &Arc<dyn Folder>, path: &Path) -> Result<VerifyReport, StoreError> {
    let path = path.join(LEDGER_FILE);
    let file = |source| StoreError::File { path: path.clone(), source };
    let disk = folder
        .open(LEDGER_FILE, Access::ReadOnly)
        .map_err(|source| StoreError::Directory { path: path.clone(), source })?;
    if disk.is_empty().is_ok_and(|empty| empty) {
        // The walk through the pages would say that it is no store file, which helps nobody.
        return Err(file(GuardError::Empty { file: LEDGER_FILE.to_owned() }));
    }
    let pages = spanstone_guard::verify(&disk, LEDGER_FILE).map_err(file)?;
    let guard = Guard::open(disk.clone(), spanstone_guard::Options::read_only(LEDGER_FILE)).map_err(file)?;
    let reached = guard.findings();
    let records = ledger_verify::verify(guard, &ledger::Options::default())?;
    let reached = reached.list();
    let is_leftover = |spot: &&Spot| {
        matches!(spot.place, Place::Data { .. })
            && spot.finding == Finding::Unhealable
            && reached.iter().all(|met| met.place != spot.place)
    };
    let leftovers = pages.spots.iter().filter(is_leftover).cloned().collect();
    let guard = Guard::open(disk, spanstone_guard::Options::read_only(LEDGER_FILE)).map_err(file)?;
    let archive = match Ledger::open_read_only(guard, &ledger::Options::default()).and_then(|ledger| ledger.manifest())
    {
        Ok(manifest) => archive::verify(folder, &manifest),
        Err(error) => {
            ArchiveReport { findings: vec![format!("the manifest cannot be read: {error}")], ..Default::default() }
        }
    };
    Ok(VerifyReport { file: LEDGER_FILE, pages, leftovers, records, archive })
}
