//! How spans are read from the two encodings, and which requests are refused.

use prost::Message as _;
use serde_json::{Value, json};
use spanstone_ingest::otlp::OtlpRefusal;
use spanstone_ingest::{Keep, RefusedEvent};
use spanstone_model::{BodyKind, Change, Limits, ObservationChange, Payload};

use crate::proto::{Any, AnyValue, Export, KeyValue, List, Span};
use crate::{decoded, header};

fn observations(kind: BodyKind, body: &[u8]) -> Vec<ObservationChange> {
    let decoded = decoded(kind, body, Keep::Payloads).expect("an export");
    let observation = |event: spanstone_model::Event| match event.change {
        Change::Observation(change) => Some(*change),
        Change::Trace(_) | Change::Score(_) | Change::Deletion(_) | Change::Derived(_) => None,
    };
    decoded.events.into_iter().filter_map(observation).collect()
}

fn export(spans: &Value) -> Vec<u8> {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "scope": { "name": "lib" }, "spans": spans }] }] })
        .to_string()
        .into_bytes()
}

fn json_observation(span: &Value) -> ObservationChange {
    let mut observations = observations(BodyKind::OtlpJson, &export(&json!([span])));
    assert_eq!(observations.len(), 1);
    observations.remove(0)
}

/// The input of an observation whose input attribute has this value.
fn input(value: &Value) -> Option<String> {
    let attributes = json!([{ "key": "langfuse.observation.input", "value": value }]);
    let span = json!({ "traceId": "t", "spanId": "s", "attributes": attributes });
    json_observation(&span).input.map(|payload| match payload {
        Payload::Text(text) => text.into(),
        Payload::Elided => panic!("payloads were asked for"),
    })
}

fn refusal(kind: BodyKind, body: &[u8]) -> String {
    let refusal = decoded(kind, body, Keep::Skeleton).expect_err("no export");
    refusal.to_string()
}

#[test]
fn ids_are_taken_as_they_are_or_written_as_digits() {
    for (id, expected) in [
        (json!("5B8EFFF798038103D269B633813FC60C"), "5B8EFFF798038103D269B633813FC60C"),
        (json!("any/thing at all"), "any/thing at all"),
        (json!([0, 171, 255]), "00abff"),
        (json!([1.0]), "01"),
        (json!({ "type": "Buffer", "data": [1, 2] }), "0102"),
    ] {
        let observation = json_observation(&json!({ "traceId": id, "spanId": id, "parentSpanId": id }));
        assert_eq!(observation.trace_id.as_str(), expected);
        assert_eq!(observation.id.as_str(), expected);
        assert_eq!(observation.parent_id.unwrap().as_str(), expected);
    }
    for parent in [json!(""), json!(null), json!([])] {
        let span = json!({ "traceId": "t", "spanId": "s", "parentSpanId": parent });
        assert_eq!(json_observation(&span).parent_id, None);
    }
}

#[test]
fn times_come_in_strings_numbers_and_halves() {
    for time in [
        json!("1795368708505000000"),
        json!(1_795_368_708_505_000_000_u64),
        json!({ "high": 418_016_851, "low": -11_872_192 }),
        json!({ "high": 418_016_851, "low": 4_283_095_104_u32 }),
    ] {
        let span = json!({ "traceId": "t", "spanId": "s", "startTimeUnixNano": time });
        assert_eq!(json_observation(&span).start.to_string(), "2026-11-22T17:31:48.505Z", "{time}");
    }
    for time in [json!(null), json!(0), json!("0"), json!("soon"), json!(-1), json!({ "high": 1 }), json!([1])] {
        let span = json!({ "traceId": "t", "spanId": "s", "startTimeUnixNano": time });
        assert_eq!(json_observation(&span).start.to_string(), "2026-11-22T18:00:00.000Z", "{time}");
    }
}

