//! The body that defines a model.
//!
//! Owns the rules of Langfuse's validator for it, and collects every issue before it refuses a body.

use serde_json::{Map, Value as Json, json};
use spanstone_engine::pricing::{Model, Pattern, Tier, UnitPrice};
use spanstone_model::{Text, Timestamp};

use super::tiers;
use crate::error::{Code, Failure};
use crate::params::issue::{self, Issues};
use crate::params::members::WHOLE;

const UNITS: [&str; 6] = ["CHARACTERS", "TOKENS", "SECONDS", "MILLISECONDS", "IMAGES", "REQUESTS"];
const TOKENIZERS: [&str; 2] = ["openai", "claude"];
const FLAT: [(&str, &str); 3] = [("inputPrice", "input"), ("outputPrice", "output"), ("totalPrice", "total")];
/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 512;

/// Reads a model; its tiers get fresh ids.
///
/// # Errors
/// Fails with every issue of the body.
pub(super) fn read(
    body: &[u8],
    id: String,
    new_id: &mut dyn FnMut() -> String,
    now: Timestamp,
) -> Result<Model, Failure> {
    let body: Json = serde_json::from_slice(body).map_err(|_| Failure::new(Code::InvalidJson, "Invalid JSON"))?;
    let Json::Object(body) = body else {
        return Err(Failure::issues(vec![issue::rule(WHOLE, "Invalid input: expected object")]));
    };
    let mut issues = Issues::default();
    let name = text(&body, "modelName", NAME_BYTES_MAX, &mut issues);
    let pattern = pattern(&body, &mut issues);
    let start_date = start_date(&body, &mut issues);
    let unit = choice(&body, "unit", &UNITS, &mut issues);
    let tokenizer = choice(&body, "tokenizerId", &TOKENIZERS, &mut issues);
    let tokenizer_config = given(&body, "tokenizerConfig").map(|config| Text::from(config.to_string()));
    let tiers = prices(&body, &id, new_id, &mut issues);
    issues.done()?;
    let (Some(name), Some(pattern)) = (name, pattern) else {
        return Err(Failure::internal("a model without issues lacks its name or pattern"));
    };
    let (id, created_at) = (Text::from(id), now);
    Ok(Model { id, name, pattern, start_date, unit, tokenizer, tokenizer_config, created_at, tiers })
}

/// The value of a key, unless it is absent or null.
pub(super) fn given<'b>(object: &'b Map<String, Json>, key: &str) -> Option<&'b Json> {
    object.get(key).filter(|value| !value.is_null())
}

fn pattern(body: &Map<String, Json>, issues: &mut Issues) -> Option<Pattern> {
    let text = text(body, "matchPattern", usize::MAX, issues)?;
    match Pattern::parse(&text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            issues.note(&[json!("matchPattern")], &format!("the pattern {error}"));
            None
        }
    }
}

/// A time with a zone, without one (UTC), or a date alone.
fn start_date(body: &Map<String, Json>, issues: &mut Issues) -> Option<Timestamp> {
    let value = given(body, "startDate")?;
    let time = Timestamp::parse_loosely(value.as_str().unwrap_or_default());
    if time.is_err() {
        issues.note(&[json!("startDate")], "Invalid ISO datetime");
    }
    time.ok()
}

/// The tiers: given as such, or made of prices for input, output and total.
fn prices(body: &Map<String, Json>, id: &str, new_id: &mut dyn FnMut() -> String, issues: &mut Issues) -> Vec<Tier> {
    let flat: Vec<(&str, &str)> = FLAT.into_iter().filter(|(key, _)| given(body, key).is_some()).collect();
    match (given(body, "pricingTiers"), flat.is_empty()) {
        (Some(list), true) => tiers::read(list, new_id, issues),
        (None, false) => flat_tier(body, id, &flat, issues),
        (Some(_), false) => {
            issues.note(&[], "Cannot provide both flat prices and pricingTiers. Use one or the other.");
            Vec::new()
        }
        (None, true) => {
            issues.note(&[], "Must provide either flat prices (inputPrice/outputPrice/totalPrice) or pricingTiers");
            Vec::new()
        }
    }
}

fn flat_tier(body: &Map<String, Json>, id: &str, flat: &[(&str, &str)], issues: &mut Issues) -> Vec<Tier> {
    let mut prices = Vec::new();
    for (key, usage) in flat {
        let price = given(body, key).and_then(|value| price(value, &[json!(key)], issues));
        prices.extend(price.map(|price| (Text::from(*usage), price)));
    }
    let is_paid = |name: &str| prices.iter().any(|(usage, price)| &**usage == name && *price != UnitPrice::ZERO);
    let has_total = prices.iter().any(|(usage, _)| &**usage == "total");
    if has_total && (is_paid("input") || is_paid("output")) {
        issues.note(&[json!("totalPrice")], "If input and/or output price is set, total price must be null");
    }
    let (id, conditions) = (Text::from(format!("{id}_tier_default")), Vec::new());
    vec![Tier { id, name: "Standard".into(), priority: 0, conditions, prices }]
}

/// A price for one unit.
pub(super) fn price(value: &Json, path: &[Json], issues: &mut Issues) -> Option<UnitPrice> {
    // A number is read as the decimal that it is written as, not as the float nearest to it.
    let text = value.as_number().map(ToString::to_string);
    let Some(text) = text else {
        issues.note(path, "Invalid input: expected number");
        return None;
    };
    match UnitPrice::parse(&text) {
        Ok(price) => Some(price),
        Err(error) => {
            issues.note(path, &format!("the price {error}"));
            None
        }
    }
}

/// A text that must be there and not be empty.
fn text(body: &Map<String, Json>, key: &str, bytes_max: usize, issues: &mut Issues) -> Option<Text> {
    let message = match given(body, key).map(Json::as_str) {
        Some(Some(text)) if !text.is_empty() && text.len() <= bytes_max => return Some(Text::from(text)),
        Some(Some("")) => "Too small: expected string to have >=1 characters",
        Some(Some(_)) => &format!("Too big: expected string to have <={bytes_max} bytes"),
        Some(None) => "Invalid input: expected string",
        None => "Invalid input: expected string, received undefined",
    };
    issues.note(&[json!(key)], message);
    None
}

/// One of some names, or nothing.
fn choice(body: &Map<String, Json>, key: &str, names: &[&str], issues: &mut Issues) -> Option<Text> {
    let value = given(body, key)?;
    let found = value.as_str().filter(|text| names.contains(text));
    if found.is_none() {
        let list = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join("|");
        issues.note(&[json!(key)], &format!("Invalid option: expected one of {list}"));
    }
    found.map(Text::from)
}
