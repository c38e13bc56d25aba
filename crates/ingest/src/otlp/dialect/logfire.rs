//! Logfire and Pydantic AI.

use super::gen_ai;
use crate::lenient_json::Json;
use crate::otlp::fields::first;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::value::list_into;

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    Sides::in_attributes(view.attributes(), &["prompt"], &["all_messages_events"]).any()
}

/// A list of what the conventions have as span events: choices are the output, everything else is the input.
pub(in crate::otlp) fn payloads_in_events<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let text = view.attributes().truthy("events")?.text();
    let events = Json::parse(&text).ok()?.array()?;
    let (choices, messages): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| {
        let name = event.object().and_then(|event| event.get("event.name")?.string());
        name.as_deref() == Some("gen_ai.choice")
    });
    let written = |text: String| Side::written(|| text);
    let sides = Sides {
        input: (!messages.is_empty()).then(|| written(list(&messages))),
        output: match &*choices {
            [] => None,
            [only] => Some(written(only.compact())),
            several => Some(written(list(several))),
        },
    };
    sides.any()
}

pub(in crate::otlp) fn payloads_of_pydantic_ai<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    if view.scope.name != "pydantic-ai" {
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
