//! What was used, each token once, whatever it is called.
//!
//! Owns the names under which providers, their SDKs and Langfuse's integrations report the same tokens, and which
//! report includes which. Refuses to guess from numbers: only names decide.
//!
//! Langfuse asks for a price of exactly the name that was sent. Tokens that are reported under two names are charged
//! twice there, and tokens under a name without a price are free. Here a quantity has several spellings, and a price
//! for one of them is a price for all.

use spanstone_model::UsageDetails;

use crate::model::Tier;
use crate::pattern::Pattern;
use crate::unit_price::UnitPrice;

/// Something that is used and paid for.
struct Quantity {
    /// What it is called, the usual name first; of several that were sent the first counts.
    spellings: &'static [&'static str],
    /// Whose price it has when it has none: providers bill it as that, or give no discount on it.
    billed_as: &'static [&'static str],
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        spellings: &[
            "input",
            "input_tokens",
            "prompt_tokens",
            "prompt_token_count",
            "promptTokenCount",
            "inputTokens",
            "promptTokens",
            "inputTokenCount",
            "input_token_count",
            "prompt_cache_miss_tokens",
        ],
        billed_as: &["input_text_tokens", "input_text"],
    },
    Quantity {
        spellings: &[
            "output",
            "output_tokens",
            "completion_tokens",
            "candidates_token_count",
            "candidatesTokenCount",
            "outputTokens",
            "completionTokens",
            "outputTokenCount",
            "generated_token_count",
        ],
        billed_as: &["output_text_tokens", "output_text"],
    },
    Quantity {
        spellings: &[
            "input_cached_tokens",
            "input_cache_read",
            "cache_read_input_tokens",
            "cached_content_token_count",
            "cachedContentTokenCount",
            "cacheReadInputTokens",
            "cacheReadInputTokenCount",
            "cachedInputTokens",
            "cached_tokens",
            "input_cached",
            "input_cache_read_tokens",
            "input_cache_read_input_tokens",
            "prompt_cache_hit_tokens",
        ],
        billed_as: INPUT,
    },
    Quantity {
        spellings: &[
            "input_cache_creation",
            "cache_creation_input_tokens",
            "cache_write_tokens",
            "input_cache_write",
            "input_cache_write_tokens",
            "input_cache_creation_tokens",
            "input_cache_creation_input_tokens",
            "cacheWriteInputTokens",
            "cacheWriteInputTokenCount",
        ],
        billed_as: INPUT,
    },
    Quantity {
        spellings: &["input_cache_creation_5m", "input_ephemeral_5m_input_tokens", "ephemeral_5m_input_tokens"],
        billed_as: &["input_cache_creation", "cache_creation_input_tokens", "input", "input_tokens"],
    },
    Quantity {
        spellings: &["input_cache_creation_1h", "input_ephemeral_1h_input_tokens", "ephemeral_1h_input_tokens"],
        billed_as: &["input_cache_creation", "cache_creation_input_tokens", "input", "input_tokens"],
    },
    Quantity {
        spellings: &[
            "output_reasoning_tokens",
            "output_reasoning",
            "reasoning_tokens",
            "thoughts_token_count",
            "thoughtsTokenCount",
            "reasoningTokens",
        ],
        billed_as: OUTPUT,
    },
    Quantity { spellings: &["output_accepted_prediction_tokens"], billed_as: OUTPUT },
    Quantity { spellings: &["output_rejected_prediction_tokens"], billed_as: OUTPUT },
    Quantity { spellings: &["input_text_tokens", "input_text", "input_modality_1"], billed_as: INPUT },
    Quantity { spellings: &["output_text_tokens", "output_text", "output_modality_1"], billed_as: OUTPUT },
    Quantity { spellings: &["input_audio_tokens", "input_audio", "input_modality_4"], billed_as: &[] },
    Quantity { spellings: &["output_audio_tokens", "output_audio", "output_modality_4"], billed_as: &[] },
    Quantity {
        spellings: &["input_tool_use_prompt_tokens", "tool_use_prompt_token_count", "toolUsePromptTokenCount"],
        billed_as: INPUT,
    },
    // Google's modalities that have the price of text: images, videos, documents.
    Quantity { spellings: &["input_modality_2"], billed_as: &["input_image", "input_modality_1"] },
    Quantity { spellings: &["input_modality_3"], billed_as: &["input_modality_1"] },
    Quantity { spellings: &["input_modality_5"], billed_as: &["input_modality_1"] },
    Quantity {
        spellings: &["grounding_queries", "groundingQueries", "web_search_queries", "webSearchQueries"],
        billed_as: &[],
    },
    // The sum that is made when a client sends none counts every spelling, its own total among them.
    Quantity {
        spellings: &["total_tokens", "total_token_count", "totalTokenCount", "totalTokens", TOTAL],
        billed_as: &[],
    },
];

