//! The hot set against an oracle that sorts the events of each entity and folds them from left to right.

use std::collections::BTreeMap;

use proptest::prelude::*;
use spanstone_model::{
    Assumed, Change, EntryHeader, Event, IngestionSource, JournalPlace, Level, ObservationChange, ObservationType,
    Patch, Payload, PayloadRef, ProjectId, Sender, SessionId, Stamp, StampKind, Text, Timestamp, Tools, UsageDetails,
};
use spanstone_store::NoPrices;
use spanstone_store::hot::{Layer, LayeredView};

use crate::changes::{at, create, event, header, observation_change, project, score_change, trace_change};

/// A hot set to which each event came as a request of its own.
fn hot_with(events: impl IntoIterator<Item = Event>) -> Layer {
    let mut hot = Layer::default();
    for (block, event) in (0..).zip(events) {
        hot.apply(
            &header(at(1_000 + i64::try_from(block).expect("a test has few events"))),
            (block, 0),
            vec![event],
            &NoPrices,
        );
    }
    hot
}

fn view_of(hot: &Layer) -> LayeredView<'_> {
    LayeredView::new(hot.project(&project()), None)
}

fn block(payload: &PayloadRef) -> u64 {
    match payload {
        PayloadRef::Journal(place) => place.block,
        PayloadRef::Sealed(_) => panic!("nothing was sealed"),
    }
}

/// What a random event says of one observation: its stamp, and each field that it speaks of.
#[derive(Debug, Clone)]
struct Said {
    time: i64,
    update: bool,
    start: i64,
    end: Option<i64>,
    trace: u8,
    name: Patch<u8>,
    level: Patch<Level>,
    model: Patch<u8>,
    usage: Option<u64>,
    kind: ObservationType,
    input: bool,
    metadata: bool,
}

fn patch<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![Just(Patch::Keep), Just(Patch::Clear), value.prop_map(Patch::Set)]
}

fn said() -> impl Strategy<Value = Said> {
    let level = patch(prop::sample::select(Level::ALL.to_vec()));
    let kind = prop::sample::select(ObservationType::ALL.to_vec());
    let first = (0..5_i64, any::<bool>(), 0..50_i64, prop::option::of(0..50_i64), 0..3_u8, patch(any::<u8>()));
    let second = (level, patch(any::<u8>()), prop::option::of(1..9_u64), kind, any::<bool>(), any::<bool>());
    (first, second).prop_map(
        |((time, update, start, end, trace, name), (level, model, usage, kind, input, metadata))| Said {
            time,
            update,
            start,
            end,
            trace,
            name,
            level,
            model,
            usage,
            kind,
            input,
            metadata,
        },
    )
}

impl Said {
    fn stamp(&self) -> Stamp {
        Stamp::new(at(self.time), if self.update { StampKind::Update } else { StampKind::Create })
    }

    fn event(&self) -> Event {
        let text = |patch: &Patch<u8>| match patch {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(value) => Patch::Set(Text::from(value.to_string())),
        };
        let mut change = observation_change("o", &format!("t{}", self.trace), self.start);
        change.end = self.end.map(at);
        change.name = text(&self.name);
        change.level = self.level.clone();
        change.model = text(&self.model);
        change.usage = UsageDetails::new(self.usage.map(|amount| (Text::from("input"), amount)));
        change.kind = self.kind;
        change.input = self.input.then_some(Payload::Elided);
        change.metadata = self.metadata.then_some(Payload::Elided);
        event(self.stamp(), Change::Observation(Box::new(change)))
    }
}

/// What the oracle knows of the observation.
#[derive(Debug, PartialEq)]
struct Known {
    start: i64,
    end: Option<i64>,
    trace: String,
    name: Option<String>,
    level: Level,
    model: Option<String>,
    usage: Option<u64>,
    kind: ObservationType,
    input: Option<u64>,
    metadata: Vec<u64>,
}

fn overwrite<T>(target: &mut Option<String>, patch: &Patch<T>)
where
    T: ToString,
{
    match patch {
        Patch::Keep => {}
        Patch::Clear => *target = None,
        Patch::Set(value) => *target = Some(value.to_string()),
    }
}

fn oracle(events: &[Said]) -> Known {
    let mut sorted: Vec<(u64, &Said)> = (0..).zip(events).collect();
    sorted.sort_by_key(|(_, said)| said.stamp());
    let first = sorted[0].1;
    let mut known = Known {
        start: first.start,
        end: None,
        trace: format!("t{}", first.trace),
        name: None,
        level: Level::Default,
        model: None,
        usage: None,
        kind: first.kind,
        input: None,
        metadata: vec![],
    };
    for (block, said) in sorted {
        known.end = said.end.or(known.end);
        overwrite(&mut known.name, &said.name);
        overwrite(&mut known.model, &said.model);
        match &said.level {
            Patch::Keep => {}
            Patch::Clear => known.level = Level::Default,
            Patch::Set(level) => known.level = *level,
        }
        known.usage = said.usage.or(known.usage);
        known.kind = said.kind;
        if said.input {
            known.input = Some(block);
        }
        if said.metadata {
            known.metadata.push(block);
        }
    }
    known.end = known.end.map(|end| end.max(known.start));
    known
}

