//! Genkit, scope `genkit-tracer`.

use spanstone_model::{ObservationType, Text, UsageDetails};

use crate::lenient_json::Json;
use crate::otlp::parameters;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::usage::{Tally, count_at};
use crate::otlp::value::Value;

const SCOPE: &str = "genkit-tracer";

const KINDS: [(&str, ObservationType); 7] = [
    ("model", ObservationType::Generation),
    ("background-model", ObservationType::Generation),
    ("embedder", ObservationType::Embedding),
    ("tool", ObservationType::Tool),
    ("tool.v2", ObservationType::Tool),
    ("retriever", ObservationType::Retriever),
    ("evaluator", ObservationType::Evaluator),
];

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let subtype = view.attributes().str("genkit:metadata:subtype")?;
    KINDS.iter().find(|(name, _)| *name == subtype).map(|(_, kind)| *kind)
}

/// The `messages` of the input and the `message` of the output, or all of them. Nothing else is looked at.
pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    if view.scope.name != SCOPE {
        return None;
    }
    let side = |key, member| {
        let whole = view.attributes().truthy(key)?;
        Some(Side::written(move || member_or_whole(whole, member)))
    };
    Some(Sides { input: side("genkit:input", "messages"), output: side("genkit:output", "message") })
}

pub(in crate::otlp) fn usage(view: &View<'_>) -> Option<UsageDetails> {
    if view.scope.name != SCOPE {
        return None;
    }
    let output = view.attributes().truthy("genkit:output")?.text();
    let said = Json::parse(&output).ok()?.at(&["usage"])?;
    let mut tally = Tally::default();
    for (kind, name) in [("input", "inputTokens"), ("output", "outputTokens"), ("total", "totalTokens")] {
        if let Some(count) = count_at(said, &[name]) {
            tally.set(kind, count);
        }
    }
    let parts =
        [("input_cached_tokens", "input", "cachedContentTokens"), ("output_reasoning", "output", "thoughtsTokens")];
    for (kind, of, name) in parts {
        if let Some(count) = count_at(said, &[name]) {
            tally.take_out(kind, of, count);
        }
    }
    Some(tally.into_details())
}

/// The configuration of the request, which the answer repeats.
pub(in crate::otlp) fn parameters(view: &View<'_>) -> Option<String> {
    if view.scope.name != SCOPE {
        return None;
    }
    let places: [(&str, &[&str]); 2] = [("genkit:input", &["config"]), ("genkit:output", &["request", "config"])];
    places.iter().find_map(|(key, path)| {
        let text = view.attributes().truthy(key)?.text();
        parameters::from_json(Json::parse(&text).ok()?.at(path)?)
    })
}

fn member_or_whole(whole: &Value<'_>, member: &str) -> String {
    let text = whole.text();
    let object = Json::parse(&text).ok().and_then(Json::object);
    let member = object.and_then(|object| object.get(member)).filter(|member| member.is_truthy());
    member.map_or_else(|| text.clone().into_owned(), |member| member.stored_text().into_owned())
}

/// The model of a model call, which Genkit keeps in the span's name.
pub(in crate::otlp) fn model(view: &View<'_>) -> Option<Text> {
    let attributes = view.attributes();
    let is_model = attributes.str("genkit:metadata:subtype") == Some("model");
    attributes.str("genkit:name").filter(|_| is_model).map(Text::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::{texts, usage_of};

    #[test]
    fn usage_and_parameters_are_in_input_and_output() {
        let output = r#"{"message":{},"usage":{"inputTokens":120,"outputTokens":61,"thoughtsTokens":16,"cachedContentTokens":64,"totalTokens":181},"request":{"config":{"temperature":0.2}}}"#;
        let call = texts(&[("genkit:output", output)]).scope(SCOPE);
        assert_eq!(
            usage_of(&call),
            [("input", 56), ("input_cached_tokens", 64), ("output", 45), ("output_reasoning", 16), ("total", 181)]
        );
        assert_eq!(call.observation().model_parameters.as_deref(), Some(r#"{"temperature":0.2}"#));
        let asked = texts(&[("genkit:input", r#"{"config":{"topK":3}}"#), ("genkit:output", output)]).scope(SCOPE);
        assert_eq!(asked.observation().model_parameters.as_deref(), Some(r#"{"topK":3}"#));
    }
}
