//! Random requests over few ids, so that events meet.

use proptest::collection::vec;
use proptest::prelude::Strategy;
use serde_json::{Map, Value, json};
use spanstone_model::TraceId;

/// What kind of event, of what, in which trace, and what decides its fields.
pub(super) type Action = (u8, u8, u8, u64);

pub(super) fn batches() -> impl Strategy<Value = Vec<Vec<Action>>> {
    vec(vec((0..7_u8, 0..12_u8, 0..7_u8, 0..u64::MAX), 1..16), 1..12)
}

/// The trace that is deleted after a batch, if one is.
pub(super) fn deleted(number: usize, actions: &[Action]) -> Option<TraceId> {
    let (_, _, trace, variant) = actions.first()?;
    (number % 4 == 1 && variant % 2 == 0).then(|| TraceId::from_wire(&format!("t{trace}")))
}

/// A batch of these events.
pub(super) fn body(actions: &[Action]) -> Vec<u8> {
    let events: Vec<_> = actions.iter().enumerate().map(|(index, action)| event(index, *action)).collect();
    serde_json::to_vec(&json!({ "batch": events })).expect("a JSON value has a text")
}

/// A batch of a trace with two generations and a score, so many weeks after the beginning of 2025.
pub(super) fn week(number: u64) -> Vec<u8> {
    let (month, day) = (number / 4 + 1, number % 4 * 7 + 1);
    let time = format!("2025-{month:02}-{day:02}T10:00:{:02}.000Z", number % 60);
    let event = |kind: &str, body: Value| json!({ "id": format!("{kind}-{number}"), "timestamp": time, "type": kind, "body": body });
    let trace = format!("w{number}");
    let generation = |model: &str, tokens: u64| {
        json!({ "id": format!("{model}-{number}"), "traceId": trace, "startTime": time, "model": model,
            "endTime": format!("2025-{month:02}-{day:02}T10:01:{:02}.000Z", number % 37),
            "usageDetails": { "input": tokens, "output": number }, "costDetails": cost(number << 47 | tokens) })
    };
    let users = ["ada", "bob", "eve"];
    let events = [
        event("trace-create", json!({ "id": trace, "timestamp": time, "userId": users[number as usize % 3] })),
        event("generation-create", generation("gpt-x", 7)),
        event("generation-update", generation("small", number)),
        event("score-create", json!({ "id": format!("s{number}"), "traceId": trace, "name": "tone", "value": 0.5 })),
    ];
    serde_json::to_vec(&json!({ "batch": events })).expect("a JSON value has a text")
}

/// One of some choices, or nothing, as some bits decide.
fn pick(variant: u64, shift: u32, choices: &[&str]) -> Option<String> {
    let choice = (variant >> shift) as usize % (choices.len() + 1);
    choices.get(choice).map(|text| (*text).to_owned())
}

