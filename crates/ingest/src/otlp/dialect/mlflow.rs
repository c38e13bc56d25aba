//! MLflow: attributes that start with `mlflow.`, whose values are JSON, strings in quotes included.

use std::borrow::Cow;

use spanstone_model::{Level, ObservationType, Text, UsageDetails};

use crate::lenient_json::Json;
use crate::otlp::span::View;
use crate::otlp::usage::{Tally, count_at};
use crate::otlp::value::Value;

const KINDS: [(&str, ObservationType); 9] = [
    ("LLM", ObservationType::Generation),
    ("CHAT_MODEL", ObservationType::Generation),
    ("CHAIN", ObservationType::Chain),
    ("AGENT", ObservationType::Agent),
    ("TOOL", ObservationType::Tool),
    ("RETRIEVER", ObservationType::Retriever),
    ("EMBEDDING", ObservationType::Embedding),
    ("GUARDRAIL", ObservationType::Guardrail),
    ("EVALUATOR", ObservationType::Evaluator),
];

/// Python's numbers for levels, of which a span has the highest that it reaches.
const LEVELS: [(f64, Level); 3] = [(40.0, Level::Error), (30.0, Level::Warning), (20.0, Level::Default)];

const USAGE: &str = "mlflow.chat.tokenUsage";

const OUTPUTS: &str = "mlflow.spanOutputs";

/// What is counted within `input` as well, MLflow's name for it last.
const PARTS: [(&str, &str, &str); 3] = [
    ("input_cached_tokens", "input", "cache_read_input_tokens"),
    ("input_cache_creation", "input", "cache_creation_input_tokens"),
    ("input_cache_creation_1h", "input_cache_creation", "cache_creation_input_tokens_above_1hr"),
];

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let said = string(view, "mlflow.spanType")?;
    KINDS.iter().find(|(name, _)| *name == said).map(|(_, kind)| *kind)
}

pub(in crate::otlp) fn model(view: &View<'_>) -> Option<Text> {
    string(view, "mlflow.llm.model").map(Text::from)
}

pub(in crate::otlp) fn level(view: &View<'_>) -> Option<Level> {
    let said = view.attributes().get("mlflow.spanLogLevel")?.as_number()?;
    let reached = LEVELS.iter().find(|(from, _)| said >= *from);
    Some(reached.map_or(Level::Debug, |(_, level)| *level))
}

pub(in crate::otlp) fn usage(view: &View<'_>) -> Option<UsageDetails> {
    let attributes = view.attributes();
    let Some(text) = attributes.truthy(USAGE).map(Value::text) else {
        return usage_of_embedding(view);
    };
    let said = Json::parse(&text).ok()?;
    let mut tally = Tally::default();
    for (kind, name) in [("input", "input_tokens"), ("output", "output_tokens"), ("total", "total_tokens")] {
        if let Some(count) = count_at(said, &[name]) {
            tally.set(kind, count);
        }
    }
    for (kind, of, name) in PARTS {
        if let Some(count) = count_at(said, &[name]) {
            tally.take_out(kind, of, count);
        }
    }
    Some(tally.into_details())
}

/// What was used for an embedding is in what came back alone.
fn usage_of_embedding(view: &View<'_>) -> Option<UsageDetails> {
    if kind(view) != Some(ObservationType::Embedding) {
        return None;
    }
    let outputs = view.attributes().truthy(OUTPUTS)?.text();
    let used = count_at(Json::parse(&outputs).ok()?, &["usage", "prompt_tokens"])?;
    let mut tally = Tally::default();
    tally.set("input", used);
    Some(tally.into_details())
}

/// The tags of the trace, which are names with values.
pub(in crate::otlp) fn metadata(view: &View<'_>) -> Option<&'static str> {
    view.attributes().under("mlflow.traceTag.").next().map(|_| "mlflow.traceTag")
}

/// A string, which stands in quotes.
fn string<'s>(view: &View<'s>, key: &str) -> Option<Cow<'s, str>> {
    let text = view.attributes().str(key)?;
    let quoted = Json::parse(text).ok().and_then(Json::string);
    Some(quoted.unwrap_or(Cow::Borrowed(text))).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use spanstone_model::Patch;

    use super::*;
    use crate::otlp::sample::{sample, texts, usage_of};

    /// What MLflow 3.17 sent for a call of OpenAI's client, but for ids.
    #[test]
    fn a_call_of_openai_under_mlflow() {
        let call = sample(&[
            ("mlflow.spanType", "\"CHAT_MODEL\"".into()),
            (
                "mlflow.spanInputs",
                r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}"#.into(),
            ),
            ("model", "\"gpt-4o-mini\"".into()),
            ("temperature", "0.2".into()),
            ("mlflow.llm.model", "\"gpt-4o-mini-2024-07-18\"".into()),
            (
                USAGE,
                r#"{"input_tokens": 120, "output_tokens": 45, "total_tokens": 165, "cache_read_input_tokens": 64}"#
                    .into(),
            ),
            (OUTPUTS, r#"{"choices": []}"#.into()),
            ("mlflow.spanLogLevel", "20".into()),
        ]);
        let observation = call.observation();
        assert_eq!(observation.kind, ObservationType::Generation);
        assert_eq!(observation.model, Patch::Set("gpt-4o-mini-2024-07-18".into()));
        assert_eq!(observation.level, Patch::Set(Level::Default));
        assert_eq!(usage_of(&call), [("input", 56), ("input_cached_tokens", 64), ("output", 45), ("total", 165)]);
        assert_eq!(call.payloads()[1].as_deref(), Some(r#"{"choices": []}"#));
    }

    #[test]
    fn levels_and_types_are_those_of_python_and_mlflow() {
        for (said, expected) in
            [("10", Level::Debug), ("20", Level::Default), ("30", Level::Warning), ("50", Level::Error)]
        {
            let sample = texts(&[("mlflow.spanLogLevel", said)]);
            assert_eq!(sample.observation().level, Patch::Set(expected), "{said}");
        }
        assert_eq!(texts(&[("mlflow.spanType", "\"PARSER\"")]).observation().kind, ObservationType::Span);
    }

    #[test]
    fn an_embedding_tells_what_it_used_in_its_output() {
        let output = r#"{"data": [], "usage": {"prompt_tokens": 9, "total_tokens": 9}}"#;
        let embedding = texts(&[("mlflow.spanType", "\"EMBEDDING\""), (OUTPUTS, output)]);
        assert_eq!(usage_of(&embedding), [("input", 9)]);
        assert_eq!(usage_of(&texts(&[("mlflow.spanType", "\"AGENT\""), (OUTPUTS, output)])), []);
    }

    #[test]
    fn what_was_written_to_a_cache_for_an_hour_is_apart() {
        let said =
            r#"{"input_tokens": 100, "cache_creation_input_tokens": 30, "cache_creation_input_tokens_above_1hr": 10}"#;
        let expected = [("input", 70), ("input_cache_creation", 20), ("input_cache_creation_1h", 10)];
        assert_eq!(usage_of(&texts(&[(USAGE, said)])), expected);
    }
}
