//! OpenTelemetry's semantic conventions for generative AI: messages in attributes (1.37 and later), in one event,
//! in an event each (1.28 to 1.36), or in two events (before).

use spanstone_model::{ObservationType, Timestamp};

use super::openllmetry;
use crate::lenient_json::{Json, quote_into};
use crate::otlp::attributes::Attributes;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::{SpanEvent, View};
use crate::otlp::value::{Value, list_into};

const OPERATION: &str = "gen_ai.operation.name";

const KINDS: [(&str, ObservationType); 11] = [
    ("chat", ObservationType::Generation),
    ("completion", ObservationType::Generation),
    ("text_completion", ObservationType::Generation),
    ("generate_content", ObservationType::Generation),
    ("generate", ObservationType::Generation),
    ("embeddings", ObservationType::Embedding),
    ("invoke_agent", ObservationType::Agent),
    ("create_agent", ObservationType::Agent),
    ("execute_tool", ObservationType::Tool),
    ("invoke_workflow", ObservationType::Chain),
    ("retrieval", ObservationType::Retriever),
];

/// Operations whose model and usage are those of the calls inside, counted there.
const OPERATIONS_AROUND_CALLS: [&str; 2] = ["invoke_agent", "agent_step"];

/// Seconds until the first piece of an answer.
const TO_FIRST_CHUNK: [&str; 3] = [
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
];

const MESSAGES_BY_ROLE: [(&str, &str); 4] = [
    ("gen_ai.system.message", "system"),
    ("gen_ai.user.message", "user"),
    ("gen_ai.assistant.message", "assistant"),
    ("gen_ai.tool.message", "tool"),
];

const CHOICE: &str = "gen_ai.choice";

pub(in crate::otlp) fn kind_by_operation(view: &View<'_>) -> Option<ObservationType> {
    let operation = view.attributes().str(OPERATION)?;
    KINDS.iter().find(|(name, _)| *name == operation).map(|(_, kind)| *kind)
}

pub(in crate::otlp) fn kind_by_tool(view: &View<'_>) -> Option<ObservationType> {
    let attributes = view.attributes();
    let tool = attributes.truthy("gen_ai.tool.name").or_else(|| attributes.truthy("gen_ai.tool.call.id"));
    tool.map(|_| ObservationType::Tool)
}

/// Returns whether a span repeats the model and usage of spans inside it.
pub(in crate::otlp) fn is_around_calls(view: &View<'_>) -> bool {
    let operation = view.attributes().str(OPERATION);
    operation.is_some_and(|operation| OPERATIONS_AROUND_CALLS.contains(&operation))
}

/// Returns when the first piece of an answer came.
pub(in crate::otlp) fn completion_start(attributes: &Attributes<'_>, start: Timestamp) -> Option<Timestamp> {
    let seconds = TO_FIRST_CHUNK.iter().find_map(|key| attributes.get(key)?.as_number())?;
    #[expect(clippy::cast_possible_truncation, reason = "a cast from a float is held within the range of the integer")]
    let micros = (seconds * 1e6) as i64;
    Some(Timestamp::from_micros(start.micros().saturating_add(micros)))
}

/// Messages in attributes, or the arguments and the result of a tool call.
pub(in crate::otlp) fn payloads<'s>(attributes: &'s Attributes<'s>) -> Sides<'s> {
    let input = attributes.truthy("gen_ai.input.messages");
    let output = attributes.truthy("gen_ai.output.messages");
    if input.is_none() && output.is_none() {
        return Sides::in_attributes(attributes, &["gen_ai.tool.call.arguments"], &["gen_ai.tool.call.result"]);
    }
    Sides {
        input: input.map(|messages| match attributes.truthy("gen_ai.system_instructions") {
            Some(instructions) => Side::written(|| with_instructions(messages, instructions)),
            None => Side::Value(messages),
        }),
        output: output.map(Side::Value),
    }
}

pub(in crate::otlp) fn payloads_in_details_event<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let event = event(view, "gen_ai.client.inference.operation.details")?;
    payloads(&event.attributes).any()
}

