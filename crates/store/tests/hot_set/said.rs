//! Random requests about a handful of traces, observations and scores, so that they meet often.

use proptest::prelude::*;
use spanstone_model::{
    Assumed, Change, Cost, CostDetails, Deletion, Derived, Event, Level, ObservationId, ObservationType, Patch,
    Payload, ScoreId, ScoreValue, SessionId, Stamp, StampKind, Text, Tools, TraceId, UsageDetails,
};

use crate::changes::{at, observation_change, score_change, trace_change};

pub(crate) const TRACES: u8 = 4;
pub(crate) const OBSERVATIONS: u8 = 6;
pub(crate) const SCORES: u8 = 4;

/// What happens to a store.
#[derive(Clone)]
pub(crate) enum Step {
    /// A request, and when it is said to have arrived.
    Request(i64, Vec<Event>),
    /// The active layer is full.
    Freeze,
    /// The archivist is done with the frozen one.
    Seal,
}

/// What a failure prints: who is spoken of and when, which is what the laws of layers turn on.
impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Request(received, events) = self else {
            return f.write_str(if matches!(self, Self::Freeze) { "freeze" } else { "seal" });
        };
        write!(f, "at {received}:")?;
        for Event { stamp, change } in events {
            let stamp = stamp.number();
            match change {
                Change::Trace(it) => write!(f, " [{stamp} {}]", it.id)?,
                Change::Observation(it) => write!(f, " [{stamp} {} in {}, {}]", it.id, it.trace_id, it.trace_invented)?,
                Change::Score(it) => write!(f, " [{stamp} {} of {:?}]", it.id, it.trace_id)?,
                Change::Deletion(it) => write!(f, " [{it:?}]")?,
                Change::Derived(it) => write!(f, " [{it:?}]")?,
            }
        }
        Ok(())
    }
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let request = (0..30_i64, prop::collection::vec(event(), 1..5)).prop_map(|(at, events)| Step::Request(at, events));
    let step = prop_oneof![6 => request, 2 => Just(Step::Freeze), 2 => Just(Step::Seal)];
    prop::collection::vec(step, 1..60)
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        30 => (stamp(), trace()).prop_map(|(stamp, change)| Event { stamp, change }),
        60 => (stamp(), observation()).prop_map(|(stamp, change)| Event { stamp, change }),
        30 => (stamp(), score()).prop_map(|(stamp, change)| Event { stamp, change }),
        8 => deletion().prop_map(|it| Event { stamp: Stamp::FIRST, change: Change::Deletion(it) }),
        8 => derived().prop_map(|it| Event { stamp: Stamp::FIRST, change: Change::Derived(it) }),
    ]
}

fn derived() -> impl Strategy<Value = Derived> {
    // Mostly with the trace that the observation is usually in.
    let about = (0..OBSERVATIONS, prop::option::weighted(0.2, trace_id())).prop_map(|(id, trace)| {
        let trace = trace.unwrap_or_else(|| format!("t{}", id % TRACES));
        (TraceId::from_wire(&trace), ObservationId::from_wire(&format!("o{id}")))
    });
    (about, prop::option::of(1..9_u64)).prop_map(|((trace_id, observation_id), counted)| match counted {
        Some(amount) => {
            let usage = UsageDetails::new([(Text::from("input"), amount)]);
            Derived::Counted { trace_id, observation_id, usage }
        }
        None => Derived::Reprice { trace_id, observations: vec![observation_id] },
    })
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (0..8_i64, prop::sample::select(vec![StampKind::Create, StampKind::Update]))
        .prop_map(|(time, kind)| Stamp::new(at(time), kind))
}

fn deletion() -> impl Strategy<Value = Deletion> {
    prop_oneof![
        10 => trace_id().prop_map(|id| Deletion::Trace(TraceId::from_wire(&id))),
        6 => (0..SCORES).prop_map(|id| Deletion::Score(ScoreId::from_wire(&format!("s{id}")))),
        1 => Just(Deletion::Project),
    ]
}

fn trace_id() -> impl Strategy<Value = String> {
    (0..TRACES).prop_map(|id| format!("t{id}"))
}

fn environment() -> impl Strategy<Value = Text> {
    prop::sample::select(vec!["default", "prod"]).prop_map(Text::from)
}

