//! One project's traces, observations and scores in one layer, found by id and in order of time.

use std::collections::BTreeMap;
use std::sync::Arc;

use spanstone_model::{
    Change, Event, JournalPlace, Observation, ObservationChange, ObservationId, Score, ScoreChange, ScoreId, Stamp,
    Summary, Text, Timestamp, TraceChange, TraceId,
};

use super::HotCounts;
use super::names::Names;
use super::observation::ObservationSlot;
use super::score::ScoreSlot;
use super::slots::{Slot, Slots};
use super::trace::TraceSlot;
use super::weight;

/// What one layer holds of one project.
#[derive(Debug, Default)]
pub struct LayerProject {
    pub(super) traces: Slots<TraceSlot>,
    pub(super) observations: Slots<ObservationSlot>,
    pub(super) scores: Slots<ScoreSlot>,
    pub(super) traces_by_time: BTreeMap<(Timestamp, TraceId), Slot>,
    pub(super) observations_by_start: BTreeMap<(Timestamp, ObservationId), Slot>,
    pub(super) scores_by_time: BTreeMap<(Timestamp, ScoreId), Slot>,
    names: Names,
    bytes: usize,
}

impl LayerProject {
    pub(super) fn counts(&self) -> HotCounts {
        let Self { traces, observations, scores, bytes, .. } = self;
        HotCounts { traces: traces.len(), observations: observations.len(), scores: scores.len(), bytes: *bytes }
    }

    pub(super) fn apply(&mut self, event: Event, at: JournalPlace, received_at: Timestamp) {
        self.bytes += weight::of(&event.change, self.is_new(&event.change));
        match event.change {
            Change::Trace(change) => self.apply_trace(*change, event.stamp, at, received_at),
            Change::Observation(change) => self.apply_observation(*change, event.stamp, at, received_at),
            Change::Score(change) => self.apply_score(*change, event.stamp, at, received_at),
            Change::Deletion(_) => {}
        }
    }

    fn is_new(&self, change: &Change) -> bool {
        match change {
            Change::Trace(change) => self.traces.find(change.id.as_str()).is_none(),
            Change::Observation(change) => self.observations.find(change.id.as_str()).is_none(),
            Change::Score(change) => self.scores.find(change.id.as_str()).is_none(),
            Change::Deletion(_) => false,
        }
    }

    fn apply_trace(&mut self, change: TraceChange, stamp: Stamp, at: JournalPlace, received_at: Timestamp) {
        let slot = self.trace_slot(&change.id, &change.environment, received_at);
        let trace = &mut self.traces[slot];
        let before = trace.exists().then_some(trace.row.timestamp);
        trace.apply(change, stamp, at, received_at, &mut self.names);
        self.place_trace(slot, before);
    }

    fn apply_observation(
        &mut self,
        mut change: ObservationChange,
        stamp: Stamp,
        at: JournalPlace,
        received_at: Timestamp,
    ) {
        let known = self.observations.find(change.id.as_str());
        self.share_ids(&mut change);
        let Some(slot) = known else {
            let trace = self.trace_slot(&change.trace_id, &change.environment, received_at);
            change.trace_id = self.traces[trace].row.id.clone();
            let id = change.id.clone();
            let new = ObservationSlot::new(&change, trace, received_at);
            let slot = self.observations.find_or_insert(id.as_str(), || new);
            self.observations[slot].apply(change, stamp, at, received_at, &mut self.names);
            let row = self.observations[slot].row.clone();
            self.join_trace(trace, slot, &row);
            self.observations_by_start.insert((row.start, row.id.clone()), slot);
            return;
        };
        let before = self.observations[slot].row.start;
        self.observations[slot].apply(change, stamp, at, received_at, &mut self.names);
        let row = self.observations[slot].row.clone();
        // An earlier event may have moved it to the trace that it named first.
        let trace = self.trace_slot(&row.trace_id, &row.environment, received_at);
        self.move_to_trace(trace, slot, &row);
        self.observations_by_start.remove(&(before, row.id.clone()));
        self.observations_by_start.insert((row.start, row.id.clone()), slot);
    }

