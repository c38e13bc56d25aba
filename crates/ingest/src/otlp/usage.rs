//! What a span used and what it cost, brought to Langfuse's usage types.
//!
//! Owns the spellings of token counts. The rules for a whole `usage_details` or `cost_details` object are those of
//! the ingestion API. Cached and reasoning tokens are taken out of input and output: whoever sums up all types
//! whose name contains `input` must count each token once.

use std::borrow::Cow;

use spanstone_model::{Cost, CostDetails, Text, UsageDetails};

use super::attributes::Attributes;
use super::dialect;
use super::span::View;
use super::value::{Value, whole};
use crate::lenient_json::{Json, Object};
use crate::usage as shared;

const PREFIXES: [&str; 2] = ["gen_ai.usage.", "llm.token_count."];
/// What costs are called under the same prefixes.
const COST: &str = "cost";

/// Part of what was used, counted in another part as well by those who report it.
struct Part {
    kind: &'static str,
    /// The part that it is taken out of.
    of: &'static str,
    spellings: &'static [&'static str],
}

const WHOLES: [(&str, &[&str]); 3] = [
    ("input", &["prompt_tokens", "input_tokens", "prompt"]),
    ("output", &["completion_tokens", "output_tokens", "completion"]),
    ("total", &["total_tokens", "total"]),
];

const PARTS: [Part; 5] = [
    Part {
        kind: "input_cached_tokens",
        of: "input",
        spellings: &[
            "cache_read.input_tokens",
            "cache_read_input_tokens",
            "cache_read_tokens",
            "details.cache_read_tokens",
            "details.cache_read_input_tokens",
            "prompt_details.cache_read",
            "input_cached_tokens",
            "input_tokens.cached",
        ],
    },
    Part {
        kind: "input_cache_creation",
        of: "input",
        spellings: &[
            "cache_creation.input_tokens",
            "cache_creation_input_tokens",
            "cache_write_tokens",
            "details.cache_write_tokens",
            "details.cache_creation_input_tokens",
            "prompt_details.cache_write",
            "input_cache_creation",
            "input_tokens.cache_creation",
        ],
    },
    Part {
        kind: "output_reasoning_tokens",
        of: "output",
        // Left as `reasoning_tokens` they would be paid for a second time, as price tables know that name.
        spellings: &[
            "reasoning.output_tokens",
            "completion_details.reasoning",
            "reasoning_tokens",
            "details.reasoning_tokens",
            "output_tokens.reasoning",
        ],
    },
    Part { kind: "input_audio_tokens", of: "input", spellings: &["prompt_details.audio"] },
    Part { kind: "output_audio_tokens", of: "output", spellings: &["completion_details.audio"] },
];

/// Returns what a span used.
pub(super) fn usage(view: &View<'_>) -> UsageDetails {
    let attributes = view.attributes();
    if let Some(said) = attributes.truthy("langfuse.observation.usage_details")
        && let Some(usage) = in_json(said, shared::usage_details)
    {
        return usage;
    }
    dialect::usage(view).unwrap_or_else(|| from_counts(view))
}

/// Where a total cost is found, and what of it was for input and for output.
const COSTS: [(&str, &[&str]); 3] = [
    ("total", &["gen_ai.usage.cost", "gen_ai.usage.total_cost", "llm.cost.total"]),
    ("input", &["gen_ai.usage.input_cost", "llm.cost.prompt"]),
    ("output", &["gen_ai.usage.output_cost", "llm.cost.completion"]),
];

/// Returns what a span cost.
pub(super) fn cost(view: &View<'_>) -> CostDetails {
    let attributes = view.attributes();
    if let Some(said) = attributes.truthy("langfuse.observation.cost_details")
        && let Some(cost) = in_json(said, shared::cost_details)
    {
        return cost;
    }
    CostDetails::new(COSTS.iter().filter_map(|(kind, keys)| {
        let dollars = keys.iter().find_map(|key| attributes.get(key)?.as_number())?;
        let cost = Cost::from_dollars(dollars).filter(|_| dollars >= 0.0)?;
        Some((Text::from(*kind), cost))
    }))
}

