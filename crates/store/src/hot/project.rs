//! One project's traces, observations, scores and sessions, found by id and in order of time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use spanstone_model::{
    Change, Event, JournalPlace, Observation, ObservationChange, ObservationId, Score, ScoreChange, ScoreId, SessionId,
    Stamp, Text, Timestamp, Trace, TraceChange, TraceId,
};

use super::HotCounts;
use super::names::Names;
use super::observation::ObservationSlot;
use super::score::ScoreSlot;
use super::slots::{Slot, Slots};
use super::trace::TraceSlot;
use super::weight;

/// A session: it exists from the first trace that named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// When it was first named.
    pub created_at: Timestamp,
    /// The environment of the trace that first named it.
    pub environment: Text,
}

/// The rows of one project.
#[derive(Debug, Default)]
pub struct ProjectView {
    traces: Slots<TraceSlot>,
    observations: Slots<ObservationSlot>,
    scores: Slots<ScoreSlot>,
    sessions: HashMap<SessionId, SessionRow>,
    traces_by_time: BTreeMap<(Timestamp, TraceId), Slot>,
    observations_by_start: BTreeMap<(Timestamp, ObservationId), Slot>,
    scores_by_time: BTreeMap<(Timestamp, ScoreId), Slot>,
    names: Names,
    bytes: usize,
}

/// A trace with a way to its observations and scores.
#[derive(Debug, Clone, Copy)]
pub struct TraceView<'a> {
    project: &'a ProjectView,
    slot: &'a TraceSlot,
}

impl ProjectView {
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
        let row = trace.row.clone();
        if let Some(session) = &row.session_id {
            self.open_session(session, &row.environment, received_at);
        }
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

    fn open_session(&mut self, id: &SessionId, environment: &Text, received_at: Timestamp) {
        if !self.sessions.contains_key(id) {
            let row = SessionRow { id: id.clone(), created_at: received_at, environment: environment.clone() };
            self.sessions.insert(id.clone(), row);
        }
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

    /// How many traces there are.
    #[must_use]
    pub fn trace_count(&self) -> usize {
        self.traces_by_time.len()
    }

    /// The trace with this id.
    #[must_use]
    pub fn trace(&self, id: &str) -> Option<TraceView<'_>> {
        let slot = &self.traces[self.traces.find(id)?];
        slot.exists().then_some(TraceView { project: self, slot })
    }

    /// The traces by time and id, the oldest first.
    pub fn traces(&self) -> impl DoubleEndedIterator<Item = TraceView<'_>> {
        self.traces_by_time.values().map(|slot| TraceView { project: self, slot: &self.traces[*slot] })
    }

    /// The traces before a place in the order by time and id, the oldest first.
    pub fn traces_before(&self, time: Timestamp, id: &TraceId) -> impl DoubleEndedIterator<Item = TraceView<'_>> {
        let range = self.traces_by_time.range(..(time, id.clone()));
        range.map(|(_, slot)| TraceView { project: self, slot: &self.traces[*slot] })
    }

    /// The observation with this id.
    #[must_use]
    pub fn observation(&self, id: &str) -> Option<&Arc<Observation>> {
        Some(&self.observations[self.observations.find(id)?].row)
    }

    /// The observations by start and id, the oldest first.
    pub fn observations(&self) -> impl DoubleEndedIterator<Item = &Arc<Observation>> {
        self.observations_by_start.values().map(|slot| &self.observations[*slot].row)
    }

    /// The observations before a place in the order by start and id, the oldest first.
    pub fn observations_before(
        &self,
        start: Timestamp,
        id: &ObservationId,
    ) -> impl DoubleEndedIterator<Item = &Arc<Observation>> {
        let range = self.observations_by_start.range(..(start, id.clone()));
        range.map(|(_, slot)| &self.observations[*slot].row)
    }

    /// The score with this id.
    #[must_use]
    pub fn score(&self, id: &str) -> Option<&Arc<Score>> {
        Some(&self.scores[self.scores.find(id)?].row)
    }

    /// The scores by time and id, the oldest first.
    pub fn scores(&self) -> impl DoubleEndedIterator<Item = &Arc<Score>> {
        self.scores_by_time.values().map(|slot| &self.scores[*slot].row)
    }

    /// The scores before a place in the order by time and id, the oldest first.
    pub fn scores_before(&self, time: Timestamp, id: &ScoreId) -> impl DoubleEndedIterator<Item = &Arc<Score>> {
        let range = self.scores_by_time.range(..(time, id.clone()));
        range.map(|(_, slot)| &self.scores[*slot].row)
    }

    /// The session with this id.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Option<&SessionRow> {
        self.sessions.get(id)
    }

    /// The sessions, in no order.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionRow> {
        self.sessions.values()
    }
}

impl<'a> TraceView<'a> {
    /// The trace.
    #[must_use]
    pub fn trace(self) -> &'a Arc<Trace> {
        &self.slot.row
    }

    /// Whether a client spoke of the trace itself, so that what it did not say stays unsaid.
    #[must_use]
    pub fn is_explicit(self) -> bool {
        self.slot.explicit
    }

    /// How many observations it has.
    #[must_use]
    pub fn observation_count(self) -> usize {
        self.slot.observations.len()
    }

    /// Its observations, in order of arrival.
    pub fn observations(self) -> impl Iterator<Item = &'a Arc<Observation>> {
        self.slot.observations.iter().map(move |slot| &self.project.observations[*slot].row)
    }

    /// The scores of the trace and of its observations, in order of arrival.
    pub fn scores(self) -> impl Iterator<Item = &'a Arc<Score>> {
        self.slot.scores.iter().map(move |slot| &self.project.scores[*slot].row)
    }
}
