//! One project's traces, observations and scores in one layer, found by id and in order of time.
//!
//! Owns how an event changes the rows and the orders. What comes from older layers is in `thaw`, what goes is in
//! `deletion`.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use spanstone_model::{
    Change, EntryHeader, IngestionSource, Observation, ObservationChange, ObservationId, Origin, Score, ScoreChange,
    ScoreId, Summary, Text, Timestamp, TraceChange, TraceId,
};

use super::HotCounts;
use super::arrival::Arrival;
use super::cost::Pricing;
use super::deletion::Tombstones;
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
    pub(super) tombstones: Tombstones,
    pub(super) names: Names,
    pub(super) bytes: usize,
    /// Where observations come from, each once.
    pub(super) origins: HashSet<Arc<Origin>>,
    /// Another number after every change.
    pub(super) revision: u64,
}

/// Numbers the states of projects, over all layers of the process: no two states have the same number.
static REVISIONS: AtomicU64 = AtomicU64::new(1);

impl LayerProject {
    /// Says that it is about to be changed.
    pub(super) fn change(&mut self) {
        self.revision = REVISIONS.fetch_add(1, Ordering::Relaxed);
    }

    /// The one copy of where the events of a request come from; nothing for what we said ourselves.
    pub(super) fn origin(&mut self, header: &EntryHeader) -> Option<Arc<Origin>> {
        let origin = Origin { source: IngestionSource::of(header.kind)?, sender: header.sender.clone() };
        if let Some(known) = self.origins.get(&origin) {
            return Some(Arc::clone(known));
        }
        let origin = Arc::new(origin);
        self.origins.insert(Arc::clone(&origin));
        Some(origin)
    }

    pub(super) fn counts(&self) -> HotCounts {
        let Self { traces, observations, scores, bytes, .. } = self;
        HotCounts { traces: traces.len(), observations: observations.len(), scores: scores.len(), bytes: *bytes }
    }

    pub(super) fn apply(&mut self, change: Change, arrival: Arrival<'_>, pricing: Pricing<'_>) {
        match change {
            Change::Trace(change) => self.apply_trace(*change, arrival),
            Change::Observation(change) => self.apply_observation(*change, arrival, pricing),
            Change::Score(change) => self.apply_score(*change, arrival),
            Change::Deletion(deletion) => self.delete(&deletion),
            Change::Derived(derived) => self.derive(&derived, arrival, pricing),
        }
    }

    fn apply_trace(&mut self, change: TraceChange, arrival: Arrival<'_>) {
        let slot = self.trace_slot(&change.id, &change.environment);
        let before = self.place_of(slot);
        let trace = &mut self.traces[slot];
        let further = if trace.known { weight::EVENT_BYTES } else { 0 };
        trace.weight.add(further + weight::trace_change(&change), &mut self.bytes);
        if before.is_none() {
            trace.begin(arrival.received_at, &change.environment);
        }
        trace.apply(change, arrival, &mut self.names);
        self.place_trace(slot, before);
    }

    fn apply_observation(&mut self, mut change: ObservationChange, arrival: Arrival<'_>, pricing: Pricing<'_>) {
        self.share_parent(&mut change);
        match self.observations.find(change.id.as_str()) {
            Some(slot) => self.change_observation(slot, change, arrival, pricing),
            None => self.add_observation(change, arrival, pricing),
        }
    }

    fn add_observation(&mut self, mut change: ObservationChange, arrival: Arrival<'_>, pricing: Pricing<'_>) {
        let trace = self.trace_slot(&change.trace_id, &change.environment);
        change.trace_id = self.traces[trace].row.id.clone();
        let mut new = ObservationSlot::new(&change, trace, arrival.received_at);
        new.weight.add(weight::OBSERVATION_BYTES + weight::observation_change(&change), &mut self.bytes);
        new.apply(change, arrival, &mut self.names, pricing);
        new.weight.add(weight::computed_cost(&new.row), &mut self.bytes);
        let row = new.row.clone();
        let slot = self.observations.insert(new);
        self.observations_by_start.insert((row.start, row.id.clone()), slot);
        self.join_trace(trace, slot, &row, arrival.received_at);
    }

