//! How new segments become visible and durable.
//!
//! Owns the two steps: first one transaction of the ledger, then, under the lock, the picture that readers take. What
//! the active layer took over or deleted while the work was under way is hidden in the new segments before anybody
//! sees them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use roaring::RoaringBitmap;
use spanstone_model::ProjectId;
use spanstone_segment::{SegmentKind, Table};

use super::compact::{Compacted, Compaction};
use super::file::{SegmentFile, week_folder};
use super::state::{LiveSegment, RowSets, RowsBySegment};
use crate::StoreError;
use crate::ledger::ArchiveChange;
use crate::store::Shared;

impl Shared {
    /// Completes a compaction and puts its segment in the place of its inputs, all of which are live.
    pub(crate) fn publish_compaction(&self, compaction: Compaction) -> Result<(), StoreError> {
        let done = compaction.finish()?;
        let inputs: Vec<u64> = done.inputs.iter().map(|input| input.live.id()).collect();
        let id = done.record.header.id;
        let kind = done.record.header.kind;
        // Only this thread buries rows, so they stay as they are until the transaction below.
        let buried = self.buried_meanwhile(&done);
        let facts = done.record.facts;
        let is_empty = facts.traces == 0 && facts.scores == 0;
        let mut change = ArchiveChange { remove: inputs.clone(), ..ArchiveChange::default() };
        if !is_empty {
            self.sync_week(&done.record.header)?;
            change.add.push(done.record.clone());
            change.dead.extend(dead_sets(id, &buried));
        }
        self.change_archive(&change, (!is_empty).then_some(&done.file))?;
        let Compacted { project, moves, file, record, .. } = done;
        let _turn = self.fold_turn.lock();
        let mut layers = self.layers.write();
        let layers = &mut *layers;
        for shadow in [&mut layers.active_shadow, &mut layers.frozen_shadow] {
            shadow.follow(&project, &moves, &inputs, id);
        }
        let sealed = Arc::make_mut(&mut layers.sealed);
        if !is_empty {
            sealed.add(LiveSegment::new(record, file, buried));
        }
        for input in &inputs {
            sealed.remove(&project, *input);
        }
        for shadow in [&layers.active_shadow, &layers.frozen_shadow] {
            if let Some(rows) = shadow.of(&project).and_then(|rows| Some((id, rows.get(&id)?.clone()))) {
                sealed.hide(&project, &HashMap::from([rows]));
            }
        }
        tracing::info!(project = %project, segment = id, ?kind, from = inputs.len(), "compacted segments");
        self.archive.compactions.fetch_add(1, Ordering::Relaxed);
        self.archive.succeeded();
        Ok(())
    }

    /// Whether all segments that a compaction reads are live still.
    pub(super) fn has_inputs_of(&self, compaction: &Compaction) -> bool {
        let state = self.layers.read().sealed.clone();
        let live = |id: u64| state.project(&compaction.project).is_some_and(|own| own.all().any(|it| it.id() == id));
        compaction.inputs.iter().all(|input| live(input.live.id()))
    }

    /// The rows of a compaction's segment that are dead: stubs, and what was buried while it was written.
    fn buried_meanwhile(&self, done: &Compacted) -> RowSets {
        let mut buried = RowSets { traces: done.stubs.clone(), ..RowSets::default() };
        let state = self.layers.read().sealed.clone();
        let Some(project) = state.project(&done.project) else { return buried };
        for input in &done.inputs {
            let Some(now) = project.all().find(|live| live.id() == input.live.id()) else { continue };
            for table in Table::ALL {
                let since = now.buried.of(table) - input.live.buried.of(table);
                *buried.of_mut(table) |= done.moves.follow(input.live.id(), table, &since);
            }
        }
        buried
    }

    /// Makes a change durable that names new files. When it fails, they are removed, unless nobody can know whether it is on
    /// disk: then the next change that succeeds tells that this one is not, or the next start finds out.
    pub(super) fn change_archive<'a>(
        &self,
        change: &ArchiveChange,
        files: impl IntoIterator<Item = &'a SegmentFile>,
    ) -> Result<(), StoreError> {
        let files: Vec<_> = files.into_iter().collect();
        files.iter().for_each(|file| file.keep());
        self.ledger.change_archive(change).inspect_err(|_| {
            if self.ledger.poisoned().is_none() {
                files.iter().for_each(|file| file.make_obsolete());
            } else {
                self.archive.doubtful.lock().extend(files.iter().map(|file| file.namesake()));
            }
        })?;
        Ok(())
    }

    /// Makes the name of a segment's file durable.
    pub(super) fn sync_week(&self, header: &spanstone_segment::Header) -> Result<(), StoreError> {
        let parent = week_folder(header.week);
        self.archive.folder.sync_names(&parent).map_err(|source| StoreError::Directory { path: parent.into(), source })
    }

    /// What a transaction says of segments in which rows have died: the whole set of those that still have a live row,
    /// and that the others are gone.
    pub(super) fn burials(&self, project: &ProjectId, died: &RowsBySegment, change: &mut ArchiveChange) {
        let state = self.layers.read().sealed.clone();
        let Some(segments) = state.project(project) else { return };
        for live in segments.all() {
            let Some(rows) = died.get(&live.id()) else { continue };
            let mut buried = RowSets::clone(&live.buried);
            buried.join(rows);
            if is_all_dead(live, &buried) {
                change.remove.push(live.id());
            } else {
                change.dead.extend(dead_sets(live.id(), &buried));
            }
        }
    }
}

fn is_all_dead(live: &LiveSegment, buried: &RowSets) -> bool {
    let dead = |table| buried.of(table).len() >= u64::from(live.rows(table));
    match live.header().kind {
        SegmentKind::Traces => dead(Table::Traces) && dead(Table::Observations),
        SegmentKind::Scores => dead(Table::Scores),
    }
}

/// The sets of one segment that have rows in them, as the manifest takes them.
pub(super) fn dead_sets(id: u64, buried: &RowSets) -> impl Iterator<Item = (u64, Table, RoaringBitmap)> {
    Table::ALL.into_iter().map(move |table| (id, table, buried.of(table).clone())).filter(|(.., rows)| !rows.is_empty())
}