proptest! {
    #[test]
    fn an_observation_is_what_its_events_say_in_the_order_of_their_stamps(events in prop::collection::vec(said(), 1..12)) {
        let hot = hot_with(events.iter().map(Said::event));
        let view = view_of(&hot);
        let row = view.observation("o").expect("it was written");
        let actual = Known {
            start: row.start.millis(),
            end: row.end.map(Timestamp::millis),
            trace: row.trace_id.to_string(),
            name: row.name.as_deref().map(str::to_owned),
            level: row.level,
            model: row.model.as_deref().map(str::to_owned),
            usage: row.usage.get("input"),
            kind: row.kind,
            input: row.input.map(|place| block(&place)),
            metadata: row.metadata.iter().map(|(_, place)| block(place)).collect(),
        };
        prop_assert_eq!(actual, oracle(&events));
        // It is listed once, with the trace that it names, and with no other.
        let traces: Vec<_> = view.traces().map(|trace| (trace.trace().id.to_string(), trace.observations().count())).collect();
        prop_assert_eq!(traces, vec![(row.trace_id.to_string(), 1)]);
        prop_assert_eq!(view.observations().count(), 1);
    }

    #[test]
    fn traces_are_listed_once_and_in_the_order_of_time(changes in prop::collection::vec((0..6_u8, 0..40_i64, 0..40_i64, any::<bool>()), 1..40)) {
        let events = changes.iter().enumerate().map(|(index, (id, stamp, time, of_trace))| {
            let trace = format!("t{id}");
            let change = if *of_trace {
                Change::Trace(Box::new(trace_change(&trace, *time)))
            } else {
                Change::Observation(Box::new(observation_change(&format!("o{index}"), &trace, *time)))
            };
            event(create(*stamp), change)
        });
        let hot = hot_with(events);
        let view = view_of(&hot);
        let mut expected: BTreeMap<String, i64> = BTreeMap::new();
        for (id, ..) in &changes {
            let of = |wanted: bool| changes.iter().filter(move |it| it.0 == *id && it.3 == wanted);
            // The first event of the trace decides, else its first observation.
            let time = of(true).min_by_key(|it| it.1).or_else(|| of(false).min_by_key(|it| it.2)).expect("one of them").2;
            expected.insert(format!("t{id}"), time);
        }
        let mut expected: Vec<_> = expected.into_iter().map(|(id, time)| (time, id)).collect();
        expected.sort();
        let actual: Vec<_> = view.traces().map(|it| (it.trace().timestamp.millis(), it.trace().id.to_string())).collect();
        prop_assert_eq!(actual, expected);
    }
}

#[test]
fn a_score_may_come_before_its_trace_and_does_not_make_one() {
    let score = || event(create(1), Change::Score(Box::new(score_change("s", "t"))));
    let hot = hot_with([score()]);
    let view = view_of(&hot);
    assert!(view.trace("t").is_none());
    assert_eq!(view.traces().count(), 0);
    assert!(view.score("s").is_some());

    let hot = hot_with([score(), event(create(2), Change::Trace(Box::new(trace_change("t", 2))))]);
    let view = view_of(&hot);
    let scores: Vec<_> = view.trace("t").expect("it was written").scores().map(|score| score.id.to_string()).collect();
    assert_eq!(scores, ["s"]);
}

#[test]
fn a_session_exists_from_the_first_trace_that_names_it() {
    let in_session = |id: &str, environment: &str| {
        let mut change = trace_change(id, 5);
        change.session_id = Patch::Set(SessionId::from_wire("chat"));
        change.environment = environment.into();
        event(create(5), Change::Trace(Box::new(change)))
    };
    let hot = hot_with([in_session("a", "prod"), in_session("b", "dev")]);
    let view = view_of(&hot);
    let sessions: Vec<_> =
        view.sessions().map(|it| (it.id.to_string(), it.environment.to_string(), it.created_at)).collect();
    assert_eq!(sessions, [("chat".to_owned(), "prod".to_owned(), at(1_000))]);
}

