//! Random requests over few ids and few values, so that filters meet rows.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What kind of event, of what, in which trace, and what decides its fields.
pub(super) type Action = (u8, u8, u8, u32);

pub(super) fn action() -> impl Strategy<Value = Action> {
    (0..5_u8, 0..9_u8, 0..6_u8, any::<u32>())
}

/// The events of some actions.
pub(super) fn batch(actions: &[Action]) -> Vec<Value> {
    actions.iter().enumerate().map(|(index, action)| event(index, *action)).collect()
}

/// Values that filters ask for, too.
pub(super) const NAMES: [&str; 5] = ["answer", "Answer", "ask", "", "naïve-name"];
pub(super) const USERS: [&str; 2] = ["ada", "bob"];
pub(super) const SESSIONS: [&str; 2] = ["s1", "s2"];
pub(super) const VERSIONS: [&str; 2] = ["v1", "v2"];
pub(super) const RELEASES: [&str; 2] = ["r1", "r2"];
pub(super) const TAGS: [&str; 3] = ["a", "b", "c"];
pub(super) const ENVIRONMENTS: [&str; 2] = ["prod", "test"];
pub(super) const MODELS: [&str; 2] = ["gpt-x", "small"];
pub(super) const MESSAGES: [&str; 2] = ["failed", "late"];
pub(super) const KEYS: [&str; 3] = ["region", "evaluator_id", "k\"ey"];
pub(super) const VALUES: [&str; 4] = ["north-east", "ab", "7", "caf\u{e9} au lait"];
/// What newer clients send of texts: JSON, and what only looks like it.
const QUOTED: [&str; 5] = ["\"north-east\"", " \"ab\"\n", "\"caf\\u00e9 au lait\"", "\"north\"-\"east\"", "\"a\\qb\""];
pub(super) const TEXTS: [&str; 5] = [
    "The Question is: why?",
    "{\"q\":\"question\\nline two caf\\u00e9\"}",
    "a long reply",
    "questions",
    r#"{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"a","arguments":"{}"}}]}"#,
];
pub(super) const SCORES: [&str; 2] = ["quality", "tone"];
pub(super) const LABELS: [&str; 2] = ["good", "bad"];
pub(super) const COMMENTS: [&str; 2] = ["fine", "not fine"];

/// One of some choices, or nothing, as some bits decide.
fn pick(variant: u32, shift: u32, choices: &[&str]) -> Option<String> {
    let choice = (variant.rotate_right(shift)) as usize % (choices.len() + 1);
    choices.get(choice).map(|text| (*text).to_owned())
}

pub(super) fn time(variant: u32, shift: u32) -> String {
    const DAYS: [&str; 4] = ["2026-08-20", "2026-08-21", "2026-08-26", "2026-08-30"];
    // Answers show milliseconds, cut.
    const FRACTIONS: [&str; 3] = ["000", "0004", "0019"];
    let bits = variant.rotate_right(shift);
    let fraction = FRACTIONS[bits as usize / 60 % 3];
    format!("{}T{:02}:00:{:02}.{fraction}Z", DAYS[bits as usize % 4], bits / 4 % 3, bits / 12 % 5)
}

fn metadata(variant: u32, shift: u32) -> Option<Value> {
    let key = pick(variant, shift, &KEYS)?;
    let value = match variant.rotate_right(shift + 3) % 11 {
        0 => json!(7),
        1 => json!({ "deep": ["ab", 7] }),
        choice @ 2..6 => json!(VALUES[choice as usize - 2]),
        choice => json!(QUOTED[choice as usize - 6]),
    };
    Some(json!({ key: value, "always": "here" }))
}

fn event(index: usize, (kind, number, trace, variant): Action) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<Value>| body.extend(value.map(|value| (key.to_owned(), value)));
    let text = |shift, choices: &[&str]| pick(variant, shift, choices).map(Value::from);
    // Once sealed, an observation is looked for in the trace that an event names, so each stays in one.
    let trace_id = if matches!(kind, 1..=3) { format!("t{}", number % 6) } else { format!("t{trace}") };
    put("environment", text(25, &ENVIRONMENTS));
    put("metadata", metadata(variant, 27));
    let kind = match kind {
        0 => {
            put("id", Some(trace_id.into()));
            put("timestamp", Some(time(variant, 3).into()));
            put("name", text(0, &NAMES));
            put("userId", text(2, &USERS));
            put("sessionId", text(5, &SESSIONS));
            put("release", text(7, &RELEASES));
            put("version", text(9, &VERSIONS));
            put("tags", pick(variant, 11, &TAGS).map(|tag| json!([tag, "z"])));
            put("input", text(13, &TEXTS));
            "trace-create"
        }
        1 | 2 => {
            put("id", Some(format!("o{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("startTime", Some(time(variant, 3).into()));
            put("name", text(0, &NAMES));
            put("level", text(11, &["ERROR", "WARNING", "DEBUG"]));
            put("parentObservationId", text(13, &["o1", "o2"]));
            put("input", text(15, &TEXTS));
            put("output", text(17, &TEXTS));
            put("version", text(19, &VERSIONS));
            if kind == 2 {
                put("endTime", Some(time(variant, 7).into()));
                put("completionStartTime", pick(variant, 9, &["x"]).map(|_| time(variant, 7).into()));
                put("model", text(21, &MODELS));
                let prompt = text(6, &["p"]);
                put("promptVersion", prompt.as_ref().map(|_| json!(variant % 3 + 1)));
                put("promptName", prompt);
                let usage = json!({"input": variant % 50, "output": variant % 7, "totalCost": f64::from(variant % 9) / 8.0,
                    "inputCost": f64::from(variant % 3) / 4.0, "outputCost": f64::from(variant % 5) / 4.0});
                put("usage", pick(variant, 23, &["u"]).map(|_| usage));
                "generation-create"
            } else {
                "span-create"
            }
        }
        3 => {
            put("id", Some(format!("o{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("endTime", Some(time(variant, 7).into()));
            put("output", text(17, &TEXTS));
            put("statusMessage", text(19, &MESSAGES));
            "generation-update"
        }
        _ => {
            put("id", Some(format!("s{number}").into()));
            put("traceId", Some(trace_id.into()));
            put("name", Some(SCORES[variant as usize % 2].into()));
            put("observationId", text(3, &["o1", "o2"]));
            put("comment", text(5, &COMMENTS));
            match variant % 3 {
                0 => put("value", Some(json!(f64::from(variant % 5) / 4.0))),
                1 => {
                    put("value", Some(json!(variant / 3 % 2)));
                    put("dataType", Some("BOOLEAN".into()));
                }
                _ => put("value", Some(LABELS[variant as usize / 3 % 2].into())),
            }
            "score-create"
        }
    };
    json!({ "id": format!("e{index}-{variant}"), "type": kind, "timestamp": time(variant, 1), "body": body })
}
