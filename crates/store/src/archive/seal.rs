//! Sealing: a frozen layer becomes segments.
//!
//! Owns the way of its rows into one segment for each project, week and kind, with their payloads read back out of the
//! journal, and out of older segments where a row was thawed from there. Refuses to decide when: the layer is full when it
//! is frozen.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use spanstone_model::{EventPayloads, JournalPlace, PayloadRef, ProjectId, Stamp, Text, Week};
use spanstone_segment::{
    Header, SealedObservation, SealedPayloads, SealedScore, SealedTrace, SegmentKind, SegmentWriter,
};

use super::file::SegmentFile;
use super::rows::Shadow;
use super::sealed::{Lookup, Rows};
use super::state::{LiveSegment, ProjectSegments, RowSets};
use super::taken;
use crate::StoreError;
use crate::hot::{SealView, TraceToSeal};
use crate::layers::Frozen;
use crate::ledger::{ArchiveChange, SegmentRecord};
use crate::payloads::JournalPayloads;
use crate::store::Shared;

/// How many bytes of decoded requests sealing keeps at hand. Rows are sealed in order of time, which is nearly the order of
/// the journal, so that most requests are decoded once.
const PAYLOAD_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// How many times sealing is tried while payloads of rows that were taken over from a segment cannot be read. The trouble
/// may pass; after that the rows are sealed with a text that says what is lost, because writing must go on.
const ATTEMPTS_MAX: u64 = 4;

/// Stands for a text that could not be read.
const LOST: &str = "[spanstone: this payload was lost: the segment that held it could not be read]";

/// How many weeks of one project get segments of their own in one seal; the rows of the others, which are few unless
/// a client invents its times, share one.
const WEEKS_MAX: usize = 16;

/// A segment that has been written and that nothing names yet.
pub(super) struct Written {
    record: SegmentRecord,
    file: SegmentFile,
}

/// Where the texts of rows come from.
struct Source<'a> {
    shared: &'a Shared,
    journal: JournalPayloads,
    lookup: Lookup<'a>,
    /// Whether payloads of a row that was taken over from a segment could not be read.
    is_lossy: Cell<bool>,
}

impl Shared {
    /// Seals the frozen layer; false when there is none.
    pub(super) fn seal_frozen(&self) -> Result<bool, StoreError> {
        let (frozen, state, shadow) = {
            let layers = self.layers.read();
            let Some(frozen) = layers.frozen.clone() else { return Ok(false) };
            (frozen, layers.sealed.clone(), layers.frozen_shadow.clone())
        };
        let mut written = Vec::new();
        for (project, layer) in frozen.layer.seal_view() {
            let none = ProjectSegments::default();
            let segments = state.project(project).map_or(&none, |segments| &**segments);
            let lookup = Lookup { segments, trouble: &self.archive.trouble };
            let journal = JournalPayloads::new(self.decoder.clone(), PAYLOAD_CACHE_BYTES);
            let source = Source { shared: self, journal, lookup, is_lossy: Cell::new(false) };
            self.write_traces(project, layer, &source, &mut written)?;
            self.write_scores(project, layer, &source, &mut written)?;
            if source.is_lossy.get() && self.archive.lossy_seals.fetch_add(1, Ordering::Relaxed) + 1 < ATTEMPTS_MAX {
                return Err(StoreError::WouldLose { project: project.clone() });
            }
        }
        for segment in &written {
            self.sync_week(&segment.record.header)?;
        }
        self.publish_seal(&frozen, written, &shadow)?;
        self.payloads.forget_through(frozen.through);
        self.archive.seals.fetch_add(1, Ordering::Relaxed);
        self.archive.lossy_seals.store(0, Ordering::Relaxed);
        self.archive.succeeded();
        Ok(true)
    }

    fn write_traces(
        &self,
        project: &ProjectId,
        layer: SealView<'_>,
        source: &Source<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), StoreError> {
        let by_week = by_week(layer.traces(), |trace| Week::of(trace.row().timestamp));
        for (week, traces) in by_week {
            let mut segment = self.begin_segment(project, week, SegmentKind::Traces)?;
            for trace in traces {
                source.write_trace(&mut segment.writer, trace)?;
            }
            written.push(segment.finish()?);
        }
        Ok(())
    }

