//! What a data directory holds, read while no server has it open.
//!
//! Reads the ledger's manifest and the end of its journal, and no segment: the answer takes milliseconds, whatever the
//! archive holds. Writes nothing in its files. What was deleted a moment before the server stopped, and is not sealed yet,
//! still counts.

use std::path::Path;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_guard::{Access, Disk as _, FileFolder, Folder, Guard};

use crate::StoreError;
use crate::archive::{ArchiveStats, RESERVE_FILE};
use crate::directory::{self, LEDGER_FILE};
use crate::ledger::{self, JournalStats, Ledger, Manifest, SegmentRecord};

/// What a data directory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineStats {
    /// What is sealed, by project and week.
    pub archive: ArchiveStats,
    /// What the journal holds, and how much it ever held.
    pub journal: JournalStats,
    /// The size of the ledger's file, with the space in it that is free again.
    pub ledger_bytes: u64,
    /// The space that is set aside so that deleting works on a full disk; 0 while it is given back.
    pub reserve_bytes: u64,
    /// What of the manifest is damaged and missing in these numbers.
    pub damaged: Vec<String>,
}

/// Reads what a data directory holds.
///
/// # Errors
/// Fails when there is no store, when another process has it open, and when its ledger cannot be read.
pub fn stats(data_dir: &Path) -> Result<OfflineStats, StoreError> {
    let _lock = directory::lock_to_read(data_dir)?;
    stats_of_folder(&FileFolder::new(data_dir), data_dir)
}

/// Reads what a store in any folder holds, real or simulated. `path` is the folder's name in errors.
///
/// # Errors
/// Fails when there is no ledger, or when it cannot be read.
pub fn stats_of_folder(folder: &dyn Folder, path: &Path) -> Result<OfflineStats, StoreError> {
    let path = path.join(LEDGER_FILE);
    let io = |source| StoreError::Directory { path: path.clone(), source };
    let disk = folder.open(LEDGER_FILE, Access::ReadOnly).map_err(io)?;
    let ledger_bytes = disk.len().map_err(io)?;
    let guard = Guard::open(disk, spanstone_guard::Options::read_only(LEDGER_FILE))
        .map_err(|source| StoreError::File { path: path.clone(), source })?;
    let ledger = Ledger::open_read_only(guard, &ledger::Options::default())?;
    let manifest = ledger.manifest()?;
    let reserve = folder.open(RESERVE_FILE, Access::ReadOnly);
    Ok(OfflineStats {
        archive: of_manifest(&manifest),
        journal: ledger.stats(),
        ledger_bytes,
        reserve_bytes: reserve.and_then(|file: Arc<_>| file.len()).unwrap_or(0),
        damaged: manifest.damaged.iter().map(|damage| format!("{}: {}", damage.part, damage.fault)).collect(),
    })
}

fn of_manifest(manifest: &Manifest) -> ArchiveStats {
    let mut stats = ArchiveStats::default();
    for SegmentRecord { header, facts } in &manifest.segments {
        let dead = |table| manifest.dead.get(&(header.id, table)).map_or(0, RoaringBitmap::len);
        stats.add_segment(header, *facts, dead);
    }
    stats
}
