//! What holds for every request.

use proptest::prelude::*;
use prost::Message as _;
use spanstone_ingest::Keep;
use spanstone_model::BodyKind;

use crate::captures;
use crate::proto::{
    Any, AnyValue, Entries, Event, Export, KeyValue, List, Resource, ResourceSpans, Scope, ScopeSpans, Span, Status,
};
use crate::{decoded, without_payloads};

/// Decodes both ways and twice, and compares. Nothing may panic.
pub(crate) fn check(kind: BodyKind, body: &[u8]) {
    let payloads = decoded(kind, body, Keep::Payloads);
    assert_eq!(decoded(kind, body, Keep::Payloads), payloads);
    assert_eq!(decoded(kind, body, Keep::Skeleton), payloads.map(without_payloads));
}

/// Keys that mean something to some rule, and some that do not.
fn key() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "langfuse.observation.type",
        "langfuse.observation.input",
        "langfuse.observation.output",
        "langfuse.observation.metadata",
        "langfuse.observation.metadata.k",
        "langfuse.observation.usage_details",
        "langfuse.observation.cost_details",
        "langfuse.observation.model.parameters",
        "langfuse.observation.prompt.name",
        "langfuse.observation.prompt.version",
        "langfuse.observation.completion_start_time",
        "langfuse.observation.level",
        "langfuse.trace.name",
        "langfuse.trace.input",
        "langfuse.trace.tags",
        "langfuse.trace.public",
        "langfuse.trace.metadata",
        "langfuse.trace.metadata.k",
        "langfuse.internal.as_root",
        "langfuse.internal.is_app_root",
        "langfuse.environment",
        "user.id",
        "session.id",
        "gen_ai.operation.name",
        "gen_ai.prompt",
        "gen_ai.prompt.0.role",
        "gen_ai.prompt.1.content",
        "gen_ai.completion.x",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.details.x",
        "llm.input_messages.0.message.role",
        "llm.token_count.prompt",
        "genkit:input",
        "genkit:output",
        "ai.prompt",
        "ai.response.text",
        "ai.response.toolCalls",
        "events",
        "model",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[a-z.0-9é]{0,6}"]
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let text = prop_oneof![
        "\\PC{0,8}",
        Just("true".to_owned()),
        Just("invoke_agent".to_owned()),
        r#"[\[{]("a"|1|:|,|null| ){0,5}[\]}]"#,
        r#"\{"(a|input|content|role|messages)": ?(1|-1|"x"|null|\[\]|2\.5)\}"#,
        r#"\[\{"(role|event.name|content)":"(system|gen_ai.choice|x)"\}\]"#,
    ];
    let scalar = prop_oneof![
        4 => text.prop_map(|text| Some(Any::String(text.into_bytes()))),
        1 => any::<bool>().prop_map(|truth| Some(Any::Bool(truth))),
        1 => any::<i64>().prop_map(|int| Some(Any::Int(int))),
        1 => any::<f64>().prop_map(|double| Some(Any::Double(double))),
        1 => prop::collection::vec(any::<u8>(), 0..4).prop_map(|bytes| Some(Any::Bytes(bytes))),
        1 => Just(None),
    ];
    scalar.prop_map(|value| AnyValue { value }).prop_recursive(3, 12, 3, |inner| {
        let entry = (key(), inner.clone()).prop_map(|(key, value)| key_value(key, value));
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(|values| AnyValue { value: Some(Any::Array(List { values })) }),
            prop::collection::vec(entry, 0..3)
                .prop_map(|values| AnyValue { value: Some(Any::Object(Entries { values })) }),
        ]
    })
}

fn key_value(key: String, value: AnyValue) -> KeyValue {
    KeyValue { key: key.into_bytes(), value: Some(value) }
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    prop::collection::vec((key(), any_value()).prop_map(|(key, value)| key_value(key, value)), 0..8)
}

fn span() -> impl Strategy<Value = Span> {
    let events = prop::collection::vec(
        (
            prop::sample::select(vec!["gen_ai.user.message", "gen_ai.choice", "gen_ai.content.prompt", "exception"]),
            attributes(),
        ),
        0..3,
    );
    let status = prop::option::of((0..3_i32, "[a-z]{0,3}"));
    let times = (0..4_u64, 0..4_u64);
    (1..4_u8, any::<u64>(), 0..3_u8, times, attributes(), events, status).prop_map(
        |(trace, id, parent, (start, end), attributes, events, status)| Span {
            trace_id: vec![trace],
            span_id: id.to_be_bytes().to_vec(),
            parent_span_id: vec![parent; usize::from(parent)],
            name: b"span".to_vec(),
            start: start * 1_000_000,
            end: end * 1_000_000,
            attributes,
            events: events
                .into_iter()
                .map(|(name, attributes)| Event { time: 1, name: name.to_owned(), attributes })
                .collect(),
            status: status.map(|(code, message)| Status { message, code }),
            ..Span::default()
        },
    )
}

fn export() -> impl Strategy<Value = Export> {
    let scopes = vec!["langfuse-sdk", "ai", "genkit-tracer", "pydantic-ai", "litellm", "@flue/opentelemetry"];
    let scope_spans = (prop::option::of(prop::sample::select(scopes)), prop::collection::vec(span(), 0..6)).prop_map(
        |(scope, spans)| {
            let scope = scope.map(|name| Scope { name: name.as_bytes().to_vec(), ..Scope::default() });
            ScopeSpans { scope, spans }
        },
    );
    let resource = prop::option::of(attributes().prop_map(|attributes| Resource { attributes }));
    (resource, prop::collection::vec(scope_spans, 0..3)).prop_map(|(resource, scope_spans)| Export {
        resource_spans: vec![ResourceSpans { resource, scope_spans, schema_url: String::new() }],
    })
}

proptest! {
    #[test]
    fn both_encodings_say_the_same(export in export()) {
        let protobuf = export.encode_to_vec();
        let json = export.json().to_string();
        for keep in [Keep::Skeleton, Keep::Payloads] {
            let read = decoded(BodyKind::OtlpProtobuf, &protobuf, keep);
            prop_assert!(read.is_ok());
            prop_assert_eq!(read, decoded(BodyKind::OtlpJson, json.as_bytes(), keep));
        }
        check(BodyKind::OtlpProtobuf, &protobuf);
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        check(BodyKind::OtlpProtobuf, &bytes);
        check(BodyKind::OtlpJson, &bytes);
    }

    #[test]
    fn no_cut_and_no_flip_of_a_real_request_panics(
        capture in prop::sample::select(captures::ALL),
        cut: prop::sample::Index,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 0..4),
    ) {
        let (kind, body) = capture;
        check(kind, &body[..cut.index(body.len())]);
        let mut flipped = body.to_vec();
        for (at, bit) in flips {
            let at = at.index(flipped.len());
            flipped[at] ^= 1 << bit;
        }
        check(kind, &flipped);
    }
}
