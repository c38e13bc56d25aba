//! What deleting means within one layer.

use proptest::prelude::*;
use spanstone_model::{Change, Deletion, Event, Patch, ScoreId, Stamp, TraceId};
use spanstone_store::NoPrices;
use spanstone_store::hot::{HotCounts, Layer, LayeredView};

use crate::changes::{at, create, event, header, observation_change, project, score_change, trace_change};
use crate::said::{Step, TRACES, steps};
use crate::snapshot::Snapshot;

fn delete(deletion: Deletion) -> Event {
    event(Stamp::FIRST, Change::Deletion(deletion))
}

fn trace(id: &str, stamp: i64) -> Event {
    event(create(stamp), Change::Trace(Box::new(trace_change(id, stamp))))
}

fn observation(id: &str, trace: &str, stamp: i64) -> Event {
    event(create(stamp), Change::Observation(Box::new(observation_change(id, trace, stamp))))
}

fn score(id: &str, trace: &str) -> Event {
    event(create(5), Change::Score(Box::new(score_change(id, trace))))
}

fn delete_trace(id: &str) -> Event {
    delete(Deletion::Trace(TraceId::from_wire(id)))
}

fn delete_score(id: &str) -> Event {
    delete(Deletion::Score(ScoreId::from_wire(id)))
}

fn layer_with(events: impl IntoIterator<Item = Event>) -> Layer {
    let mut layer = Layer::default();
    for (block, event) in (0..).zip(events) {
        layer.apply(&header(at(1_000)), (block, 0), vec![event], &NoPrices);
    }
    layer
}

fn view(layer: &Layer) -> LayeredView<'_> {
    LayeredView::new(layer.project(&project()), None)
}

#[test]
fn a_deleted_trace_takes_its_observations_and_scores_along() {
    let events = [
        trace("t", 1),
        observation("o", "t", 2),
        score("s", "t"),
        observation("kept", "u", 3),
        score("kept", "u"),
        delete_trace("t"),
    ];
    let layer = layer_with(events);
    let (view, kept) = (view(&layer), layer_with([observation("kept", "u", 3), score("kept", "u"), delete_trace("t")]));
    assert!(view.trace("t").is_none() && view.observation("o").is_none() && view.score("s").is_none());
    assert!(view.trace("u").is_some() && view.observation("kept").is_some() && view.score("kept").is_some());
    assert_eq!(layer.counts(), kept.counts());
}

#[test]
fn an_observation_that_moved_away_before_survives_the_deletion_of_its_first_trace() {
    let layer = layer_with([observation("o", "t", 5), observation("o", "u", 4), delete_trace("t")]);
    assert_eq!(view(&layer).observation("o").map(|row| row.trace_id.to_string()), Some("u".to_owned()));
}

#[test]
fn what_arrives_after_a_deletion_begins_anew_whatever_its_stamp() {
    let mut late = trace_change("t", 3);
    late.name = Patch::Set("late".into());
    let mut early = trace_change("t", 9);
    early.user_id = Patch::Set("early".into());
    let late = event(create(8), Change::Trace(Box::new(late)));
    let early = event(create(2), Change::Trace(Box::new(early)));
    let layer = layer_with([late, delete_trace("t"), early]);
    let row = view(&layer).trace("t").expect("it came back").trace().clone();
    assert_eq!((row.timestamp, row.name.as_deref(), row.user_id.as_deref()), (at(9), None, Some("early")));
    assert!(layer.project(&project()).expect("written to").tombstones().cover_trace("t"));
}

#[test]
fn a_deleted_project_weighs_one_tombstone() {
    let events = [trace("t", 1), observation("o", "t", 2), score("s", "u"), delete_trace("v"), delete_score("w")];
    let layer = layer_with(events.into_iter().chain([delete(Deletion::Project)]));
    assert_eq!(layer.counts(), HotCounts { bytes: 64, ..HotCounts::default() });
    assert!(layer.project(&project()).expect("written to").tombstones().cover_trace("anything"));
}

#[test]
fn a_trace_that_only_a_score_named_is_forgotten_with_the_score() {
    let layer = layer_with([score("s", "t"), delete_score("s")]);
    assert_eq!(layer.counts(), layer_with([delete_score("s")]).counts());
    assert_eq!(layer.counts().traces, 0);
}

#[test]
fn a_trace_that_its_only_observation_left_is_forgotten() {
    let layer = layer_with([observation("o", "t", 5), observation("o", "u", 4)]);
    assert_eq!(layer.counts().traces, 1);
}

/// The same with observations and scores that never change their trace, so that a deletion of a trace is known to
/// cover them.
fn staying(mut event: Event) -> Event {
    let usual = |id: &str| {
        let number: u8 = id[1..].parse().expect("ids end in a number");
        TraceId::from_wire(&format!("t{}", number % TRACES))
    };
    match &mut event.change {
        Change::Observation(change) => {
            change.trace_id = usual(change.id.as_str());
            change.trace_invented = false;
        }
        Change::Score(change) => change.trace_id = Some(usual(change.id.as_str())),
        Change::Trace(_) | Change::Deletion(_) | Change::Derived(_) => {}
    }
    event
}

fn covers(deletion: &Deletion, change: &Change) -> bool {
    let (trace, score) = match change {
        Change::Trace(change) => (Some(&change.id), None),
        Change::Observation(change) => (Some(&change.trace_id), None),
        Change::Score(change) => (change.trace_id.as_ref(), Some(&change.id)),
        Change::Deletion(_) | Change::Derived(_) => (None, None),
    };
    match deletion {
        Deletion::Trace(id) => trace == Some(id),
        Deletion::Score(id) => score == Some(id),
        Deletion::Project => trace.is_some() || score.is_some(),
    }
}

proptest! {
    #[test]
    fn what_was_deleted_reads_as_if_it_had_never_been_written(steps in steps()) {
        let requests = steps.into_iter().filter_map(|step| match step {
            Step::Request(received, events) => Some((received, events)),
            Step::Freeze | Step::Seal => None,
        });
        let events = requests.flat_map(|(received, events)| events.into_iter().map(move |it| (received, staying(it))));
        let events: Vec<_> = events.collect();
        let (mut all, mut kept) = (Layer::default(), Layer::default());
        for (index, (received, event)) in events.iter().enumerate() {
            let place = (index as u64, 0);
            all.apply(&header(at(*received)), place, vec![event.clone()], &NoPrices);
            let is_deleted = events[index..].iter().any(|(_, later)| match &later.change {
                Change::Deletion(deletion) => covers(deletion, &event.change),
                Change::Trace(_) | Change::Observation(_) | Change::Score(_) | Change::Derived(_) => false,
            });
            if !is_deleted && !matches!(event.change, Change::Deletion(_)) {
                kept.apply(&header(at(*received)), place, vec![event.clone()], &NoPrices);
            }
        }
        prop_assert_eq!(Snapshot::of_layer(view(&all)), Snapshot::of_layer(view(&kept)));
    }
}