    fn change_observation(
        &mut self,
        slot: Slot,
        mut change: ObservationChange,
        arrival: Arrival<'_>,
        pricing: Pricing<'_>,
    ) {
        let observation = &mut self.observations[slot];
        let (old, before) = (observation.trace, observation.row.start);
        let old_id = &self.traces[old].row.id;
        if change.trace_id == *old_id {
            change.trace_id = old_id.clone();
        }
        observation.weight.add(weight::EVENT_BYTES + weight::observation_change(&change), &mut self.bytes);
        observation.apply(change, arrival, &mut self.names, pricing);
        observation.weight.add(weight::computed_cost(&observation.row), &mut self.bytes);
        let row = observation.row.clone();
        if row.start != before {
            self.observations_by_start.remove(&(before, row.id.clone()));
            self.observations_by_start.insert((row.start, row.id.clone()), slot);
        }
        if row.trace_id == *old_id {
            let place = self.place_of(old);
            self.traces[old].observe(row.start, &row.environment);
            self.place_trace(old, place);
            return;
        }
        // An earlier event came late and names another trace.
        self.leave_trace(old, slot);
        let new = self.trace_slot(&row.trace_id, &row.environment);
        self.join_trace(new, slot, &row, arrival.received_at);
    }

    /// Replaces the parent that an event names by the copy of its id that its row holds, if there is such a row.
    fn share_parent(&self, change: &mut ObservationChange) {
        if let Some(parent) = &mut change.parent_id
            && let Some(known) = self.observations.get(parent.as_str())
        {
            *parent = known.row.id.clone();
        }
    }

    fn apply_score(&mut self, change: ScoreChange, arrival: Arrival<'_>) {
        let brought = weight::score_change(&change);
        let (slot, bytes) = match self.scores.find(change.id.as_str()) {
            Some(slot) => (slot, weight::EVENT_BYTES + brought),
            None => (self.scores.insert(ScoreSlot::new(&change, arrival.received_at)), weight::SCORE_BYTES + brought),
        };
        let score = &mut self.scores[slot];
        let before = score.row.timestamp;
        score.weight.add(bytes, &mut self.bytes);
        score.apply(change, arrival, &mut self.names);
        self.place_score(slot, before);
        self.list_with_trace(slot);
    }

    /// Puts a score at its place in the order of time, given the time under which it may have been there before.
    pub(super) fn place_score(&mut self, slot: Slot, before: Timestamp) {
        let row = &self.scores[slot].row;
        if row.timestamp != before {
            self.scores_by_time.remove(&(before, row.id.clone()));
        }
        self.scores_by_time.insert((row.timestamp, row.id.clone()), slot);
    }

    /// Lists a score with the trace that it names, and with no other.
    pub(super) fn list_with_trace(&mut self, slot: Slot) {
        let row = self.scores[slot].row.clone();
        let trace = row.trace_id.as_ref().map(|id| self.trace_slot(id, &row.environment));
        let listed_with = std::mem::replace(&mut self.scores[slot].trace, trace);
        if listed_with == trace {
            return;
        }
        if let Some(old) = listed_with {
            self.traces[old].scores.retain(|other| *other != slot);
            self.forget_void(old);
        }
        if let Some(new) = trace {
            self.traces[new].scores.push(slot);
        }
    }

    /// The place of a trace, of which nothing may be known yet but its id.
    pub(super) fn trace_slot(&mut self, id: &TraceId, environment: &Text) -> Slot {
        if let Some(slot) = self.traces.find(id.as_str()) {
            return slot;
        }
        let mut new = TraceSlot::new(id.clone(), environment.clone());
        new.weight.add(weight::TRACE_BYTES + id.as_str().len(), &mut self.bytes);
        self.traces.insert(new)
    }

    pub(super) fn join_trace(&mut self, trace: Slot, slot: Slot, row: &Observation, since: Timestamp) {
        let before = self.place_of(trace);
        let target = &mut self.traces[trace];
        if before.is_none() {
            target.begin(since, &row.environment);
        }
        target.observations.push(slot);
        target.observe(row.start, &row.environment);
        self.observations[slot].trace = trace;
        self.place_trace(trace, before);
    }

