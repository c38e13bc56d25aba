//! Attributes that mean the same whoever writes them, and frameworks that keep input and output in one each.

use spanstone_model::ObservationType;

use crate::otlp::fields::MODEL;
use crate::otlp::payload::Sides;
use crate::otlp::span::View;

/// These name a model, too, but do not make a generation.
const NOT_OF_GENERATIONS: [&str; 4] =
    ["ai.model.id", "llm.response.model", "embedding.model_name", "reranker.model_name"];

/// A span with a model and no better idea of itself is a generation.
pub(in crate::otlp) fn kind_by_model(view: &View<'_>) -> Option<ObservationType> {
    let mut keys = MODEL.iter().filter(|key| !NOT_OF_GENERATIONS.contains(key));
    keys.any(|key| view.attributes().truthy(key).is_some()).then_some(ObservationType::Generation)
}

/// MLflow and Traceloop, and the latter's other names for the same.
pub(in crate::otlp) fn payloads_of_frameworks<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let pair = |input, output| Sides::in_attributes(view.attributes(), &[input], &[output]).any();
    pair("mlflow.spanInputs", "mlflow.spanOutputs")
        .or_else(|| pair("traceloop.entity.input", "traceloop.entity.output"))
        .or_else(|| pair("gen_ai.task.input", "gen_ai.task.output"))
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    Sides::in_attributes(view.attributes(), &["input"], &["output"]).any()
}

pub(in crate::otlp) fn payloads_of_tools<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    Sides::in_attributes(view.attributes(), &["tool_arguments"], &["tool_response"]).any()
}
