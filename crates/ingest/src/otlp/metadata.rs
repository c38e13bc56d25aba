//! The metadata of an observation and of a trace: what users gave, and where the span comes from.
//!
//! Owns the list of attributes that are payloads and therefore no metadata. Writes JSON objects; refuses to nest
//! dotted keys, which users chose as they are.

use std::borrow::Cow;
use std::collections::HashMap;

use spanstone_model::Text;

use super::attributes::Attributes;
use super::dialect;
use super::experiment::is_of_experiment;
use super::span::View;
use super::tools::{self, Left};
use super::value::{Value, list_into};
use crate::lenient_json::{Json, quote_into};

const OBSERVATION: &str = "langfuse.observation.metadata";
const TRACE: &str = "langfuse.trace.metadata";
const EITHER: &str = "langfuse.metadata";
const VERCEL_AI: &str = "ai.telemetry.metadata";

/// What the AI SDK carries among its metadata but means for fields of their own.
const VERCEL_AI_FIELDS: [&str; 4] = ["userId", "sessionId", "tags", "langfusePrompt"];

/// Attributes that hold input, output or metadata, and so are not repeated among `attributes`.
const PAYLOAD_KEYS: [&str; 61] = [
    "langfuse.trace.input",
    "langfuse.trace.output",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "ai.prompt.messages",
    "ai.prompt",
    "ai.toolCall.args",
    "ai.value",
    "ai.values",
    "ai.response.text",
    "ai.response.object",
    "ai.response.toolCalls",
    "ai.result.text",
    "ai.result.object",
    "ai.result.toolCalls",
    "ai.toolCall.result",
    "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.llm_response",
    "gcp.vertex.agent.tool_call_args",
    "gcp.vertex.agent.tool_response",
    "prompt",
    "all_messages_events",
    "events",
    "lk.input_text",
    "lk.user_transcript",
    "lk.chat_ctx",
    "lk.user_input",
    "lk.function_tool.output",
    "lk.response.text",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "gen_ai.task.input",
    "gen_ai.task.output",
    "trace.input",
    "trace.output",
    "span.input",
    "span.output",
    "input.value",
    "output.value",
    "final_result",
    "pydantic_ai.all_messages",
    "gen_ai.system_instructions",
    "input",
    "output",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "genkit:input",
    "genkit:output",
    "flue.turn.input",
    "flue.turn.output",
    "flue.tool.arguments",
    "flue.tool.result",
    "flue.task.prompt",
    "flue.task.result",
    "flue.workflow.payload",
    "flue.workflow.result",
    "flue.operation.result",
];

const PAYLOAD_PREFIXES: [&str; 7] =
    ["gen_ai.prompt", "gen_ai.completion", "llm.input_messages", "llm.output_messages", TRACE, OBSERVATION, VERCEL_AI];

/// Returns the metadata of a span's observation, that of its trace included, as Langfuse 4 shows it.
pub(super) fn of_observation(view: &View<'_>) -> String {
    let mut metadata = Metadata::default();
    metadata.add_origin(view);
    metadata.add_of_dialect(view);
    metadata.add_user(view.attributes(), OBSERVATION);
    metadata.add_user(view.attributes(), TRACE);
    metadata.json()
}

/// Returns what a root span says about its trace's metadata.
pub(super) fn of_trace(view: &View<'_>) -> String {
    let mut metadata = Metadata::default();
    metadata.add_user(&view.resource.attributes, TRACE);
    metadata.add_user(view.attributes(), TRACE);
    metadata.add_of_dialect(view);
    metadata.add_user(view.attributes(), OBSERVATION);
    metadata.add_origin(view);
    metadata.json()
}

/// Returns what a span inside a trace says about the trace's metadata: only what is marked as such. `None` when
/// it says nothing.
pub(super) fn for_trace(view: &View<'_>) -> Option<String> {
    let mut metadata = Metadata::default();
    metadata.add_user(view.attributes(), TRACE);
    (!metadata.members.is_empty()).then(|| metadata.json())
}

/// Returns those members of an observation's metadata that prices may depend on.
pub(super) fn price_hints(view: &View<'_>, keys: &[Text]) -> Vec<(Text, Text)> {
    let mut metadata = Metadata::default();
    metadata.add_user(view.attributes(), OBSERVATION);
    keys.iter().filter_map(|key| Some((key.clone(), metadata.primitive(key)?.into()))).collect()
}

