//! Payloads as they come back.

use serde_json::json;

use super::{event, observations, open, send, traces};

#[test]
fn an_update_that_comes_first_is_filled_by_the_creation_that_comes_late() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let update = json!({"id": "o", "traceId": "t", "output": "late", "metadata": {"a": {"x": 2}}});
    let create = json!({"id": "o", "traceId": "t", "name": "early", "input": "in", "output": "early", "metadata": {"a": {"x": 1, "y": 1}}});
    send(&engine, &json!([event("2", "span-update", "2026-08-21T11:00:05Z", update)])).expect("it is good");
    send(&engine, &json!([event("1", "span-create", "2026-08-21T11:00:01Z", create)])).expect("it is good");
    let item = &observations(&engine)[0];
    assert_eq!(item.row.observation.name.as_deref(), Some("early"));
    assert_eq!(item.row.observation.start.to_string(), "2026-08-21T11:00:01.000Z");
    assert_eq!((item.payloads.input.as_deref(), item.payloads.output.as_deref()), (Some("in"), Some("late")));
    let metadata: Vec<_> = item.payloads.metadata.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(metadata, [("a", r#"{"x":2,"y":1}"#)]);
}

#[test]
fn lone_surrogates_and_big_numbers_cost_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let body = br#"{"batch":[{"id":"e","type":"trace-create","timestamp":"2026-08-21T11:00:00Z","body":{"id":"t","input":{"text":"half \ud83d of a pair","big":123456789012345678901234567890},"output":"fine"}}]}"#;
    super::send_body(&engine, spanstone_model::BodyKind::LangfuseBatch, body.to_vec()).expect("it is good");
    let item = &traces(&engine)[0];
    assert_eq!(item.payloads.output.as_deref(), Some("fine"));
    let input = item.payloads.input.as_deref().expect("there is one");
    assert!(input.contains("123456789012345678901234567890") && input.contains('\u{fffd}'), "{input}");
}

#[test]
fn falsy_values_never_overwrite() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let at = |second| format!("2026-08-21T11:00:0{second}Z");
    let events: Vec<_> = [json!("kept"), json!(""), json!(0), json!(false), json!(null)]
        .into_iter()
        .enumerate()
        .map(|(index, input)| event(&index.to_string(), "trace-create", &at(index), json!({"id": "t", "input": input})))
        .collect();
    send(&engine, &json!(events)).expect("it is good");
    assert_eq!(traces(&engine)[0].payloads.input.as_deref(), Some("kept"));
}
