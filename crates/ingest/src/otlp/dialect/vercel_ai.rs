//! Vercel's AI SDK, scope `ai`.

use std::borrow::Cow;

use spanstone_model::{ObservationType, PromptLink, Text, Timestamp};

use super::gen_ai;
use crate::lenient_json::{Json, quote_into};
use crate::otlp::attributes::Attributes;
use crate::otlp::fields::{first, prompt_version};
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::value::Value;

const OPERATION: &str = "ai.operationId";

const MODEL: [&str; 4] =
    ["langfuse.observation.model.name", "ai.model.id", "gen_ai.request.model", "gen_ai.response.model"];

const MODEL_CALLS: [(&str, ObservationType); 6] = [
    ("ai.generateText.doGenerate", ObservationType::Generation),
    ("ai.streamText.doStream", ObservationType::Generation),
    ("ai.generateObject.doGenerate", ObservationType::Generation),
    ("ai.streamObject.doStream", ObservationType::Generation),
    ("ai.embedMany.doEmbed", ObservationType::Embedding),
    ("ai.embed.doEmbed", ObservationType::Embedding),
];

const INPUTS: [&str; 3] = ["ai.prompt.messages", "ai.prompt", "ai.toolCall.args"];
const TEXT: &str = "ai.response.text";
const TOOL_CALLS: &str = "ai.response.toolCalls";
const OUTPUTS: [&str; 6] = [
    "ai.result.text",
    "ai.toolCall.result",
    "ai.response.object",
    "ai.result.object",
    TOOL_CALLS,
    "ai.result.toolCalls",
];

/// `operation.name` has the function's name behind the operation.
pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let attributes = view.attributes();
    let (name, id) = (attributes.str("operation.name"), attributes.str(OPERATION));
    if first(attributes, &MODEL).is_some() {
        let call =
            MODEL_CALLS.iter().find(|(call, _)| name.is_some_and(|name| name.starts_with(call)) || id == Some(call));
        if let Some((_, kind)) = call {
            return Some(*kind);
        }
    }
    let is_tool_call = |operation: &str| operation.starts_with("ai.toolCall");
    name.into_iter().chain(id).any(is_tool_call).then_some(ObservationType::Tool)
}

pub(in crate::otlp) fn name<'s>(attributes: &'s Attributes<'s>) -> Option<Cow<'s, str>> {
    let operation = attributes.get(OPERATION)?.text();
    match attributes.truthy("ai.telemetry.functionId") {
        Some(function) => Some(Cow::Owned(format!("{}:{operation}", function.text()))),
        None => Some(operation),
    }
}

pub(in crate::otlp) fn prompt(attributes: &Attributes<'_>) -> Option<PromptLink> {
    let link = Json::parse(attributes.str("ai.telemetry.metadata.langfusePrompt")?).ok()?.object()?;
    let version = prompt_version(link.get("version")?.number()?)?;
    let name = link.get("name")?.string().filter(|name| !name.is_empty())?;
    Some(PromptLink { name: Text::from(name), version })
}

pub(in crate::otlp) fn completion_start(attributes: &Attributes<'_>, start: Timestamp) -> Option<Timestamp> {
    let keys = ["ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"];
    let millis = keys.iter().find_map(|key| attributes.get(key)?.as_number())?;
    #[expect(clippy::cast_possible_truncation, reason = "a cast from a float is held within the range of the integer")]
    let micros = (millis.ceil() * 1_000.0) as i64;
    Some(Timestamp::from_micros(start.micros().saturating_add(micros)))
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    if view.scope.name != "ai" {
        return None;
    }
    let attributes = view.attributes();
    let input = INPUTS.iter().find_map(|key| attributes.get(key)).map(Side::Value);
    let output = match (attributes.truthy(TEXT), attributes.get(TOOL_CALLS)) {
        (Some(text), Some(calls)) => Some(Side::written(|| message(text, calls))),
        (Some(text), None) => Some(Side::Value(text)),
        (None, _) => OUTPUTS.iter().find_map(|key| attributes.get(key)).map(Side::Value),
    };
    let generic = gen_ai::payloads(attributes);
    Some(Sides { input: input.or(generic.input), output: output.or(generic.output) })
}

fn message(text: &Value<'_>, tool_calls: &Value<'_>) -> String {
    let mut out = String::from(r#"{"role":"assistant","content":"#);
    text.json_into(&mut out);
    out.push_str(r#","tool_calls":"#);
    match tool_calls.as_str() {
        // Mostly JSON in a string.
        Some(calls) => match Json::parse(calls) {
            Ok(calls) => calls.compact_into(&mut out),
            Err(_) => quote_into(calls, &mut out),
        },
        None => tool_calls.json_into(&mut out),
    }
    out.push('}');
    out
}