    fn write_scores(
        &self,
        project: &ProjectId,
        layer: SealView<'_>,
        source: &Source<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), StoreError> {
        let by_week = by_week(layer.scores(), |score| Week::of(score.row().timestamp));
        for (week, scores) in by_week {
            let mut segment = self.begin_segment(project, week, SegmentKind::Scores)?;
            for to_seal in scores {
                let (score, fold) = (to_seal.row(), to_seal.fold());
                let sealed =
                    || source.lookup.score(score.id.as_str(), Rows::Unburied, WITH).map(|it| it.sealed.metadata);
                let metadata = source.pieces(&score.metadata, sealed);
                segment.writer.score(SealedScore { score: score.clone(), fold, metadata })?;
            }
            written.push(segment.finish()?);
        }
        Ok(())
    }

    fn begin_segment(&self, project: &ProjectId, week: Week, kind: SegmentKind) -> Result<Begun, StoreError> {
        let id = self.archive.new_id(&self.ledger);
        let header = Header { id, project: project.clone(), week, kind, created_at: self.now() };
        let file = SegmentFile::unnamed(self.archive.shelf.clone(), week, id);
        let disk = self.archive.create_file(file.name())?;
        Ok(Begun { writer: SegmentWriter::create(disk, header.clone())?, header, file })
    }

    /// Names the new segments in the manifest, buries what they supersede, cuts the journal, and shows it to readers.
    fn publish_seal(&self, frozen: &Arc<Frozen>, written: Vec<Written>, shadow: &Shadow) -> Result<(), StoreError> {
        let mut change = ArchiveChange { cut: Some(frozen.through), ..ArchiveChange::default() };
        change.add.extend(written.iter().map(|segment| segment.record.clone()));
        for (project, rows) in shadow.projects() {
            self.burials(project, rows, &mut change);
        }
        self.change_archive(&change, written.iter().map(|segment| &segment.file))?;
        let epoch = self.archive.new_epoch();
        let _turn = self.fold_turn.lock();
        let new: Vec<_> =
            written.into_iter().map(|it| LiveSegment::new(it.record, it.file, RowSets::default())).collect();
        if frozen.is_early {
            self.archive.note_early(&new, &self.layers.read().sealed);
        }
        let taken = taken::rows_taken_from(&self.layers.read().active, &new, &self.archive.trouble);
        let mut layers = self.layers.write();
        let layers = &mut *layers;
        let sealed = Arc::make_mut(&mut layers.sealed);
        for (project, rows) in shadow.projects() {
            sealed.bury(project, rows);
        }
        for project in shadow.projects().map(|(project, _)| project) {
            for id in &change.remove {
                sealed.remove(project, *id);
                layers.active_shadow.forget(project, *id);
            }
        }
        for segment in new {
            sealed.add(segment);
        }
        for (project, rows) in taken.projects() {
            sealed.hide(project, rows);
            layers.active_shadow.add(project, rows);
        }
        layers.active.rebase(frozen.through);
        layers.frozen = None;
        layers.frozen_shadow = Shadow::default();
        self.archive.close_epoch(&std::mem::replace(&mut layers.epoch, epoch));
        self.room.set(layers.active.counts().bytes, false);
        Ok(())
    }
}

const WITH: spanstone_segment::With = spanstone_segment::With::Payloads;

