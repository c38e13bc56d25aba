//! Flue, scope `@flue/opentelemetry`.

use spanstone_model::ObservationType;

use crate::otlp::payload::Sides;
use crate::otlp::span::View;

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let has = |prefix| view.attributes().under(prefix).next().is_some();
    if has("flue.tool.") {
        return Some(ObservationType::Tool);
    }
    has("flue.task.").then_some(ObservationType::Agent)
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    if view.scope.name != "@flue/opentelemetry" {
        return None;
    }
    let inputs = ["flue.turn.input", "flue.tool.arguments", "flue.task.prompt", "flue.workflow.payload"];
    let outputs =
        ["flue.turn.output", "flue.tool.result", "flue.task.result", "flue.operation.result", "flue.workflow.result"];
    Sides::in_attributes(view.attributes(), &inputs, &outputs).any()
}
