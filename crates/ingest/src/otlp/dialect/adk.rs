//! Google's Agent Development Kit, attributes that start with `gcp.vertex.agent.`. Its newer versions write the
//! conventions instead.

use crate::lenient_json::Json;
use crate::otlp::attributes::Attributes;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;
use crate::otlp::usage::count_at;
use crate::otlp::value::Value;

const RESPONSE: &str = "gcp.vertex.agent.llm_response";

/// What stands where there is nothing to say.
const FILLERS: [&str; 2] = ["{}", "N/A"];

/// What was read from a cache, which only the whole answer tells.
pub(in crate::otlp) fn part_of_usage(view: &View<'_>, kind: &str) -> Option<u64> {
    if kind != "input_cached_tokens" || view.scope.name != "gcp.vertex.agent" {
        return None;
    }
    let text = view.attributes().truthy(RESPONSE)?.text();
    count_at(Json::parse(&text).ok()?, &["usage_metadata", "cached_content_token_count"])
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let side = |keys| first_filled(view.attributes(), keys).map(Side::Value);
    let sides = Sides {
        input: side(["gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args"]),
        output: side([RESPONSE, "gcp.vertex.agent.tool_response"]),
    };
    sides.any()
}

/// A span of the kit has all of these attributes, also those that do not apply.
fn first_filled<'s>(attributes: &'s Attributes<'s>, keys: [&str; 2]) -> Option<&'s Value<'s>> {
    let is_filled = |value: &&Value<'_>| value.as_str().is_none_or(|text| !FILLERS.contains(&text));
    keys.iter().filter_map(|key| attributes.truthy(key)).find(is_filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::{sample, usage_of};

    #[test]
    fn cached_tokens_are_in_the_answer_alone() {
        let call = |scope| {
            sample(&[
                ("gen_ai.usage.input_tokens", 120.into()),
                (RESPONSE, r#"{"usage_metadata":{"cached_content_token_count":64}}"#.into()),
            ])
            .scope(scope)
        };
        assert_eq!(usage_of(&call("gcp.vertex.agent")), [("input", 56), ("input_cached_tokens", 64)]);
        assert_eq!(usage_of(&call("another")), [("input", 120)]);
    }

    #[test]
    fn what_does_not_apply_is_passed_over() {
        let merged = sample(&[
            ("gcp.vertex.agent.llm_request", "{}".into()),
            ("gcp.vertex.agent.tool_call_args", "N/A".into()),
            ("gcp.vertex.agent.tool_response", r#"{"weather":"sunny"}"#.into()),
        ]);
        assert_eq!(merged.payloads(), [None, Some(r#"{"weather":"sunny"}"#.to_owned())]);
    }
}
