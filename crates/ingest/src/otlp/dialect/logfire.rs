//! Logfire and Pydantic AI.

use spanstone_model::{Level, ObservationType};

use super::gen_ai;
use crate::lenient_json::Json;
use crate::otlp::fields::first;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::usage::count_at;
use crate::otlp::value::list_into;

const PYDANTIC_AI: &str = "pydantic-ai";
const OPENAI_AGENTS: &str = "logfire.openai_agents";
const PROVIDERS: [&str; 2] = ["logfire.openai", "logfire.anthropic"];
const CHOICE: &str = "gen_ai.choice";

/// What the templates of its messages say of spans of OpenAI's Agents SDK, which have no other sign of their type.
const KINDS_OF_OPENAI_AGENTS: [(&str, ObservationType); 4] = [
    ("Agent run: ", ObservationType::Agent),
    ("Function: ", ObservationType::Tool),
    ("Handoff: ", ObservationType::Tool),
    ("Guardrail ", ObservationType::Guardrail),
];

/// OpenTelemetry's numbers for severities, of which a span has the highest that it reaches.
const LEVELS: [(f64, Level); 3] = [(17.0, Level::Error), (13.0, Level::Warning), (9.0, Level::Default)];

/// Where OpenAI's own account of a call, which Logfire passes on, has what is not counted in attributes.
const PARTS_OF_OPENAI: [(&str, [&[&str]; 2]); 2] = [
    ("input_cached_tokens", [&["prompt_tokens_details", "cached_tokens"], &["input_tokens_details", "cached_tokens"]]),
    (
        "output_reasoning_tokens",
        [&["completion_tokens_details", "reasoning_tokens"], &["output_tokens_details", "reasoning_tokens"]],
    ),
];

pub(in crate::otlp) fn kind_of_openai_agents(view: &View<'_>) -> Option<ObservationType> {
    if view.scope.name != OPENAI_AGENTS {
        return None;
    }
    let template = view.attributes().str("logfire.msg_template")?;
    KINDS_OF_OPENAI_AGENTS.iter().find(|(beginning, _)| template.starts_with(beginning)).map(|(_, kind)| *kind)
}

/// Something that took no time.
pub(in crate::otlp) fn kind_of_log(view: &View<'_>) -> Option<ObservationType> {
    (view.attributes().str("logfire.span_type") == Some("log")).then_some(ObservationType::Event)
}

pub(in crate::otlp) fn level(view: &View<'_>) -> Option<Level> {
    let said = view.attributes().get("logfire.level_num")?.as_number()?;
    let reached = LEVELS.iter().find(|(from, _)| said >= *from);
    Some(reached.map_or(Level::Debug, |(_, level)| *level))
}

/// A stream is a span until it begins, and a log with what was used when it has ended.
pub(in crate::otlp) fn is_around_calls(view: &View<'_>) -> bool {
    let attributes = view.attributes();
    PROVIDERS.contains(&&*view.scope.name)
        && attributes.str("logfire.span_type") != Some("log")
        && !view.span.failed
        && attributes.under("gen_ai.usage.").next().is_none()
}

pub(in crate::otlp) fn part_of_usage(view: &View<'_>, kind: &str) -> Option<u64> {
    let (_, paths) = PARTS_OF_OPENAI.iter().find(|(part, _)| *part == kind)?;
    let text = view.attributes().truthy("gen_ai.usage.raw")?.text();
    let said = Json::parse(&text).ok()?;
    paths.iter().find_map(|path| count_at(said, path))
}

pub(in crate::otlp) fn metadata(view: &View<'_>) -> Option<&'static str> {
    (view.scope.name == PYDANTIC_AI || view.scope.name == OPENAI_AGENTS).then_some("metadata")
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    Sides::in_attributes(view.attributes(), &["prompt"], &["all_messages_events"]).any()
}

/// A list of what the conventions have as span events: choices are the output, everything else is the input. When
/// there is no choice, what the assistant said last is the output.
pub(in crate::otlp) fn payloads_in_events<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let text = view.attributes().truthy("events")?.text();
    let events = Json::parse(&text).ok()?.array()?;
    let (mut output, mut input): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|event| is(*event, "event.name", CHOICE));
    if output.is_empty() {
        let answers = input.iter().rev().take_while(|event| is(**event, "role", "assistant")).count();
        output = input.split_off(input.len() - answers);
    }
    let written = |text: String| Side::written(|| text);
    let sides = Sides {
        input: (!input.is_empty()).then(|| written(list(&input))),
        output: match &*output {
            [] => None,
            [only] => Some(written(only.compact())),
            several => Some(written(list(several))),
        },
    };
    sides.any()
}

fn is(event: Json<'_>, name: &str, value: &str) -> bool {
    event.at(&[name]).and_then(Json::string).as_deref() == Some(value)
}

