//! LiteLLM's public price list (`model_prices_and_context_window.json`) as models.
//!
//! Owns which of its fields are which prices. Refuses entries without a price for tokens: what is charged by the second, the
//! picture or the page is left out and counted.

use serde_json::{Map, Value};
use spanstone_model::{Text, Timestamp};

use crate::condition::{Condition, Operator, SettingCondition, Source, UsageCondition};
use crate::model::{Model, Tier};
use crate::pattern::Pattern;
use crate::unit_price::UnitPrice;

/// What became of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Imported {
    /// The models, in the order of the list.
    pub models: Vec<Model>,
    /// The names of entries without a price for tokens.
    pub left_out: Vec<String>,
}

/// Why a text is no price list of LiteLLM's.
#[derive(Debug, thiserror::Error)]
pub enum LiteLlmError {
    /// It is not JSON.
    #[error("the file is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// A price cannot be used.
    #[error("`{field}` of `{model}` {error}")]
    Price {
        /// The entry.
        model: String,
        /// The field.
        field: String,
        /// Why.
        error: crate::unit_price::UnitPriceError,
    },
}

/// The entry that explains the list's fields.
const SAMPLE: &str = "sample_spec";

/// The fields with prices, and what types of usage have them.
const PRICES: [(&str, &[&str]); 8] = [
    ("input_cost_per_token", &["input"]),
    ("output_cost_per_token", &["output"]),
    ("cache_read_input_token_cost", &["input_cached_tokens"]),
    ("cache_creation_input_token_cost", &["input_cache_creation"]),
    ("cache_creation_input_token_cost_above_1hr", &["input_cache_creation_1h"]),
    ("output_cost_per_reasoning_token", &["output_reasoning_tokens"]),
    ("input_cost_per_audio_token", &["input_audio_tokens"]),
    ("output_cost_per_audio_token", &["output_audio_tokens"]),
];

/// The ends of fields whose prices hold for long contexts, and from how many tokens on.
const CONTEXTS: [(&str, u64); 3] =
    [("_above_272k_tokens", 272_000), ("_above_200k_tokens", 200_000), ("_above_128k_tokens", 128_000)];
/// The ends of fields whose prices hold for service tiers, and the tiers.
const SERVICES: [(&str, &str, &[&str]); 2] =
    [("_flex", "Flex", &["flex"]), ("_priority", "Priority", &["priority", "fast"])];

/// Reads a list.
///
/// # Errors
/// Fails when it is no list, or when a price in it is none.
pub fn read(text: &str, now: Timestamp) -> Result<Imported, LiteLlmError> {
    let entries: Map<String, Value> = serde_json::from_str(text)?;
    let mut imported = Imported::default();
    for (name, entry) in entries.iter().filter(|(name, _)| *name != SAMPLE) {
        match model(name, entry, now)? {
            Some(model) => imported.models.push(model),
            None => imported.left_out.push(name.clone()),
        }
    }
    Ok(imported)
}

fn model(name: &str, entry: &Value, now: Timestamp) -> Result<Option<Model>, LiteLlmError> {
    let prices = prices(name, entry, "")?;
    let Ok(pattern) = Pattern::parse(&pattern(name, entry)) else { return Ok(None) };
    if prices.is_empty() {
        return Ok(None);
    }
    let id = format!("litellm:{name}");
    let tier = |priority: usize, name: &str, conditions, prices| Tier {
        id: Text::from(format!("{id}:{priority}")),
        name: Text::from(name),
        priority: u32::try_from(priority).unwrap_or(u32::MAX),
        conditions,
        prices,
    };
    let mut tiers = vec![tier(0, "Standard", Vec::new(), prices.clone())];
    for (end, title, values) in SERVICES {
        let special = self::prices(name, entry, end)?;
        if !special.is_empty() {
            let (key, values) = ("service_tier".into(), values.iter().map(|value| Text::from(*value)).collect());
            let setting = SettingCondition { source: Source::ModelParameters, key, values };
            tiers.push(tier(tiers.len(), title, vec![Condition::Setting(setting)], over(&prices, special)));
        }
    }
    for (end, tokens) in CONTEXTS {
        let special = self::prices(name, entry, end)?;
        if !special.is_empty() {
            let title = format!("Large context (>{}K)", tokens / 1_000);
            tiers.push(tier(tiers.len(), &title, vec![longer_than(tokens)], over(&prices, special)));
        }
    }
    Ok(Some(Model {
        id: Text::from(id),
        name: Text::from(name),
        pattern,
        start_date: None,
        unit: Some("TOKENS".into()),
        tokenizer: None,
        tokenizer_config: None,
        created_at: now,
        tiers,
    }))
}

