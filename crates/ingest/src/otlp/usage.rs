//! What a span used and what it cost, brought to Langfuse's usage types.
//!
//! Owns the spellings of token counts. The rules for a whole `usage_details` or `cost_details` object are those of
//! the ingestion API. Cached and reasoning tokens are taken out of input and output: whoever sums up all types
//! whose name contains `input` must count each token once.

use std::borrow::Cow;

use spanstone_model::{Cost, CostDetails, Text, UsageDetails};

use super::attributes::Attributes;
use super::span::View;
use super::value::{Value, whole};
use crate::lenient_json::{Json, Object};
use crate::usage as shared;

const PREFIXES: [&str; 2] = ["gen_ai.usage.", "llm.token_count."];
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

const PARTS: [Part; 4] = [
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
        ],
    },
    Part {
        kind: "output_reasoning_tokens",
        of: "output",
        spellings: &["reasoning.output_tokens", "completion_details.reasoning"],
    },
    Part {
        kind: "output_audio_tokens",
        of: "output",
        spellings: &["completion_details.audio"],
    },
];

/// Returns what a span used.
pub(super) fn usage(view: &View<'_>) -> UsageDetails {
    let attributes = view.attributes();
    if let Some(said) = attributes.truthy("langfuse.observation.usage_details")
        && let Some(usage) = in_json(said, shared::usage_details)
    {
        return usage;
    }
    from_counts(attributes)
}

/// Returns what a span cost.
pub(super) fn cost(view: &View<'_>) -> CostDetails {
    let attributes = view.attributes();
    if let Some(said) = attributes.truthy("langfuse.observation.cost_details")
        && let Some(cost) = in_json(said, shared::cost_details)
    {
        return cost;
    }
    let keys = ["gen_ai.usage.cost", "llm.cost.total"];
    let total = keys.iter().find_map(|key| attributes.get(key)?.as_number());
    let total = total
        .filter(|dollars| *dollars >= 0.0)
        .and_then(Cost::from_dollars);
    CostDetails::new(total.map(|total| (Text::from("total"), total)))
}

/// Reads an object from JSON in a string, or from a list of keys and values. `None` when it is not JSON; JSON
/// that is no object says that there is nothing.
fn in_json<T: Default>(said: &Value<'_>, read: impl FnOnce(&Object<'_>) -> T) -> Option<T> {
    let text: Cow<'_, str> = said.text();
    let json = Json::parse(&text).ok()?;
    Some(json.object().map_or_else(T::default, |object| read(&object)))
}

/// Token counts in an attribute each.
fn from_counts(attributes: &Attributes<'_>) -> UsageDetails {
    let mut counts = Counts::read(attributes);
    if counts.0.is_empty() {
        return UsageDetails::default();
    }
    let mut usage: Vec<(&str, u64)> = Vec::with_capacity(counts.0.len());
    for (kind, spellings) in WHOLES {
        usage.extend(counts.take(spellings).map(|count| (kind, count)));
    }
    for part in PARTS {
        let Some(count) = counts.take(part.spellings) else {
            continue;
        };
        if let Some((_, whole)) = usage.iter_mut().find(|(kind, _)| *kind == part.of) {
            *whole = whole.saturating_sub(count);
        }
        usage.push((part.kind, count));
    }
    let rest = counts
        .0
        .iter()
        .map(|(key, count)| (key.strip_prefix("details.").unwrap_or(key), *count));
    // The later of two with one kind stays, so what was put together here comes last.
    UsageDetails::new(rest.chain(usage).map(|(kind, count)| (Text::from(kind), count)))
}

/// Counts by the name they were sent with, without its prefix.
struct Counts<'s>(Vec<(&'s str, u64)>);

impl<'s> Counts<'s> {
    fn read(attributes: &'s Attributes<'s>) -> Self {
        let mut counts = Vec::new();
        for (key, value) in attributes.iter() {
            let name = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix));
            let Some(name) = name.filter(|name| *name != COST) else {
                continue;
            };
            let count = value
                .as_number()
                .and_then(whole)
                .and_then(|count| u64::try_from(count).ok());
            counts.extend(count.map(|count| (name, count)));
        }
        Self(counts)
    }

    /// The count of the first spelling that was sent; the others mean the same and are forgotten.
    fn take(&mut self, spellings: &[&str]) -> Option<u64> {
        let sent = |spelling: &&str| {
            self.0
                .iter()
                .rfind(|(name, _)| name == spelling)
                .map(|(_, count)| *count)
        };
        let count = spellings.iter().find_map(sent)?;
        self.0.retain(|(name, _)| !spellings.contains(name));
        Some(count)
    }
}
