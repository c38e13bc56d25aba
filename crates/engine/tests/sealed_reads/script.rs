//! Random requests over few ids, so that events meet.

use proptest::collection::vec;
use proptest::prelude::Strategy;
use serde_json::{Map, Value, json};
use spanstone_model::TraceId;

/// What kind of event, of what, in which trace, and what decides its fields.
pub(super) type Action = (u8, u8, u8, u32);

pub(super) fn batches() -> impl Strategy<Value = Vec<Vec<Action>>> {
    vec(vec((0..5_u8, 0..9_u8, 0..6_u8, 0..u32::MAX), 1..12), 1..10)
}

/// The trace that is deleted after a batch, if one is.
pub(super) fn deleted(number: usize, actions: &[Action]) -> Option<TraceId> {
    let (_, _, trace, variant) = actions.first()?;
    (number % 3 == 1 && variant % 2 == 0).then(|| TraceId::from_wire(&format!("t{trace}")))
}

/// A batch of these events.
pub(super) fn body(actions: &[Action]) -> Vec<u8> {
    let events: Vec<_> = actions.iter().enumerate().map(|(index, action)| event(index, *action)).collect();
    serde_json::to_vec(&json!({ "batch": events })).expect("a JSON value has a text")
}

/// A batch of one trace with two generations, so many weeks after the beginning of 2025.
pub(super) fn week(number: u32) -> Vec<u8> {
    let (month, day) = (number / 4 + 1, number % 4 * 7 + 1);
    let time = format!("2025-{month:02}-{day:02}T10:00:00.000Z");
    let event = |kind: &str, body: Value| json!({ "id": format!("{kind}-{number}"), "timestamp": time, "type": kind, "body": body });
    let trace = event("trace-create", json!({ "id": format!("w{number}"), "timestamp": time }));
    let generation = |model: &str, count: u32| {
        json!({ "id": format!("{model}-{number}"), "traceId": format!("w{number}"), "startTime": time, "model": model,
            "usage": { "input": count, "output": number, "totalCost": 0.5 } })
    };
    let events = [
        trace,
        event("generation-create", generation("gpt-x", 7)),
        event("generation-update", generation("small", number)),
    ];
    serde_json::to_vec(&json!({ "batch": events })).expect("a JSON value has a text")
}

/// One of some choices, or nothing, as some bits decide.
fn pick(variant: u32, shift: u32, choices: &[&str]) -> Option<String> {
    let choice = (variant >> shift) as usize % (choices.len() + 1);
    choices.get(choice).map(|text| (*text).to_owned())
}

fn time(variant: u32, shift: u32) -> String {
    const DAYS: [&str; 4] = ["2026-08-20", "2026-08-21", "2026-08-26", "2026-08-30"];
    let bits = variant >> shift;
    format!("{}T{:02}:00:{:02}.000Z", DAYS[bits as usize % 4], bits / 4 % 3, bits / 12 % 5)
}

fn event(index: usize, (kind, number, trace, variant): Action) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        body.extend(value.map(|value| (key.to_owned(), value)));
    };
    let text = |shift, choices: &[&str]| pick(variant, shift, choices).map(Value::from);
    // Once sealed, an observation is looked for in the trace that an event names, so each stays in one.
    let trace_id = if matches!(kind, 1..=3) { format!("t{}", number % 6) } else { format!("t{trace}") };
    put("environment", text(25, &["prod", "test"]));
    put("metadata", pick(variant, 27, &["x", "y"]).map(|key| json!({ key: variant, "n": {"deep": index} })));
    let kind = match kind {
        0 => {
            put("id", Some(trace_id.into()));
            put("timestamp", Some(time(variant, 3).into()));
            put("name", text(0, &["answer", "ask"]));
            put("userId", text(2, &["ada", "bob"]));
            put("sessionId", text(5, &["s1", "s2"]));
            put("release", text(7, &["r1"]));
            put("version", text(9, &["v1", "v2"]));
            put("tags", pick(variant, 11, &["a", "b", "c"]).map(|tag| json!([tag, "z"])));
            put("input", text(13, &["why?", "{\"a\":1}"]));
            put("output", text(15, &["because"]));
            "trace-create"
        }
        1 | 2 => {
            put("id", Some(format!("o{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("startTime", Some(time(variant, 3).into()));
            put("name", text(0, &["llm", "tool"]));
            put("level", text(11, &["ERROR", "WARNING", "DEBUG"]));
            put("parentObservationId", text(13, &["o1", "o2"]));
            put("input", text(15, &["question", "[1,2]"]));
            put("output", text(17, &["reply"]));
            put("version", text(19, &["v1"]));
            if kind == 2 {
                put("endTime", Some(time(variant, 7).into()));
                put("model", text(21, &["gpt-x", "small"]));
                put("usage", pick(variant, 23, &["u"]).map(|_| json!({"input": variant % 50, "output": variant % 7, "totalCost": f64::from(variant % 9) / 8.0})));
                "generation-create"
            } else {
                "span-create"
            }
        }
        3 => {
            put("id", Some(format!("o{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("endTime", Some(time(variant, 7).into()));
            put("output", text(17, &["late reply"]));
            put("statusMessage", text(19, &["failed"]));
            "generation-update"
        }
        _ => {
            put("id", Some(format!("s{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("name", Some("quality".into()));
            put("observationId", text(3, &["o1", "o2"]));
            put("comment", text(5, &["fine"]));
            match variant % 3 {
                0 => put("value", Some(json!(f64::from(variant % 5) / 4.0))),
                1 => {
                    put("value", Some(json!(variant / 3 % 2)));
                    put("dataType", Some("BOOLEAN".into()));
                }
                _ => put("value", Some("good".into())),
            }
            "score-create"
        }
    };
    json!({ "id": format!("e{index}-{variant}"), "type": kind, "timestamp": time(variant, 1), "body": body })
}
