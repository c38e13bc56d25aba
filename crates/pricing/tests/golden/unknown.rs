//! What is unknown is not zero.

use crate::*;

#[test]
fn where_nothing_has_a_price_there_is_no_cost() {
    for usage in [
        r#""usageDetails":{"total":100}"#,
        r#""usageDetails":{"input":0,"output":0,"total":100}"#,
        r#""usageDetails":{"pages":3}"#,
    ] {
        let explanation = explain(&table(), generation("gpt-4o", usage));
        assert_eq!((explanation.total, explanation.cost().is_empty()), (None, true), "{usage}");
        assert_eq!(tier(&explanation), "Standard", "{usage}");
    }
}

#[test]
fn where_nothing_was_used_there_is_no_tier() {
    let explanation = explain(&table(), generation("gpt-4o", r#""usageDetails":{}"#));
    assert_eq!((explanation.tier.clone(), explanation.total), (None, None));
    assert_eq!(&*explanation.model.name, "gpt-4o");
}

#[test]
fn using_nothing_that_has_a_price_costs_nothing() {
    let explanation = explain(&table(), generation("gpt-4o", r#""usage":{"input":0,"output":0}"#));
    assert_cost(&explanation, &[("input", "0"), ("output", "0"), ("total", "0")]);
}

#[test]
fn what_has_no_price_is_named() {
    let explanation = explain(&table(), generation("gpt-4o", r#""usageDetails":{"input":1000,"pages":3}"#));
    assert_cost(&explanation, &[("input", "0.0025"), ("total", "0.0025")]); // 1000 × 2.5
    assert_eq!(unpriced(&explanation), [("pages".to_owned(), 3)]);
}