fn patch<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![3 => Just(Patch::Keep), 1 => Just(Patch::Clear), 3 => value.prop_map(Patch::Set)]
}

fn word() -> impl Strategy<Value = Text> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(Text::from)
}

fn payload() -> impl Strategy<Value = Option<Payload>> {
    any::<bool>().prop_map(|there| there.then_some(Payload::Elided))
}

fn trace() -> impl Strategy<Value = Change> {
    let session = patch(word().prop_map(|it| SessionId::from_wire(&it)));
    let said = (trace_id(), 0..20_i64, environment(), patch(word()), patch(word()), session);
    let more = (prop::collection::vec(word(), 0..2), prop::option::of(any::<bool>()), any::<bool>());
    (said, more, payload(), payload(), payload()).prop_map(|(said, more, input, output, metadata)| {
        let (id, timestamp, environment, name, user_id, session_id) = said;
        let (tags, public, explicit) = more;
        let known = trace_change(&id, timestamp);
        Change::Trace(Box::new(spanstone_model::TraceChange {
            environment,
            name,
            user_id,
            session_id,
            tags,
            public,
            explicit,
            input,
            output,
            metadata,
            ..known
        }))
    })
}

fn observation() -> impl Strategy<Value = Change> {
    // Nearly always the trace that the observation is usually in, sometimes another, sometimes one that was made up.
    let trace = prop_oneof![
        6 => Just(None),
        2 => (0..TRACES).prop_map(|id| Some((format!("t{id}"), false))),
        1 => (0..2_u8).prop_map(|id| Some((format!("x{id}"), true))),
    ];
    let level = patch(prop::sample::select(Level::ALL.to_vec()));
    let kind = prop::sample::select(ObservationType::ALL.to_vec());
    let said = (0..OBSERVATIONS, trace, 0..20_i64, prop::option::of(0..20_i64), environment(), kind);
    let more =
        (patch(word()), level, patch(word()), prop::option::of(0..OBSERVATIONS), prop::option::of(any::<bool>()));
    let assumed = (any::<bool>(), any::<bool>()).prop_map(|(start, environment)| Assumed { start, environment });
    let tools = (prop::collection::vec(word(), 0..2), prop::collection::vec(word(), 0..3))
        .prop_map(|(offered, called)| Some(Box::new(Tools { offered, called })));
    let more = (more, assumed, tools);
    let amounts = (prop::option::of(1..9_u64), prop::option::of(1..9_i64));
    (said, more, amounts, payload(), payload(), payload()).prop_map(|(said, more, amounts, input, output, metadata)| {
        let (id, trace, start, end, environment, kind) = said;
        let ((name, level, model, parent, is_app_root), assumed, tools) = more;
        let (trace, trace_invented) = trace.unwrap_or_else(|| (format!("t{}", id % TRACES), false));
        let known = observation_change(&format!("o{id}"), &trace, start);
        let cost = amounts.1.map(|pico| (Text::from("input"), Cost::from_picodollars(pico)));
        Change::Observation(Box::new(spanstone_model::ObservationChange {
            trace_invented,
            end: end.map(at),
            environment,
            assumed,
            tools,
            kind,
            name,
            level,
            model,
            parent_id: parent.map(|id| ObservationId::from_wire(&format!("o{id}"))),
            is_app_root,
            usage: UsageDetails::new(amounts.0.map(|amount| (Text::from("output"), amount))),
            cost: CostDetails::new(cost),
            input,
            output,
            metadata,
            ..known
        }))
    })
}

fn score() -> impl Strategy<Value = Change> {
    let said = (0..SCORES, prop::option::weighted(0.8, trace_id()), 0..20_i64, environment(), 0..9_i32);
    (said, patch(word()), patch(word()), payload()).prop_map(|(said, comment, session, metadata)| {
        let (id, trace, timestamp, environment, value) = said;
        let known = score_change(&format!("s{id}"), "");
        Change::Score(Box::new(spanstone_model::ScoreChange {
            timestamp: at(timestamp),
            environment,
            trace_id: trace.map(|id| TraceId::from_wire(&id)),
            session_id: match session {
                Patch::Keep => Patch::Keep,
                Patch::Clear => Patch::Clear,
                Patch::Set(id) => Patch::Set(SessionId::from_wire(&id)),
            },
            value: ScoreValue::Numeric(f64::from(value)),
            comment,
            metadata,
            ..known
        }))
    })
}
