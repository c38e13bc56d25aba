//! OpenTelemetry spans as OTLP JSON: ids in hex, times in nanoseconds as text, attributes as typed values.

use serde_json::{Value, json};
use spanstone_model::Timestamp;

/// A span of the demo.
pub(super) struct OtlpSpan<'a> {
    pub(super) trace_id: &'a str,
    pub(super) id: &'a str,
    pub(super) parent_id: &'a str,
    pub(super) name: &'a str,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) attributes: Vec<(&'a str, Value)>,
}

impl OtlpSpan<'_> {
    pub(super) fn to_json(&self) -> Value {
        let nanos = |time: Timestamp| format!("{}000", time.micros());
        json!({
            "traceId": self.trace_id,
            "spanId": self.id,
            "parentSpanId": self.parent_id,
            "name": self.name,
            "kind": 1,
            "startTimeUnixNano": nanos(self.from),
            "endTimeUnixNano": nanos(self.to),
            "attributes": attributes(&self.attributes),
            "status": {"code": 1},
        })
    }
}

/// An `ExportTraceServiceRequest` with these spans.
pub(super) fn export(resource: &[(&str, Value)], scope: &str, spans: &[OtlpSpan<'_>]) -> Value {
    let spans: Vec<Value> = spans.iter().map(OtlpSpan::to_json).collect();
    json!({
        "resourceSpans": [{
            "resource": {"attributes": attributes(resource)},
            "scopeSpans": [{"scope": {"name": scope, "version": "1.0.0"}, "spans": spans}],
        }],
    })
}

fn attributes(pairs: &[(&str, Value)]) -> Vec<Value> {
    pairs.iter().map(|(key, value)| json!({"key": key, "value": any_value(value)})).collect()
}

/// Strings, whole numbers and lists of strings are what the demo needs; anything else goes as its JSON text, as
/// the conventions for generative AI do with messages.
fn any_value(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({"stringValue": text}),
        Value::Number(number) if number.is_i64() => json!({"intValue": number.to_string()}),
        Value::Number(number) => json!({"doubleValue": number}),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let values: Vec<Value> = items.iter().map(any_value).collect();
            json!({"arrayValue": {"values": values}})
        }
        other => json!({"stringValue": other.to_string()}),
    }
}