const INPUT: &[&str] = &["input", "input_tokens", "input_text_tokens", "input_text"];
const OUTPUT: &[&str] = &["output", "output_tokens", "output_text_tokens", "output_text"];

/// The name of everything together.
pub(crate) const TOTAL: &str = "total";

/// Names whose counts include what other names count a second time.
const INCLUDED: &[(&str, &[&str])] = &[
    (
        "prompt_tokens",
        &[
            "cached_tokens",
            "prompt_cache_hit_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "input_cached_tokens",
        ],
    ),
    ("prompt_token_count", &["cached_content_token_count"]),
    ("promptTokenCount", &["cachedContentTokenCount"]),
    ("inputTokens", &["cachedInputTokens"]),
    ("completion_tokens", &["reasoning_tokens"]),
    ("outputTokens", &["reasoningTokens"]),
];

/// What was used, under the names that were sent, each token once.
#[derive(Debug, Default)]
pub(crate) struct Quantities<'u> {
    pub(crate) counted: Vec<Counted<'u>>,
    pub(crate) repeated: Vec<Repeated<'u>>,
}

/// Units that have to be paid for.
#[derive(Debug)]
pub(crate) struct Counted<'u> {
    /// The name that was sent.
    pub(crate) name: &'u str,
    /// How many, without those that another name counts.
    pub(crate) units: u64,
    quantity: Option<&'static Quantity>,
}

impl std::fmt::Debug for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quantity({})", self.spellings[0])
    }
}

/// Units that another name counts.
#[derive(Debug)]
pub(crate) struct Repeated<'u> {
    pub(crate) name: &'u str,
    pub(crate) units: u64,
    pub(crate) counted_as: &'u str,
}

/// A price with the name it was found under.
pub(crate) struct Found<'t> {
    pub(crate) name: &'t str,
    pub(crate) price: UnitPrice,
}

impl<'u> Quantities<'u> {
    /// Sorts out what was used. Names that `tier` prices differently are different things, whatever they are called.
    pub(crate) fn of(usage: &'u UsageDetails, tier: Option<&Tier>) -> Self {
        let mut quantities = Self::default();
        let mut names: Vec<(&'u str, u64)> = usage.iter().map(|(name, units)| (&**name, units)).collect();
        // The usual spelling first, and no spelling that says "none" before one that says how many.
        names.sort_by_key(|(name, units)| (*units == 0, place(name)));
        for (name, units) in names {
            match quantities.same(name, tier) {
                Some(counted_as) => quantities.repeated.push(Repeated { name, units, counted_as }),
                None => quantities.counted.push(Counted { name, units, quantity: quantity(name) }),
            }
        }
        quantities.take_out_what_is_included();
        quantities
    }

    /// The name under which the same tokens are counted already.
    fn same(&self, name: &str, tier: Option<&Tier>) -> Option<&'u str> {
        let quantity = quantity(name)?;
        let counted =
            self.counted.iter().find(|counted| counted.quantity.is_some_and(|q| std::ptr::eq(q, quantity)))?;
        let own = tier.and_then(|tier| tier.price(name));
        let other = tier.and_then(|tier| tier.price(counted.name));
        let differ = own.is_some() && other.is_some() && own != other;
        (!differ).then_some(counted.name)
    }

    fn take_out_what_is_included(&mut self) {
        for (whole, parts) in INCLUDED {
            let included = |counted: &&Counted<'_>| parts.contains(&counted.name);
            let included = self.counted.iter().filter(included).fold(0_u64, |sum, part| sum.saturating_add(part.units));
            if let Some(whole) = self.counted.iter_mut().find(|counted| counted.name == *whole) {
                whole.units = whole.units.saturating_sub(included);
            }
        }
    }

    /// The sum over every name that matches.
    pub(crate) fn sum(&self, pattern: &Pattern) -> u64 {
        let matching = self.counted.iter().filter(|counted| pattern.matches(counted.name));
        matching.fold(0, |sum, counted| sum.saturating_add(counted.units))
    }
}

