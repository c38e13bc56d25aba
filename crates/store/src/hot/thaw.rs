//! Rows that come back from older layers and from the archive, because an event speaks of them.
//!
//! Owns which rows an event needs, and how a row that was taken over takes its place. Refuses to look anywhere: the
//! caller brings the rows. The rule that everything else rests on: an observation is only ever taken over together with
//! the row of the trace that it belonged to, whose base then leaves it out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use spanstone_model::{
    Change, Derived, Event, Observation, ObservationChange, ObservationId, Score, ScoreId, Stamp, Summary, Text,
    Timestamp, Trace, TraceId,
};

use super::fold::{self, Fold, FoldError};
use super::observation::{ObservationSlot, STATED};
use super::project::LayerProject;
use super::register::Writers;
use super::score::ScoreSlot;
use super::trace::TraceSlot;
use super::weight::{self, Weight};

/// What events speak of and a layer does not hold: to be looked for in older layers and in the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// Traces.
    pub traces: Vec<TraceId>,
    /// Observations, each with the trace that an event names. It may be known with another one.
    pub observations: Vec<(ObservationId, TraceId)>,
    /// Observations whose events name no trace.
    pub observations_anywhere: Vec<ObservationId>,
    /// Scores.
    pub scores: Vec<ScoreId>,
}

/// A trace as older layers know it.
#[derive(Debug, Clone)]
pub struct ThawedTrace {
    row: Arc<Trace>,
    explicit: bool,
    known: bool,
    writers: Writers,
}

/// An observation as older layers know it.
#[derive(Debug, Clone)]
pub struct ThawedObservation {
    row: Arc<Observation>,
    writers: Writers,
    given_end: Option<Timestamp>,
    price_hints: Vec<(Text, Text)>,
}

/// A score as older layers know it.
#[derive(Debug, Clone)]
pub struct ThawedScore {
    row: Arc<Score>,
    writers: Writers,
}

/// What was found of [`Missing`], to be taken over before the events are folded.
#[derive(Debug, Clone, Default)]
pub struct Thawed {
    /// Traces: those that were missing, and that of every observation.
    pub traces: Vec<ThawedTrace>,
    /// Observations.
    pub observations: Vec<ThawedObservation>,
    /// Scores.
    pub scores: Vec<ThawedScore>,
    /// For each of the traces, and for each trace that one of the observations belonged to, whether the layer holds it
    /// already or not: what those of its older observations come to that neither the layer nor this holds.
    pub bases: Vec<(TraceId, Summary)>,
}

impl Missing {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { traces, observations, observations_anywhere, scores } = self;
        traces.is_empty() && observations.is_empty() && observations_anywhere.is_empty() && scores.is_empty()
    }

    /// What these events speak of and `layer` neither holds nor has deleted. Nothing is named twice.
    #[must_use]
    pub fn of(layer: Option<&LayerProject>, events: &[Event]) -> Self {
        let mut missing = Self::default();
        if layer.is_some_and(|layer| layer.tombstones.project) {
            return missing;
        }
        // What is held now may be forgotten within the request.
        let forgets = events.iter().any(|event| matches!(event.change, Change::Deletion(_)));
        for event in events {
            match &event.change {
                Change::Trace(change) => missing.add_trace(layer, &change.id),
                Change::Observation(change) => missing.add_observation(layer, event.stamp, change, forgets),
                Change::Score(change) => missing.add_score(layer, &change.id),
                Change::Derived(derived) => missing.add_derived(layer, derived),
                Change::Deletion(_) => {}
            }
        }
        let Self { traces, observations, observations_anywhere, scores } = &mut missing;
        sort_out(traces);
        sort_out(observations_anywhere);
        sort_out(observations);
        sort_out(scores);
        observations.retain(|(id, _)| observations_anywhere.binary_search(id).is_err());
        missing
    }

    fn add_trace(&mut self, layer: Option<&LayerProject>, id: &TraceId) {
        // The observations of a request mostly share a trace.
        if self.traces.last() != Some(id) && layer.is_none_or(|layer| !layer.hides_trace(id.as_str())) {
            self.traces.push(id.clone());
        }
    }

    fn add_observation(
        &mut self,
        layer: Option<&LayerProject>,
        stamp: Stamp,
        change: &ObservationChange,
        forgets: bool,
    ) {
        let known = layer.and_then(|layer| layer.observations.get(change.id.as_str()));
        match known {
            Some(known) if !forgets && !known.may_move(stamp, change) => return,
            Some(_) => {}
            None if layer.is_some_and(|layer| layer.tombstones.observations.contains(&change.id)) => {}
            None if change.trace_invented => self.observations_anywhere.push(change.id.clone()),
            None => self.observations.push((change.id.clone(), change.trace_id.clone())),
        }
        self.add_trace(layer, &change.trace_id);
    }

    /// What was worked out is of observations that are somewhere; of others there is nothing to say.
    fn add_derived(&mut self, layer: Option<&LayerProject>, derived: &Derived) {
        for id in derived.observations() {
            let is_settled = |layer: &LayerProject| {
                layer.observations.find(id.as_str()).is_some() || layer.tombstones.observations.contains(id)
            };
            if !layer.is_some_and(is_settled) {
                self.observations.push((id.clone(), derived.trace_id().clone()));
            }
        }
    }

    fn add_score(&mut self, layer: Option<&LayerProject>, id: &ScoreId) {
        let is_settled =
            |layer: &LayerProject| layer.scores.find(id.as_str()).is_some() || layer.tombstones.scores.contains(id);
        if !layer.is_some_and(is_settled) {
            self.scores.push(id.clone());
        }
    }
}