#[test]
fn values_come_in_all_spellings() {
    for (value, expected) in [
        (json!({ "stringValue": "text" }), Some("text")),
        (json!({ "intValue": "9007199254740993" }), Some("9007199254740993")),
        (json!({ "intValue": 9_007_199_254_740_993_i64 }), Some("9007199254740993")),
        (json!({ "intValue": 10.0 }), Some("10")),
        (json!({ "intValue": "10.0" }), Some("10")),
        (json!({ "intValue": "many" }), Some("many")),
        (json!({ "doubleValue": "0.5" }), Some("0.5")),
        (json!({ "doubleValue": 2 }), Some("2")),
        (json!({ "doubleValue": "Infinity" }), Some("Infinity")),
        (json!({ "boolValue": true }), Some("true")),
        (json!({ "boolValue": false }), None),
        (json!({ "bytesValue": "aGk=" }), Some("aGk=")),
        (json!({ "arrayValue": {} }), Some("[]")),
        (json!({ "arrayValue": { "values": [{ "intValue": "1" }, {}] } }), Some("[1,null]")),
        (
            json!({ "kvlistValue": { "values": [{ "key": "k", "value": { "stringValue": "v" } }, {}] } }),
            Some(r#"{"k":"v"}"#),
        ),
        (json!({}), None),
        (json!(null), None),
        (json!("plain"), Some("plain")),
        (json!(7), Some("7")),
        (json!(["plain", 1]), Some(r#"["plain",1]"#)),
    ] {
        assert_eq!(input(&value).as_deref(), expected, "{value}");
    }
}

#[test]
fn a_status_is_a_number_or_a_name() {
    for (code, expected) in [
        (json!(2), "Error"),
        (json!("2"), "Error"),
        (json!(2.0), "Error"),
        (json!("STATUS_CODE_ERROR"), "Error"),
        (json!(1), "Default"),
        (json!("STATUS_CODE_OK"), "Default"),
    ] {
        let observation = json_observation(&json!({ "traceId": "t", "spanId": "s", "status": { "code": code } }));
        assert_eq!(format!("{:?}", observation.level), format!("Set({expected})"), "{code}");
    }
}

#[test]
fn a_lone_surrogate_costs_one_character() {
    let body = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"s","name":"a\ud83eb"}]}]}]}"#;
    let observations = observations(BodyKind::OtlpJson, body);
    assert_eq!(format!("{:?}", observations[0].name), "Set(\"a\u{fffd}b\")");
}

