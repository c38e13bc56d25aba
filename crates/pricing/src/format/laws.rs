//! What is written is read again, and no text panics.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use spanstone_model::{Text, Timestamp};

use super::{read, write};
use crate::condition::{Condition, Operator, SettingCondition, Source, UsageCondition};
use crate::model::{Model, Tier};
use crate::pattern::Pattern;
use crate::unit_price::UnitPrice;

fn text() -> impl Strategy<Value = Text> {
    prop_oneof!["[a-z0-9._-]{1,8}", "[ \"\\\\#=a\n\u{e9}]{1,6}", ".{1,6}"].prop_map(|text| Text::from(text.as_str()))
}

fn settings() -> impl Strategy<Value = Text> {
    let chat = (".{1,4}", any::<i64>(), any::<i64>())
        .prop_map(|(model, message, name)| Text::from(super::settings::of_chat(&model, message, name)));
    let model = ".{1,4}".prop_map(|model| Text::from(super::settings::of_model(&model)));
    prop_oneof![text(), chat, model, Just(Text::from(r#"{"tokenizerModel":"a","other":1}"#))]
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_i64).prop_map(Timestamp::from_millis)
}

fn price() -> impl Strategy<Value = UnitPrice> {
    (0..1_000_000_u64, 0..15_u8).prop_map(|(digits, places)| UnitPrice::parse(&format!("{digits}e-{places}")).unwrap())
}

fn condition() -> impl Strategy<Value = Condition> {
    let operator = (0..Operator::ALL.len()).prop_map(|place| Operator::ALL[place].0);
    let usage = ("[a-z|]{1,6}", any::<bool>(), operator, any::<u64>()).prop_map(|(text, case, operator, value)| {
        let pattern = if case { Pattern::parse(&text) } else { Pattern::parse_case_insensitive(&text) };
        Condition::Usage(UsageCondition { pattern: pattern.unwrap(), case_sensitive: case, operator, value })
    });
    let setting = (any::<bool>(), text(), vec(text(), 1..4)).prop_map(|(metadata, key, values)| {
        let source = if metadata { Source::Metadata } else { Source::ModelParameters };
        Condition::Setting(SettingCondition { source, key, values })
    });
    prop_oneof![usage, setting]
}

fn tier(priority: u32) -> impl Strategy<Value = Tier> {
    let conditions = if priority == 0 { vec(condition(), 0..1) } else { vec(condition(), 1..3) };
    (text(), text(), conditions, btree_map(text(), price(), 0..5)).prop_map(move |(id, name, conditions, prices)| {
        Tier { id, name, priority, conditions, prices: prices.into_iter().collect() }
    })
}

fn model() -> impl Strategy<Value = Model> {
    let tiers = prop_oneof![
        tier(0).prop_map(|tier| vec![tier]),
        (tier(0), tier(1), tier(7)).prop_map(|(a, b, c)| vec![a, b, c])
    ];
    let heads = (text(), text(), "[a-z \\\\d|()?]{0,3}a", of(time()), of(text()), of(text()), of(settings()), time());
    (heads, tiers).prop_filter_map("a pattern", |(head, tiers)| {
        let (id, name, pattern, start_date, unit, tokenizer, tokenizer_config, created_at) = head;
        let pattern = Pattern::parse(&pattern).ok()?;
        Some(Model { id, name, pattern, start_date, unit, tokenizer, tokenizer_config, created_at, tiers })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(models in vec(model(), 0..4)) {
        let text = write(&models);
        prop_assert_eq!(read(&text), Ok(models), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "((model|id|match|from|tier|when|count|usage|1\\.5|\"a b\"|0|>|a) ?\n?){0,40}|.*") {
        let _ = read(&text);
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let head = "model m\nid 1\nmatch m\n";
    for (text, expected) in [
        ("id 1", "line 1: the first line of a model is `model NAME`"),
        ("model a b", "line 1: one word is expected; one with blanks is put in quotes"),
        ("model \"a", "line 1: a quoted word is not a JSON string"),
        ("model m\nid 1\n", "line 2: the model `m` has no `match`"),
        (&format!("{head}tier 1 a b"), "line 4: the model `m` has no `tier 0` without conditions"),
        (
            &format!("{head}tier 0 a b\ntier 0 c d"),
            "line 5: the priority 0 does not rise: tiers are sorted by it, the first is 0",
        ),
        (
            &format!("{head}tier 0 a b\ntier 1 c d"),
            "line 5: a tier of the model `m` besides the first has no condition",
        ),
        (&format!("{head}1 input"), "line 4: conditions and prices come after a `tier`"),
        (&format!("{head}tier 0 a b\n-1 input"), "line 5: `-1` is negative"),
        (&format!("{head}tier 0 a b\nprice input"), "line 5: `price` is not a decimal number"),
        (&format!("{head}tier 0 a b\n1 input\n2 input"), "line 6: `input` has two prices"),
        (&format!("{head}tier 0 a b\nwhen usage a ~ 1"), "line 5: `~` is no comparison: > >= < <= = !="),
        (&format!("{head}from yesterday"), "line 4: `yesterday` is no time such as 2026-01-31T00:00:00Z"),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }
}
