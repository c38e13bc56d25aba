//! What is deleted, and what a deletion leaves behind.
//!
//! Owns the tombstones: a layer cannot remove rows of the layers beneath it, so it says that they count no more.

use std::collections::HashSet;

use spanstone_model::{Deletion, Observation, ObservationId, Score, ScoreId, TraceId};

use super::project::LayerProject;
use super::slots::Slot;
use super::weight::SET_ITEM_BYTES;

/// What counts no more in older layers and in the archive. What this layer holds itself came later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tombstones {
    /// Whether nothing that is older counts.
    pub project: bool,
    /// Traces that were deleted, with the observations and scores that older rows list with them.
    pub traces: HashSet<TraceId>,
    /// Observations that this layer took over, and that were deleted with another trace than older rows list them with.
    pub observations: HashSet<ObservationId>,
    /// Scores that were deleted one by one, or that this layer took over and that were deleted with their trace.
    pub scores: HashSet<ScoreId>,
}

impl Tombstones {
    /// Whether nothing was deleted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { project, traces, observations, scores } = self;
        !project && traces.is_empty() && observations.is_empty() && scores.is_empty()
    }

    /// Whether an older row of this trace counts no more.
    #[must_use]
    pub fn cover_trace(&self, id: &str) -> bool {
        self.project || self.traces.contains(id)
    }

    /// Whether this older row counts no more.
    #[must_use]
    pub fn cover_observation(&self, row: &Observation) -> bool {
        self.cover_trace(row.trace_id.as_str()) || self.observations.contains(&row.id)
    }

    /// Whether this older row counts no more.
    #[must_use]
    pub fn cover_score(&self, row: &Score) -> bool {
        let with_trace = || row.trace_id.as_ref().is_some_and(|trace| self.traces.contains(trace));
        self.project || self.scores.contains(&row.id) || with_trace()
    }
}

impl LayerProject {
    /// Forgets what is to be deleted, here and in everything older.
    pub(super) fn delete(&mut self, deletion: &Deletion) {
        match deletion {
            Deletion::Trace(id) => self.delete_trace(id),
            Deletion::Score(id) => self.delete_score(id),
            Deletion::Project => {
                let tombstones = Tombstones { project: true, ..Tombstones::default() };
                *self = Self { tombstones, bytes: SET_ITEM_BYTES, ..Self::default() };
            }
        }
    }

    fn delete_trace(&mut self, id: &TraceId) {
        if let Some(slot) = self.traces.find(id.as_str()) {
            let place = self.place_of(slot);
            let trace = self.traces.remove(slot);
            trace.weight.remove_from(&mut self.bytes);
            if let Some(time) = place {
                self.traces_by_time.remove(&(time, id.clone()));
            }
            let taken = trace.older.map(|older| older.taken).unwrap_or_default();
            for observation in trace.observations {
                self.remove_observation(observation, &taken);
            }
            for score in trace.scores {
                self.remove_score(score);
            }
        }
        // Where nothing older counts, there is nothing to cover.
        if !self.tombstones.project && self.tombstones.traces.insert(id.clone()) {
            self.bytes += SET_ITEM_BYTES + id.as_str().len();
        }
    }

    /// Removes an observation of a trace that is gone, given those that were taken over with that trace.
    fn remove_observation(&mut self, slot: Slot, taken: &HashSet<ObservationId>) {
        let removed = self.observations.remove(slot);
        removed.weight.remove_from(&mut self.bytes);
        let id = removed.row.id.clone();
        self.observations_by_start.remove(&(removed.row.start, id.clone()));
        if removed.is_thawed && !taken.contains(&id) {
            self.bytes += SET_ITEM_BYTES + id.as_str().len();
            self.tombstones.observations.insert(id);
        }
    }

    fn remove_score(&mut self, slot: Slot) {
        let removed = self.scores.remove(slot);
        removed.weight.remove_from(&mut self.bytes);
        self.scores_by_time.remove(&(removed.row.timestamp, removed.row.id.clone()));
        if removed.is_thawed {
            self.bury_score(&removed.row.id);
        }
    }

    fn delete_score(&mut self, id: &ScoreId) {
        if let Some(slot) = self.scores.find(id.as_str()) {
            if let Some(trace) = self.scores[slot].trace {
                self.traces[trace].scores.retain(|other| *other != slot);
                self.forget_void(trace);
            }
            self.remove_score(slot);
        }
        self.bury_score(id);
    }

    fn bury_score(&mut self, id: &ScoreId) {
        if !self.tombstones.project && self.tombstones.scores.insert(id.clone()) {
            self.bytes += SET_ITEM_BYTES + id.as_str().len();
        }
    }
}