impl Counted<'_> {
    /// The price of the units: that of the name that was sent, else that of another spelling, else that of what it is
    /// billed as.
    pub(crate) fn price<'t>(&self, tier: &'t Tier) -> Option<Found<'t>> {
        let find = |name: &str| tier.prices.iter().find(|(key, _)| &**key == name);
        let spellings = self.quantity.map_or(&[][..], |quantity| quantity.spellings);
        let billed_as = self.quantity.map_or(&[][..], |quantity| quantity.billed_as);
        let mut names = std::iter::once(self.name).chain(spellings.iter().copied()).chain(billed_as.iter().copied());
        let (name, price) = names.find_map(find)?;
        Some(Found { name, price: *price })
    }

    /// Whether the tier has a price for the name that was sent.
    pub(crate) fn has_own_price(&self, tier: &Tier) -> bool {
        tier.price(self.name).is_some()
    }

    /// The name under which the cost is kept. It has "input" or "output" in it when it is either, because sums go by
    /// that.
    pub(crate) fn cost_name(&self, tier: &Tier) -> &str {
        match self.quantity {
            Some(quantity) if !self.has_own_price(tier) => quantity.spellings[0],
            _ => self.name,
        }
    }

    /// Whether this is the sum of everything.
    pub(crate) fn is_total(&self) -> bool {
        self.quantity.is_some_and(|quantity| quantity.spellings.contains(&TOTAL))
    }
}

fn quantity(name: &str) -> Option<&'static Quantity> {
    QUANTITIES.iter().find(|quantity| quantity.spellings.contains(&name))
}

/// The place of a name among all spellings.
fn place(name: &str) -> usize {
    let spellings = QUANTITIES.iter().flat_map(|quantity| quantity.spellings);
    spellings.copied().position(|spelling| spelling == name).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use spanstone_model::Text;

    use super::*;

    fn counted(usage: &[(&str, u64)]) -> Vec<(String, u64)> {
        let usage = UsageDetails::new(usage.iter().map(|(name, units)| (Text::from(*name), *units)));
        let mut counted: Vec<_> =
            Quantities::of(&usage, None).counted.iter().map(|c| (c.name.to_owned(), c.units)).collect();
        counted.sort();
        counted
    }

    fn expected(usage: &[(&str, u64)]) -> Vec<(String, u64)> {
        usage.iter().map(|(name, units)| ((*name).to_owned(), *units)).collect()
    }

    #[test]
    fn no_name_belongs_to_two_quantities() {
        let mut seen = HashSet::new();
        for name in QUANTITIES.iter().flat_map(|quantity| quantity.spellings) {
            assert!(seen.insert(name), "{name}");
        }
        for name in INCLUDED.iter().flat_map(|(whole, parts)| parts.iter().chain([whole])) {
            assert!(seen.contains(name), "{name}");
        }
    }

    #[test]
    fn tokens_under_two_names_count_once() {
        assert_eq!(
            counted(&[("input", 70), ("prompt_tokens", 100), ("input_cached_tokens", 30), ("cached_tokens", 30)]),
            expected(&[("input", 70), ("input_cached_tokens", 30)])
        );
        assert_eq!(counted(&[("input", 0), ("input_tokens", 9)]), expected(&[("input_tokens", 9)]));
        assert_eq!(counted(&[("mine", 1), ("yours", 1)]), expected(&[("mine", 1), ("yours", 1)]));
    }

    #[test]
    fn what_a_count_includes_is_taken_out() {
        for (usage, counts) in [
            (
                &[("promptTokenCount", 1_000), ("cachedContentTokenCount", 400), ("thoughtsTokenCount", 5)][..],
                &[("cachedContentTokenCount", 400), ("promptTokenCount", 600), ("thoughtsTokenCount", 5)][..],
            ),
            (
                &[("prompt_tokens", 100), ("prompt_cache_hit_tokens", 64), ("prompt_cache_miss_tokens", 36)],
                &[("prompt_cache_hit_tokens", 64), ("prompt_tokens", 36)],
            ),
            (
                &[("inputTokens", 10), ("cacheReadInputTokens", 90)],
                &[("cacheReadInputTokens", 90), ("inputTokens", 10)],
            ),
            (
                &[("completion_tokens", 5), ("reasoning_tokens", 9)],
                &[("completion_tokens", 0), ("reasoning_tokens", 9)],
            ),
        ] {
            assert_eq!(counted(usage), expected(counts));
        }
    }
}
