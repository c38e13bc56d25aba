//! How each library writes what happened, one file per library or convention.
//!
//! Owns the order in which dialects are asked for the type of an observation and for its input and output: the
//! first that has an answer is believed. A new dialect is a new file here and a line in these tables.

pub(super) mod adk;
pub(super) mod flue;
pub(super) mod gen_ai;
pub(super) mod genkit;
pub(super) mod langfuse;
pub(super) mod livekit;
pub(super) mod logfire;
pub(super) mod openinference;
pub(super) mod openllmetry;
pub(super) mod plain;
pub(super) mod vercel_ai;

use spanstone_model::ObservationType;

use super::payload::Sides;
use super::span::View;

type Kind = fn(&View<'_>) -> Option<ObservationType>;

const KINDS: [Kind; 10] = [
    langfuse::kind_of_old_python_sdk,
    langfuse::kind,
    openinference::kind,
    gen_ai::kind_by_operation,
    genkit::kind,
    vercel_ai::kind,
    gen_ai::kind_by_tool,
    flue::kind,
    livekit::kind,
    plain::kind_by_model,
];

/// Returns what a span is; a span if nobody knows better.
pub(super) fn kind(view: &View<'_>) -> ObservationType {
    KINDS.iter().find_map(|kind| kind(view)).unwrap_or(ObservationType::Span)
}

type Payloads = for<'s> fn(&View<'s>) -> Option<Sides<'s>>;

const PAYLOADS: [Payloads; 18] = [
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

#[cfg(test)]
mod tests;
