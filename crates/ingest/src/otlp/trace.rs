//! What spans say about their traces.
//!
//! Owns the choice of spans that speak of their trace, and the leaving out of what has been said: newer SDKs repeat
//! user, session, name and tags on every span, and one event for all of them does what one for each would.

use std::collections::HashMap;

use spanstone_model::{Change, Event, Patch, Payload, Stamp, StampKind, Text, Timestamp, TraceChange, TraceId};

use super::payload::{Side, Sides};
use super::span::View;
use super::{dialect, fields, metadata};
use crate::Keep;

/// What the spans of a request say about their traces.
#[derive(Default)]
pub(super) struct Traces {
    places: HashMap<TraceId, usize>,
    /// By trace, in order of first appearance.
    traces: Vec<Vec<Saying>>,
}

/// What one span says.
struct Saying {
    change: TraceChange,
    /// The metadata, also when its text is not kept: to see whether it has been said.
    metadata: Option<String>,
    is_root: bool,
}

impl Traces {
    /// Adds what a span says about its trace, if it says anything.
    pub(super) fn add(&mut self, view: &View<'_>, id: &TraceId, start: Timestamp, keep: Keep) {
        let saying = if view.is_root() {
            of_root(view, id, start, keep)
        } else if fields::updates_trace(view) {
            inside(view, id, start, keep)
        } else {
            return;
        };
        let place = *self.places.entry(id.clone()).or_insert_with(|| {
            self.traces.push(Vec::new());
            self.traces.len() - 1
        });
        if let Some(sayings) = self.traces.get_mut(place) {
            sayings.push(saying);
        }
    }

    /// The events, trace by trace, in the order in which the spans began.
    pub(super) fn into_events(self) -> impl Iterator<Item = Event> {
        self.traces.into_iter().flat_map(without_repetitions).map(|change| Event {
            stamp: Stamp::new(change.timestamp, StampKind::Create),
            change: Change::Trace(Box::new(change)),
        })
    }
}

/// A root says everything that is known of it; without a trace's input or output of its own, its observation's
/// stand for them.
fn of_root(view: &View<'_>, id: &TraceId, start: Timestamp, keep: Keep) -> Saying {
    let name = fields::trace_name(view).or_else(|| fields::observation_name(view).map(Text::from));
    let own = own_sides(view);
    let observed = dialect::payloads(view);
    let sides = Sides { input: own.input.or(observed.input), output: own.output.or(observed.output) };
    let metadata = match keep {
        Keep::Skeleton => Payload::Elided,
        Keep::Payloads => Payload::Text(metadata::of_trace(view).into()),
    };
    Saying {
        change: TraceChange { metadata: Some(metadata), ..change(view, id, start, name, sides, keep) },
        metadata: None,
        is_root: true,
    }
}

fn inside(view: &View<'_>, id: &TraceId, start: Timestamp, keep: Keep) -> Saying {
    let metadata = metadata::for_trace(view);
    Saying {
        change: TraceChange {
            metadata: metadata.as_deref().map(|text| match keep {
                Keep::Skeleton => Payload::Elided,
                Keep::Payloads => Payload::Text(text.into()),
            }),
            ..change(view, id, start, fields::trace_name(view), own_sides(view), keep)
        },
        metadata,
        is_root: false,
    }
}

/// Everything but metadata.
fn change(
    view: &View<'_>,
    id: &TraceId,
    start: Timestamp,
    name: Option<Text>,
    sides: Sides<'_>,
    keep: Keep,
) -> TraceChange {
    TraceChange {
        id: id.clone(),
        timestamp: start,
        environment: fields::environment(view),
        name: Patch::set(name),
        user_id: Patch::set(fields::user_id(view)),
        session_id: Patch::set(fields::session_id(view)),
        // A span without a version or a release does not clear those of the trace, although Langfuse's does.
        release: Patch::set(fields::release(view)),
        version: Patch::set(fields::version(view)),
        tags: fields::tags(view),
        public: fields::public(view),
        input: sides.input.and_then(|side| side.into_payload(keep)),
        output: sides.output.and_then(|side| side.into_payload(keep)),
        metadata: None,
        // Whoever gave the trace a user or a name has said nothing about its input and output, which may still be
        // those of an observation that continues a trace from elsewhere.
        explicit: own_sides(view).any().is_some(),
    }
}

/// The input and output that a client gave the trace itself.
fn own_sides<'s>(view: &View<'s>) -> Sides<'s> {
    let own = |key| view.attributes().truthy(key).map(Side::Value);
    Sides { input: own("langfuse.trace.input"), output: own("langfuse.trace.output") }
}

/// What was said, in the order in which the spans began, without what changes nothing.
///
/// Of several spans inside a trace that say the same in a row, the last one decides what the trace's fields are,
/// and the first one of all decides when it began; those between do neither. What arrived in other requests may
/// come to stand between any two of them, and is overruled by the last one either way.
fn without_repetitions(mut sayings: Vec<Saying>) -> Vec<TraceChange> {
    sayings.sort_by_key(|saying| saying.change.timestamp);
    let mut kept: Vec<Saying> = Vec::new();
    for saying in sayings {
        let repeats = kept.last().is_some_and(|last| last.says_the_same(&saying));
        if repeats && kept.len() > 1 {
            kept.pop();
        }
        kept.push(saying);
    }
    kept.into_iter().map(|saying| saying.change).collect()
}

