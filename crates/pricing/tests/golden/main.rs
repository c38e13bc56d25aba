//! What calls cost, computed by hand: usage as providers and SDKs report it, through the decoders, times the price.
//!
//! Prices are in dollars for a million units here and in the table; `3 × 2.5` is three tokens at 2.5 dollars a million.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the answer, in their helpers too")]

mod anthropic;
mod google;
mod laws;
mod openai;
mod others;
mod unknown;

use std::sync::Arc;

use spanstone_ingest::{Keep, decode};
use spanstone_model::{BodyKind, Change, Cost, EntryHeader, Limits, ObservationChange, Patch, ProjectId, Timestamp};
use spanstone_pricing::{Explanation, PriceTable, Reason, Settings, builtin, read};

fn table() -> PriceTable {
    PriceTable::new([], builtin::models().iter().cloned())
}

/// A table with one more model.
fn table_with(model: &str) -> PriceTable {
    PriceTable::new(read(model).unwrap().into_iter().map(Arc::new), builtin::models().iter().cloned())
}

fn decoded(kind: BodyKind, body: &str) -> ObservationChange {
    let project = ProjectId::from_wire("project");
    let received_at = Timestamp::parse("2026-08-21T08:00:00Z").unwrap();
    let header = EntryHeader::new(project, kind, received_at);
    let decoded = decode(&header, body.as_bytes(), Keep::Skeleton, &Limits::default()).unwrap();
    let mut changes = decoded.events.into_iter().filter_map(|event| match event.change {
        Change::Observation(change) => Some(*change),
        _ => None,
    });
    changes.next().unwrap_or_else(|| panic!("no observation in {body}: {:?}", decoded.refused))
}

/// A generation as an SDK reports it, with these fields in its body: `"usageDetails":{…},"modelParameters":{…}`.
fn generation(model: &str, fields: &str) -> ObservationChange {
    let body = format!(r#"{{"id":"o","traceId":"t","model":"{model}",{fields}}}"#);
    let event = format!(
        r#"{{"batch":[{{"id":"e","type":"generation-create","timestamp":"2026-08-21T07:57:42Z","body":{body}}}]}}"#
    );
    decoded(BodyKind::LangfuseBatch, &event)
}

/// A span as an exporter reports it, with these attributes.
fn span(attributes: &[(&str, &str)]) -> ObservationChange {
    let attributes: Vec<String> = attributes
        .iter()
        .map(|(key, value)| match value.parse::<u64>() {
            Ok(count) => format!(r#"{{"key":"{key}","value":{{"intValue":"{count}"}}}}"#),
            Err(_) => format!(r#"{{"key":"{key}","value":{{"stringValue":{}}}}}"#, serde_json::Value::from(*value)),
        })
        .collect();
    let span = format!(
        r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"chat","kind":3,
            "startTimeUnixNano":"1755763062000000000","endTimeUnixNano":"1755763063000000000",
            "attributes":[{}]}}"#,
        attributes.join(",")
    );
    let body =
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"scope":{{"name":"exporter"}},"spans":[{span}]}}]}}]}}"#);
    decoded(BodyKind::OtlpJson, &body)
}

fn explain(table: &PriceTable, change: ObservationChange) -> Explanation {
    let Patch::Set(model) = &change.model else { panic!("no model") };
    let settings = Settings { parameters: change.model_parameters.as_deref(), metadata: &[] };
    table.explain(model, &change.usage.with_total(), &settings).unwrap()
}

/// Dollars as a decimal, in picodollars.
fn exact(dollars: &str) -> i64 {
    let (whole, fraction) = dollars.split_once('.').unwrap_or((dollars, ""));
    format!("{whole}{fraction:0<12}").parse().unwrap()
}

/// Asserts what each type of usage and all together cost.
#[track_caller]
fn assert_cost(explanation: &Explanation, expected: &[(&str, &str)]) {
    let cost = explanation.cost();
    let cost: Vec<(String, i64)> = cost.iter().map(|(name, cost)| (name.to_string(), cost.picodollars())).collect();
    let mut expected: Vec<(String, i64)> =
        expected.iter().map(|(name, dollars)| ((*name).to_owned(), exact(dollars))).collect();
    expected.sort();
    assert_eq!(cost, expected, "{explanation:#?}");
}

fn tier(explanation: &Explanation) -> &str {
    explanation.tier.as_ref().map_or("", |tier| &tier.name)
}

/// What was used and not charged for want of a price.
fn unpriced(explanation: &Explanation) -> Vec<(String, u64)> {
    let unpriced = explanation.uncharged.iter().filter(|uncharged| uncharged.reason == Reason::NoPrice);
    unpriced.map(|uncharged| (uncharged.usage.to_string(), uncharged.units)).collect()
}

#[test]
fn decimals_in_these_tests_are_exact() {
    assert_eq!(exact("0.000000000001"), 1);
    assert_eq!(exact("1.5"), Cost::from_dollars(1.5).unwrap().picodollars());
}