/// Reads an object from JSON in a string, or from a list of keys and values. `None` when it is not JSON; JSON
/// that is no object says that there is nothing.
fn in_json<T: Default>(said: &Value<'_>, read: impl FnOnce(&Object<'_>) -> T) -> Option<T> {
    let text: Cow<'_, str> = said.text();
    let json = Json::parse(&text).ok()?;
    Some(json.object().map_or_else(T::default, |object| read(&object)))
}

/// Token counts in an attribute each.
fn from_counts(view: &View<'_>) -> UsageDetails {
    let mut counts = Counts::read(view.attributes());
    if counts.0.is_empty() {
        return UsageDetails::default();
    }
    let mut tally = Tally::default();
    for (kind, spellings) in WHOLES {
        tally.0.extend(counts.take(spellings).map(|count| (kind, count)));
    }
    for part in PARTS {
        if let Some(count) = counts.take(part.spellings).or_else(|| dialect::part_of_usage(view, part.kind)) {
            tally.take_out(part.kind, part.of, count);
        }
    }
    let rest = counts.0.iter().map(|(key, count)| (key.strip_prefix("details.").unwrap_or(key), *count));
    // The later of two with one kind stays, so what was put together here comes last.
    UsageDetails::new(rest.chain(tally.0).map(|(kind, count)| (Text::from(kind), count)))
}

/// Counts by Langfuse's usage types, each token in one of them.
#[derive(Default)]
pub(super) struct Tally(Vec<(&'static str, u64)>);

impl Tally {
    /// Adds a count, instead of the one of this type if there is one.
    pub(super) fn set(&mut self, kind: &'static str, count: u64) {
        self.0.retain(|(known, _)| *known != kind);
        self.0.push((kind, count));
    }

    /// Adds a part of what has been counted as `of`.
    pub(super) fn take_out(&mut self, kind: &'static str, of: &str, count: u64) {
        if let Some((_, whole)) = self.0.iter_mut().find(|(known, _)| *known == of) {
            *whole = whole.saturating_sub(count);
        }
        self.set(kind, count);
    }

    /// Every count of the tally.
    pub(super) fn into_details(self) -> UsageDetails {
        UsageDetails::new(self.0.into_iter().map(|(kind, count)| (Text::from(kind), count)))
    }
}

/// The count that an attribute holds.
pub(super) fn count(value: &Value<'_>) -> Option<u64> {
    value.as_number().and_then(whole).and_then(|count| u64::try_from(count).ok())
}

/// The count at the end of a path through JSON.
pub(super) fn count_at(json: Json<'_>, path: &[&str]) -> Option<u64> {
    json.at(path)?.safe_integer().and_then(|count| u64::try_from(count).ok())
}

/// Counts by the name they were sent with, without its prefix.
struct Counts<'s>(Vec<(&'s str, u64)>);

