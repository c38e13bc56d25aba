//! Counting tokens of calls whose client did not say what they used.

use std::sync::Arc;

use spanstone_engine::Counting;
use spanstone_engine::pricing::builtin;

use crate::*;

/// Counts everything that was handed in so far, and returns the engine.
fn counted(directory: &Path, write: impl FnOnce(&Engine)) -> Engine {
    let engine = Arc::new(open(directory));
    let counting = Counting::start(&engine).unwrap();
    write(&engine);
    // What was handed in before the stop is counted before it.
    counting.finish();
    Arc::into_inner(engine).unwrap()
}

const CALL: &str = r#""model":"gpt-4","input":"hello world","output":"hello","endTime":"2026-11-23T11:59:59Z""#;

#[test]
fn a_call_without_usage_is_counted_and_priced() {
    let directory = tempfile::tempdir().unwrap();
    let engine = counted(directory.path(), |engine| {
        generation(engine, "counted", CALL);
        generation(engine, "said", &format!(r#"{CALL},"usage":{{"input":7}}"#));
        generation(engine, "cost", &format!(r#"{CALL},"costDetails":{{"total":1}}"#));
        generation(engine, "failed", &format!(r#"{CALL},"level":"ERROR""#));
        generation(engine, "running", r#""model":"gpt-4","input":"hello world""#);
        generation(engine, "uncountable", &CALL.replace("gpt-4", "gemini-2.5-pro"));
    });
    let row = observation(&engine, "counted");
    let usage: Vec<_> = row.usage.iter().map(|(kind, amount)| (kind.to_string(), amount)).collect();
    assert_eq!(usage, [("input".to_owned(), 2), ("output".to_owned(), 1), ("total".to_owned(), 3)]);
    // 2 × 30 + 1 × 60
    assert_eq!((cost(&engine, "counted"), row.usage_is_counted, row.cost_is_computed), (Some(120_000_000), true, true));
    assert_eq!(observation(&engine, "said").usage.get("total"), Some(7));
    for id in ["cost", "failed", "running", "uncountable"] {
        assert!(observation(&engine, id).usage.is_empty(), "{id}");
    }

    // Late news from the client replaces what was counted.
    send(&engine, "generation-update", "counted", r#""usage":{"input":100}"#);
    let row = observation(&engine, "counted");
    assert_eq!((row.usage.get("total"), row.usage_is_counted), (Some(100), false));
    assert_eq!(cost(&engine, "counted"), Some(3_000_000_000));
    engine.close();
}

#[test]
fn a_call_in_two_events_is_counted_when_it_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let engine = counted(directory.path(), |engine| {
        generation(engine, "o", r#""model":"gpt-4","input":"hello world""#);
        send(engine, "generation-update", "o", r#""output":"hello","endTime":"2026-11-23T11:59:59Z""#);
    });
    assert_eq!(observation(&engine, "o").usage.get("total"), Some(3));
    engine.close();
}

#[test]
fn what_was_not_counted_before_a_stop_is_counted_after_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    generation(&engine, "o", CALL);
    engine.close();
    let engine = counted(directory.path(), |_| {});
    assert_eq!(observation(&engine, "o").usage.get("total"), Some(3));
    engine.close();
    // What is counted is on disk.
    let engine = open(directory.path());
    assert!(observation(&engine, "o").usage_is_counted);
    engine.close();
}

#[test]
fn an_embedding_has_no_tokens_in_its_output() {
    let directory = tempfile::tempdir().unwrap();
    let engine = counted(directory.path(), |engine| {
        let call =
            CALL.replace("gpt-4", "text-embedding-3-small").replace(r#""output":"hello""#, r#""output":[0.1,0.2]"#);
        send(engine, "embedding-create", "o", &call);
    });
    assert_eq!(observation(&engine, "o").usage.iter().map(|(_, count)| count).collect::<Vec<_>>(), [2, 2]);
    // 2 × 0.02, the price of the total
    assert_eq!(cost(&engine, "o"), Some(40_000));
    engine.close();
}

#[test]
fn every_model_that_can_be_counted_is_known_by_its_tokenizer() {
    let countable = builtin::models().iter().filter(|model| spanstone_engine::pricing::tokens::is_countable(model));
    assert_eq!(countable.count(), 111);
}
