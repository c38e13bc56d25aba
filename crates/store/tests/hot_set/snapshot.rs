//! Everything that can be read, from one layer and from a stack of them, in the same form.

use std::collections::{BTreeMap, BTreeSet};

use spanstone_model::{
    JournalPlace, Observation, ObservationId, PayloadRef, Score, ScoreId, SessionId, Stamp, Summary, Text, Timestamp,
    Trace, TraceId,
};
use spanstone_store::hot::{LayeredView, TraceView};

use crate::archive::{Origins, journaled};
use crate::stack::Stack;

#[derive(Debug, PartialEq)]
pub(crate) struct SeenTrace {
    row: Trace,
    explicit: bool,
    summary: Summary,
    observations: BTreeSet<ObservationId>,
    scores: BTreeSet<ScoreId>,
}

/// Every row once, with its payloads where they were journaled.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    traces: BTreeMap<TraceId, SeenTrace>,
    observations: BTreeMap<ObservationId, Observation>,
    scores: BTreeMap<ScoreId, Score>,
    sessions: BTreeMap<SessionId, (Timestamp, Text)>,
}

impl Snapshot {
    /// What a single layer says.
    pub(crate) fn of_layer(view: LayeredView<'_>) -> Self {
        assert_in_order(view);
        let mut snapshot = Self::default();
        snapshot.add_view(view, &|_| None, &|_| None, &|_| None);
        snapshot.sessions = view.sessions().map(|it| (it.id, (it.created_at, it.environment))).collect();
        snapshot
    }

    /// What a stack says: its layers, and what they do not hide of the archive.
    pub(crate) fn of_stack(stack: &Stack) -> Self {
        let (view, above, archive) = (stack.view(), stack.above(), &stack.archive);
        assert_in_order(view);
        assert_settled(stack);
        let mut snapshot = Self::default();
        snapshot.add_view(
            view,
            &|id| archive.traces.get(id).map(|it| &it.origins),
            &|id| archive.observations.get(id).map(|it| &it.origins),
            &|id| archive.scores.get(id).map(|it| &it.origins),
        );
        let hot: BTreeSet<TraceId> = snapshot.traces.keys().cloned().collect();
        for it in archive.visible_traces(above) {
            assert!(view.trace(it.row.id.as_str()).is_none(), "{} is in a layer and in the archive", it.row.id);
            let row = trace(&it.row, Some(&it.origins));
            let seen = SeenTrace {
                row,
                explicit: it.explicit,
                summary: it.summary.clone(),
                observations: BTreeSet::new(),
                // The scores of a sealed trace may be in a layer, where no trace lists them.
                scores: snapshot.scores_of(&it.row.id),
            };
            assert!(snapshot.traces.insert(it.row.id.clone(), seen).is_none(), "{} is there twice", it.row.id);
        }
        let mut with_sealed = BTreeSet::new();
        for it in archive.visible_observations(above) {
            let row = observation(&it.row, Some(&it.origins));
            let listed = snapshot.traces.get_mut(&row.trace_id).expect("its trace is somewhere");
            listed.observations.insert(row.id.clone());
            with_sealed.insert(row.trace_id.clone());
            assert!(snapshot.observations.insert(row.id.clone(), row).is_none(), "{} is there twice", it.row.id);
        }
        for it in archive.visible_scores(above) {
            let row = score(&it.row, Some(&it.origins));
            if let Some(listed) = row.trace_id.as_ref().and_then(|id| snapshot.traces.get_mut(id)) {
                listed.scores.insert(row.id.clone());
            }
            assert!(snapshot.scores.insert(row.id.clone(), row).is_none(), "{} is there twice", it.row.id);
        }
        for view in view.traces() {
            assert_eq!(view.has_sealed(), with_sealed.contains(&view.trace().id), "{}", view.trace().id);
        }
        let of_hot = sessions(hot.iter().map(|id| &snapshot.traces[id].row));
        assert_eq!(
            view.sessions().map(|it| (it.id, (it.created_at, it.environment))).collect::<BTreeMap<_, _>>(),
            of_hot
        );
        snapshot.sessions = sessions(snapshot.traces.values().map(|it| &it.row));
        snapshot
    }

    fn add_view<'a>(
        &mut self,
        view: LayeredView<'a>,
        traces: &dyn Fn(&TraceId) -> Option<&'a Origins>,
        observations: &dyn Fn(&ObservationId) -> Option<&'a Origins>,
        scores: &dyn Fn(&ScoreId) -> Option<&'a Origins>,
    ) {
        for view in view.traces() {
            let row = view.trace();
            let seen = SeenTrace {
                row: trace(row, traces(&row.id)),
                explicit: view.is_explicit(),
                summary: view.summary(),
                observations: once(view.observations().map(|it| it.id.clone())),
                scores: once(view.scores().map(|it| it.id.clone())),
            };
            assert!(self.traces.insert(row.id.clone(), seen).is_none(), "{} is listed twice", row.id);
        }
        for row in view.observations() {
            let seen = observation(row, observations(&row.id));
            assert!(self.observations.insert(row.id.clone(), seen).is_none(), "{} is listed twice", row.id);
        }
        for row in view.scores() {
            let seen = score(row, scores(&row.id));
            assert!(self.scores.insert(row.id.clone(), seen).is_none(), "{} is listed twice", row.id);
        }
    }

    fn scores_of(&self, trace: &TraceId) -> BTreeSet<ScoreId> {
        self.scores.values().filter(|it| it.trace_id.as_ref() == Some(trace)).map(|it| it.id.clone()).collect()
    }

    /// Says what must hold of any state: lists, sums and ids agree.
    pub(crate) fn assert_consistent(&self) {
        for (id, seen) in &self.traces {
            let mut summary = Summary::default();
            let observations: Vec<_> = self.observations.values().filter(|it| it.trace_id == *id).collect();
            observations.iter().for_each(|it| summary.add(it));
            assert_eq!(seen.summary, summary, "{id}");
            assert_eq!(seen.observations, observations.iter().map(|it| it.id.clone()).collect(), "{id}");
            assert_eq!(seen.scores, self.scores_of(id), "{id}");
        }
        for row in self.observations.values() {
            assert!(self.traces.contains_key(&row.trace_id), "{} has no trace", row.id);
        }
    }
}