    /// Replaces the ids that an event names by the copies that their rows hold, where there are such rows.
    fn share_ids(&self, change: &mut ObservationChange) {
        if let Some(trace) = self.traces.find(change.trace_id.as_str()) {
            change.trace_id = self.traces[trace].row.id.clone();
        }
        if let Some(parent) = &mut change.parent_id
            && let Some(known) = self.observations.find(parent.as_str())
        {
            *parent = self.observations[known].row.id.clone();
        }
    }

    fn apply_score(&mut self, change: ScoreChange, stamp: Stamp, at: JournalPlace, received_at: Timestamp) {
        let slot = self.scores.find_or_insert(change.id.as_str(), || ScoreSlot::new(&change, received_at));
        let before = self.scores[slot].row.timestamp;
        self.scores[slot].apply(change, stamp, at, received_at, &mut self.names);
        let row = self.scores[slot].row.clone();
        self.scores_by_time.remove(&(before, row.id.clone()));
        self.scores_by_time.insert((row.timestamp, row.id.clone()), slot);
        let trace = row.trace_id.as_ref().map(|id| self.trace_slot(id, &row.environment, received_at));
        let listed_with = self.scores[slot].trace;
        if listed_with == trace {
            return;
        }
        if let Some(old) = listed_with {
            self.traces[old].scores.retain(|other| *other != slot);
        }
        if let Some(new) = trace {
            self.traces[new].scores.push(slot);
        }
        self.scores[slot].trace = trace;
    }

    fn trace_slot(&mut self, id: &TraceId, environment: &Text, received_at: Timestamp) -> Slot {
        self.traces.find_or_insert(id.as_str(), || TraceSlot::new(id.clone(), environment.clone(), received_at))
    }

    fn join_trace(&mut self, trace: Slot, slot: Slot, row: &Observation) {
        let target = &mut self.traces[trace];
        let before = target.exists().then_some(target.row.timestamp);
        target.observations.push(slot);
        target.observe(row.start, &row.environment);
        self.observations[slot].trace = trace;
        self.place_trace(trace, before);
    }

    fn move_to_trace(&mut self, trace: Slot, slot: Slot, row: &Observation) {
        let old = self.observations[slot].trace;
        if old == trace {
            let before = self.traces[trace].row.timestamp;
            self.traces[trace].observe(row.start, &row.environment);
            self.place_trace(trace, Some(before));
            return;
        }
        let before = self.traces[old].row.timestamp;
        self.traces[old].observations.retain(|other| *other != slot);
        self.place_trace(old, Some(before));
        self.join_trace(trace, slot, row);
    }

    /// Puts a trace at its place in the order of time, given the time under which it was there before.
    fn place_trace(&mut self, slot: Slot, before: Option<Timestamp>) {
        let trace = &self.traces[slot];
        let now = trace.exists().then_some(trace.row.timestamp);
        if now == before {
            return;
        }
        let id = trace.row.id.clone();
        if let Some(time) = before {
            self.traces_by_time.remove(&(time, id.clone()));
        }
        if let Some(time) = now {
            self.traces_by_time.insert((time, id), slot);
        }
    }

    /// Whether the row of this trace in an older layer counts no more.
    pub(super) fn hides_trace(&self, id: &str) -> bool {
        self.traces.find(id).is_some_and(|slot| self.traces[slot].exists())
    }

    /// Whether this row of an older layer counts no more.
    pub(super) fn hides_observation(&self, row: &Observation) -> bool {
        self.observations.find(row.id.as_str()).is_some()
    }

    /// Whether this row of an older layer counts no more.
    pub(super) fn hides_score(&self, row: &Score) -> bool {
        self.scores.find(row.id.as_str()).is_some()
    }

    /// The observations of a trace that are in this layer, in order of arrival.
    pub(super) fn observations_of<'a>(&'a self, trace: &'a TraceSlot) -> impl Iterator<Item = &'a Arc<Observation>> {
        trace.observations.iter().map(|slot| &self.observations[*slot].row)
    }

    /// The scores of a trace and of its observations that are in this layer, in order of arrival.
    pub(super) fn scores_of<'a>(&'a self, trace: &'a TraceSlot) -> impl Iterator<Item = &'a Arc<Score>> {
        trace.scores.iter().map(|slot| &self.scores[*slot].row)
    }

    /// What all the observations of a trace come to.
    pub(super) fn summary_of(&self, trace: &TraceSlot) -> Summary {
        let mut summary = Summary::default();
        for observation in self.observations_of(trace) {
            summary.add(observation);
        }
        summary
    }
}