impl Source<'_> {
    fn write_trace(&self, writer: &mut SegmentWriter, trace: TraceToSeal<'_>) -> Result<(), StoreError> {
        let row = trace.row();
        let id = row.id.as_str();
        let sealed = || Some(self.lookup.trace(id, Rows::Unburied, WITH)?.sealed.payloads);
        let payloads = self.payloads(row.input, row.output, &row.metadata, sealed);
        writer.trace(SealedTrace {
            trace: row.clone(),
            explicit: trace.is_explicit(),
            known: trace.is_known(),
            summary: trace.summary(),
            fold: trace.fold(),
            payloads,
        })?;
        for observation in trace.observations() {
            let row = observation.row();
            let sealed = || {
                let found = self.lookup.observation_in(id, row.id.as_str(), Rows::Unburied, WITH);
                let found = found.or_else(|| self.lookup.observation(row.id.as_str(), Rows::Unburied, WITH));
                Some(found?.sealed.payloads)
            };
            let payloads = self.payloads(row.input, row.output, &row.metadata, sealed);
            writer.observation(SealedObservation { observation: row.clone(), fold: observation.fold(), payloads })?;
        }
        Ok(())
    }

    fn payloads(
        &self,
        input: Option<PayloadRef>,
        output: Option<PayloadRef>,
        metadata: &[(Stamp, PayloadRef)],
        sealed: impl FnOnce() -> Option<SealedPayloads>,
    ) -> SealedPayloads {
        let refs = input.iter().chain(&output).chain(metadata.iter().map(|(_, place)| place));
        let is_thawed = refs.into_iter().any(|place| matches!(place, PayloadRef::Sealed(_)));
        let sealed = if is_thawed { self.noticing(sealed()) } else { SealedPayloads::default() };
        let side =
            |place: Option<PayloadRef>, own: &Option<Text>, pick: fn(&EventPayloads) -> Option<&Text>| match place? {
                PayloadRef::Sealed(_) => Some(own.clone().unwrap_or_else(|| Text::from(LOST))),
                PayloadRef::Journal(place) => self.journaled(place, pick),
            };
        SealedPayloads {
            input: side(input, &sealed.input, |event| event.input.as_ref()),
            output: side(output, &sealed.output, |event| event.output.as_ref()),
            metadata: self.pieces(metadata, || Some(sealed.metadata)),
        }
    }

    /// What was found in a segment; when that is nothing, takes note.
    fn noticing<T: Default>(&self, found: Option<T>) -> T {
        if found.is_none() {
            self.is_lossy.set(true);
        }
        found.unwrap_or_default()
    }

    /// One text for each piece, so that pieces and texts stay side by side; nothing at all where a text is lost.
    fn pieces(&self, pieces: &[(Stamp, PayloadRef)], sealed: impl FnOnce() -> Option<Vec<Text>>) -> Vec<Text> {
        let is_thawed = pieces.iter().any(|(_, place)| matches!(place, PayloadRef::Sealed(_)));
        let sealed = if is_thawed { self.noticing(sealed()) } else { Vec::new() };
        let text = |place: PayloadRef| match place {
            PayloadRef::Sealed(number) => sealed.get(number as usize).cloned(),
            PayloadRef::Journal(place) => self.journaled(place, |event| event.metadata.as_ref()),
        };
        pieces.iter().map(|(_, place)| text(*place).unwrap_or_else(|| Text::from("{}"))).collect()
    }

    fn journaled(&self, place: JournalPlace, pick: fn(&EventPayloads) -> Option<&Text>) -> Option<Text> {
        self.journal.text(&self.shared.ledger, place, pick)
    }
}

/// A segment that is being written.
struct Begun {
    header: Header,
    writer: SegmentWriter,
    file: SegmentFile,
}

impl Begun {
    fn finish(self) -> Result<Written, StoreError> {
        let facts = self.writer.finish()?;
        Ok(Written { record: SegmentRecord { header: self.header, facts }, file: self.file })
    }
}

/// Rows by their week, the weeks beyond [`WEEKS_MAX`] together under the latest of them.
fn by_week<R>(rows: impl Iterator<Item = R>, week: impl Fn(&R) -> Week) -> BTreeMap<Week, Vec<R>> {
    let mut weeks: BTreeMap<Week, Vec<R>> = BTreeMap::new();
    for row in rows {
        weeks.entry(week(&row)).or_default().push(row);
    }
    if weeks.len() <= WEEKS_MAX {
        return weeks;
    }
    let mut sizes: Vec<_> = weeks.iter().map(|(week, rows)| (rows.len(), *week)).collect();
    sizes.sort_unstable();
    let small: Vec<Week> = sizes[..weeks.len() - (WEEKS_MAX - 1)].iter().map(|(_, week)| *week).collect();
    let Some(latest) = small.iter().max().copied() else { return weeks };
    // In order of the weeks, so that the rows stay in order of time.
    let mut shared = Vec::new();
    let mut sorted = small;
    sorted.sort_unstable();
    for week in sorted {
        shared.extend(weeks.remove(&week).unwrap_or_default());
    }
    weeks.insert(latest, shared);
    weeks
}