/// A JSON object in the making: of two members with one name the later one counts, at the place of the first.
#[derive(Default)]
struct Metadata<'s> {
    members: Vec<(Cow<'s, str>, Member<'s>)>,
    places: HashMap<Cow<'s, str>, usize>,
}

enum Member<'s> {
    Value(&'s Value<'s>),
    Json(Json<'s>),
    /// JSON already written.
    Written(String),
}

impl<'s> Metadata<'s> {
    fn set(&mut self, name: Cow<'s, str>, member: Member<'s>) {
        let place = *self.places.entry(name.clone()).or_insert(self.members.len());
        match self.members.get_mut(place) {
            Some(known) => known.1 = member,
            None => self.members.push((name, member)),
        }
    }

    /// A member that is a string, a number or a boolean, as text.
    fn primitive(&self, name: &str) -> Option<Cow<'_, str>> {
        match &self.members.get(*self.places.get(name)?)?.1 {
            Member::Value(Value::Null | Value::Array(_) | Value::Object(_)) | Member::Written(_) => None,
            Member::Value(value) => Some(value.text()),
            Member::Json(json) => json.primitive_text(),
        }
    }

    /// Adds where the span comes from. What a Langfuse SDK says in attributes is all in fields.
    fn add_origin(&mut self, view: &View<'s>) {
        if !view.is_from_langfuse_sdk() {
            self.set("attributes".into(), Member::Written(remaining_attributes(view)));
        }
        let resource = plain_object(&view.resource.attributes);
        self.set("resourceAttributes".into(), Member::Written(resource));
        self.set("scope".into(), Member::Written(scope(view)));
    }

    /// Adds what a user gave to another library than Langfuse's.
    fn add_of_dialect(&mut self, view: &View<'s>) {
        if let Some(key) = dialect::metadata(view) {
            self.add_user(view.attributes(), key);
        }
    }

    /// Adds what a user gave: an object under `key`, then attributes below it.
    fn add_user(&mut self, attributes: &'s Attributes<'s>, key: &str) {
        match attributes.truthy(key).or_else(|| attributes.truthy(EITHER)) {
            Some(Value::String(text)) => self.add_json(text),
            Some(Value::Object(entries)) => {
                for (name, value) in entries {
                    self.set(Cow::Borrowed(name), Member::Value(value));
                }
            }
            Some(Value::Array(items)) => {
                for (place, value) in items.iter().enumerate() {
                    self.set(Cow::Owned(place.to_string()), Member::Value(value));
                }
            }
            Some(Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_)) | None => {}
        }
        for (name, value) in attributes.iter() {
            let below = |prefix| name.strip_prefix(prefix).and_then(|rest: &str| rest.strip_prefix('.'));
            let from_vercel = || below(VERCEL_AI).filter(|name| !VERCEL_AI_FIELDS.contains(name));
            if let Some(name) = below(key).or_else(|| below(EITHER)).or_else(from_vercel) {
                self.set(Cow::Borrowed(name), Member::Value(value));
            }
        }
    }

    /// Adds the members of an object, or the elements of an array by their places; other JSON has no names.
    fn add_json(&mut self, text: &'s str) {
        let Ok(json) = Json::parse(text) else { return };
        if let Some(object) = json.object() {
            for (name, value) in object.iter() {
                self.set(Cow::Owned(name.to_owned()), Member::Json(value));
            }
        }
        for (place, value) in json.array().into_iter().flatten().enumerate() {
            self.set(Cow::Owned(place.to_string()), Member::Json(value));
        }
    }

    fn json(&self) -> String {
        object(self.members.iter().map(|(name, member)| (&**name, member)), |member, out| match member {
            Member::Value(value) => value.json_into(out),
            Member::Json(json) => json.compact_into(out),
            Member::Written(json) => out.push_str(json),
        })
    }
}

