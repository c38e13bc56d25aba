//! The table that is compiled in, and how a name finds its entry.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the answer, in their helpers too")]

use std::collections::HashSet;
use std::sync::Arc;

use spanstone_model::Timestamp;
use spanstone_pricing::{Model, PriceTable, builtin, read, write};

fn builtin_table() -> PriceTable {
    PriceTable::new([], builtin::models().iter().cloned())
}

fn named(name: &str, pattern: &str, from: Option<i64>) -> Arc<Model> {
    let text = format!("model {name}\nid {name}\nmatch {pattern}\ntier 0 Standard {name}_tier_default\n1 input\n");
    let model = read(&text).unwrap().remove(0);
    Arc::new(Model { start_date: from.map(Timestamp::from_millis), ..model })
}

#[test]
fn the_table_is_whole_and_written_as_it_would_be_written() {
    let models = read(builtin::text()).unwrap();
    assert_eq!(models.len(), builtin::models().len());
    assert!(models.len() >= 167);
    let ids: HashSet<_> = models.iter().map(|model| &model.id).collect();
    assert_eq!(ids.len(), models.len());
    let comments: String =
        builtin::text().lines().filter(|line| line.starts_with('#')).map(|l| format!("{l}\n")).collect();
    assert_eq!(format!("{comments}\n{}", write(&models)), builtin::text());
}

#[test]
fn every_tier_of_a_model_has_the_same_types_of_usage() {
    for model in builtin::models() {
        let types =
            |tier: &spanstone_pricing::Tier| tier.prices.iter().map(|(name, _)| name.clone()).collect::<HashSet<_>>();
        for tier in &model.tiers {
            assert!(!tier.prices.is_empty(), "{}", model.name);
            assert_eq!(types(tier), types(&model.tiers[0]), "{}", model.name);
        }
    }
}

#[test]
fn names_of_all_providers_find_their_model() {
    let table = builtin_table();
    for (name, expected) in [
        ("gpt-4o", Some("gpt-4o")),
        ("openai/gpt-4o-mini", Some("gpt-4o-mini")),
        ("GPT-5.1", Some("gpt-5.1")),
        ("gpt-35-turbo", Some("gpt-3.5-turbo")),
        ("ft:gpt-3.5-turbo-1106:org::id", Some("ft:gpt-3.5-turbo-1106")),
        ("claude-sonnet-4-20250514", Some("claude-sonnet-4-20250514")),
        ("anthropic/claude-opus-5", Some("claude-opus-5")),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some("claude-sonnet-4-5-20250929")),
        ("claude-haiku-4-5", Some("claude-haiku-4-5-20251001")),
        ("googleai/gemini-2.5-pro", Some("gemini-2.5-pro")),
        ("gemini-1.0-pro@001", Some("gemini-1.0-pro")),
        ("text-embedding-3-small", Some("text-embedding-3-small")),
        ("gpt-4o-of-ours", None),
        ("mistral-large-latest", None),
        ("", None),
    ] {
        let found = table.find(name).map(|model| model.name.to_string());
        assert_eq!(found.as_deref(), expected, "{name}");
        assert_eq!(table.find(name).map(|model| model.name.to_string()), found, "{name}, asked again");
    }
    assert!(table.find(&"gpt-4o".repeat(100)).is_none());
}

#[test]
fn a_projects_own_model_goes_first_then_the_latest_start_then_one_without() {
    let others = || vec![named("builtin", "^m$", Some(9_000))];
    let found = |own: Vec<Arc<Model>>| PriceTable::new(own, others()).find("m").map(|model| model.name.to_string());
    assert_eq!(found(vec![]).as_deref(), Some("builtin"));
    assert_eq!(found(vec![named("own", "^m", None)]).as_deref(), Some("own"));
    assert_eq!(
        found(vec![named("none", "m", None), named("old", "m", Some(1)), named("new", "m", Some(2))]).as_deref(),
        Some("new")
    );
    assert_eq!(found(vec![named("another", "^n", Some(5))]).as_deref(), Some("builtin"));
}

#[test]
fn the_keys_that_conditions_ask_the_metadata_for_are_known() {
    let text =
        "model m\nid m\nmatch m\ntier 0 Standard m0\n1 input\ntier 1 Fast m1\nwhen metadata speed fast\n2 input\n";
    let table = PriceTable::new(read(text).unwrap().into_iter().map(Arc::new), []);
    assert_eq!(table.hint_keys().iter().map(|key| &**key).collect::<Vec<_>>(), ["speed"]);
    assert!(builtin_table().hint_keys().is_empty());
}
