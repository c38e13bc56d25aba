//! Events as JSON that a person can compare with what a client sent: fields that say nothing are left out.

use serde_json::{Map, Value, json};
use spanstone_ingest::Decoded;
use spanstone_model::{Change, CostDetails, Event, Patch, Payload, UsageDetails};

/// Renders everything that was decoded.
pub(crate) fn decoded(decoded: &Decoded) -> Value {
    let events: Vec<Value> = decoded.events.iter().map(event).collect();
    let refused = decoded.refused.iter();
    let refused: Vec<Value> = refused.map(|span| json!([span.id, span.status, span.error])).collect();
    object([("events", json!(events)), ("refused", json!(refused))])
}

fn event(event: &Event) -> Value {
    match &event.change {
        Change::Trace(trace) => object([
            ("trace", json!(trace.id)),
            ("timestamp", json!(trace.timestamp)),
            ("environment", json!(&*trace.environment)),
            ("name", patch(&trace.name)),
            ("user", patch(&trace.user_id)),
            ("session", patch(&trace.session_id)),
            ("release", patch(&trace.release)),
            ("version", patch(&trace.version)),
            ("tags", json!(trace.tags)),
            ("public", json!(trace.public)),
            ("input", payload(trace.input.as_ref())),
            ("output", payload(trace.output.as_ref())),
            ("metadata", payload(trace.metadata.as_ref())),
            ("explicit", json!(trace.explicit)),
        ]),
        Change::Observation(observation) => object([
            ("observation", json!(observation.id)),
            ("trace", json!(observation.trace_id)),
            ("parent", json!(observation.parent_id)),
            ("type", json!(observation.kind.as_str())),
            ("name", patch(&observation.name)),
            ("start", json!(observation.start)),
            ("end", json!(observation.end)),
            ("completion_start", json!(observation.completion_start)),
            ("environment", json!(&*observation.environment)),
            (
                "level",
                match &observation.level {
                    Patch::Set(level) => json!(level.as_str()),
                    other => json!(format!("{other:?}")),
                },
            ),
            ("status_message", json!(observation.status_message)),
            ("version", json!(observation.version)),
            ("model", patch(&observation.model)),
            ("model_parameters", json!(observation.model_parameters)),
            ("usage", usage(&observation.usage)),
            ("cost", cost(&observation.cost)),
            ("prompt", json!(observation.prompt.as_ref().map(|prompt| (&prompt.name, prompt.version)))),
            ("is_app_root", json!(observation.is_app_root)),
            ("input", payload(observation.input.as_ref())),
            ("output", payload(observation.output.as_ref())),
            ("metadata", payload(observation.metadata.as_ref())),
        ]),
        change @ (Change::Score(_) | Change::Deletion(_) | Change::Derived(_)) => {
            panic!("no client sends this over OTLP: {change:?}")
        }
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let said = |value: &Value| !value.is_null() && *value != json!([]) && *value != json!({});
    let members = members.into_iter().filter(|(_, value)| said(value));
    Value::Object(members.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn patch<T: serde::Serialize>(patch: &Patch<T>) -> Value {
    match patch {
        Patch::Keep => Value::Null,
        Patch::Clear => json!("(cleared)"),
        Patch::Set(value) => json!(value),
    }
}

fn usage(usage: &UsageDetails) -> Value {
    Value::Object(usage.iter().map(|(kind, amount)| (kind.to_string(), json!(amount))).collect())
}

fn cost(cost: &CostDetails) -> Value {
    Value::Object(cost.iter().map(|(kind, cost)| (kind.to_string(), json!(cost.dollars()))).collect())
}

/// The text of a payload, parsed when it is a JSON object, for the eye.
fn payload(payload: Option<&Payload>) -> Value {
    match payload {
        None => Value::Null,
        Some(Payload::Elided) => json!("(elided)"),
        Some(Payload::Text(text)) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => json!({ "json": object }),
            _ => json!(text),
        },
    }
}