/// The attributes that are neither payload nor user metadata, each as a string.
fn remaining_attributes(view: &View<'_>) -> String {
    let of_user = dialect::metadata(view);
    let is_metadata = |key: &str| {
        let rest = of_user.and_then(|name| key.strip_prefix(name));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let attributes = view.attributes().distinct().into_iter();
    let is_elsewhere = |key: &str| is_payload(key) || is_metadata(key) || is_of_experiment(key);
    let remaining = attributes.filter(|(key, _)| !is_elsewhere(key));
    let remaining = remaining.filter_map(|(key, value)| match tools::left(key, value) {
        Left::All => Some((key, value.text())),
        Left::Some(text) => Some((key, text)),
        Left::Nothing => None,
    });
    object(remaining, |text, out| quote_into(&text, out))
}

fn is_payload(key: &str) -> bool {
    PAYLOAD_KEYS.contains(&key) || PAYLOAD_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

fn plain_object(attributes: &Attributes<'_>) -> String {
    object(attributes.distinct(), Value::json_into)
}

fn scope(view: &View<'_>) -> String {
    let text = |text: &str| Value::String(Cow::Owned(text.to_owned())).json();
    let mut members = vec![("name", text(&view.scope.name))];
    if !view.scope.version.is_empty() {
        members.push(("version", text(&view.scope.version)));
    }
    members.push(("attributes", plain_object(&view.scope.attributes)));
    object(members, |json, out| out.push_str(&json))
}

fn object<'n, T>(
    members: impl IntoIterator<Item = (&'n str, T)>,
    mut value_into: impl FnMut(T, &mut String),
) -> String {
    let mut out = String::new();
    list_into(&mut out, ['{', '}'], members, |(name, value), out| {
        quote_into(name, out);
        out.push(':');
        value_into(value, out);
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::{sample, texts};

    #[test]
    fn what_a_foreign_library_says_is_kept_but_for_payloads() {
        let sample = sample(&[
            ("http.status", 200.into()),
            ("flags", Value::Array(vec![true.into()])),
            ("input.value", "in".into()),
            ("gen_ai.prompt.0.content", "hi".into()),
            ("langfuse.observation.metadata.a.b", "c".into()),
            ("http.status", 201.into()),
        ])
        .resource(&[("service.name", "shop".into()), ("process.pid", 7.into())]);
        assert_eq!(
            of_observation(&sample.view()),
            r#"{"attributes":{"http.status":"201","flags":"[true]"},"resourceAttributes":{"service.name":"shop","process.pid":7},"scope":{"name":"app","attributes":{}},"a.b":"c"}"#
        );
    }

    #[test]
    fn attributes_of_a_langfuse_sdk_are_all_in_fields() {
        let sample = texts(&[("langfuse.observation.type", "span"), ("langfuse.observation.metadata.k", "v")]);
        assert_eq!(
            of_observation(&sample.scope("langfuse-sdk").view()),
            r#"{"resourceAttributes":{},"scope":{"name":"langfuse-sdk","attributes":{}},"k":"v"}"#
        );
    }

    #[test]
    fn user_metadata_comes_whole_or_key_by_key() {
        for (pairs, expected) in [
            (&[("langfuse.trace.metadata", r#"{"a": [1, 2], "b": "x"}"#)][..], Some(r#"{"a":[1,2],"b":"x"}"#)),
            (&[("langfuse.trace.metadata", "[1]")], Some(r#"{"0":1}"#)),
            (&[("langfuse.trace.metadata", "1")], None),
            (&[("langfuse.trace.metadata", "broken")], None),
            (
                &[("langfuse.trace.metadata.a", "{\"text\":1}"), ("langfuse.trace.metadata", r#"{"b":1,"a":2}"#)],
                Some(r#"{"b":1,"a":"{\"text\":1}"}"#),
            ),
            (&[("langfuse.metadata.k", "v"), ("ai.telemetry.metadata.l", "w")], Some(r#"{"k":"v","l":"w"}"#)),
            (&[("ai.telemetry.metadata.userId", "u"), ("langfuse.trace.metadatax", "w")], None),
            (&[("langfuse.observation.metadata.k", "v")], None),
        ] {
            assert_eq!(for_trace(&texts(pairs).view()).as_deref(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn where_a_trace_comes_from_overrules_what_users_say_and_the_other_way_round_for_observations() {
        let sample = texts(&[("langfuse.trace.metadata.scope", "mine")]).scope("langfuse-sdk");
        assert_eq!(
            of_trace(&sample.view()),
            r#"{"scope":{"name":"langfuse-sdk","attributes":{}},"resourceAttributes":{}}"#
        );
        assert_eq!(of_observation(&sample.view()), r#"{"resourceAttributes":{},"scope":"mine"}"#);
    }
}
