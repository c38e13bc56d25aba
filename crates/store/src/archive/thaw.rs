//! What a request touches of older layers and of the archive, brought to the active layer.
//!
//! Owns the look-up, newest first: what the active layer does not know may be in the frozen one, and what that does not
//! know either may be sealed. Sealed rows that are taken over are named, so that they are hidden in the same moment in
//! which the request is folded. The caller holds the turn to fold, so that nothing moves meanwhile.

use std::collections::{HashMap, HashSet};

use roaring::RoaringBitmap;
use spanstone_model::{Change, Deletion, Event, ObservationId, ProjectId, ScoreId, Summary, TraceId};
use spanstone_segment::{Table, TracePlace, With};

use super::sealed::{Located, Lookup, Rows};
use super::state::{LiveSegment, RowsBySegment};
use super::taken;
use crate::hot::{FoldError, LayerProject, Missing, Thawed, ThawedObservation, ThawedScore, ThawedTrace};
use crate::store::Shared;

/// What was found for a request.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    /// What the active layer takes over before it folds the request.
    pub(crate) thawed: Thawed,
    /// The sealed rows that it takes over or deletes.
    pub(crate) rows: RowsBySegment,
}

/// Looks up what the events of a request touch.
pub(crate) fn bring(shared: &Shared, project: &ProjectId, events: &[Event]) -> Brought {
    let (missing, frozen, segments) = {
        let layers = shared.layers.read();
        let frozen = layers.frozen.clone().filter(|frozen| frozen.layer.project(project).is_some());
        let segments = layers.sealed.project(project).cloned();
        if frozen.is_none() && segments.is_none() {
            return Brought::default();
        }
        (Missing::of(layers.active.project(project), events), frozen, segments.unwrap_or_default())
    };
    let lookup = Lookup { segments: &segments, trouble: &shared.archive.trouble };
    let frozen = frozen.as_ref().and_then(|frozen| frozen.layer.project(project));
    let mut bringing =
        Bringing { frozen, lookup, parts: HashMap::new(), sealed: HashMap::new(), brought: Brought::default() };
    bringing.delete(events);
    if !missing.is_empty() {
        bringing.supply(missing);
        // Nobody but the holder of the turn changes the active layer, so it is what it was above.
        let layers = shared.layers.read();
        let active = layers.active.project(project);
        let wanted = bringing.brought.thawed.traces_wanted(active);
        drop(layers);
        bringing.supply(Missing { traces: wanted, ..Missing::default() });
        let wanted: Vec<_> = {
            let layers = shared.layers.read();
            let active = layers.active.project(project);
            let before = |trace: &TraceId| active.and_then(|active| active.base(trace)).cloned();
            let wanted = bringing.brought.thawed.bases_wanted(active).into_iter();
            wanted.map(|(trace, without)| (before(&trace), trace, without)).collect()
        };
        for (before, trace, without) in wanted {
            let base = bringing.base(&trace, &without, before.as_ref());
            bringing.brought.thawed.bases.push((trace, base));
        }
    }
    bringing.brought
}

struct Bringing<'a> {
    frozen: Option<&'a LayerProject>,
    lookup: Lookup<'a>,
    /// Where traces are sealed, once looked for: most are nowhere, and their observations need no look then.
    parts: HashMap<TraceId, Parts<'a>>,
    /// What the sealed observations of the traces brought from the archive come to, as their rows say.
    sealed: HashMap<TraceId, Summary>,
    brought: Brought,
}

/// The segments that hold rows of one trace.
type Parts<'a> = Vec<(&'a LiveSegment, TracePlace)>;

impl<'a> Bringing<'a> {
    /// Names the sealed rows of what the events delete.
    fn delete(&mut self, events: &[Event]) {
        for event in events {
            let Change::Deletion(deletion) = &event.change else { continue };
            match deletion {
                Deletion::Trace(id) => taken::hide_trace(id.as_str(), self.lookup, &mut self.brought.rows),
                Deletion::Score(id) => taken::hide_score(id.as_str(), self.lookup, &mut self.brought.rows),
                Deletion::Project => self.brought.rows = taken::all_rows(self.lookup.segments),
            }
        }
    }

    /// Brings what is missing: from the frozen layer, and what that knows nothing of, from the archive.
    fn supply(&mut self, missing: Missing) {
        let (thawed, rest) = match self.frozen {
            Some(frozen) => frozen.supply(missing),
            None => (Thawed::default(), missing),
        };
        let Thawed { traces, observations, scores, bases: _ } = thawed;
        self.brought.thawed.traces.extend(traces);
        self.brought.thawed.observations.extend(observations);
        self.brought.thawed.scores.extend(scores);
        for id in &rest.traces {
            self.bring_trace(id);
        }
        for (id, trace) in &rest.observations {
            self.bring_observation(trace, id);
        }
        for id in &rest.observations_anywhere {
            let found = self.lookup.observation(id.as_str(), Rows::Visible, With::Row);
            self.take_observation(found);
        }
        for id in &rest.scores {
            self.bring_score(id);
        }
    }

