//! Genkit, scope `genkit-tracer`.

use spanstone_model::{ObservationType, Text};

use crate::lenient_json::Json;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::value::Value;

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
    if view.scope.name != "genkit-tracer" {
        return None;
    }
    let side = |key, member| {
        let whole = view.attributes().truthy(key)?;
        Some(Side::written(move || member_or_whole(whole, member)))
    };
    Some(Sides { input: side("genkit:input", "messages"), output: side("genkit:output", "message") })
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