pub(in crate::otlp) fn payloads_of_pydantic_ai<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    if view.scope.name != PYDANTIC_AI {
        return None;
    }
    let attributes = view.attributes();
    let instructions = attributes.truthy("gen_ai.system_instructions");
    let sides = Sides {
        input: attributes.truthy("pydantic_ai.all_messages").map(|messages| match instructions {
            Some(instructions) => Side::written(|| gen_ai::with_instructions(messages, instructions)),
            None => Side::Value(messages),
        }),
        output: first(attributes, &["final_result"]).map(Side::Value),
    };
    sides.any()
}

fn list(items: &[Json<'_>]) -> String {
    let mut out = String::new();
    list_into(&mut out, ['[', ']'], items, |item, out| item.compact_into(out));
    out
}

#[cfg(test)]
mod tests {
    use spanstone_model::Patch;

    use super::*;
    use crate::otlp::sample::{sample, texts, usage_of};
    use crate::otlp::value::Value;

    /// What Logfire 5.2 sent for a call of OpenAI's responses API.
    #[test]
    fn openais_own_account_tells_what_was_cached() {
        let raw = r#"{"input_tokens":120,"input_tokens_details":{"cached_tokens":64},"output_tokens":45,"output_tokens_details":{"reasoning_tokens":16},"total_tokens":165}"#;
        let call = sample(&[
            ("gen_ai.usage.input_tokens", 120.into()),
            ("gen_ai.usage.output_tokens", 45.into()),
            ("gen_ai.usage.raw", raw.into()),
        ]);
        let expected = [("input", 56), ("input_cached_tokens", 64), ("output", 29), ("output_reasoning_tokens", 16)];
        assert_eq!(usage_of(&call), expected);
        let known = sample(&[
            ("gen_ai.usage.input_tokens", 120.into()),
            ("gen_ai.usage.cache_read.input_tokens", 20.into()),
            ("gen_ai.usage.raw", r#"{"prompt_tokens_details":{"cached_tokens":64}}"#.into()),
        ]);
        assert_eq!(usage_of(&known), [("input", 100), ("input_cached_tokens", 20)]);
    }

    #[test]
    fn an_answer_at_the_end_of_the_messages_is_the_output() {
        let user = r#"{"event.name":"gen_ai.user.message","role":"user"}"#;
        let assistant = r#"{"event.name":"gen_ai.assistant.message","role":"assistant"}"#;
        let payloads = |events: String| sample(&[("events", Value::String(events.into()))]).payloads();
        let [input, output] = payloads(format!("[{user},{assistant},{user},{assistant}]"));
        assert_eq!(input, Some(format!("[{user},{assistant},{user}]")));
        assert_eq!(output.as_deref(), Some(assistant));
        let [input, output] = payloads(format!("[{assistant},{user}]"));
        assert_eq!((input, output), (Some(format!("[{assistant},{user}]")), None));
    }

    #[test]
    fn logs_are_events_with_a_level() {
        for (number, expected) in
            [(5, Level::Debug), (9, Level::Default), (13, Level::Warning), (17, Level::Error), (21, Level::Error)]
        {
            let log = sample(&[("logfire.span_type", "log".into()), ("logfire.level_num", number.into())]);
            let observation = log.observation();
            assert_eq!((observation.kind, observation.level), (ObservationType::Event, Patch::Set(expected)));
        }
        let streamed = texts(&[("logfire.span_type", "log"), ("gen_ai.operation.name", "chat")]);
        assert_eq!(streamed.observation().kind, ObservationType::Generation);
    }

    #[test]
    fn a_stream_is_counted_when_it_has_ended() {
        let asked = |pairs: &[_]| texts(pairs).scope("logfire.openai").observation().model;
        let model = ("gen_ai.request.model", "gpt-4o");
        assert_eq!(asked(&[model]), Patch::Keep);
        assert_eq!(asked(&[model, ("gen_ai.usage.input_tokens", "1")]), Patch::Set("gpt-4o".into()));
        assert_eq!(asked(&[model, ("logfire.span_type", "log")]), Patch::Set("gpt-4o".into()));
        assert_eq!(texts(&[model]).observation().model, Patch::Set("gpt-4o".into()));
    }

    #[test]
    fn spans_of_openais_agents_are_told_apart_by_their_messages() {
        let kind = |template| {
            let span = texts(&[("logfire.msg_template", template)]).scope(OPENAI_AGENTS);
            span.observation().kind
        };
        assert_eq!(kind("Agent run: {name!r}"), ObservationType::Agent);
        assert_eq!(kind("Function: {name}"), ObservationType::Tool);
        assert_eq!(kind("Turn {turn} for agent travel-agent"), ObservationType::Span);
        assert_eq!(texts(&[("logfire.msg_template", "Function: f")]).observation().kind, ObservationType::Span);
    }
}