fn sort_out<T: Ord>(items: &mut Vec<T>) {
    items.sort_unstable();
    items.dedup();
}

impl ThawedTrace {
    /// A trace from the archive: its row, whether a client spoke of the trace itself, whether any event did, and the
    /// state of its fold.
    ///
    /// # Errors
    /// Fails when `fold` is not what was sealed with the row.
    pub fn from_sealed(row: Arc<Trace>, explicit: bool, known: bool, fold: &[u8]) -> Result<Self, FoldError> {
        let writers = fold::decode(fold, row.timestamp)?.writers;
        Ok(Self { row, explicit, known, writers })
    }

    /// Its row.
    #[must_use]
    pub fn row(&self) -> &Arc<Trace> {
        &self.row
    }
}

impl ThawedObservation {
    /// An observation from the archive: its row and the state of its fold.
    ///
    /// # Errors
    /// Fails when `fold` is not what was sealed with the row.
    pub fn from_sealed(row: Arc<Observation>, fold: &[u8]) -> Result<Self, FoldError> {
        let Fold { mut writers, end, tells_stated } = fold::decode(fold, row.start)?;
        if !tells_stated {
            writers.take_as_stated(STATED);
        }
        Ok(Self { writers, given_end: end.or(row.end), price_hints: Vec::new(), row })
    }

    /// Its row.
    #[must_use]
    pub fn row(&self) -> &Arc<Observation> {
        &self.row
    }
}

impl ThawedScore {
    /// A score from the archive: its row and the state of its fold.
    ///
    /// # Errors
    /// Fails when `fold` is not what was sealed with the row.
    pub fn from_sealed(row: Arc<Score>, fold: &[u8]) -> Result<Self, FoldError> {
        let writers = fold::decode(fold, row.timestamp)?.writers;
        Ok(Self { row, writers })
    }

    /// Its row.
    #[must_use]
    pub fn row(&self) -> &Arc<Score> {
        &self.row
    }
}

impl Thawed {
    /// The traces that observations in this belong to and that neither this nor `layer` has: to be looked for, too.
    #[must_use]
    pub fn traces_wanted(&self, layer: Option<&LayerProject>) -> Vec<TraceId> {
        let found: HashSet<&TraceId> = self.traces.iter().map(|trace| &trace.row.id).collect();
        let lacks = |id: &TraceId| layer.is_none_or(|layer| !layer.hides_trace(id.as_str()));
        let of_observations = self.observations.iter().map(|observation| &observation.row.trace_id);
        let mut wanted: Vec<_> = of_observations.filter(|id| !found.contains(id) && lacks(id)).cloned().collect();
        sort_out(&mut wanted);
        wanted
    }

    /// The traces whose bases are to be given, each with the observations that its base leaves out: those that `layer`
    /// took over before, and those in this.
    #[must_use]
    pub fn bases_wanted(&self, layer: Option<&LayerProject>) -> Vec<(TraceId, HashSet<ObservationId>)> {
        let mut wanted: HashMap<&TraceId, HashSet<ObservationId>> = HashMap::new();
        for trace in &self.traces {
            if layer.is_none_or(|layer| !layer.hides_trace(trace.row.id.as_str())) {
                wanted.entry(&trace.row.id).or_default();
            }
        }
        for observation in &self.observations {
            if layer.is_none_or(|layer| !layer.hides_observation(&observation.row)) {
                wanted.entry(&observation.row.trace_id).or_default().insert(observation.row.id.clone());
            }
        }
        let with_taken = |(trace, mut without): (&TraceId, HashSet<ObservationId>)| {
            let taken = layer.and_then(|layer| layer.thawed_observations(trace));
            without.extend(taken.into_iter().flatten().cloned());
            (trace.clone(), without)
        };
        wanted.into_iter().map(with_taken).collect()
    }
}

impl LayerProject {
    /// What this layer has of what a newer one is missing, and what is left to be looked for in the archive. What was
    /// deleted here is neither. Bases are not given.
    #[must_use]
    pub fn supply(&self, missing: Missing) -> (Thawed, Missing) {
        let Missing { mut traces, mut observations, mut observations_anywhere, mut scores } = missing;
        let mut thawed = Thawed::default();
        let mut give = |id: &ObservationId| {
            let known = self.observations.get(id.as_str());
            thawed.observations.extend(known.map(ObservationSlot::thawed));
            known.is_none() && !self.tombstones.project && !self.tombstones.observations.contains(id)
        };
        observations.retain(|(id, _)| give(id));
        observations_anywhere.retain(give);
        traces.retain(|id| {
            let known = self.traces.get(id.as_str()).filter(|slot| slot.exists());
            thawed.traces.extend(known.map(TraceSlot::thawed));
            !self.hides_trace(id.as_str())
        });
        scores.retain(|id| {
            let known = self.scores.get(id.as_str());
            thawed.scores.extend(known.map(ScoreSlot::thawed));
            known.is_none() && !self.tombstones.project && !self.tombstones.scores.contains(id)
        });
        (thawed, Missing { traces, observations, observations_anywhere, scores })
    }

