//! The tiers of prices in the body that defines a model.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};
use spanstone_engine::pricing::{
    Condition, Operator, Pattern, SettingCondition, Source, Tier, UnitPrice, UsageCondition,
};
use spanstone_model::Text;

use super::definition::{given, price};
use crate::params::issue::Issues;

const TIERS_MAX: usize = 100;
const CONDITIONS_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 100;
const PRIORITY_MAX: u64 = 999;
const PATTERN_CHARS_MAX: usize = 200;
const PRICES_MAX: usize = 200;
const VALUES_MAX: usize = 100;

/// Reads tiers, sorted by priority; each gets a fresh id.
pub(super) fn read(list: &Json, new_id: &mut dyn FnMut() -> String, issues: &mut Issues) -> Vec<Tier> {
    let path = [json!("pricingTiers")];
    let Some(list) = list.as_array().filter(|list| (1..=TIERS_MAX).contains(&list.len())) else {
        issues.note(&path, &format!("Invalid input: expected a list of 1 to {TIERS_MAX} tiers"));
        return Vec::new();
    };
    let mut tiers = Vec::new();
    for (place, value) in list.iter().enumerate() {
        let mut reader = Reader { path: vec![json!("pricingTiers"), json!(place)], issues };
        tiers.extend(reader.tier(value, new_id()));
    }
    check_together(&tiers, list.len(), issues);
    tiers.sort_by_key(|tier| tier.priority);
    tiers
}

/// What holds for all tiers together.
fn check_together(tiers: &[Tier], given: usize, issues: &mut Issues) {
    if tiers.len() < given {
        return;
    }
    let path = [json!("pricingTiers")];
    let defaults = tiers.iter().filter(|tier| tier.is_default()).count();
    if defaults != 1 {
        issues.note(&path, "Exactly one tier must be the default: isDefault true, priority 0 and no conditions");
    }
    let names: BTreeSet<&str> = tiers.iter().map(|tier| &*tier.name).collect();
    if names.len() < tiers.len() {
        issues.note(&path, "Tier names must be unique");
    }
    let priorities: BTreeSet<u32> = tiers.iter().map(|tier| tier.priority).collect();
    if defaults == 1 && priorities.len() < tiers.len() {
        issues.note(&path, "Tier priorities must be unique");
    }
    let usage = |tier: &Tier| tier.prices.iter().map(|(usage, _)| usage.clone()).collect::<BTreeSet<Text>>();
    if tiers.iter().any(|tier| usage(tier) != usage(&tiers[0])) {
        issues.note(&path, "All tiers must have prices for the same types of usage");
    }
}

/// Reads what is at a path.
struct Reader<'i> {
    path: Vec<Json>,
    issues: &'i mut Issues,
}

