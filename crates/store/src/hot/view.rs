//! What two layers say together: the newer one in front of the older one.
//!
//! Owns the rule for what is listed: a row of the upper layer hides the row with its id in the lower one, and so does a
//! deletion there. Refuses to look into the archive, which is older than both.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use spanstone_model::{Observation, ObservationId, Score, ScoreId, SessionId, Summary, Timestamp, Trace, TraceId};

use super::merge::Merged;
use super::project::LayerProject;
use super::session::{self, SessionRow, Sessions};
use super::slots::Slot;
use super::trace::TraceSlot;

/// One project in two layers, read as one.
#[derive(Debug, Clone, Copy, Default)]
pub struct LayeredView<'a> {
    upper: Option<&'a LayerProject>,
    lower: Option<&'a LayerProject>,
}

/// Which state of a project a view shows: two views with the same one show the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision {
    upper: Option<u64>,
    lower: Option<u64>,
}

/// A trace with a way to its observations and scores.
#[derive(Debug, Clone, Copy)]
pub struct TraceView<'a> {
    layers: LayeredView<'a>,
    slot: &'a TraceSlot,
    /// Whether `slot` is the upper layer's.
    is_upper: bool,
}

impl<'a> LayeredView<'a> {
    /// A project as the newer layer and the older layer know it; either may know nothing.
    #[must_use]
    pub fn new(upper: Option<&'a LayerProject>, lower: Option<&'a LayerProject>) -> Self {
        Self { upper, lower }
    }

    /// Which state it shows.
    #[must_use]
    pub fn revision(self) -> Revision {
        let number = |project: Option<&LayerProject>| project.map(|project| project.revision);
        Revision { upper: number(self.upper), lower: number(self.lower) }
    }

    /// How many traces there are in these layers.
    #[must_use]
    pub fn trace_count(self) -> usize {
        let all = |project: Option<&LayerProject>| project.map_or(0, |project| project.traces_by_time.len());
        match (self.upper, self.lower) {
            (Some(_), Some(_)) => self.traces().count(),
            (upper, lower) => all(upper) + all(lower),
        }
    }

    /// The trace with this id.
    #[must_use]
    pub fn trace(self, id: &str) -> Option<TraceView<'a>> {
        if let Some(slot) = slot_in(self.upper, id)
            && slot.exists()
        {
            return Some(TraceView { layers: self, slot, is_upper: true });
        }
        if self.upper.is_some_and(|upper| upper.hides_trace(id)) {
            return None;
        }
        let slot = slot_in(self.lower, id)?;
        slot.exists().then_some(TraceView { layers: self, slot, is_upper: false })
    }

    /// The traces by time and id, the oldest first.
    pub fn traces(self) -> impl DoubleEndedIterator<Item = TraceView<'a>> {
        self.traces_until(None)
    }

    /// The traces before a place in the order by time and id, the oldest first.
    pub fn traces_before(self, time: Timestamp, id: &TraceId) -> impl DoubleEndedIterator<Item = TraceView<'a>> {
        self.traces_until(Some(&(time, id.clone())))
    }

    /// The observation with this id.
    #[must_use]
    pub fn observation(self, id: &str) -> Option<&'a Arc<Observation>> {
        let find = |project: &'a LayerProject| Some(&project.observations[project.observations.find(id)?].row);
        let seen = |row: &&Arc<Observation>| !self.upper.is_some_and(|upper| upper.hides_observation(row));
        self.upper.and_then(find).or_else(|| self.lower.and_then(find).filter(seen))
    }

    /// The observations by start and id, the oldest first.
    pub fn observations(self) -> impl DoubleEndedIterator<Item = &'a Arc<Observation>> {
        self.observations_until(None)
    }

    /// The observations before a place in the order by start and id, the oldest first.
    pub fn observations_before(
        self,
        start: Timestamp,
        id: &ObservationId,
    ) -> impl DoubleEndedIterator<Item = &'a Arc<Observation>> {
        self.observations_until(Some(&(start, id.clone())))
    }

    /// The score with this id.
    #[must_use]
    pub fn score(self, id: &str) -> Option<&'a Arc<Score>> {
        let find = |project: &'a LayerProject| Some(&project.scores[project.scores.find(id)?].row);
        let seen = |row: &&Arc<Score>| !self.upper.is_some_and(|upper| upper.hides_score(row));
        self.upper.and_then(find).or_else(|| self.lower.and_then(find).filter(seen))
    }

    /// The scores by time and id, the oldest first.
    pub fn scores(self) -> impl DoubleEndedIterator<Item = &'a Arc<Score>> {
        self.scores_until(None)
    }

    /// The scores before a place in the order by time and id, the oldest first.
    pub fn scores_before(self, time: Timestamp, id: &ScoreId) -> impl DoubleEndedIterator<Item = &'a Arc<Score>> {
        self.scores_until(Some(&(time, id.clone())))
    }

    /// The session with this id, as the traces in these layers have it.
    #[must_use]
    pub fn session(self, id: &SessionId) -> Option<SessionRow> {
        let traces = self.traces().map(|view| &**view.trace());
        session::of_traces(id, traces.filter(|trace| trace.session_id.as_ref() == Some(id)))
    }

    /// The sessions, in no order, as the traces in these layers have them.
    pub fn sessions(self) -> impl Iterator<Item = SessionRow> + use<'a> {
        let mut sessions = Sessions::default();
        for view in self.traces() {
            sessions.add(view.trace());
        }
        sessions.into_rows()
    }

    fn traces_until(
        self,
        end: Option<&(Timestamp, TraceId)>,
    ) -> impl DoubleEndedIterator<Item = TraceView<'a>> + use<'a> {
        let view = move |project: &'a LayerProject, slot: Slot, is_upper| TraceView {
            layers: self,
            slot: &project.traces[slot],
            is_upper,
        };
        let upper = ordered(self.upper, |project| &project.traces_by_time, end);
        let lower = ordered(self.lower, |project| &project.traces_by_time, end);
        let seen = move |id: &TraceId| !self.upper.is_some_and(|upper| upper.hides_trace(id.as_str()));
        Merged::new(
            upper.map(move |(project, key, slot)| (key, view(project, slot, true))),
            lower
                .filter(move |(_, (_, id), _)| seen(id))
                .map(move |(project, key, slot)| (key, view(project, slot, false))),
        )
    }

    fn observations_until(
        self,
        end: Option<&(Timestamp, ObservationId)>,
    ) -> impl DoubleEndedIterator<Item = &'a Arc<Observation>> + use<'a> {
        let upper = ordered(self.upper, |project| &project.observations_by_start, end);
        let lower = ordered(self.lower, |project| &project.observations_by_start, end);
        let seen = move |row: &Observation| !self.upper.is_some_and(|upper| upper.hides_observation(row));
        Merged::new(
            upper.map(|(project, key, slot)| (key, &project.observations[slot].row)),
            lower.map(|(project, key, slot)| (key, &project.observations[slot].row)).filter(move |(_, row)| seen(row)),
        )
    }

    fn scores_until(
        self,
        end: Option<&(Timestamp, ScoreId)>,
    ) -> impl DoubleEndedIterator<Item = &'a Arc<Score>> + use<'a> {
        let upper = ordered(self.upper, |project| &project.scores_by_time, end);
        let lower = ordered(self.lower, |project| &project.scores_by_time, end);
        let seen = move |row: &Score| !self.upper.is_some_and(|upper| upper.hides_score(row));
        Merged::new(
            upper.map(|(project, key, slot)| (key, &project.scores[slot].row)),
            lower.map(|(project, key, slot)| (key, &project.scores[slot].row)).filter(move |(_, row)| seen(row)),
        )
    }
}