impl Saying {
    /// Whether `other`, but for its time, says nothing else than `self`. Roots are never compared, nor are inputs
    /// and outputs, of which there is rarely a second one.
    fn says_the_same(&self, other: &Self) -> bool {
        let TraceChange {
            id,
            timestamp: _,
            environment,
            name,
            user_id,
            session_id,
            release,
            version,
            tags,
            public,
            input,
            output,
            // Its text may not have been kept.
            metadata: _,
            explicit,
        } = &self.change;
        let that = &other.change;
        !self.is_root
            && !other.is_root
            && self.metadata == other.metadata
            && [input, output, &that.input, &that.output].iter().all(|side| side.is_none())
            && *id == that.id
            && *environment == that.environment
            && *name == that.name
            && *user_id == that.user_id
            && *session_id == that.session_id
            && *release == that.release
            && *version == that.version
            && *tags == that.tags
            && *public == that.public
            && *explicit == that.explicit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::{Sample, sample, text, texts};

    fn said(samples: &[Sample]) -> Vec<TraceChange> {
        let mut traces = Traces::default();
        for sample in samples {
            let view = sample.view();
            let start = Timestamp::from_nanos(sample.span.start.unwrap_or_default());
            let id = TraceId::from_wire(&sample.span.trace_id);
            traces.add(&view, &id, start, Keep::Payloads);
        }
        let change = |event: Event| match event.change {
            Change::Trace(change) => *change,
            other => panic!("only traces are asked for, not {other:?}"),
        };
        traces.into_events().map(change).collect()
    }

    fn starting(mut sample: Sample, millis: u64) -> Sample {
        sample.span.start = Some(millis * 1_000_000);
        sample
    }

    #[test]
    fn a_span_inside_a_trace_says_nothing_unless_it_speaks_of_the_trace() {
        let quiet = [
            ("langfuse.tags", "t"),
            ("langfuse.public", "true"),
            ("langfuse.metadata.k", "v"),
            ("gen_ai.conversation.id", "c"),
            ("langfuse.release", "r"),
            ("langfuse.version", "v"),
            ("langfuse.observation.input", "i"),
        ];
        assert_eq!(said(&[texts(&quiet).parent("p")]), []);
        for speaking in
            ["user.id", "langfuse.session.id", "langfuse.trace.metadata.k", "tag.tags", "langfuse.trace.input"]
        {
            let changes = said(&[texts(&[(speaking, "x")]).parent("p")]);
            let explicit = speaking == "langfuse.trace.input";
            assert_eq!(changes.iter().map(|change| change.explicit).collect::<Vec<_>>(), [explicit], "{speaking}");
        }
    }

    #[test]
    fn a_root_lends_its_name_and_payloads_to_its_trace() {
        let roots = [
            texts(&[("langfuse.observation.input", "i"), ("langfuse.observation.output", "o")]),
            texts(&[("langfuse.internal.as_root", "true"), ("input.value", "i"), ("output.value", "o")]).parent("p"),
        ];
        for root in roots {
            let changes = said(&[root]);
            let [change] = &*changes else { panic!("one span, one event: {changes:?}") };
            assert_eq!(change.name, Patch::Set("span".into()));
            assert_eq!(
                [change.input.clone(), change.output.clone()].map(|side| side.map(text)),
                [Some("i".into()), Some("o".into())]
            );
            assert!(!change.explicit);
        }
    }

    #[test]
    fn a_trace_may_have_a_name_and_payloads_of_its_own() {
        let pairs = [
            ("langfuse.trace.name", "trace"),
            ("langfuse.trace.output", "own"),
            ("langfuse.observation.input", "i"),
            ("langfuse.observation.output", "o"),
        ];
        let root = said(&[texts(&pairs)]);
        let child = said(&[texts(&pairs).parent("p")]);
        for (changes, input) in [(root, Some("i".to_owned())), (child, None)] {
            let [change] = &*changes else { panic!("one span, one event: {changes:?}") };
            assert_eq!(change.name, Patch::Set("trace".into()));
            assert_eq!(change.input.clone().map(text), input);
            assert_eq!(change.output.clone().map(text).as_deref(), Some("own"));
            assert!(change.explicit);
        }
    }

    #[test]
    fn what_is_missing_clears_nothing() {
        let changes = said(&[sample(&[])]);
        let [change] = &*changes else { panic!("one span, one event: {changes:?}") };
        assert_eq!([&change.version, &change.release, &change.user_id], [&Patch::Keep; 3]);
        assert_eq!((&change.session_id, change.public), (&Patch::Keep, None));
    }

    #[test]
    fn repetitions_are_left_out() {
        let root = || starting(texts(&[("user.id", "u"), ("langfuse.observation.input", "i")]), 10);
        let child = |millis| starting(texts(&[("user.id", "u")]).parent("p"), millis);
        let other = |millis| starting(texts(&[("user.id", "v")]).parent("p"), millis);
        let times =
            |samples: &[Sample]| -> Vec<i64> { said(samples).iter().map(|change| change.timestamp.millis()).collect() };
        assert_eq!(times(&[child(14), child(11), child(13), child(12), root()]), [10, 14]);
        assert_eq!(times(&[child(14), child(11), child(13)]), [11, 14]);
        assert_eq!(times(&[child(11), other(12), child(13), child(14)]), [11, 12, 14]);
        assert_eq!(times(&[root(), root()]), [10, 10]);
    }
}
