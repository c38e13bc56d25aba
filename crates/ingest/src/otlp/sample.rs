//! Spans for tests, made from the attributes that a test is about.

use std::borrow::Cow;

use spanstone_model::{ObservationChange, Payload, Timestamp};

use super::attributes::Attributes;
use super::observation;
use super::span::{OtlpSpan, Resource, Scope, SpanEvent, View};
use super::value::Value;
use crate::Keep;

pub(super) type Pairs<'p> = [(&'static str, Value<'static>)];

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<f64> for Value<'_> {
    fn from(double: f64) -> Self {
        Self::Double(double)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

/// A span with everything it was found in.
pub(super) struct Sample {
    pub(super) resource: Resource<'static>,
    pub(super) scope: Scope<'static>,
    pub(super) span: OtlpSpan<'static>,
}

/// A root span named `span`, from scope `app`, with string attributes.
pub(super) fn texts(pairs: &[(&'static str, &'static str)]) -> Sample {
    let pairs: Vec<_> = pairs.iter().map(|(key, text)| (*key, Value::from(*text))).collect();
    sample(&pairs)
}

/// A root span named `span`, from scope `app`, with any attributes.
pub(super) fn sample(pairs: &Pairs<'_>) -> Sample {
    Sample {
        resource: Resource::default(),
        scope: Scope { name: "app".into(), ..Scope::default() },
        span: OtlpSpan {
            trace_id: "trace".into(),
            id: "id".into(),
            name: "span".into(),
            start: Some(1_000_000_000),
            end: Some(2_000_000_000),
            attributes: attributes(pairs),
            ..OtlpSpan::default()
        },
    }
}

impl Sample {
    pub(super) fn scope(mut self, name: &'static str) -> Self {
        self.scope.name = name.into();
        self
    }

    pub(super) fn name(mut self, name: &'static str) -> Self {
        self.span.name = name.into();
        self
    }

    pub(super) fn parent(mut self, id: &'static str) -> Self {
        self.span.parent_id = id.into();
        self
    }

    pub(super) fn resource(mut self, pairs: &Pairs<'_>) -> Self {
        self.resource.attributes = attributes(pairs);
        self
    }

    pub(super) fn event(mut self, name: &'static str, pairs: &Pairs<'_>) -> Self {
        self.span.events.push(SpanEvent { name: name.into(), attributes: attributes(pairs) });
        self
    }

    pub(super) fn view(&self) -> View<'_> {
        View { resource: &self.resource, scope: &self.scope, span: &self.span }
    }

    /// The observation it becomes, with payloads.
    pub(super) fn observation(&self) -> ObservationChange {
        let times = observation::times(&self.view(), Timestamp::from_millis(9_000));
        observation::observation(&self.view(), times, Keep::Payloads).expect("its ids are ids")
    }

    /// The same, without payloads.
    pub(super) fn skeleton(&self) -> ObservationChange {
        let times = observation::times(&self.view(), Timestamp::from_millis(9_000));
        observation::observation(&self.view(), times, Keep::Skeleton).expect("its ids are ids")
    }

    /// Its input and its output.
    pub(super) fn payloads(&self) -> [Option<String>; 2] {
        let observation = self.observation();
        [observation.input, observation.output].map(|payload| payload.map(text))
    }
}

/// The text of a payload that was kept.
pub(super) fn text(payload: Payload) -> String {
    match payload {
        Payload::Text(text) => text.into(),
        Payload::Elided => panic!("the payload was not kept"),
    }
}

fn attributes(pairs: &Pairs<'_>) -> Attributes<'static> {
    pairs.iter().map(|(key, value)| (Cow::Borrowed(*key), value.clone())).collect()
}

/// What a sample used, by type.
pub(super) fn usage_of(sample: &Sample) -> Vec<(&'static str, u64)> {
    let usage = sample.observation().usage;
    usage.iter().map(|(kind, amount)| (&*kind.to_string().leak(), amount)).collect()
}

/// What a sample cost in dollars, by type.
pub(super) fn cost_of(sample: &Sample) -> Vec<(&'static str, f64)> {
    let cost = sample.observation().cost;
    cost.iter().map(|(kind, cost)| (&*kind.to_string().leak(), cost.dollars())).collect()
}
