//! An export as prost writes it, independent of the reader under test, and as OTLP/JSON has it.

use prost::Message;
use serde_json::{Value, json};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Export {
    #[prost(message, repeated, tag = "1")]
    pub(crate) resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    pub(crate) resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) scope_spans: Vec<ScopeSpans>,
    #[prost(string, tag = "3")]
    pub(crate) schema_url: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub(crate) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    pub(crate) scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Scope {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) name: Vec<u8>,
    #[prost(string, tag = "2")]
    pub(crate) version: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Span {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) span_id: Vec<u8>,
    #[prost(string, tag = "3")]
    pub(crate) trace_state: String,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) parent_span_id: Vec<u8>,
    /// A string on the wire; bytes here, to send what is none.
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) name: Vec<u8>,
    #[prost(int32, tag = "6")]
    pub(crate) kind: i32,
    #[prost(fixed64, tag = "7")]
    pub(crate) start: u64,
    #[prost(fixed64, tag = "8")]
    pub(crate) end: u64,
    #[prost(message, repeated, tag = "9")]
    pub(crate) attributes: Vec<KeyValue>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) events: Vec<Event>,
    #[prost(message, optional, tag = "15")]
    pub(crate) status: Option<Status>,
    #[prost(fixed32, tag = "16")]
    pub(crate) flags: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Event {
    #[prost(fixed64, tag = "1")]
    pub(crate) time: u64,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Status {
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(int32, tag = "3")]
    pub(crate) code: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct KeyValue {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub(crate) value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AnyValue {
    #[prost(oneof = "Any", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub(crate) value: Option<Any>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Any {
    #[prost(bytes = "vec", tag = "1")]
    String(Vec<u8>),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    Array(List),
    #[prost(message, tag = "6")]
    Object(Entries),
    #[prost(bytes = "vec", tag = "7")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct List {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entries {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<KeyValue>,
}

impl Export {
    /// An export of these spans, without a resource or a scope.
    pub(crate) fn of(spans: Vec<Span>) -> Self {
        let scope_spans = vec![ScopeSpans { scope: None, spans }];
        Self { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
    }

    /// The export in OTLP/JSON. Its strings are valid UTF-8.
    pub(crate) fn json(&self) -> Value {
        let resource_spans = self.resource_spans.iter().map(|resource_spans| {
            let resource = resource_spans.resource.as_ref();
            json!({
                "resource": resource.map(|resource| json!({ "attributes": attributes(&resource.attributes) })),
                "scopeSpans": resource_spans.scope_spans.iter().map(scope_spans).collect::<Vec<_>>(),
            })
        });
        json!({ "resourceSpans": resource_spans.collect::<Vec<_>>() })
    }
}

fn scope_spans(scope_spans: &ScopeSpans) -> Value {
    let scope = scope_spans.scope.as_ref().map(|scope| {
        let attributes = attributes(&scope.attributes);
        json!({ "name": text(&scope.name), "version": scope.version, "attributes": attributes })
    });
    json!({ "scope": scope, "spans": scope_spans.spans.iter().map(span).collect::<Vec<_>>() })
}

fn span(span: &Span) -> Value {
    let events = span.events.iter().map(
        |event| json!({ "name": event.name, "attributes": attributes(&event.attributes), "timeUnixNano": event.time }),
    );
    json!({
        "traceId": hex(&span.trace_id),
        "spanId": hex(&span.span_id),
        "parentSpanId": hex(&span.parent_span_id),
        "name": text(&span.name),
        "kind": span.kind,
        "startTimeUnixNano": span.start.to_string(),
        "endTimeUnixNano": span.end,
        "attributes": attributes(&span.attributes),
        "events": events.collect::<Vec<_>>(),
        "status": span.status.as_ref().map(|status| json!({ "message": status.message, "code": status.code })),
    })
}

fn attributes(attributes: &[KeyValue]) -> Value {
    attributes
        .iter()
        .map(|attribute| json!({ "key": text(&attribute.key), "value": attribute.value.as_ref().map(any) }))
        .collect()
}

fn any(value: &AnyValue) -> Value {
    use base64::Engine as _;
    match &value.value {
        None => json!({}),
        Some(Any::String(string)) => json!({ "stringValue": text(string) }),
        Some(Any::Bool(truth)) => json!({ "boolValue": truth }),
        Some(Any::Int(int)) => json!({ "intValue": int.to_string() }),
        Some(Any::Double(double)) if double.is_finite() => json!({ "doubleValue": double }),
        Some(Any::Double(double)) if double.is_nan() => json!({ "doubleValue": "NaN" }),
        Some(Any::Double(double)) => json!({ "doubleValue": if *double > 0.0 { "Infinity" } else { "-Infinity" } }),
        Some(Any::Array(list)) => {
            json!({ "arrayValue": { "values": list.values.iter().map(any).collect::<Vec<_>>() } })
        }
        Some(Any::Object(entries)) => json!({ "kvlistValue": { "values": attributes(&entries.values) } }),
        Some(Any::Bytes(bytes)) => {
            json!({ "bytesValue": base64::engine::general_purpose::STANDARD.encode(bytes) })
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("only valid strings are sent as JSON")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
