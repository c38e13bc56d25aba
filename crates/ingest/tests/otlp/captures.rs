//! Bodies that published clients sent to a sink, with the versions in the names of the files, and the events that
//! they decode to. Each Langfuse SDK made the same trace: an agent with a generation, a failing tool and an event.

use spanstone_ingest::Keep;
use spanstone_model::BodyKind;

use crate::{decoded, render, without_payloads};

fn check(name: &str, kind: BodyKind, body: &[u8]) {
    let payloads = decoded(kind, body, Keep::Payloads).expect("clients send exports");
    insta::assert_json_snapshot!(name, render::decoded(&payloads));
    assert_eq!(decoded(kind, body, Keep::Skeleton), Ok(without_payloads(payloads)));
}

macro_rules! captures {
    ($($test:ident: $kind:ident $file:literal;)*) => {
        /// Every captured body.
        pub(crate) const ALL: &[(BodyKind, &[u8])] =
            &[$((BodyKind::$kind, include_bytes!(concat!("captures/", $file)))),*];

        $(
            #[test]
            fn $test() {
                check(stringify!($test), BodyKind::$kind, include_bytes!(concat!("captures/", $file)));
            }
        )*
    };
}

captures! {
    langfuse_python_3: OtlpProtobuf "langfuse-python-3.15.pb";
    langfuse_python_4: OtlpProtobuf "langfuse-python-4.18.pb";
    langfuse_python_5: OtlpProtobuf "langfuse-python-5.0.pb";
    langfuse_js_4: OtlpJson "langfuse-js-4.6.json";
    langfuse_js_5: OtlpJson "langfuse-js-5.11.json";
    langchain: OtlpProtobuf "langchain-1.4-langfuse-4.18.pb";
    litellm_langfuse: OtlpProtobuf "litellm-1.106-langfuse.pb";
    litellm_otel: OtlpProtobuf "litellm-1.106-otel.pb";
    opentelemetry_python: OtlpProtobuf "opentelemetry-python.pb";
    opentelemetry_js: OtlpJson "opentelemetry-js.json";
}
