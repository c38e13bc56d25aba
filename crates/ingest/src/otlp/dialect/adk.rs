//! Google's Agent Development Kit, attributes that start with `gcp.vertex.agent.`.

use crate::otlp::attributes::Attributes;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::value::Value;

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let side = |keys| first_filled(view.attributes(), keys).map(Side::Value);
    let sides = Sides {
        input: side(["gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args"]),
        output: side(["gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response"]),
    };
    sides.any()
}

/// A span of the kit has all of these attributes; those that do not apply hold an empty object.
fn first_filled<'s>(attributes: &'s Attributes<'s>, keys: [&str; 2]) -> Option<&'s Value<'s>> {
    keys.iter().filter_map(|key| attributes.truthy(key)).find(|value| value.as_str() != Some("{}"))
}