/// The name as it is, in whatever case; one without a provider may have its provider in front.
fn pattern(name: &str, entry: &Value) -> String {
    let provider = entry.get("litellm_provider").and_then(Value::as_str).filter(|_| !name.contains('/'));
    let prefix = provider.map(|provider| format!("({}/)?", regex_lite::escape(provider))).unwrap_or_default();
    format!("(?i)^{prefix}{}$", regex_lite::escape(name))
}

/// The prices in the fields with this end.
fn prices(model: &str, entry: &Value, end: &str) -> Result<Vec<(Text, UnitPrice)>, LiteLlmError> {
    let mut prices = Vec::new();
    for (stem, usages) in PRICES {
        let field = format!("{stem}{end}");
        let Some(number) = entry.get(&field).and_then(Value::as_number) else { continue };
        let price = UnitPrice::parse(&number.to_string());
        let price = price.map_err(|error| LiteLlmError::Price { model: model.to_owned(), field, error })?;
        prices.extend(usages.iter().map(|usage| (Text::from(*usage), price)));
    }
    Ok(prices)
}

/// The prices with those that are special put over them.
fn over(prices: &[(Text, UnitPrice)], special: Vec<(Text, UnitPrice)>) -> Vec<(Text, UnitPrice)> {
    let mut merged = prices.to_vec();
    for (usage, price) in special {
        match merged.iter_mut().find(|(known, _)| *known == usage) {
            Some((_, known)) => *known = price,
            None => merged.push((usage, price)),
        }
    }
    merged
}

fn longer_than(tokens: u64) -> Condition {
    let pattern = Pattern::trusted_case_insensitive("(input|prompt|cache)");
    Condition::Usage(UsageCondition { pattern, case_sensitive: false, operator: Operator::Gt, value: tokens })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use spanstone_model::UsageDetails;

    use super::*;
    use crate::condition::Settings;
    use crate::table::PriceTable;

    const LIST: &str = r#"{
        "sample_spec": {"input_cost_per_token": 0.0, "litellm_provider": "one of …"},
        "gemini-x": {"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 1.25e-06,
            "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-07,
            "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05},
        "gpt-x": {"litellm_provider": "openai", "input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06,
            "input_cost_per_token_flex": 1e-06, "output_cost_per_token_flex": 4e-06,
            "input_cost_per_token_priority": 3.5e-06},
        "azure/gpt-x": {"litellm_provider": "azure", "input_cost_per_token": 3e-06},
        "dall-e-x": {"litellm_provider": "openai", "input_cost_per_pixel": 1.9e-08}
    }"#;

    fn table() -> PriceTable {
        let imported = read(LIST, Timestamp::from_micros(0)).unwrap();
        assert_eq!(imported.left_out, ["dall-e-x"]);
        assert_eq!(crate::format::read(&crate::format::write(&imported.models)).as_ref(), Ok(&imported.models));
        PriceTable::new(imported.models.into_iter().map(Arc::new), [])
    }

    fn total(model: &str, usage: &[(&str, u64)], parameters: &str) -> Option<i64> {
        let usage = UsageDetails::new(usage.iter().map(|(name, units)| (Text::from(*name), *units)));
        let settings = Settings { parameters: Some(parameters), metadata: &[] };
        Some(table().explain(model, &usage, &settings)?.total?.picodollars())
    }

    #[test]
    fn prices_and_tiers_are_those_of_the_list() {
        assert_eq!(total("gemini-x", &[("input", 100), ("input_cached_tokens", 100)], "{}"), Some(137_500_000));
        assert_eq!(total("gemini/gemini-x", &[("input", 200_001)], "{}"), Some(500_002_500_000));
        assert_eq!(total("GPT-X", &[("input", 10), ("output", 10)], r#"{"service_tier":"flex"}"#), Some(50_000_000));
        assert_eq!(
            total("gpt-x", &[("input", 10), ("output", 10)], r#"{"service_tier":"priority"}"#),
            Some(115_000_000)
        );
        assert_eq!(total("azure/gpt-x", &[("input", 10)], "{}"), Some(30_000_000));
        assert_eq!(total("dall-e-x", &[("input", 10)], "{}"), None);
        assert_eq!(total("vertex/gemini-x", &[("input", 10)], "{}"), None);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let now = Timestamp::from_micros(0);
        assert!(matches!(read("[]", now), Err(LiteLlmError::NotJson(_))));
        let error = read(r#"{"m":{"input_cost_per_token":-1}}"#, now).unwrap_err();
        assert_eq!(error.to_string(), "`input_cost_per_token` of `m` is negative");
        assert_eq!(read(r#"{"m":{"input_cost_per_token":"free"},"n":1}"#, now).unwrap().left_out, ["m", "n"]);
    }
}
