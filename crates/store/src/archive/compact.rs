//! Compaction: several segments of one project, week and kind become one, without their dead rows.
//!
//! Owns one such piece of work from the choice to the finished file, in steps of bounded size between which the thread
//! may seal. Publishing is the archive's. A trace whose observations were spread is whole again afterwards.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{ProjectId, Timestamp, Week};
use spanstone_segment::{Header, SealedObservation, SealedTrace, Segment, SegmentKind, SegmentWriter, Table, With};

use super::choose::choose;
use super::file::SegmentFile;
use super::plan::{Plan, PlannedTrace};
use super::rows::Moves;
use super::state::LiveSegment;
use crate::ledger::SegmentRecord;
use crate::store::Shared;
use crate::{StoreError, StoreErrorKind};

/// How many bytes of payloads one step reads at the most, going by the average of its segments.
const STEP_BYTES: u64 = 8 * 1024 * 1024;

/// How many rows one step moves at the most.
const STEP_ROWS: u64 = 2_000;

/// One compaction under way.
#[derive(Debug)]
pub(crate) struct Compaction {
    pub(super) project: ProjectId,
    pub(super) inputs: Vec<Input>,
    pub(super) moves: Moves,
    pub(super) file: SegmentFile,
    header: Header,
    writer: SegmentWriter,
    plan: Plan,
    /// Rows of the new segment that are dead from the start: traces whose current row is in another segment.
    pub(super) stubs: RoaringBitmap,
    rows_per_step: u64,
}

/// A segment that goes into a compaction.
#[derive(Debug)]
pub(super) struct Input {
    /// As it was when the compaction began.
    pub(super) live: LiveSegment,
    pub(super) segment: Arc<Segment>,
}

impl Compaction {
    /// The next compaction that is worth its while, if there is one.
    pub(crate) fn pick(shared: &Shared) -> Result<Option<Self>, StoreError> {
        let state = shared.layers.read().sealed.clone();
        // In order, so that the same store always chooses the same.
        let mut groups: BTreeMap<(&ProjectId, Week, u8), Vec<&LiveSegment>> = BTreeMap::new();
        for live in state.segments().filter(|live| !shared.archive.is_unfit(live.id())) {
            let header = live.header();
            groups.entry((&header.project, header.week, header.kind.code())).or_default().push(live);
        }
        let mut last: HashMap<(&ProjectId, u8), Week> = HashMap::new();
        for (project, week, kind) in groups.keys() {
            let last = last.entry((project, *kind)).or_insert(*week);
            *last = (*last).max(*week);
        }
        let is_past = |(project, week, kind): &(&ProjectId, Week, u8)| last[&(*project, *kind)] > *week;
        let chosen = groups.iter().find_map(|(key, group)| choose(shared, group, is_past(key)));
        let Some(chosen) = chosen else { return Ok(None) };
        let mut inputs = Vec::with_capacity(chosen.len());
        for live in &chosen {
            let segment = live.open().inspect_err(|error| give_up(shared, [live], error))?;
            inputs.push(Input { live: live.clone(), segment });
        }
        let begun = Self::begin(shared, inputs);
        begun.map(Some).inspect_err(|error| give_up(shared, &chosen, error))
    }

    fn begin(shared: &Shared, inputs: Vec<Input>) -> Result<Self, StoreError> {
        let first = inputs[0].live.header().clone();
        let mut moves = Moves::default();
        for input in &inputs {
            for table in Table::ALL {
                moves.expect(input.live.id(), table, input.live.rows(table));
            }
        }
        let header = Header { id: shared.archive.new_id(&shared.ledger), created_at: shared.now(), ..first };
        let file = SegmentFile::unnamed(shared.archive.shelf.clone(), header.week, header.id);
        let disk = shared.archive.create_file(file.name())?;
        let writer = SegmentWriter::create(disk, header.clone())?;
        let plan = match header.kind {
            SegmentKind::Traces => Plan::of_traces(&inputs)?,
            SegmentKind::Scores => Plan::of_scores(&inputs)?,
        };
        let rows: u64 = inputs.iter().map(|input| row_count(&input.live)).sum();
        let raw: u64 = inputs.iter().map(|input| input.live.facts().raw_bytes).sum();
        let rows_per_step = (STEP_BYTES / (raw / rows.max(1)).max(1)).clamp(1, STEP_ROWS);
        Ok(Self {
            project: header.project.clone(),
            inputs,
            moves,
            file,
            header,
            writer,
            plan,
            stubs: RoaringBitmap::new(),
            rows_per_step,
        })
    }

    /// Moves some rows; false when there are none left to move.
    pub(crate) fn step(&mut self, shared: &Shared) -> Result<bool, StoreError> {
        let moved = match self.header.kind {
            SegmentKind::Traces => self.move_traces(),
            SegmentKind::Scores => self.move_scores(),
        };
        moved.inspect_err(|error| give_up(shared, self.inputs.iter().map(|input| &input.live), error))
    }

