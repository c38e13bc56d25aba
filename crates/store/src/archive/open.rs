//! The archive at the start: what the manifest names, and what a crash left over.

use std::collections::HashSet;

use spanstone_segment::Table;

use super::Archive;
use super::file::{ARCHIVE_FOLDER, SegmentFile, file_name};
use super::state::{LiveSegment, RowSets, State};
use crate::StoreError;
use crate::ledger::Manifest;

impl Archive {
    /// The live segments, as the manifest names them. Opens no segment.
    pub(crate) fn load(&self, manifest: &Manifest) -> State {
        for damage in &manifest.damaged {
            tracing::error!(
                ?damage,
                "a record of the archive's manifest is damaged; the segment it concerns is left out"
            );
        }
        // Without its dead rows, a segment would show what was deleted.
        let sound = manifest.segments.iter().filter(|record| !manifest.is_doubtful(record.header.id));
        let mut state = State::default();
        for record in sound {
            let header = &record.header;
            let mut buried = RowSets::default();
            for table in Table::ALL {
                *buried.of_mut(table) = manifest.dead.get(&(header.id, table)).cloned().unwrap_or_default();
            }
            let file = SegmentFile::named(self.shelf.clone(), header.week, header.id);
            state.add(LiveSegment::new(record.clone(), file, buried));
        }
        state
    }

    /// Removes the files of segments that no transaction has named. What cannot be removed stays for the next start.
    pub(crate) fn remove_leftovers(&self, manifest: &Manifest) {
        if let Err(error) = self.try_remove_leftovers(manifest) {
            tracing::warn!(%error, "what a crash left in the archive could not be removed");
        }
    }

    /// Not when part of the manifest is damaged: then a file that looks left over may be all that is left of a segment.
    fn try_remove_leftovers(&self, manifest: &Manifest) -> Result<(), StoreError> {
        if !manifest.damaged.is_empty() {
            return Ok(());
        }
        let named: HashSet<String> =
            manifest.segments.iter().map(|record| file_name(record.header.week, record.header.id)).collect();
        let failed = |source| StoreError::Directory { path: ARCHIVE_FOLDER.into(), source };
        for week in self.folder.list(ARCHIVE_FOLDER).map_err(failed)? {
            let parent = format!("{ARCHIVE_FOLDER}/{week}");
            for file in self.folder.list(&parent).map_err(failed)? {
                let name = format!("{parent}/{file}");
                // Anything else that somebody put there is not ours to remove.
                if file.ends_with(".segment") && !named.contains(&name) {
                    tracing::info!(name, "removing a segment that was never completed, or is no longer needed");
                    self.folder.remove(&name).map_err(failed)?;
                }
            }
        }
        Ok(())
    }
}