    fn leave_trace(&mut self, trace: Slot, slot: Slot) {
        let before = self.place_of(trace);
        self.traces[trace].observations.retain(|other| *other != slot);
        self.place_trace(trace, before);
        self.forget_void(trace);
    }

    /// Removes a trace of which there is nothing to remember.
    pub(super) fn forget_void(&mut self, trace: Slot) {
        if self.traces[trace].is_void() {
            self.traces.remove(trace).weight.remove_from(&mut self.bytes);
        }
    }

    /// The time under which a trace is in the order of time, if it is.
    pub(super) fn place_of(&self, slot: Slot) -> Option<Timestamp> {
        let trace = &self.traces[slot];
        trace.exists().then_some(trace.row.timestamp)
    }

    /// Puts a trace at its place in the order of time, given the time under which it was there before.
    pub(super) fn place_trace(&mut self, slot: Slot, before: Option<Timestamp>) {
        let now = self.place_of(slot);
        if now == before {
            return;
        }
        let id = self.traces[slot].row.id.clone();
        if let Some(time) = before {
            self.traces_by_time.remove(&(time, id.clone()));
        }
        if let Some(time) = now {
            self.traces_by_time.insert((time, id), slot);
        }
    }

    /// Whether the row of this trace in older layers and in the archive counts no more.
    #[must_use]
    pub fn hides_trace(&self, id: &str) -> bool {
        let here = || self.traces.get(id).is_some_and(|slot| slot.older.is_some() || slot.exists());
        self.tombstones.cover_trace(id) || here()
    }

    /// Whether this row of an older layer or of the archive counts no more.
    #[must_use]
    pub fn hides_observation(&self, row: &Observation) -> bool {
        self.tombstones.cover_observation(row) || self.observations.find(row.id.as_str()).is_some()
    }

    /// Whether this row of an older layer or of the archive counts no more.
    #[must_use]
    pub fn hides_score(&self, row: &Score) -> bool {
        self.tombstones.cover_score(row) || self.scores.find(row.id.as_str()).is_some()
    }

    /// The observations of a trace that are in this layer, in order of arrival.
    pub(super) fn observations_of<'a>(&'a self, trace: &'a TraceSlot) -> impl Iterator<Item = &'a Arc<Observation>> {
        trace.observations.iter().map(|slot| &self.observations[*slot].row)
    }

    /// The scores of a trace and of its observations that are in this layer, in order of arrival.
    pub(super) fn scores_of<'a>(&'a self, trace: &'a TraceSlot) -> impl Iterator<Item = &'a Arc<Score>> {
        trace.scores.iter().map(|slot| &self.scores[*slot].row)
    }

    /// What all the observations of a trace come to, wherever they are.
    pub(super) fn summary_of(&self, trace: &TraceSlot) -> Summary {
        let mut summary = trace.base().cloned().unwrap_or_default();
        for observation in self.observations_of(trace) {
            summary.add(observation);
        }
        summary
    }

    /// What those observations of a trace come to that are in this layer and are not among `without`. Those in older
    /// layers are not counted: see [`Self::base`].
    #[must_use]
    pub fn summary_without(&self, trace: &TraceId, without: &HashSet<ObservationId>) -> Summary {
        let mut summary = Summary::default();
        if let Some(slot) = self.traces.get(trace.as_str()) {
            for observation in self.observations_of(slot).filter(|row| !without.contains(&row.id)) {
                summary.add(observation);
            }
        }
        summary
    }

    /// What those observations of a trace come to that are older than this layer and that it did not take over; nothing
    /// without any, and when the layer did not take the trace over.
    #[must_use]
    pub fn base(&self, trace: &TraceId) -> Option<&Summary> {
        self.traces.get(trace.as_str())?.base()
    }

    /// The observations that this layer took over from what older layers know as this trace; nothing without any.
    #[must_use]
    pub fn thawed_observations(&self, trace: &TraceId) -> Option<&HashSet<ObservationId>> {
        let older = self.traces.get(trace.as_str())?.older.as_ref()?;
        Some(&older.taken).filter(|taken| !taken.is_empty())
    }

    /// What was deleted here.
    #[must_use]
    pub fn tombstones(&self) -> &Tombstones {
        &self.tombstones
    }
}
