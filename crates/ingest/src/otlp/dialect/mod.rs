//! How each library writes what happened, one file per library or convention.
//!
//! Owns the order in which dialects are asked for the type of an observation, its input and output, its usage and
//! the rest: the first that has an answer is believed. A new dialect is a new file here and a line in these tables.

pub(super) mod adk;
pub(super) mod flue;
pub(super) mod gen_ai;
pub(super) mod genkit;
pub(super) mod langfuse;
pub(super) mod livekit;
pub(super) mod logfire;
pub(super) mod mlflow;
pub(super) mod openinference;
pub(super) mod openllmetry;
pub(super) mod openrouter;
pub(super) mod plain;
pub(super) mod vercel_ai;

use std::borrow::Cow;

use spanstone_model::{Level, ObservationType, Text, UsageDetails};

use super::payload::Sides;
use super::span::View;

type Kind = fn(&View<'_>) -> Option<ObservationType>;

const KINDS: [Kind; 14] = [
    langfuse::kind_of_old_python_sdk,
    langfuse::kind,
    openinference::kind,
    gen_ai::kind_by_operation,
    genkit::kind,
    vercel_ai::kind,
    gen_ai::kind_by_tool,
    flue::kind,
    livekit::kind,
    mlflow::kind,
    openllmetry::kind,
    logfire::kind_of_openai_agents,
    plain::kind_by_model,
    logfire::kind_of_log,
];

/// Returns what a span is; a span if nobody knows better.
pub(super) fn kind(view: &View<'_>) -> ObservationType {
    KINDS.iter().find_map(|kind| kind(view)).unwrap_or(ObservationType::Span)
}

type Payloads = for<'s> fn(&View<'s>) -> Option<Sides<'s>>;

const PAYLOADS: [Payloads; 19] = [
    langfuse::payloads,
    genkit::payloads,
    vercel_ai::payloads,
    flue::payloads,
    gen_ai::payloads_in_details_event,
    gen_ai::payloads_in_message_events,
    gen_ai::payloads_in_content_events,
    adk::payloads,
    logfire::payloads,
    livekit::payloads,
    logfire::payloads_in_events,
    plain::payloads_of_frameworks,
    openinference::payloads_beside_python_values,
    openinference::payloads,
    plain::payloads,
    logfire::payloads_of_pydantic_ai,
    plain::payloads_of_tools,
    openllmetry::payloads,
    openinference::payloads_in_messages,
];

/// Returns a span's input and output. The first dialect that has either is believed about both: an input of one
/// beside an output of another would be two halves of different stories.
pub(super) fn payloads<'s>(view: &View<'s>) -> Sides<'s> {
    let found = PAYLOADS.iter().find_map(|payloads| payloads(view));
    found.unwrap_or_else(|| gen_ai::payloads(view.attributes()))
}

/// Returns a span's usage when its dialect does not count in `gen_ai.usage.` or `llm.token_count.`, or not only.
pub(super) fn usage(view: &View<'_>) -> Option<UsageDetails> {
    [genkit::usage, vercel_ai::usage, mlflow::usage].iter().find_map(|usage| usage(view))
}

/// Returns a part of a span's usage that its dialect knows and has not counted in an attribute.
pub(super) fn part_of_usage(view: &View<'_>, kind: &str) -> Option<u64> {
    logfire::part_of_usage(view, kind).or_else(|| adk::part_of_usage(view, kind))
}

/// Returns whether a span surrounds model calls, and what it says of model and usage is counted there.
pub(super) fn is_around_calls(view: &View<'_>) -> bool {
    gen_ai::is_around_calls(view)
        || vercel_ai::is_around_calls(view)
        || openinference::is_around_calls(view)
        || logfire::is_around_calls(view)
}

/// Returns the model of a span that says it in its own way.
pub(super) fn model(view: &View<'_>) -> Option<Text> {
    mlflow::model(view)
}

/// Returns the model of a span that has none of the attributes for it.
pub(super) fn model_elsewhere(view: &View<'_>) -> Option<Text> {
    genkit::model(view).or_else(|| openinference::model(view))
}

/// Returns a span's model parameters as a JSON object, if its dialect has its own idea of them.
pub(super) fn parameters(view: &View<'_>) -> Option<String> {
    genkit::parameters(view).or_else(|| vercel_ai::parameters(view))
}

/// Returns the name of the tool that a span is a call of, where it has another name.
pub(super) fn name<'s>(view: &View<'s>) -> Option<Cow<'s, str>> {
    vercel_ai::name(view.attributes()).or_else(|| openinference::name(view))
}

/// Returns the level of a span that did not fail.
pub(super) fn level(view: &View<'_>) -> Option<Level> {
    [logfire::level, mlflow::level, livekit::level].iter().find_map(|level| level(view))
}

/// Returns the attribute with what a user gave as metadata, which may also stand in attributes below it.
pub(super) fn metadata(view: &View<'_>) -> Option<&'static str> {
    [openinference::metadata, logfire::metadata, mlflow::metadata, openrouter::metadata]
        .iter()
        .find_map(|metadata| metadata(view))
}

#[cfg(test)]
mod tests;