pub(in crate::otlp) fn payloads_in_message_events<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let events = &view.span.events;
    let has_input = events.iter().any(|event| role(event).is_some());
    let has_output = events.iter().any(|event| event.name == CHOICE);
    let sides = Sides {
        input: has_input.then(|| Side::written(|| messages(events))),
        output: has_output.then(|| Side::written(|| choices(events))),
    };
    sides.any()
}

pub(in crate::otlp) fn payloads_in_content_events<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let content = |name| event(view, name).map(|event| &event.attributes);
    let whole = |attributes: &'s Attributes<'s>| Side::written(|| object(None, attributes));
    let input = content("gen_ai.content.prompt").map(|attributes| {
        let found = openllmetry::in_prompt_and_completion(attributes).unwrap_or_else(|| payloads(attributes));
        found.input.unwrap_or_else(|| whole(attributes))
    });
    let output = content("gen_ai.content.completion").map(|attributes| {
        let found = openllmetry::in_prompt_and_completion(attributes).unwrap_or_else(|| payloads(attributes));
        found.output.unwrap_or_else(|| whole(attributes))
    });
    Sides { input, output }.any()
}

fn event<'s>(view: &View<'s>, name: &str) -> Option<&'s SpanEvent<'s>> {
    view.span.events.iter().find(|event| event.name == name)
}

fn role(event: &SpanEvent<'_>) -> Option<&'static str> {
    MESSAGES_BY_ROLE.iter().find(|(name, _)| event.name == *name).map(|(_, role)| *role)
}

fn messages(events: &[SpanEvent<'_>]) -> String {
    let messages = events.iter().filter_map(|event| Some(object(Some(role(event)?), &event.attributes)));
    list(messages)
}

/// One choice as an object, several as a list.
fn choices(events: &[SpanEvent<'_>]) -> String {
    let choices = events.iter().filter(|event| event.name == CHOICE);
    let mut choices: Vec<String> = choices.map(|event| object(None, &event.attributes)).collect();
    match (choices.pop(), choices.is_empty()) {
        (Some(only), true) => only,
        (last, _) => list(choices.into_iter().chain(last)),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let mut out = String::new();
    list_into(&mut out, ['[', ']'], items, |item, out| out.push_str(&item));
    out
}

/// The attributes of an event as an object, with the role in front unless they name one.
fn object(role: Option<&str>, attributes: &Attributes<'_>) -> String {
    let mut out = String::new();
    let role = role.filter(|_| attributes.get("role").is_none());
    let role = role.map(|role| Value::String(role.into()));
    let entries = role.iter().map(|role| ("role", role)).chain(attributes.distinct());
    list_into(&mut out, ['{', '}'], entries, |(key, value), out| {
        quote_into(key, out);
        out.push(':');
        value.json_into(out);
    });
    out
}

/// The messages with the system's instructions in front, unless one of them is from the system already or they
/// are no list.
pub(super) fn with_instructions(messages: &Value<'_>, instructions: &Value<'_>) -> String {
    let text = messages.text();
    let list = Json::parse(&text).ok().and_then(Json::array);
    let list = list.filter(|list| !list.iter().any(|message| is_from_system(*message)));
    let Some(list) = list else {
        return text.into_owned();
    };
    let mut out = String::from(r#"[{"role":"system","content":"#);
    quote_into(&joined_parts(&instructions.text()), &mut out);
    out.push('}');
    for message in list {
        out.push(',');
        message.compact_into(&mut out);
    }
    out.push(']');
    out
}

fn is_from_system(message: Json<'_>) -> bool {
    let role = message.object().and_then(|message| message.get("role")?.string());
    role.as_deref() == Some("system")
}

/// The contents of parts such as `{"type": "text", "content": "…"}`, a line each.
fn joined_parts(instructions: &str) -> String {
    let Some(parts) = Json::parse(instructions).ok().and_then(Json::array) else {
        return instructions.to_owned();
    };
    let content = |part: Json<'_>| {
        let object = part.object();
        let content = object.and_then(|object| object.get("content").or_else(|| object.get("text")));
        content.unwrap_or(part).stored_text().into_owned()
    };
    parts.into_iter().map(content).collect::<Vec<_>>().join("\n")
}