fn slot_in<'a>(project: Option<&'a LayerProject>, id: &str) -> Option<&'a TraceSlot> {
    let project = project?;
    Some(&project.traces[project.traces.find(id)?])
}

/// What one of a project's orders holds before `end`.
fn ordered<'a, K: Ord + 'a>(
    project: Option<&'a LayerProject>,
    order: fn(&LayerProject) -> &BTreeMap<(Timestamp, K), Slot>,
    end: Option<&(Timestamp, K)>,
) -> impl DoubleEndedIterator<Item = (&'a LayerProject, &'a (Timestamp, K), Slot)> + use<'a, K> {
    let end = end.map_or(Bound::Unbounded, Bound::Excluded);
    let range = project.map(|project| order(project).range((Bound::Unbounded, end)).map(move |row| (project, row)));
    range.into_iter().flatten().map(|(project, (key, slot))| (project, key, *slot))
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

    /// What all its observations come to, wherever they are.
    #[must_use]
    pub fn summary(self) -> Summary {
        let layer = if self.is_upper { self.layers.upper } else { self.layers.lower };
        layer.map_or_else(Summary::default, |project| project.summary_of(self.slot))
    }

    /// Those of its observations that are in these layers, in no particular order.
    pub fn observations(self) -> impl Iterator<Item = &'a Arc<Observation>> {
        let own = if self.is_upper { self.layers.upper } else { self.layers.lower };
        // A lower layer's observation is only ever hidden together with the lower layer's row of its trace.
        let below = self.is_upper.then(|| self.below());
        let own = own.into_iter().flat_map(move |project| project.observations_of(self.slot));
        own.chain(below.into_iter().flatten())
    }

    /// Those scores of the trace and of its observations that are in these layers, in no particular order.
    pub fn scores(self) -> impl Iterator<Item = &'a Arc<Score>> {
        let LayeredView { upper, lower } = self.layers;
        let in_layer = |project: Option<&'a LayerProject>| {
            let slot = slot_in(project, self.slot.row.id.as_str());
            project.zip(slot).into_iter().flat_map(|(project, slot)| project.scores_of(slot))
        };
        let seen = move |row: &&Arc<Score>| !upper.is_some_and(|upper| upper.hides_score(row));
        in_layer(upper).chain(in_layer(lower).filter(seen))
    }

    /// Whether some of its observations are in the archive.
    #[must_use]
    pub fn has_sealed(self) -> bool {
        let Some(base) = self.slot.base() else { return false };
        // The base of the upper layer counts what the lower one holds.
        let in_lower = if self.is_upper { self.below().count() as u64 } else { 0 };
        base.stats(None).observation_count() > in_lower
    }

    /// The lower layer's observations of an upper layer's trace.
    fn below(self) -> impl Iterator<Item = &'a Arc<Observation>> {
        let LayeredView { upper, lower } = self.layers;
        let seen = move |row: &&Arc<Observation>| !upper.is_some_and(|upper| upper.hides_observation(row));
        let slot = slot_in(lower, self.slot.row.id.as_str());
        lower.zip(slot).into_iter().flat_map(|(project, slot)| project.observations_of(slot)).filter(seen)
    }
}
