//! LiveKit's agents, scope `livekit-agents`.

use spanstone_model::{Level, ObservationType};

use crate::otlp::payload::Sides;
use crate::otlp::span::View;

const KINDS: [(&str, ObservationType); 3] = [
    ("agent_turn", ObservationType::Agent),
    ("start_agent_activity", ObservationType::Agent),
    ("function_tool", ObservationType::Tool),
];

/// Spans that few care for beside those they belong to.
const DETAILS: [&str; 14] = [
    "agent_speaking",
    "drain_agent_activity",
    "eou_detection",
    "llm_fallback_adapter",
    "llm_request_run",
    "on_enter",
    "on_exit",
    "start_agent_activity",
    "tts_fallback_adapter",
    "tts_node",
    "tts_request",
    "tts_request_run",
    "tts_stream_adapter",
    "user_speaking",
];

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let name = name(view)?;
    KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

pub(in crate::otlp) fn level(view: &View<'_>) -> Option<Level> {
    DETAILS.contains(&name(view)?).then_some(Level::Debug)
}

fn name<'s>(view: &View<'s>) -> Option<&'s str> {
    (view.scope.name == "livekit-agents").then_some(&*view.span.name)
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let inputs = ["lk.input_text", "lk.user_transcript", "lk.chat_ctx"];
    let outputs = ["lk.function_tool.output", "lk.response.text"];
    Sides::in_attributes(view.attributes(), &inputs, &outputs).any()
}

#[cfg(test)]
mod tests {
    use spanstone_model::Patch;

    use super::*;
    use crate::otlp::sample::texts;

    #[test]
    fn what_few_care_for_is_for_debugging() {
        for (scope, name, kind, level) in [
            ("livekit-agents", "agent_turn", ObservationType::Agent, Level::Default),
            ("livekit-agents", "start_agent_activity", ObservationType::Agent, Level::Debug),
            ("livekit-agents", "tts_node", ObservationType::Span, Level::Debug),
            ("another", "tts_node", ObservationType::Span, Level::Default),
        ] {
            let observation = texts(&[]).scope(scope).name(name).observation();
            assert_eq!((observation.kind, observation.level), (kind, Patch::Set(level)), "{scope} {name}");
        }
        let mut failed = texts(&[]).scope("livekit-agents").name("tts_node");
        failed.span.failed = true;
        assert_eq!(failed.observation().level, Patch::Set(Level::Error));
    }
}
