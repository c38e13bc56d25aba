//! Ingestion batches and the bodies of the legacy endpoints: nothing panics, decoding is deterministic, a batch
//! says the same with and without its payloads, and what a legacy endpoint accepts the journal can read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spanstone_ingest::langfuse::request;
use spanstone_ingest::lenient_json::{self, Json};
use spanstone_ingest::{Keep, decode};
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Sender, Timestamp};

fuzz_target!(|body: &[u8]| {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let header = |scores_only| EntryHeader {
        project: ProjectId::from_wire("project"),
        kind: BodyKind::LangfuseBatch,
        received_at: now,
        scores_only,
        media_taken: false,
        sender: Sender::default(),
    };
    let limits = Limits::default();

    let text = lenient_json::text(body);
    if let Ok(value) = Json::parse(&text) {
        let compact = value.compact();
        let again = Json::parse(&compact).expect("compact JSON is JSON");
        assert_eq!(again.compact(), compact, "compact form has a compact form");
        assert_eq!(again.is_truthy(), value.is_truthy());
        assert_eq!(again.stored_text(), value.stored_text());
    }

    for scores_only in [false, true] {
        let skeleton = decode(&header(scores_only), body, Keep::Skeleton, &limits);
        let payloads = decode(&header(scores_only), body, Keep::Payloads, &limits);
        assert_eq!(payloads, decode(&header(scores_only), body, Keep::Payloads, &limits));
        match (skeleton, payloads) {
            (Ok(skeleton), Ok(payloads)) => {
                assert_eq!(skeleton.events.len(), payloads.events.len());
                assert_eq!(skeleton.accepted, payloads.accepted);
                assert_eq!(skeleton.refused, payloads.refused);
            }
            (skeleton, payloads) => assert_eq!(skeleton, payloads),
        }
    }

    let mut new_id = || "new".to_owned();
    for endpoint in [
        request::trace,
        request::span,
        request::span_update,
        request::generation,
        request::generation_update,
        request::event,
    ] {
        if let Ok((batch, _)) = endpoint(body, now, &mut new_id) {
            let decoded = decode(&header(false), &batch, Keep::Skeleton, &limits).expect("it is a batch");
            assert_eq!((decoded.events.len(), decoded.refused.len()), (1, 0));
        }
    }
    let scores = request::scores(body, now, &mut new_id, &limits);
    if let Ok(request::Scores::One { batch, .. }) = scores {
        let decoded = decode(&header(true), &batch, Keep::Skeleton, &limits).expect("it is a batch");
        assert_eq!((decoded.events.len(), decoded.refused.len()), (1, 0));
    }
});