fn time(variant: u64, shift: u32) -> String {
    const DAYS: [&str; 6] = ["2025-12-31", "2026-01-01", "2026-08-21", "2026-08-23", "2026-08-24", "2026-08-30"];
    let bits = variant >> shift;
    format!("{}T{:02}:{:02}:{:02}.{:03}Z", DAYS[bits as usize % 6], bits % 3, bits % 2, bits % 5, bits % 7 * 100)
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
    put("version", text(19, &["v1", "v2", ""]));
    put(
        "metadata",
        pick(variant, 56, &["red", "blue", "\"red\"", " \"bl\\u0075e\""])
            .map(|colour| json!({"colour": colour, "n": {"deep": index}})),
    );
    let kind = match kind {
        0 => {
            put("id", Some(trace_id.into()));
            put("timestamp", Some(time(variant, 3).into()));
            put("name", text(0, &["answer", "ask"]));
            put("userId", text(2, &["ada", "bob"]));
            put("sessionId", text(5, &["s1", "s2"]));
            put("release", text(7, &["r1", "r2"]));
            put("tags", pick(variant, 11, &["a", "b", "c"]).map(|tag| json!([tag, "z"])));
            "trace-create"
        }
        1 | 2 => {
            put("id", Some(format!("o{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("startTime", Some(time(variant, 3).into()));
            put("name", text(0, &["llm", "tool"]));
            put("level", text(11, &["ERROR", "WARNING", "DEBUG"]));
            put("parentObservationId", text(13, &["o1", "o2"]));
            if kind == 2 {
                put("endTime", Some(time(variant, 7).into()));
                put("completionStartTime", text(9, &["2026-08-24T00:00:01.250Z"]));
                put("model", text(21, &["gpt-x", "small"]));
                put("usageDetails", usage(variant));
                put("costDetails", cost(variant));
                put("input", offered(variant));
                put("output", called(variant));
                put("promptName", Some("greeting".into()).filter(|_| variant >> 40 & 1 == 1));
                put("promptVersion", Some((1 + (variant >> 41) % 3).into()).filter(|_| variant >> 40 & 1 == 1));
                "generation-create"
            } else {
                "span-create"
            }
        }
        3 => {
            put("id", Some(format!("o{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("endTime", Some(time(variant, 7).into()));
            put("usageDetails", usage(variant));
            "generation-update"
        }
        _ => {
            score(variant, number, trace_id, &mut put);
            "score-create"
        }
    };
    json!({ "id": format!("e{index}-{variant}"), "type": kind, "timestamp": time(variant, 1), "body": body })
}

/// An input that offers tools.
fn offered(variant: u64) -> Option<Value> {
    let names: &[&str] = [&[][..], &["search"], &["fetch", "search"]][(variant >> 52) as usize % 3];
    let tool = |name: &&str| json!({"type": "function", "function": {"name": name, "parameters": {}}});
    (!names.is_empty()).then(|| json!({"messages": [], "tools": names.iter().map(tool).collect::<Vec<_>>()}))
}

/// An output that calls tools.
fn called(variant: u64) -> Option<Value> {
    let names: &[&str] = [&[][..], &["search", "search"], &["fetch"]][(variant >> 54) as usize % 3];
    let call = |name: &&str| json!({"id": "c", "type": "function", "function": {"name": name, "arguments": "{}"}});
    let calls: Vec<_> = names.iter().map(call).collect();
    (!names.is_empty()).then(|| json!({"role": "assistant", "tool_calls": calls}))
}

fn usage(variant: u64) -> Option<Value> {
    match (variant >> 44) % 4 {
        0 => None,
        1 => Some(json!({"input": variant % 50, "output": variant % 7})),
        2 => Some(json!({"input": variant % 50, "input_cached_tokens": 3, "output": 2, "total": variant % 90})),
        _ => Some(json!({"images": variant % 4})),
    }
}

fn cost(variant: u64) -> Option<Value> {
    let dollars = |count: u64| json!(count as f64 / 1e5);
    match (variant >> 47) % 4 {
        0 => None,
        1 => Some(json!({"input": dollars(variant % 9), "output": dollars(variant % 5)})),
        2 => Some(json!({"images": dollars(variant % 11)})),
        _ => Some(json!({"input": dollars(variant % 7), "search": dollars(1), "total": dollars(variant % 13)})),
    }
}

fn score(variant: u64, number: u8, trace_id: String, put: &mut impl FnMut(&str, Option<Value>)) {
    put("id", Some(format!("s{number}").into()));
    match variant >> 50 & 7 {
        0 => put("sessionId", Some("s1".into())),
        1 => put("datasetRunId", Some("run".into())),
        kind => {
            let observation = (kind > 4).then_some(number % 12);
            let trace = observation.map_or(trace_id, |number| format!("t{}", number % 6));
            put("traceId", Some(trace.into()));
            put("observationId", observation.map(|number| format!("o{number}").into()));
        }
    }
    put("name", pick(variant, 5, &["quality", "tone"]).or(Some("speed".to_owned())).map(Value::from));
    put("source", pick(variant, 9, &["EVAL", "ANNOTATION"]).map(Value::from));
    match variant % 4 {
        0 => put("value", Some(json!((variant % 5) as f64 / 4.0))),
        1 => {
            put("value", Some(json!(variant / 4 % 2)));
            put("dataType", Some("BOOLEAN".into()));
        }
        2 => {
            put("value", Some("well said".into()));
            put("dataType", Some("TEXT".into()));
        }
        _ => put("value", pick(variant, 13, &["good", "bad"]).or(Some("fair".to_owned())).map(Value::from)),
    }
}
