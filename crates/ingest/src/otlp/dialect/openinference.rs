//! OpenInference, as Arize's instrumentations, smolagents and LiteLLM's `langfuse_otel` callback write it.

use spanstone_model::ObservationType;

use super::openllmetry::rebuilt;
use crate::otlp::payload::Sides;
use crate::otlp::span::View;

const KINDS: [(&str, ObservationType); 8] = [
    ("CHAIN", ObservationType::Chain),
    ("RETRIEVER", ObservationType::Retriever),
    ("LLM", ObservationType::Generation),
    ("EMBEDDING", ObservationType::Embedding),
    ("AGENT", ObservationType::Agent),
    ("TOOL", ObservationType::Tool),
    ("GUARDRAIL", ObservationType::Guardrail),
    ("EVALUATOR", ObservationType::Evaluator),
];

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let said = view.attributes().str("openinference.span.kind")?;
    KINDS.iter().find(|(name, _)| *name == said).map(|(_, kind)| *kind)
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    Sides::in_attributes(view.attributes(), &["input.value"], &["output.value"]).any()
}

/// Messages spelled out attribute by attribute: `llm.input_messages.0.message.role`.
pub(in crate::otlp) fn payloads_in_messages<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let sides = Sides {
        input: rebuilt(view.attributes(), "llm.input_messages"),
        output: rebuilt(view.attributes(), "llm.output_messages"),
    };
    sides.any()
}