#[test]
fn tags_are_united_and_sorted_and_an_absent_public_changes_nothing() {
    let tagged = |stamp, tags: &[&str], public| {
        let mut change = trace_change("t", 0);
        change.tags = tags.iter().map(|tag| Text::from(*tag)).collect();
        change.public = public;
        event(create(stamp), Change::Trace(Box::new(change)))
    };
    let hot = hot_with([tagged(2, &["b", "a"], Some(true)), tagged(3, &["c", "a"], None)]);
    let view = view_of(&hot);
    let trace = view.trace("t").expect("it was written").trace().clone();
    assert_eq!(trace.tags, ["a", "b", "c"].map(Text::from));
    assert!(trace.public);
}

#[test]
fn projects_do_not_see_each_other() {
    let mut hot = hot_with([event(create(1), Change::Trace(Box::new(trace_change("t", 1))))]);
    let other = ProjectId::from_wire("q");
    let mut change = trace_change("t", 9);
    change.input = Some(Payload::Elided);
    let header = EntryHeader { project: other.clone(), ..header(at(9)) };
    hot.apply(&header, (7, 3), vec![event(create(9), Change::Trace(Box::new(change)))], &NoPrices);
    let input =
        |project: &ProjectId| LayeredView::new(hot.project(project), None).trace("t").and_then(|it| it.trace().input);
    assert_eq!(input(&project()), None);
    assert_eq!(input(&other), Some(JournalPlace { block: 7, entry: 3, event: 0 }.into()));
}

#[test]
fn what_a_client_states_beats_what_was_assumed_for_an_earlier_event() {
    // JavaScript SDK 3 stamps the update of an observation before its creation when both happen in one tick.
    let update = ObservationChange {
        assumed: Assumed { start: true, environment: true },
        trace_invented: true,
        ..observation_change("o", "made-up", 1)
    };
    let creation = ObservationChange { environment: "prod".into(), ..observation_change("o", "t", 5) };
    let other = ObservationChange { environment: "staging".into(), ..observation_change("o", "u", 7) };
    let event =
        |millis, change: &ObservationChange| event(create(millis), Change::Observation(Box::new(change.clone())));
    let events = [event(1, &update), event(2, &creation), event(3, &other)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let hot = hot_with(order.map(|place: usize| events[place].clone()));
        let row = view_of(&hot).observation("o").expect("it is there");
        assert_eq!((row.trace_id.as_str(), row.start, &*row.environment), ("t", at(5), "prod"), "{order:?}");
    }
}

#[test]
fn tools_go_with_the_input_and_the_output_that_speak_of_them() {
    let tools = |offered: &[&str], called: &[&str]| {
        let names = |names: &[&str]| names.iter().map(|name| Text::from(*name)).collect();
        Some(Box::new(Tools { offered: names(offered), called: names(called) }))
    };
    let asked = ObservationChange {
        input: Some(Payload::Elided),
        tools: tools(&["add", "search"], &[]),
        ..observation_change("o", "t", 1)
    };
    let answered = ObservationChange {
        output: Some(Payload::Elided),
        tools: tools(&[], &["add"]),
        ..observation_change("o", "t", 1)
    };
    let silent = ObservationChange { output: Some(Payload::Elided), ..observation_change("o", "t", 1) };
    let of = |changes: &[&ObservationChange]| {
        let events = changes.iter().zip(1..);
        let events: Vec<_> = events
            .map(|(change, millis)| event(create(millis), Change::Observation(Box::new((*change).clone()))))
            .collect();
        let hot = hot_with(events);
        view_of(&hot).observation("o").expect("it is there").tools.clone()
    };
    assert_eq!(of(&[&asked, &answered]), tools(&["add", "search"], &["add"]));
    assert_eq!(of(&[&asked, &answered, &silent]), tools(&["add", "search"], &[]));
    assert_eq!(of(&[&answered, &silent]), None);
}

#[test]
fn an_observation_comes_from_the_sender_of_its_last_event() {
    let mut hot = Layer::default();
    let send = |hot: &mut Layer, version: &str, stamp: i64| {
        let sender = Sender::new(Some("pk"), Some("python"), Some(version));
        let header = EntryHeader { sender, ..header(at(stamp)) };
        let change = Change::Observation(Box::new(observation_change("o", "t", 1)));
        hot.apply(&header, (1, 0), vec![event(create(stamp), change)], &NoPrices);
    };
    let version = |hot: &Layer| {
        let origin =
            view_of(hot).observation("o").expect("it is there").origin.clone().expect("it came from somewhere");
        assert_eq!(origin.source, IngestionSource::IngestionApi);
        origin.sender.sdk_version().cloned()
    };
    send(&mut hot, "2", 5);
    send(&mut hot, "1", 3);
    assert_eq!(version(&hot).as_deref(), Some("2"));
    send(&mut hot, "3", 5);
    assert_eq!(version(&hot).as_deref(), Some("3"));
}
