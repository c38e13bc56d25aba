//! Vercel's AI SDK up to its version 6, and later on request: scope `ai`, attributes that start with `ai.`. Version 7
//! writes the conventions.

use std::borrow::Cow;

use spanstone_model::{ObservationType, PromptLink, Text, Timestamp, UsageDetails};

use super::gen_ai;
use crate::lenient_json::{Json, quote_into};
use crate::otlp::attributes::Attributes;
use crate::otlp::fields::{first, prompt_version};
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::usage::{Tally, count, count_at};
use crate::otlp::value::{Value, list_into};

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

/// What a user calls, inside of which the model calls are spans of their own.
const AROUND_CALLS: [&str; 6] =
    ["ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject", "ai.embed", "ai.embedMany"];

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

/// Where a count of tokens is found.
enum Place {
    Attribute(&'static str),
    /// In what the provider says in its own words.
    Provider(&'static [&'static str]),
}

use Place::{Attribute, Provider};

const PROVIDER: &str = "ai.response.providerMetadata";

const INPUT_TOKENS: [&str; 5] = [
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.input_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    // Of an embedding.
    "ai.usage.tokens",
];

const OUTPUT_TOKENS: [&str; 4] = [
    "gen_ai.usage.completion_tokens",
    "gen_ai.usage.output_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
];

/// The input without its parts. Before version 6 the SDK passed on what Anthropic calls input, which is that.
const PLAIN_INPUT_TOKENS: [Place; 2] =
    [Attribute("ai.usage.inputTokenDetails.noCacheTokens"), Provider(&["anthropic", "usage", "input_tokens"])];

/// Parts: what each is taken out of, and where it is found, with the name that it gets from there.
const PARTS: [(&str, &[(&str, Place)]); 5] = [
    (
        "input",
        &[
            ("input_cached_tokens", Attribute("ai.usage.inputTokenDetails.cacheReadTokens")),
            ("input_cached_tokens", Attribute("ai.usage.cachedInputTokens")),
            ("input_cached_tokens", Provider(&["openai", "cachedPromptTokens"])),
            ("input_cached_tokens", Provider(&["anthropic", "usage", "cache_read_input_tokens"])),
            ("input_cache_read", Provider(&["bedrock", "usage", "cacheReadInputTokens"])),
        ],
    ),
    (
        "input",
        &[
            ("input_cache_creation", Attribute("ai.usage.inputTokenDetails.cacheWriteTokens")),
            ("input_cache_creation", Provider(&["anthropic", "usage", "cache_creation_input_tokens"])),
            ("input_cache_creation", Provider(&["bedrock", "usage", "cacheCreationInputTokens"])),
            ("input_cache_write", Provider(&["bedrock", "usage", "cacheWriteInputTokens"])),
        ],
    ),
    (
        "input_cache_creation",
        &[(
            "input_cache_creation_5m",
            Provider(&["anthropic", "usage", "cache_creation", "ephemeral_5m_input_tokens"]),
        )],
    ),
    (
        "input_cache_creation",
        &[(
            "input_cache_creation_1h",
            Provider(&["anthropic", "usage", "cache_creation", "ephemeral_1h_input_tokens"]),
        )],
    ),
    (
        "output",
        &[
            ("output_reasoning_tokens", Attribute("ai.usage.outputTokenDetails.reasoningTokens")),
            ("output_reasoning_tokens", Attribute("ai.usage.reasoningTokens")),
            ("output_reasoning_tokens", Provider(&["openai", "reasoningTokens"])),
        ],
    ),
];

/// Langfuse's names for parameters, and where they are found. What is not asked for here keeps its own name.
const PARAMETERS: [(&str, &[&str]); 8] = [
    ("maxSteps", &["ai.settings.maxSteps"]),
    ("toolChoice", &["ai.prompt.toolChoice"]),
    ("maxTokens", &["gen_ai.request.max_tokens"]),
    ("finishReason", &["gen_ai.response.finish_reasons", "gen_ai.finishReason"]),
    ("system", &["gen_ai.system", "ai.model.provider"]),
    ("maxRetries", &["ai.settings.maxRetries"]),
    ("mode", &["ai.settings.mode"]),
    ("temperature", &["gen_ai.request.temperature"]),
];

const OTHER_PARAMETERS: &str = "gen_ai.request.";
const NO_PARAMETERS: [&str; 3] = ["model", "max_tokens", "temperature"];

/// Whatever tracer a user gave to the SDK.
fn is_of_the_sdk(view: &View<'_>) -> bool {
    view.scope.name == "ai" || view.attributes().get(OPERATION).is_some()
}

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