    /// The traces that this layer took over, each with the observations that it took over from what older layers know
    /// as that trace.
    pub fn taken_over(&self) -> impl Iterator<Item = (&TraceId, &HashSet<ObservationId>)> {
        self.traces.iter().filter_map(|slot| Some((&slot.row.id, &slot.older.as_ref()?.taken)))
    }

    /// The scores that this layer took over.
    pub fn scores_taken_over(&self) -> impl Iterator<Item = &ScoreId> {
        self.scores.iter().filter(|slot| slot.is_thawed).map(|slot| &slot.row.id)
    }

    /// Takes over what was found of what is missing.
    pub(super) fn thaw(&mut self, thawed: Thawed) {
        let Thawed { traces, observations, scores, bases } = thawed;
        for trace in traces {
            self.thaw_trace(trace);
        }
        for observation in observations {
            self.thaw_observation(observation);
        }
        for (trace, base) in bases {
            self.replace_base(&trace, base);
        }
        for score in scores {
            self.thaw_score(score);
        }
    }

    fn thaw_trace(&mut self, thawed: ThawedTrace) {
        let ThawedTrace { row, explicit, known, writers } = thawed;
        if self.hides_trace(row.id.as_str()) {
            return;
        }
        // Scores may have named it before.
        let slot = self.trace_slot(&row.id, &row.environment);
        let trace = &mut self.traces[slot];
        trace.weight.add(weight::trace(&row), &mut self.bytes);
        trace.row = row;
        trace.explicit = explicit;
        trace.known = known;
        trace.writers = writers;
        trace.older = Some(Box::default());
        self.place_trace(slot, None);
    }

    fn thaw_observation(&mut self, thawed: ThawedObservation) {
        let ThawedObservation { row, writers, given_end, price_hints } = thawed;
        if self.hides_observation(&row) {
            return;
        }
        let trace = self.trace_slot(&row.trace_id, &row.environment);
        let before = self.place_of(trace);
        let target = &mut self.traces[trace];
        // Only damage can have cost an observation the row of its trace.
        if before.is_none() && target.older.is_none() {
            target.begin(row.created_at, &row.environment);
        }
        target.observe(row.start, &row.environment);
        target.older.get_or_insert_default().taken.insert(row.id.clone());
        target.weight.add(weight::SET_ITEM_BYTES, &mut self.bytes);
        let mut slot =
            ObservationSlot { row, trace, writers, given_end, price_hints, is_thawed: true, weight: Weight::default() };
        slot.weight.add(weight::observation(&slot.row), &mut self.bytes);
        let order = (slot.row.start, slot.row.id.clone());
        let slot = self.observations.insert(slot);
        self.observations_by_start.insert(order, slot);
        self.traces[trace].observations.push(slot);
        self.place_trace(trace, before);
    }

    fn replace_base(&mut self, trace: &TraceId, base: Summary) {
        let Some(slot) = self.traces.find(trace.as_str()) else { return };
        let before = self.place_of(slot);
        let TraceSlot { older: Some(older), weight, .. } = &mut self.traces[slot] else { return };
        weight.take_off(weight::summary(&older.base), &mut self.bytes);
        weight.add(weight::summary(&base), &mut self.bytes);
        older.base = base;
        self.place_trace(slot, before);
    }

    fn thaw_score(&mut self, thawed: ThawedScore) {
        let ThawedScore { row, writers } = thawed;
        if self.hides_score(&row) {
            return;
        }
        let mut slot = ScoreSlot { row, trace: None, writers, is_thawed: true, weight: Weight::default() };
        slot.weight.add(weight::score(&slot.row), &mut self.bytes);
        let time = slot.row.timestamp;
        let slot = self.scores.insert(slot);
        self.place_score(slot, time);
        self.list_with_trace(slot);
    }
}

impl TraceSlot {
    fn thawed(&self) -> ThawedTrace {
        let Self { row, explicit, known, writers, .. } = self;
        ThawedTrace { row: row.clone(), explicit: *explicit, known: *known, writers: writers.clone() }
    }
}

impl ObservationSlot {
    fn thawed(&self) -> ThawedObservation {
        let Self { row, writers, given_end, price_hints, .. } = self;
        let (row, writers, price_hints) = (row.clone(), writers.clone(), price_hints.clone());
        ThawedObservation { row, writers, given_end: *given_end, price_hints }
    }
}

impl ScoreSlot {
    fn thawed(&self) -> ThawedScore {
        ThawedScore { row: self.row.clone(), writers: self.writers.clone() }
    }
}