#[test]
fn broken_utf8_in_protobuf_costs_its_bytes_only() {
    let broken = || b"a\xffb".to_vec();
    let string = |bytes| Some(AnyValue { value: Some(Any::String(bytes)) });
    let span = |id: u8| Span {
        trace_id: vec![1],
        span_id: vec![id],
        name: broken(),
        attributes: vec![
            KeyValue { key: broken(), value: string(broken()) },
            KeyValue { key: b"langfuse.observation.input".to_vec(), value: string(broken()) },
        ],
        ..Span::default()
    };
    let body = Export::of(vec![span(1), span(2)]).encode_to_vec();
    for observation in observations(BodyKind::OtlpProtobuf, &body) {
        assert_eq!(format!("{:?}", observation.name), "Set(\"a\u{fffd}b\")");
        assert_eq!(observation.input, Some(Payload::Text("a\u{fffd}b".into())));
        let Some(Payload::Text(metadata)) = observation.metadata else { panic!("metadata was asked for") };
        assert!(metadata.contains(r#""attributes":{"a�b":"a�b"}"#), "{metadata}");
    }
}

#[test]
fn a_request_without_spans_is_empty() {
    for body in [
        "{}",
        "null",
        "[]",
        r#"{"resourceSpans":[]}"#,
        r#"{"resourceSpans":null}"#,
        r#"{"resource_spans":[{"scope_spans":[{"spans":[{}]}]}]}"#,
        r#"{"resourceSpans":[{},null,{"scopeSpans":[{"spans":null}]}]}"#,
    ] {
        let decoded = decoded(BodyKind::OtlpJson, body.as_bytes(), Keep::Skeleton).unwrap();
        assert_eq!(decoded, spanstone_ingest::Decoded::default(), "{body}");
    }
    let decoded = decoded(BodyKind::OtlpProtobuf, b"", Keep::Skeleton).unwrap();
    assert_eq!(decoded, spanstone_ingest::Decoded::default());
}

#[test]
fn what_is_not_otlp_is_refused() {
    for body in ["", "{", "not JSON", "{} {}"] {
        assert_eq!(refusal(BodyKind::OtlpJson, body.as_bytes()), "Failed to parse OTel JSON Trace", "{body}");
    }
    for body in [&b"\x0a\x05ab"[..], b"{}", b"\xff"] {
        assert_eq!(refusal(BodyKind::OtlpProtobuf, body), "Failed to parse OTel Protobuf Trace");
    }
}

#[test]
fn one_span_without_ids_costs_the_request() {
    let good = json!({ "traceId": "t", "spanId": "s" });
    assert_eq!(
        refusal(BodyKind::OtlpJson, &export(&json!([good, { "traceId": "t" }]))),
        "Invalid OTLP trace export: 1 of 2 span(s) cannot be processed (spanId:absent). Every span needs a traceId \
         and a spanId, each a string or bytes. Nothing of the export was stored. Instrumentation scopes: lib. This \
         endpoint takes OpenTelemetry traces, not logs."
    );
    for (span, reason) in [
        (json!({ "traceId": 7, "spanId": "s" }), "traceId:not_an_id"),
        (json!({ "traceId": [256], "spanId": "s" }), "traceId:not_an_id"),
        (json!({ "traceId": "t", "spanId": { "data": [1] } }), "spanId:not_an_id"),
        (json!({ "traceId": "t", "spanId": null }), "spanId:absent"),
        (json!({ "traceId": "t", "spanId": "s", "parentSpanId": 1 }), "parentSpanId:not_an_id"),
        (json!({ "traceId": "t", "spanId": "s", "attributes": {} }), "attributes:not_an_array"),
        (json!({ "traceId": "t", "spanId": "s", "events": "x" }), "events:not_an_array"),
        (json!({ "traceId": "t", "spanId": "s", "events": [{ "attributes": 1 }] }), "events.attributes:not_an_array"),
        (json!(null), "spanId:absent, traceId:absent"),
    ] {
        let text = refusal(BodyKind::OtlpJson, &export(&json!([span])));
        assert!(text.contains(&format!("1 of 1 span(s) cannot be processed ({reason}).")), "{text}");
    }
    let logs = Export::of(vec![Span::default()]).encode_to_vec();
    assert!(refusal(BodyKind::OtlpProtobuf, &logs).contains("(spanId:absent, traceId:absent)"));
}

#[test]
fn lists_above_spans_must_be_lists() {
    for (body, reason) in [
        (json!({ "resourceSpans": {} }), "resourceSpans"),
        (json!({ "resourceSpans": [{ "scopeSpans": "x" }] }), "scopeSpans"),
        (json!({ "resourceSpans": [{ "resource": { "attributes": {} } }] }), "resource.attributes"),
        (json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": 1 }] }] }), "spans"),
        (json!({ "resourceSpans": [{ "scopeSpans": [{ "scope": { "attributes": 1 } }] }] }), "scope.attributes"),
    ] {
        assert_eq!(
            refusal(BodyKind::OtlpJson, body.to_string().as_bytes()),
            format!(
                "Invalid OTLP trace export: 1 field(s) above the spans should be arrays and are not \
                 ({reason}:not_an_array). scopeSpans, spans, attributes and events are arrays; attributes are a \
                 list of {{key, value}}. Nothing of the export was stored. Instrumentation scopes: unknown. This \
                 endpoint takes OpenTelemetry traces, not logs."
            )
        );
    }
}

#[test]
fn a_span_whose_id_is_too_long_is_refused_alone() {
    let spans = json!([{ "traceId": "t", "spanId": "x".repeat(801) }, { "traceId": "t", "spanId": "s" }]);
    let decoded = decoded(BodyKind::OtlpJson, &export(&spans), Keep::Skeleton).unwrap();
    assert_eq!(
        decoded.refused,
        [RefusedEvent {
            id: "x".repeat(801),
            status: 400,
            message: "Invalid request data",
            error: "spanId: an id must have at most 800 characters, this one has 801".to_owned(),
        }]
    );
    assert_eq!(decoded.events.len(), 2);
}

#[test]
fn a_request_of_too_many_values_is_refused() {
    let limits = Limits { otlp_values_max: 30, ..Limits::default() };
    let value = AnyValue { value: Some(Any::Array(List { values: vec![AnyValue::default(); 10] })) };
    let attributes = vec![KeyValue { key: b"k".to_vec(), value: Some(value) }];
    let export = Export::of(vec![Span { trace_id: vec![1], span_id: vec![1], attributes, ..Span::default() }]);
    for (kind, body) in
        [(BodyKind::OtlpProtobuf, export.encode_to_vec()), (BodyKind::OtlpJson, export.json().to_string().into_bytes())]
    {
        let refused = spanstone_ingest::otlp::decode(&header(kind), &body, Keep::Skeleton, &limits, &[]);
        assert_eq!(refused, Err(OtlpRefusal::TooManyValues { max: 30 }));
    }
}

/// A field of bytes, written by hand because prost does not nest as deeply as this.
fn field(number: u64, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 8);
    prost::encoding::encode_varint(number << 3 | 2, &mut out);
    prost::encoding::encode_varint(content.len() as u64, &mut out);
    out.extend_from_slice(content);
    out
}

#[test]
fn deep_values_are_cut_and_cost_nothing_else() {
    const DEPTH: usize = 5_000;
    let cut = Some(Payload::Text(("[".repeat(64) + "null" + &"]".repeat(64)).into()));

    let value = (0..DEPTH).fold(vec![0x18, 1], |value, _| field(5, &field(1, &value)));
    let attribute = [field(1, b"langfuse.observation.input"), field(2, &value)].concat();
    let span = [field(1, b"t"), field(2, b"s"), field(9, &attribute)].concat();
    let body = field(1, &field(2, &field(2, &span)));
    assert_eq!(observations(BodyKind::OtlpProtobuf, &body)[0].input, cut);

    let value = r#"{"arrayValue":{"values":["#.repeat(DEPTH) + r#"{"intValue":1}"# + &"]}}".repeat(DEPTH);
    let attribute = format!(r#"{{"key":"langfuse.observation.input","value":{value}}}"#);
    let span = format!(r#"{{"traceId":"t","spanId":"s","attributes":[{attribute}]}}"#);
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    assert_eq!(observations(BodyKind::OtlpJson, body.as_bytes())[0].input, cut);
}