impl Reader<'_> {
    fn note(&mut self, key: &str, message: &str) {
        let mut path = self.path.clone();
        path.push(json!(key));
        self.issues.note(&path, message);
    }

    fn within(&mut self, key: &str, place: usize) -> Reader<'_> {
        let mut path = self.path.clone();
        path.extend([json!(key), json!(place)]);
        Reader { path, issues: self.issues }
    }

    fn tier(&mut self, value: &Json, id: String) -> Option<Tier> {
        let Some(tier) = value.as_object() else {
            self.issues.note(&self.path, "Invalid input: expected object");
            return None;
        };
        let name = self.short(tier, "name", NAME_CHARS_MAX);
        let is_default = given(tier, "isDefault").and_then(Json::as_bool);
        if is_default.is_none() {
            self.note("isDefault", "Invalid input: expected boolean");
        }
        let priority = given(tier, "priority").and_then(Json::as_u64).filter(|it| *it <= PRIORITY_MAX);
        if priority.is_none() {
            self.note("priority", &format!("Invalid input: expected an integer from 0 to {PRIORITY_MAX}"));
        }
        let conditions = self.conditions(tier);
        let prices = self.prices(tier);
        let (name, is_default, priority) = (name?, is_default?, u32::try_from(priority?).ok()?);
        let (conditions, prices) = (conditions?, prices?);
        match (is_default, priority == 0, conditions.is_empty()) {
            (true, true, true) | (false, false, false) => {}
            (true, ..) => {
                self.note("isDefault", "The default tier must have priority 0 and no conditions");
                return None;
            }
            (false, true, _) => {
                self.note("priority", "Only the default tier has priority 0");
                return None;
            }
            (false, false, true) => {
                self.note("conditions", "A tier that is not the default must have at least one condition");
                return None;
            }
        }
        Some(Tier { id: Text::from(id), name, priority, conditions, prices })
    }

    /// A text of limited length that is not empty.
    fn short(&mut self, object: &Map<String, Json>, key: &str, chars_max: usize) -> Option<Text> {
        let text = given(object, key).and_then(Json::as_str);
        let text = text.filter(|text| !text.is_empty() && text.chars().count() <= chars_max);
        if text.is_none() {
            self.note(key, &format!("Invalid input: expected a string of 1 to {chars_max} characters"));
        }
        text.map(Text::from)
    }

    fn prices(&mut self, tier: &Map<String, Json>) -> Option<Vec<(Text, UnitPrice)>> {
        let prices = given(tier, "prices").and_then(Json::as_object);
        let Some(prices) = prices.filter(|prices| (1..=PRICES_MAX).contains(&prices.len())) else {
            self.note("prices", &format!("Invalid input: expected an object of 1 to {PRICES_MAX} prices"));
            return None;
        };
        let mut read = Vec::new();
        for (usage, value) in prices {
            let mut path = self.path.clone();
            path.extend([json!("prices"), json!(usage)]);
            read.push((Text::from(usage.as_str()), price(value, &path, self.issues)?));
        }
        Some(read)
    }

    fn conditions(&mut self, tier: &Map<String, Json>) -> Option<Vec<Condition>> {
        let Some(list) = given(tier, "conditions").map_or(Some(&[][..]), |list| list.as_array().map(Vec::as_slice))
        else {
            self.note("conditions", "Invalid input: expected array");
            return None;
        };
        if list.len() > CONDITIONS_MAX {
            self.note("conditions", &format!("Too big: expected array to have <={CONDITIONS_MAX} items"));
            return None;
        }
        let mut conditions = Vec::new();
        for (place, value) in list.iter().enumerate() {
            let mut reader = self.within("conditions", place);
            let Some(object) = value.as_object() else {
                reader.issues.note(&reader.path, "Invalid input: expected object");
                return None;
            };
            let is_setting = object.contains_key("source");
            conditions.push(if is_setting { reader.setting(object)? } else { reader.usage(object)? });
        }
        Some(conditions)
    }

    fn usage(&mut self, object: &Map<String, Json>) -> Option<Condition> {
        let text = self.short(object, "usageDetailPattern", PATTERN_CHARS_MAX);
        let operator = given(object, "operator").and_then(Json::as_str);
        let operator = Operator::ALL.into_iter().find(|(_, name, _)| operator == Some(name));
        if operator.is_none() {
            self.note("operator", "Invalid option: expected one of \"gt\"|\"gte\"|\"lt\"|\"lte\"|\"eq\"|\"neq\"");
        }
        let value = given(object, "value").and_then(whole);
        if value.is_none() {
            self.note("value", "Invalid input: expected a whole number >=0");
        }
        let case_sensitive = match object.get("caseSensitive") {
            None | Some(Json::Null) => Some(false),
            Some(value) => value.as_bool(),
        };
        if case_sensitive.is_none() {
            self.note("caseSensitive", "Invalid input: expected boolean");
        }
        let (text, (operator, ..), value, case_sensitive) = (text?, operator?, value?, case_sensitive?);
        let read = if case_sensitive { Pattern::parse } else { Pattern::parse_case_insensitive };
        match read(&text) {
            Ok(pattern) => Some(Condition::Usage(UsageCondition { pattern, case_sensitive, operator, value })),
            Err(error) => {
                self.note("usageDetailPattern", &format!("the pattern {error}"));
                None
            }
        }
    }

    fn setting(&mut self, object: &Map<String, Json>) -> Option<Condition> {
        let source = given(object, "source").and_then(Json::as_str);
        let source = [Source::ModelParameters, Source::Metadata].into_iter().find(|known| source == Some(known.name()));
        if source.is_none() {
            self.note("source", "Invalid option: expected one of \"model_parameters\"|\"metadata\"");
        }
        let key = self.short(object, "key", PATTERN_CHARS_MAX);
        if given(object, "operator").and_then(Json::as_str) != Some("in") {
            self.note("operator", "Invalid input: expected \"in\"");
            return None;
        }
        let values = given(object, "values").and_then(Json::as_array);
        let values: Option<Vec<Text>> = values
            .filter(|list| (1..=VALUES_MAX).contains(&list.len()))
            .and_then(|list| list.iter().map(|value| value.as_str().map(Text::from)).collect());
        if values.is_none() {
            self.note("values", &format!("Invalid input: expected a list of 1 to {VALUES_MAX} strings"));
        }
        Some(Condition::Setting(SettingCondition { source: source?, key: key?, values: values? }))
    }
}

/// A whole number that is not negative, also when it is written as `200000.0`.
fn whole(value: &Json) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=9e15).contains(number))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, not negative, below 2⁵³")]
        Some(number as u64)
    })
}
