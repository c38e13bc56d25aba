//! The archive at the start: what the manifest names, and what a crash left over.

use std::io;

use spanstone_segment::Table;

use super::Archive;
use super::file::SegmentFile;
use super::leftovers::leftovers;
use super::state::{LiveSegment, RowSets, State};
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

    /// Removes the files of segments that no transaction has named. What cannot be removed stays for the next start. Nothing
    /// goes when part of the manifest is damaged: then a file that looks left over may be all that is left of a segment.
    pub(crate) fn remove_leftovers(&self, manifest: &Manifest) {
        if !manifest.damaged.is_empty() {
            return;
        }
        if let Err(error) = self.try_remove_leftovers(manifest) {
            tracing::warn!(%error, "what a crash left in the archive could not be removed");
        }
    }

    fn try_remove_leftovers(&self, manifest: &Manifest) -> io::Result<()> {
        for name in leftovers(&*self.folder, manifest)? {
            tracing::info!(name, "removing a segment that was never completed, or is no longer needed");
            self.folder.remove(&name)?;
        }
        Ok(())
    }
}