pub(in crate::otlp) fn is_around_calls(view: &View<'_>) -> bool {
    view.attributes().str(OPERATION).is_some_and(|operation| AROUND_CALLS.contains(&operation))
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

pub(in crate::otlp) fn usage(view: &View<'_>) -> Option<UsageDetails> {
    if !is_of_the_sdk(view) {
        return None;
    }
    let attributes = view.attributes();
    let provider = attributes.truthy(PROVIDER).map(Value::text);
    let provider = provider.as_deref().and_then(|text| Json::parse(text).ok());
    let at = |place: &Place| match place {
        Attribute(key) => count(attributes.get(key)?),
        Provider(path) => count_at(provider?, path),
    };
    let first_of = |keys: &[&str]| keys.iter().find_map(|key| count(attributes.get(key)?));

    let mut tally = Tally::default();
    for (kind, keys) in [("input", &INPUT_TOKENS[..]), ("output", &OUTPUT_TOKENS[..])] {
        if let Some(count) = first_of(keys) {
            tally.set(kind, count);
        }
    }
    for (of, places) in &PARTS {
        if let Some((kind, count)) = places.iter().find_map(|(kind, place)| Some((*kind, at(place)?))) {
            tally.take_out(kind, of, count);
        }
    }
    if let Some(plain) = PLAIN_INPUT_TOKENS.iter().find_map(at) {
        tally.set("input", plain);
    }
    Some(tally.into_details())
}

pub(in crate::otlp) fn parameters(view: &View<'_>) -> Option<String> {
    if !is_of_the_sdk(view) {
        return None;
    }
    let attributes = view.attributes();
    let named = PARAMETERS.iter().filter_map(|(name, keys)| Some((*name, first(attributes, keys)?.clone())));
    let tier = attributes.str(PROVIDER).and_then(|text| Json::parse(text).ok()?.at(&["openai", "serviceTier"]));
    let tier = tier.and_then(Json::string).map(|tier| ("service_tier", Value::String(tier)));
    let others = attributes.under(OTHER_PARAMETERS).filter(|(name, _)| !NO_PARAMETERS.contains(name));
    let others = others.map(|(name, value)| (name, value.clone()));
    let mut out = String::new();
    list_into(&mut out, ['{', '}'], named.chain(tier).chain(others), |(name, value), out| {
        quote_into(name, out);
        out.push(':');
        match value {
            Value::Int(_) | Value::Double(_) | Value::String(_) => value.json_into(out),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => quote_into(&value.json(), out),
        }
    });
    Some(out)
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    if !is_of_the_sdk(view) {
        return None;
    }
    let attributes = view.attributes();
    let input = INPUTS.iter().find_map(|key| attributes.get(key)).map(Side::Value);
    let input = input.or_else(|| embedded(attributes));
    let output = match (attributes.truthy(TEXT), attributes.get(TOOL_CALLS)) {
        (Some(text), Some(calls)) => Some(Side::written(|| message(text, calls))),
        (Some(text), None) => Some(Side::Value(text)),
        (None, _) => OUTPUTS.iter().find_map(|key| attributes.get(key)).map(Side::Value),
    };
    let generic = gen_ai::payloads(attributes);
    Some(Sides { input: input.or(generic.input), output: output.or(generic.output) })
}

/// What was embedded: a value, or several, each of them JSON.
fn embedded<'s>(attributes: &'s Attributes<'s>) -> Option<Side<'s>> {
    match attributes.get("ai.values") {
        Some(Value::Array(values)) => Some(Side::written(move || {
            let mut out = String::new();
            list_into(&mut out, ['[', ']'], values, json_in_text_into);
            out
        })),
        Some(value) => Some(Side::Value(value)),
        None => attributes.get("ai.value").map(Side::Value),
    }
}

fn message(text: &Value<'_>, tool_calls: &Value<'_>) -> String {
    let mut out = String::from(r#"{"role":"assistant","content":"#);
    text.json_into(&mut out);
    out.push_str(r#","tool_calls":"#);
    json_in_text_into(tool_calls, &mut out);
    out.push('}');
    out
}

/// Writes a value that mostly is a string with JSON in it.
fn json_in_text_into(value: &Value<'_>, out: &mut String) {
    match value.as_str().map(Json::parse) {
        Some(Ok(json)) => json.compact_into(out),
        Some(Err(_)) | None => value.json_into(out),
    }
}

#[cfg(test)]
mod tests {
    use spanstone_model::Patch;

    use super::*;
    use crate::otlp::sample::{sample, texts, usage_of};

    /// What version 6.0 sent for a call of OpenAI's responses API, as to usage.
    #[test]
    fn usage_of_version_6() {
        let call = sample(&[
            (OPERATION, "ai.streamText.doStream".into()),
            (PROVIDER, r#"{"openai":{"responseId":"resp_1","serviceTier":"flex","reasoningTokens":9}}"#.into()),
            ("ai.usage.inputTokens", 120.into()),
            ("ai.usage.inputTokenDetails.noCacheTokens", 56.into()),
            ("ai.usage.inputTokenDetails.cacheReadTokens", 64.into()),
            ("ai.usage.outputTokens", 45.into()),
            ("ai.usage.outputTokenDetails.reasoningTokens", 16.into()),
            ("ai.usage.totalTokens", 165.into()),
            ("ai.usage.cachedInputTokens", 64.into()),
            ("gen_ai.usage.input_tokens", 120.into()),
            ("gen_ai.usage.output_tokens", 45.into()),
        ]);
        let expected = [("input", 56), ("input_cached_tokens", 64), ("output", 29), ("output_reasoning_tokens", 16)];
        assert_eq!(usage_of(&call), expected);
        assert_eq!(call.observation().model_parameters.as_deref(), Some(r#"{"service_tier":"flex"}"#));
    }

    #[test]
    fn providers_tell_what_was_cached() {
        let usage = |provider: &'static str| {
            let call = sample(&[
                ("gen_ai.usage.input_tokens", 100.into()),
                ("gen_ai.usage.output_tokens", 10.into()),
                (PROVIDER, provider.into()),
            ]);
            usage_of(&call.scope("ai"))
        };
        assert_eq!(
            usage(
                r#"{"anthropic":{"usage":{"input_tokens":100,"cache_read_input_tokens":40,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10}}}}"#
            ),
            [
                ("input", 100),
                ("input_cache_creation", 0),
                ("input_cache_creation_1h", 10),
                ("input_cache_creation_5m", 20),
                ("input_cached_tokens", 40),
                ("output", 10)
            ]
        );
        assert_eq!(
            usage(r#"{"bedrock":{"usage":{"cacheReadInputTokens":40,"cacheWriteInputTokens":30}}}"#),
            [("input", 30), ("input_cache_read", 40), ("input_cache_write", 30), ("output", 10)]
        );
        assert_eq!(
            usage(r#"{"openai":{"cachedPromptTokens":40,"reasoningTokens":4}}"#),
            [("input", 60), ("input_cached_tokens", 40), ("output", 6), ("output_reasoning_tokens", 4)]
        );
        assert_eq!(usage("broken"), [("input", 100), ("output", 10)]);
    }

    #[test]
    fn what_a_user_calls_leaves_model_and_usage_to_the_calls_inside() {
        let called = |operation: &'static str| {
            let call = sample(&[
                (OPERATION, operation.into()),
                ("ai.model.id", "gpt-4o".into()),
                ("ai.usage.cachedInputTokens", 64.into()),
                ("ai.usage.tokens", 9.into()),
            ]);
            let observation = call.observation();
            (observation.model, usage_of(&call).len())
        };
        assert_eq!(called("ai.embed"), (Patch::Keep, 0));
        assert_eq!(called("ai.generateText"), (Patch::Keep, 0));
        assert_eq!(called("ai.embed.doEmbed"), (Patch::Set("gpt-4o".into()), 2));
    }

    #[test]
    fn what_was_embedded_is_the_input() {
        let one = texts(&[(OPERATION, "ai.embed"), ("ai.value", "\"sunny\"")]);
        assert_eq!(one.payloads()[0].as_deref(), Some("\"sunny\""));
        let values = Value::Array(vec!["\"sunny\"".into(), "{\"a\": 1}".into(), "no JSON".into()]);
        let several = sample(&[(OPERATION, "ai.embedMany".into()), ("ai.values", values)]);
        assert_eq!(several.payloads()[0].as_deref(), Some(r#"["sunny",{"a":1},"no JSON"]"#));
    }

    #[test]
    fn parameters_have_the_names_that_langfuse_gives_them() {
        let call = sample(&[
            ("ai.settings.maxRetries", 2.into()),
            ("ai.model.provider", "openai.chat".into()),
            ("gen_ai.request.model", "gpt-4o".into()),
            ("gen_ai.request.max_tokens", 256.into()),
            ("gen_ai.request.temperature", 0.2.into()),
            ("gen_ai.request.top_p", 0.5.into()),
            ("gen_ai.response.finish_reasons", Value::Array(vec!["stop".into()])),
        ]);
        assert_eq!(
            call.scope("ai").observation().model_parameters.as_deref(),
            Some(
                r#"{"maxTokens":256,"finishReason":"[\"stop\"]","system":"openai.chat","maxRetries":2,"temperature":0.2,"top_p":0.5}"#
            )
        );
    }
}