    fn bring_trace(&mut self, id: &TraceId) {
        let place = self.parts(id).iter().find(|(live, place)| !live.hidden.traces.contains(place.row)).cloned();
        let Some((live, place)) = place else { return };
        let rows = RoaringBitmap::from_iter([place.row]);
        let Some(mut found) = self.lookup.with(live, |segment| segment.traces(&rows, With::Row)) else { return };
        let Some((row, sealed)) = found.pop() else { return };
        let thawed = ThawedTrace::from_sealed(sealed.trace, sealed.explicit, sealed.known, &sealed.fold);
        let Some(thawed) = self.sound(live, thawed) else { return };
        self.take_row(live.id(), Table::Traces, row);
        self.sealed.insert(id.clone(), sealed.summary);
        self.brought.thawed.traces.push(thawed);
    }

    fn bring_observation(&mut self, trace: &TraceId, id: &ObservationId) {
        if self.parts(trace).is_empty() {
            return;
        }
        let found = self.lookup.observation_in(trace.as_str(), id.as_str(), Rows::Visible, With::Row);
        self.take_observation(found);
    }

    fn take_observation(&mut self, found: Option<Located<'a, spanstone_segment::SealedObservation>>) {
        let Some(Located { segment: live, row, sealed }) = found else { return };
        let thawed = ThawedObservation::from_sealed(sealed.observation, &sealed.fold);
        if let Some(thawed) = self.sound(live, thawed) {
            self.take_row(live.id(), Table::Observations, row);
            self.brought.thawed.observations.push(thawed);
        }
    }

    fn bring_score(&mut self, id: &ScoreId) {
        let found = self.lookup.score(id.as_str(), Rows::Visible, With::Row);
        let Some(Located { segment: live, row, sealed }) = found else { return };
        if let Some(thawed) = self.sound(live, ThawedScore::from_sealed(sealed.score, &sealed.fold)) {
            self.take_row(live.id(), Table::Scores, row);
            self.brought.thawed.scores.push(thawed);
        }
    }

    /// What was thawed; a row whose fold cannot be read is reported and stays where it is.
    fn sound<T>(&self, live: &LiveSegment, thawed: Result<T, FoldError>) -> Option<T> {
        thawed.inspect_err(|error| self.lookup.trouble.report(live.name(), error)).ok()
    }

    fn take_row(&mut self, segment: u64, table: Table, row: u32) {
        self.brought.rows.entry(segment).or_default().of_mut(table).insert(row);
    }

    fn parts(&mut self, trace: &TraceId) -> &Parts<'a> {
        let lookup = self.lookup;
        self.parts.entry(trace.clone()).or_insert_with(|| lookup.parts(trace.as_str()).collect())
    }

    /// What the observations of a trace come to that the active layer does not hold: those of the frozen layer, and the
    /// sealed ones that no layer has taken over. `before` is what it was for the active layer before this request.
    fn base(&mut self, trace: &TraceId, without: &HashSet<ObservationId>, before: Option<&Summary>) -> Summary {
        let in_frozen = || {
            let frozen = self.frozen.filter(|frozen| frozen.hides_trace(trace.as_str()))?;
            let mut base = frozen.summary_without(trace, &HashSet::new());
            base.join(frozen.base(trace).unwrap_or(&Summary::default()));
            Some(base)
        };
        let whole = before.cloned().or_else(in_frozen).or_else(|| self.sealed.remove(trace)).unwrap_or_default();
        let taken = self.brought.thawed.observations.iter().map(ThawedObservation::row);
        let mut taken = taken.filter(|row| row.trace_id == *trace);
        match taken.try_fold(whole, |left, row| left.without(row)) {
            Some(left) => left,
            None => self.base_from_rows(trace, without),
        }
    }

    /// The same, from the observations themselves.
    fn base_from_rows(&mut self, trace: &TraceId, without: &HashSet<ObservationId>) -> Summary {
        let mut base = self.frozen.map(|frozen| frozen.summary_without(trace, without)).unwrap_or_default();
        let lookup = self.lookup;
        for (live, place) in self.parts(trace).clone() {
            let mut rows = RoaringBitmap::new();
            rows.insert_range(place.observations);
            rows -= live.hidden.of(Table::Observations);
            if let Some(now) = self.brought.rows.get(&live.id()) {
                rows -= now.of(Table::Observations);
            }
            let found = lookup.with(live, |segment| segment.observations(&rows, With::Row)).unwrap_or_default();
            found.iter().for_each(|(_, sealed)| base.add(&sealed.observation));
        }
        base
    }
}
