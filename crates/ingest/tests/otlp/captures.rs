//! Bodies that published clients sent to a sink, with the versions in the names of the files, and the events that
//! they decode to. Each Langfuse client made the same trace: an agent with a generation, a failing tool and an event.

use spanstone_ingest::{Decoded, Keep, decode};
use spanstone_model::{BodyKind, Change, EntryHeader, Limits, Payload, ProjectId, Timestamp};

use crate::render;

fn decoded(kind: BodyKind, body: &[u8], keep: Keep) -> Decoded {
    let header = EntryHeader {
        project: ProjectId::from_wire("p"),
        kind,
        received_at: Timestamp::parse("2026-11-22T18:00:00Z").unwrap(),
        scores_only: false,
    };
    decode(&header, body, keep, &Limits::default()).unwrap()
}

fn check(name: &str, kind: BodyKind, body: &[u8]) {
    let payloads = decoded(kind, body, Keep::Payloads);
    insta::assert_json_snapshot!(name, render::decoded(&payloads));
    let mut elided = payloads;
    for event in &mut elided.events {
        let sides = match &mut event.change {
            Change::Trace(trace) => [&mut trace.input, &mut trace.output, &mut trace.metadata],
            Change::Observation(observation) => {
                [&mut observation.input, &mut observation.output, &mut observation.metadata]
            }
            Change::Score(score) => panic!("no client sends scores over OTLP: {score:?}"),
        };
        for payload in sides.into_iter().flatten() {
            *payload = Payload::Elided;
        }
    }
    assert_eq!(decoded(kind, body, Keep::Skeleton), elided);
}

macro_rules! captures {
    ($($test:ident: $kind:ident $file:literal;)*) => {$(
        #[test]
        fn $test() {
            check(stringify!($test), BodyKind::$kind, include_bytes!(concat!("captures/", $file)));
        }
    )*};
}

captures! {
    langfuse_python_3: OtlpProtobuf "langfuse-python-3.15.pb";
    langfuse_python_4: OtlpProtobuf "langfuse-python-4.18.pb";
    langfuse_python_5: OtlpProtobuf "langfuse-python-5.0.pb";
    langfuse_js_4: OtlpJson "langfuse-js-4.6.json";
    langfuse_js_5: OtlpJson "langfuse-js-5.11.json";
    litellm_otel: OtlpProtobuf "litellm-otel.pb";
    opentelemetry_python: OtlpProtobuf "opentelemetry-python.pb";
    opentelemetry_js: OtlpJson "opentelemetry-js.json";
}
