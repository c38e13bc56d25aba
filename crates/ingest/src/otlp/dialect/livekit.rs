//! LiveKit's agents, scope `livekit-agents`.

use spanstone_model::ObservationType;

use crate::otlp::payload::Sides;
use crate::otlp::span::View;

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    if view.scope.name != "livekit-agents" {
        return None;
    }
    match &*view.span.name {
        "agent_turn" | "start_agent_activity" => Some(ObservationType::Agent),
        "function_tool" => Some(ObservationType::Tool),
        _ => None,
    }
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let inputs = ["lk.input_text", "lk.user_transcript", "lk.chat_ctx"];
    let outputs = ["lk.function_tool.output", "lk.response.text"];
    Sides::in_attributes(view.attributes(), &inputs, &outputs).any()
}