fn once<T: Ord + std::fmt::Debug>(items: impl Iterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    for item in items {
        assert!(!set.contains(&item), "{item:?} is listed twice");
        set.insert(item);
    }
    set
}

fn sessions<'a>(traces: impl Iterator<Item = &'a Trace>) -> BTreeMap<SessionId, (Timestamp, Text)> {
    let mut by_age: Vec<_> = traces.collect();
    by_age.sort_by_key(|it| std::cmp::Reverse((it.created_at, it.environment.clone())));
    let named = by_age.into_iter().filter_map(|it| Some((it.session_id.clone()?, it)));
    named.map(|(id, it)| (id, (it.created_at, it.environment.clone()))).collect()
}

/// The lists are in order from both ends, begin where they are told, and hold what the ids find.
fn assert_in_order(view: LayeredView<'_>) {
    let trace = |it: TraceView<'_>| (it.trace().timestamp, it.trace().id.clone());
    let traces: Vec<_> = view.traces().map(trace).collect();
    assert!(traces.is_sorted());
    assert_eq!(view.traces().rev().map(trace).collect::<Vec<_>>(), traces.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(view.trace_count(), traces.len());
    for (place, (time, id)) in traces.iter().enumerate() {
        assert_eq!(view.traces_before(*time, id).map(trace).collect::<Vec<_>>(), traces[..place]);
        assert_eq!(view.trace(id.as_str()).map(trace), Some((*time, id.clone())));
    }
    let observations: Vec<_> = view.observations().map(|it| (it.start, it.id.clone())).collect();
    assert!(observations.is_sorted());
    let reversed: Vec<_> = view.observations().rev().map(|it| (it.start, it.id.clone())).collect();
    assert_eq!(reversed, observations.iter().rev().cloned().collect::<Vec<_>>());
    for (place, (start, id)) in observations.iter().enumerate() {
        assert_eq!(view.observations_before(*start, id).count(), place);
        assert_eq!(view.observation(id.as_str()).map(|it| it.start), Some(*start));
    }
    let scores: Vec<_> = view.scores().map(|it| (it.timestamp, it.id.clone())).collect();
    assert!(scores.is_sorted());
    let reversed: Vec<_> = view.scores().rev().map(|it| (it.timestamp, it.id.clone())).collect();
    assert_eq!(reversed, scores.iter().rev().cloned().collect::<Vec<_>>());
    for (place, (time, id)) in scores.iter().enumerate() {
        assert_eq!(view.scores_before(*time, id).count(), place);
        assert_eq!(view.score(id.as_str()).map(|it| it.timestamp), Some(*time));
    }
}

/// No row refers to a part of the journal that was cut.
fn assert_settled(stack: &Stack) {
    let Some(through) = stack.sealed_through else { return };
    let settled = |payload: &PayloadRef| match payload {
        PayloadRef::Journal(place) => assert!(place.block > through, "{place:?} was cut"),
        PayloadRef::Sealed(_) => {}
    };
    for view in stack.view().traces() {
        let row = view.trace();
        row.input.iter().chain(&row.output).chain(row.metadata.iter().map(|(_, it)| it)).for_each(settled);
    }
    for row in stack.view().observations() {
        row.input.iter().chain(&row.output).chain(row.metadata.iter().map(|(_, it)| it)).for_each(settled);
    }
    stack.view().scores().flat_map(|row| &row.metadata).for_each(|(_, it)| settled(it));
}

fn trace(row: &Trace, origins: Option<&Origins>) -> Trace {
    let mut row = row.clone();
    resolve(origins, [&mut row.input, &mut row.output], &mut row.metadata);
    row
}

fn observation(row: &Observation, origins: Option<&Origins>) -> Observation {
    let mut row = row.clone();
    resolve(origins, [&mut row.input, &mut row.output], &mut row.metadata);
    row
}

fn score(row: &Score, origins: Option<&Origins>) -> Score {
    let mut row = row.clone();
    resolve(origins, [&mut None, &mut None], &mut row.metadata);
    row
}

fn resolve(origins: Option<&Origins>, single: [&mut Option<PayloadRef>; 2], pieces: &mut [(Stamp, PayloadRef)]) {
    let origins = || origins.expect("a sealed row with the same id");
    let journal = |place: JournalPlace| PayloadRef::Journal(place);
    let [input, output] = single;
    *input = input.map(|it| journal(journaled(it, |_| origins().input.expect("it has an input"))));
    *output = output.map(|it| journal(journaled(it, |_| origins().output.expect("it has an output"))));
    for (_, piece) in pieces {
        *piece = journal(journaled(*piece, |number| origins().metadata[number]));
    }
}
