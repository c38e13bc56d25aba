use std::fs;
use std::path::Path;

use proptest::prelude::*;
use spanstone_ingest::langfuse::request;
use spanstone_ingest::{Decoded, Keep, decode};
use spanstone_model::{Change, Event, Limits, Payload};

use super::{NOW, header, time};

/// Everything that must be true of any bytes whatever.
fn check(body: &[u8]) {
    for scores_only in [false, true] {
        let decode = |keep| decode(&header(scores_only), body, keep, &Limits::default());
        let payloads = decode(Keep::Payloads);
        assert_eq!(payloads, decode(Keep::Payloads));
        let payloads = payloads.map(elide);
        assert_eq!(payloads, decode(Keep::Skeleton));
    }
    let mut count = 0;
    let mut new_id = || {
        count += 1;
        format!("new {count}")
    };
    for endpoint in [
        request::trace,
        request::span,
        request::span_update,
        request::generation,
        request::generation_update,
        request::event,
    ] {
        if let Ok((batch, id)) = endpoint(body, time(NOW), &mut new_id) {
            let decoded = decode(&header(false), &batch, Keep::Skeleton, &Limits::default()).unwrap();
            assert_eq!((decoded.events.len(), decoded.refused.len()), (1, 0));
            assert_eq!(id_of(&decoded.events[0]), id);
        }
    }
    let _ = request::scores(body, time(NOW), &mut new_id, &Limits::default());
}

fn id_of(event: &Event) -> &str {
    match &event.change {
        Change::Trace(change) => change.id.as_str(),
        Change::Observation(change) => change.id.as_str(),
        Change::Score(change) => change.id.as_str(),
        ours @ (Change::Deletion(_) | Change::Derived(_)) => panic!("no client says this in a batch: {ours:?}"),
    }
}

/// The same without the text of payloads.
fn elide(mut decoded: Decoded) -> Decoded {
    for event in &mut decoded.events {
        let payloads = match &mut event.change {
            Change::Trace(change) => vec![&mut change.input, &mut change.output, &mut change.metadata],
            Change::Observation(change) => vec![&mut change.input, &mut change.output, &mut change.metadata],
            Change::Score(change) => vec![&mut change.metadata],
            Change::Deletion(_) | Change::Derived(_) => Vec::new(),
        };
        for payload in payloads.into_iter().flatten() {
            *payload = Payload::Elided;
        }
    }
    decoded
}

const TYPES: &[&str] = &[
    "trace-create",
    "event-create",
    "span-create",
    "span-update",
    "generation-create",
    "generation-update",
    "tool-create",
    "observation-create",
    "score-create",
    "sdk-log",
    "dataset-run-item-create",
    "x",
];

const KEYS: &[&str] = &[
    "id",
    "traceId",
    "name",
    "startTime",
    "endTime",
    "timestamp",
    "type",
    "level",
    "environment",
    "input",
    "output",
    "metadata",
    "model",
    "modelParameters",
    "usage",
    "usageDetails",
    "costDetails",
    "promptName",
    "promptVersion",
    "tags",
    "public",
    "value",
    "dataType",
    "sessionId",
    "observationId",
    "configId",
    "source",
    "spanId",
    "prompt",
    "body",
    "x",
];

const SCALARS: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "10.0",
    "1e999",
    "9007199254740993",
    "\"\"",
    "\"x\"",
    "\"\\ud800\\n\"",
    "\"SPAN\"",
    "\"NUMERIC\"",
    "\"ERROR\"",
    "\"2026-08-21T07:57:42.1234Z\"",
];

fn value() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(SCALARS).prop_map(str::to_owned);
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" , "))),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let key = prop::sample::select(KEYS);
    prop::collection::vec((key, value), 0..8).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\" :{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn event() -> impl Strategy<Value = String> {
    (prop::sample::select(TYPES), object(value()), 0_u8..60).prop_map(|(kind, body, second)| {
        format!(r#"{{"id":"e","type":"{kind}","timestamp":"2026-08-21T07:57:{second:02}Z","body":{body}}}"#)
    })
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&body);
    }

    #[test]
    fn no_json_makes_decoding_panic(body in value()) {
        check(body.as_bytes());
        check(format!("{{\"batch\":[{body}]}}").as_bytes());
    }

    #[test]
    fn every_event_is_either_accepted_or_refused(events in prop::collection::vec(event(), 0..8)) {
        let body = format!("{{\"batch\":[{}]}}", events.join(","));
        check(body.as_bytes());
        let decoded = decode(&header(false), body.as_bytes(), Keep::Skeleton, &Limits::default()).unwrap();
        let logs = events.iter().filter(|event| event.contains("sdk-log")).count();
        prop_assert_eq!(decoded.accepted.len() + decoded.refused.len() + logs, events.len());
        prop_assert!(decoded.events.len() <= decoded.accepted.len());
    }

    #[test]
    fn a_cut_or_damaged_batch_never_panics(events in prop::collection::vec(event(), 1..4), cut: prop::sample::Index, byte: u8) {
        let mut body = format!("{{\"batch\":[{}]}}", events.join(",")).into_bytes();
        let cut = cut.index(body.len());
        check(&body[..cut]);
        body[cut] = byte;
        check(&body);
    }
}

#[test]
fn the_inputs_that_fuzzing_found_worth_keeping_hold() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/batch_json");
    let mut count = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        check(&fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "the corpus is empty");
}