    fn move_traces(&mut self) -> Result<bool, StoreError> {
        let Some(batch) = self.plan.next_traces(&self.inputs, self.rows_per_step)? else { return Ok(false) };
        let mut rows = Fetched::fetch(&self.inputs, &batch)?;
        for planned in &batch {
            self.move_trace(planned, &mut rows)?;
        }
        Ok(true)
    }

    fn move_trace(&mut self, planned: &PlannedTrace, rows: &mut Fetched) -> Result<(), StoreError> {
        if planned.begins {
            let source = planned.current;
            let Some(trace) = rows.traces.remove(&source) else { return Ok(()) };
            let now = self.writer.trace(trace)?;
            if planned.is_stub {
                self.stubs.insert(now);
            }
            self.moves.record(self.inputs[source.0].live.id(), Table::Traces, source.1, now);
        }
        let mut observations: Vec<_> = Vec::new();
        for (input, range) in &planned.observations {
            for row in range.clone() {
                observations.extend(rows.observations.remove(&(*input, row)).map(|sealed| ((*input, row), sealed)));
            }
        }
        observations.sort_by(|(_, left), (_, right)| order(left).cmp(&order(right)));
        for ((input, row), sealed) in observations {
            let now = self.writer.observation(sealed)?;
            self.moves.record(self.inputs[input].live.id(), Table::Observations, row, now);
        }
        Ok(())
    }

    fn move_scores(&mut self) -> Result<bool, StoreError> {
        let Some(batch) = self.plan.next_scores(self.rows_per_step) else { return Ok(false) };
        let mut wanted: Vec<RoaringBitmap> = vec![RoaringBitmap::new(); self.inputs.len()];
        for (input, row) in &batch {
            wanted[*input].insert(*row);
        }
        let mut found = HashMap::new();
        for (index, (input, rows)) in self.inputs.iter().zip(&wanted).enumerate() {
            let scores = input.segment.scores(rows, With::Payloads)?;
            found.extend(scores.into_iter().map(|(row, score)| ((index, row), score)));
        }
        for place in batch {
            let Some(score) = found.remove(&place) else { continue };
            let now = self.writer.score(score)?;
            self.moves.record(self.inputs[place.0].live.id(), Table::Scores, place.1, now);
        }
        Ok(true)
    }

    /// Completes the file.
    pub(super) fn finish(self) -> Result<Compacted, StoreError> {
        let facts = self.writer.finish()?;
        let record = SegmentRecord { header: self.header, facts };
        let Self { project, inputs, moves, file, stubs, .. } = self;
        Ok(Compacted { project, inputs, moves, file, stubs, record })
    }
}

/// A compaction whose file is complete.
pub(super) struct Compacted {
    pub(super) project: ProjectId,
    pub(super) inputs: Vec<Input>,
    pub(super) moves: Moves,
    pub(super) file: SegmentFile,
    pub(super) stubs: RoaringBitmap,
    pub(super) record: SegmentRecord,
}

/// The rows of one step, by input and row.
struct Fetched {
    traces: HashMap<(usize, u32), SealedTrace>,
    observations: HashMap<(usize, u32), SealedObservation>,
}

impl Fetched {
    fn fetch(inputs: &[Input], batch: &[PlannedTrace]) -> Result<Self, StoreError> {
        let mut fetched = Self { traces: HashMap::new(), observations: HashMap::new() };
        for (index, input) in inputs.iter().enumerate() {
            let (mut traces, mut observations) = (RoaringBitmap::new(), RoaringBitmap::new());
            for planned in batch {
                if planned.begins && planned.current.0 == index {
                    traces.insert(planned.current.1);
                }
                for (_, range) in planned.observations.iter().filter(|(input, _)| *input == index) {
                    observations.insert_range(range.clone());
                }
            }
            observations -= &input.live.buried.observations;
            let found = input.segment.traces(&traces, With::Payloads)?;
            fetched.traces.extend(found.into_iter().map(|(row, sealed)| ((index, row), sealed)));
            let found = input.segment.observations(&observations, With::Payloads)?;
            fetched.observations.extend(found.into_iter().map(|(row, sealed)| ((index, row), sealed)));
        }
        Ok(fetched)
    }
}

fn order(sealed: &SealedObservation) -> (Timestamp, &spanstone_model::ObservationId) {
    (sealed.observation.start, &sealed.observation.id)
}

pub(super) fn row_count(live: &LiveSegment) -> u64 {
    let facts = live.facts();
    u64::from(facts.traces) + u64::from(facts.observations) + u64::from(facts.scores)
}

/// Leaves segments as they are until the next start, because trying again would fail again. Only a full disk is different
/// the next time.
pub(super) fn give_up<'a>(shared: &Shared, segments: impl IntoIterator<Item = &'a LiveSegment>, error: &StoreError) {
    if error.kind() != StoreErrorKind::Full {
        segments.into_iter().for_each(|live| shared.archive.set_unfit(live.id()));
    }
}
