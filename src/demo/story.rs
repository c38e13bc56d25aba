//! One trace as a story: observations at offsets from its start, written as events of the ingestion API.
//!
//! Owns ids, times, token counts and prices of the demo, all derived from the time it is told.

use serde_json::{Map, Value, json};
use spanstone_model::{Cost, Timestamp};

use super::{Link, Request};

/// A source of ids: the same for the same time, different from run to run.
#[derive(Debug)]
pub(super) struct Ids {
    state: u64,
}

impl Ids {
    /// Ids of a demo that ends at `now`.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { state: now.micros().unsigned_abs() }
    }

    /// The next id of an observation, score or event: 16 hex digits, as in OpenTelemetry.
    pub(super) fn short(&mut self) -> String {
        // SplitMix64 (Steele, Lea, Flood 2014): no two of the first 2^64 numbers are equal.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        format!("{:016x}", mixed ^ (mixed >> 31))
    }

    /// The next id of a trace: 32 hex digits.
    pub(super) fn long(&mut self) -> String {
        self.short() + &self.short()
    }
}

/// A model with its price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model {
    pub(super) name: &'static str,
    /// Picodollars per token, which is dollars per million tokens times a million.
    pub(super) input_price: i64,
    pub(super) output_price: i64,
}

pub(super) const SMALL: Model = Model { name: "gpt-4o-mini", input_price: 150_000, output_price: 600_000 };

pub(super) const LARGE: Model = Model { name: "claude-sonnet-4-5", input_price: 3_000_000, output_price: 15_000_000 };

/// About how many tokens a value has: a token for four characters of its JSON.
pub(super) fn tokens(value: &Value) -> u64 {
    (value.to_string().len() as u64).div_ceil(4)
}

/// From when to when something lasted, in milliseconds from the start of its trace.
pub(super) type Span = std::ops::Range<i64>;

/// A trace in the making.
#[derive(Debug)]
pub(super) struct Story<'a> {
    ids: &'a mut Ids,
    trace_id: String,
    start: Timestamp,
    events: Vec<Value>,
}

impl<'a> Story<'a> {
    /// A trace that starts `minutes` before `now`; `trace` holds its fields other than id and timestamp.
    pub(super) fn begin(ids: &'a mut Ids, now: Timestamp, minutes: i64, trace: Value) -> Self {
        let start = Timestamp::from_millis(now.millis() - minutes * 60_000);
        let trace_id = ids.long();
        let mut story = Self { ids, trace_id, start, events: Vec::new() };
        let id = story.trace_id.clone();
        story.tell("trace-create", 0, json!({"id": id, "timestamp": start}), trace);
        story
    }

    fn at(&self, offset_ms: i64) -> Timestamp {
        Timestamp::from_millis(self.start.millis() + offset_ms)
    }

    fn tell(&mut self, kind: &str, offset_ms: i64, known: Value, more: Value) {
        let mut body = Map::new();
        for part in [known, more] {
            if let Value::Object(fields) = part {
                body.extend(fields);
            }
        }
        let event = json!({
            "id": self.ids.short(),
            "type": kind,
            "timestamp": self.at(offset_ms),
            "body": body,
        });
        self.events.push(event);
    }

    /// An observation of `kind` (`span`, `tool`, `agent`, …) under `parent`; returns its id.
    pub(super) fn observe(&mut self, kind: &str, parent: Option<&str>, name: &str, span: Span, more: Value) -> String {
        let id = self.ids.short();
        let mut known = json!({
            "id": id,
            "traceId": self.trace_id,
            "name": name,
            "startTime": self.at(span.start),
        });
        if kind != "event" {
            known["endTime"] = json!(self.at(span.end));
        }
        if let Some(parent) = parent {
            known["parentObservationId"] = json!(parent);
        }
        self.tell(&format!("{kind}-create"), span.start, known, more);
        id
    }

    /// A call of a model, with usage and cost counted from its texts; returns its id.
    pub(super) fn generate(
        &mut self,
        parent: &str,
        name: &str,
        model: Model,
        span: Span,
        input: &Value,
        output: &Value,
    ) -> String {
        let (read, written) = (tokens(input), tokens(output));
        let price = |count: u64, price: i64| {
            let count = i64::try_from(count).expect("a text of the demo is short");
            Cost::from_picodollars(count * price).dollars()
        };
        let first_token = self.at(span.start + (span.end - span.start) / 4);
        let more = json!({
            "model": model.name,
            "modelParameters": {"temperature": 0.2, "max_tokens": 4096},
            "input": input,
            "output": output,
            "completionStartTime": first_token,
            "usageDetails": {"input": read, "output": written, "total": read + written},
            "costDetails": {
                "input": price(read, model.input_price),
                "output": price(written, model.output_price),
            },
        });
        self.observe("generation", Some(parent), name, span, more)
    }

    /// A score of the trace, or of one observation of it.
    pub(super) fn score(&mut self, offset_ms: i64, observation: Option<&str>, name: &str, more: Value) {
        let mut known = json!({"id": self.ids.short(), "traceId": self.trace_id, "name": name});
        if let Some(observation) = observation {
            known["observationId"] = json!(observation);
        }
        self.tell("score-create", offset_ms, known, more);
    }

    /// Closes the story: its events, and the link to look at it.
    pub(super) fn end(self, about: &'static str) -> (Vec<Value>, Link) {
        let link = Link { trace_id: self.trace_id, about };
        (self.events, link)
    }
}

/// One request to the ingestion API with all of these stories.
pub(super) fn batch(stories: impl IntoIterator<Item = (Vec<Value>, Link)>) -> Request {
    let (events, traces): (Vec<_>, Vec<_>) = stories.into_iter().unzip();
    Request { path: "/api/public/ingestion", body: json!({"batch": events.concat()}), traces }
}