impl<'s> Counts<'s> {
    fn read(attributes: &'s Attributes<'s>) -> Self {
        let mut counts = Vec::new();
        for (key, value) in attributes.iter() {
            let name = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix));
            let Some(name) = name.filter(|name| !name.ends_with(COST)) else {
                continue;
            };
            counts.extend(count(value).map(|count| (name, count)));
        }
        Self(counts)
    }

    /// The count of the first spelling that was sent; the others mean the same and are forgotten.
    fn take(&mut self, spellings: &[&str]) -> Option<u64> {
        let sent = |spelling: &&str| self.0.iter().rfind(|(name, _)| name == spelling).map(|(_, count)| *count);
        let count = spellings.iter().find_map(sent)?;
        self.0.retain(|(name, _)| !spellings.contains(name));
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::{Pairs, sample, texts};

    fn usage_of(pairs: &Pairs<'_>) -> Vec<(String, u64)> {
        let usage = sample(pairs).observation().usage;
        usage.iter().map(|(kind, amount)| (kind.to_string(), amount)).collect()
    }

    fn amounts(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
        expected.iter().map(|(kind, amount)| ((*kind).to_owned(), *amount)).collect()
    }

    #[test]
    fn usage_details_win_outright() {
        let count = ("gen_ai.usage.input_tokens", Value::Int(9));
        for (said, expected) in [
            (r#"{"input": 1, "output": "2", "x": -1}"#, &[("input", 1), ("output", 2)][..]),
            (
                r#"{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6,"prompt_tokens_details":{"cached":2}}"#,
                &[("input", 3), ("input_cached", 2), ("output", 1), ("total", 6)],
            ),
            ("[]", &[]),
            ("broken", &[("input", 9)]),
            ("", &[("input", 9)]),
        ] {
            let pairs = [("langfuse.observation.usage_details", Value::from(said)), count.clone()];
            assert_eq!(usage_of(&pairs), amounts(expected), "{said}");
        }
    }

    #[test]
    fn every_token_counts_once() {
        for (pairs, expected) in [
            (
                &[("gen_ai.usage.input_tokens", Value::Int(12)), ("gen_ai.usage.output_tokens", Value::from("7"))][..],
                &[("input", 12), ("output", 7)][..],
            ),
            (
                &[
                    ("gen_ai.usage.prompt_tokens", Value::Int(12)),
                    ("gen_ai.usage.input_tokens", Value::Int(12)),
                    ("gen_ai.usage.cache_read.input_tokens", Value::Int(4)),
                    ("gen_ai.usage.details.cache_write_tokens", Value::Int(20)),
                ],
                &[("input", 0), ("input_cache_creation", 20), ("input_cached_tokens", 4)],
            ),
            (
                &[
                    ("llm.token_count.prompt", Value::Int(10)),
                    ("llm.token_count.completion", Value::Int(20)),
                    ("llm.token_count.total", Value::Double(30.0)),
                    ("llm.token_count.prompt_details.cache_read", Value::Int(3)),
                    ("llm.token_count.completion_details.reasoning", Value::Int(5)),
                    ("llm.token_count.completion_details.audio", Value::Int(1)),
                ],
                &[
                    ("input", 7),
                    ("input_cached_tokens", 3),
                    ("output", 14),
                    ("output_audio_tokens", 1),
                    ("output_reasoning_tokens", 5),
                    ("total", 30),
                ],
            ),
            (
                &[
                    ("gen_ai.usage.details.images", Value::Int(2)),
                    ("gen_ai.usage.cost", Value::Double(0.5)),
                    ("gen_ai.usage.half", Value::Double(0.5)),
                    ("gen_ai.usage.negative", Value::Int(-1)),
                    ("gen_ai.usage.text", Value::from("many")),
                ],
                &[("images", 2)],
            ),
        ] {
            assert_eq!(usage_of(pairs), amounts(expected), "{pairs:?}");
        }
    }

    #[test]
    fn costs_come_whole_or_as_a_total() {
        for (pairs, expected) in [
            (
                &[("langfuse.observation.cost_details", Value::from(r#"{"input":0.25,"output":"1"}"#))][..],
                &[("input", 250_000_000_000)][..],
            ),
            (
                &[("gen_ai.usage.cost", Value::Double(0.5)), ("llm.cost.total", Value::Double(1.0))],
                &[("total", 500_000_000_000)],
            ),
            (&[("llm.cost.total", Value::Int(0))], &[("total", 0)]),
            (&[("llm.cost.total", Value::Int(-1))], &[]),
        ] {
            let cost = sample(pairs).observation().cost;
            let cost: Vec<_> = cost.iter().map(|(kind, cost)| (&**kind, cost.picodollars())).collect();
            assert_eq!(cost, expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_span_around_calls_has_no_usage_of_its_own() {
        for (operation, counts) in [("chat", true), ("invoke_agent", false), ("agent_step", false)] {
            let sample = texts(&[
                ("gen_ai.operation.name", operation),
                ("gen_ai.request.model", "m"),
                ("gen_ai.usage.input_tokens", "1"),
                ("gen_ai.usage.cost", "1"),
            ]);
            let observation = sample.observation();
            let said = [
                observation.model != spanstone_model::Patch::Keep,
                !observation.usage.is_empty(),
                !observation.cost.is_empty(),
            ];
            assert_eq!(said, [counts; 3], "{operation}");
        }
    }
}
