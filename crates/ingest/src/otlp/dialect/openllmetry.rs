//! OpenLLMetry, and the first `gen_ai` conventions: messages spelled out attribute by attribute.

use spanstone_model::ObservationType;

use crate::otlp::attributes::Attributes;
use crate::otlp::dotted;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;

const KINDS: [(&str, ObservationType); 2] = [("agent", ObservationType::Agent), ("tool", ObservationType::Tool)];

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let said = view.attributes().str("traceloop.span.kind")?;
    KINDS.iter().find(|(name, _)| *name == said).map(|(_, kind)| *kind)
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    in_prompt_and_completion(view.attributes())
}

/// The sides in `gen_ai.prompt` and `gen_ai.completion`.
pub(in crate::otlp) fn in_prompt_and_completion<'s>(attributes: &'s Attributes<'s>) -> Option<Sides<'s>> {
    let sides = Sides { input: rebuilt(attributes, "gen_ai.prompt"), output: rebuilt(attributes, "gen_ai.completion") };
    sides.any()
}

/// The attribute `key`, or what the attributes below it spell out: `key.0.role`, `key.0.content`, ….
pub(super) fn rebuilt<'s>(attributes: &'s Attributes<'s>, key: &'static str) -> Option<Side<'s>> {
    if let Some(whole) = attributes.truthy(key) {
        return Some(Side::Value(whole));
    }
    let below = move || {
        let under = attributes.under(key);
        under.filter_map(|(rest, value)| Some((rest.strip_prefix('.')?, value)))
    };
    below().next()?;
    Some(Side::written(move || dotted::json(below())))
}
