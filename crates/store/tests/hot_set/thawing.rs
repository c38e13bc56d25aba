//! What a request needs of older layers, and what it costs to take it over.

use spanstone_model::{Change, Event, ObservationId, Summary, TraceId};
use spanstone_store::NoPrices;
use spanstone_store::hot::{Layer, LayerProject, Missing, Thawed};

use crate::changes::{at, create, event, header, observation_change, project, score_change, trace_change};

fn observation(id: &str, trace: &str, stamp: i64) -> Event {
    event(create(stamp), Change::Observation(Box::new(observation_change(id, trace, stamp))))
}

fn layer_with(events: Vec<Event>) -> Layer {
    let mut layer = Layer::default();
    layer.apply(&header(at(1_000)), (1, 0), events, &NoPrices);
    layer
}

fn of(layer: &Layer) -> Option<&LayerProject> {
    layer.project(&project())
}

fn trace_id(id: &str) -> TraceId {
    TraceId::from_wire(id)
}

fn observation_id(id: &str) -> ObservationId {
    ObservationId::from_wire(id)
}

#[test]
fn a_request_names_what_the_layer_does_not_hold_and_nothing_twice() {
    let layer = layer_with(vec![observation("known", "held", 5)]);
    let mut invented = observation_change("somewhere", "made up", 1);
    invented.trace_invented = true;
    let request = [
        observation("known", "elsewhere", 6),
        observation("new", "t", 1),
        observation("new", "t", 2),
        observation("child", "held", 1),
        event(create(1), Change::Observation(Box::new(invented))),
        event(create(1), Change::Trace(Box::new(trace_change("t", 1)))),
        event(create(1), Change::Score(Box::new(score_change("s", "never needed")))),
    ];
    let expected = Missing {
        traces: vec![trace_id("made up"), trace_id("t")],
        observations: vec![(observation_id("child"), trace_id("held")), (observation_id("new"), trace_id("t"))],
        observations_anywhere: vec![observation_id("somewhere")],
        scores: vec![spanstone_model::ScoreId::from_wire("s")],
    };
    assert_eq!(Missing::of(of(&layer), &request), expected);
}

#[test]
fn an_event_that_may_move_an_observation_needs_the_trace_that_it_names() {
    let layer = layer_with(vec![observation("o", "t", 5)]);
    let missing = |stamp| Missing::of(of(&layer), &[observation("o", "u", stamp)]);
    assert_eq!(missing(4).traces, [trace_id("u")]);
    assert!(missing(5).is_empty());
}

#[test]
fn the_trace_of_an_observation_that_was_found_is_wanted_too_and_its_base_leaves_it_out() {
    let older = layer_with(vec![observation("o", "t", 5), observation("sibling", "t", 6)]);
    let older = of(&older).expect("written to");
    let active = Layer::default();
    let request = vec![observation("o", "u", 7)];
    let (mut thawed, rest) = older.supply(Missing::of(of(&active), &request));
    assert_eq!(rest, Missing { traces: vec![trace_id("u")], ..Missing::default() });
    assert_eq!(thawed.traces_wanted(of(&active)), [trace_id("t")]);
    let (more, _) = older.supply(Missing { traces: vec![trace_id("t")], ..Missing::default() });
    thawed.traces.extend(more.traces);
    assert_eq!(thawed.bases_wanted(of(&active)), [(trace_id("t"), [observation_id("o")].into())]);
}

#[test]
fn a_base_that_is_given_again_replaces_the_old_one_and_weighs_once() {
    let older = layer_with(vec![observation("a", "t", 5), observation("b", "t", 6)]);
    let older = of(&older).expect("written to");
    let mut active = Layer::default();
    let mut bring = |names: &[&str]| {
        let request: Vec<_> = names.iter().map(|name| observation(name, "t", 7)).collect();
        let (mut thawed, _) = older.supply(Missing::of(of(&active), &request));
        let wanted = thawed.bases_wanted(of(&active));
        thawed.bases =
            wanted.into_iter().map(|(id, without)| (id.clone(), older.summary_without(&id, &without))).collect();
        active.thaw(&project(), thawed);
        let base = of(&active).and_then(|layer| layer.base(&trace_id("t")));
        (base.map_or(0, |base| base.stats(None).observation_count()), active.counts().bytes)
    };
    let (count, _) = bring(&[]);
    assert_eq!(count, 0);
    let (count, with_one) = bring(&["a"]);
    assert_eq!(count, 1);
    let (count, with_both) = bring(&["b"]);
    assert_eq!(count, 0);
    // The second observation weighs more than the base that is no more, but less than both.
    let mut same_again = Thawed::default();
    same_again.bases.push((trace_id("t"), Summary::default()));
    active.thaw(&project(), same_again);
    assert_eq!(active.counts().bytes, with_both);
    assert!(with_both > with_one);
}
