//! Models to text.

use spanstone_model::Text;

use super::settings;
use super::word::push;
use crate::condition::{Condition, SettingCondition, UsageCondition};
use crate::model::{Model, Tier};
use crate::unit_price::UnitPrice;

/// Writes models as text that [`super::read`] reads.
#[must_use]
pub fn write<'m>(models: impl IntoIterator<Item = &'m Model>) -> String {
    let blocks: Vec<String> = models.into_iter().map(block).collect();
    blocks.join("\n")
}

fn block(model: &Model) -> String {
    let Model { id, name, pattern, start_date, unit, tokenizer, tokenizer_config, created_at, tiers } = model;
    let mut text = String::new();
    line(&mut text, "model", [&**name]);
    line(&mut text, "id", [&**id]);
    line(&mut text, "match", [pattern.as_str()]);
    if let Some(start) = start_date {
        line(&mut text, "from", [start.to_string().as_str()]);
    }
    if let Some(unit) = unit {
        line(&mut text, "unit", [&**unit]);
    }
    line(&mut text, "created", [created_at.to_string().as_str()]);
    count(&mut text, tokenizer.as_deref(), tokenizer_config.as_deref());
    for each in tiers {
        tier(&mut text, each);
    }
    text
}

fn count(text: &mut String, tokenizer: Option<&str>, config: Option<&str>) {
    match (tokenizer, config) {
        (None, None) => {}
        (Some(tokenizer), None) => line(text, "count", [tokenizer]),
        (tokenizer, Some(config)) => match (tokenizer, settings::words(config)) {
            (Some(tokenizer), Some(words)) => {
                line(text, "count", std::iter::once(tokenizer).chain(words.iter().map(String::as_str)));
            }
            (tokenizer, _) => line(text, "count/json", [tokenizer.unwrap_or_default(), config]),
        },
    }
}

fn tier(text: &mut String, tier: &Tier) {
    let Tier { id, name, priority, conditions, prices } = tier;
    line(text, "tier", [priority.to_string().as_str(), &**name, &**id]);
    for condition in conditions {
        when(text, condition);
    }
    for (price, names) in by_price(prices) {
        line(text, &price.per_million(), names);
    }
}

fn when(text: &mut String, condition: &Condition) {
    match condition {
        Condition::Usage(UsageCondition { pattern, case_sensitive, operator, value }) => {
            let kind = if *case_sensitive { "usage/case" } else { "usage" };
            line(text, "when", [kind, pattern.as_str(), operator.sign(), value.to_string().as_str()]);
        }
        Condition::Setting(SettingCondition { source, key, values }) => {
            line(text, "when", [source.name(), &**key].into_iter().chain(values.iter().map(|value| &**value)));
        }
    }
}

/// Types of usage with the same price, in one line as long as they stand together.
fn by_price(prices: &[(Text, UnitPrice)]) -> Vec<(UnitPrice, Vec<&str>)> {
    let mut lines: Vec<(UnitPrice, Vec<&str>)> = Vec::new();
    for (name, price) in prices {
        match lines.last_mut().filter(|(last, _)| last == price) {
            Some((_, names)) => names.push(name),
            None => lines.push((*price, vec![name])),
        }
    }
    lines
}

fn line<'w>(text: &mut String, first: &str, words: impl IntoIterator<Item = &'w str>) {
    text.push_str(first);
    for word in words {
        push(text, word);
    }
    text.push('\n');
}
