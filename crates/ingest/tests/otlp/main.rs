//! OTLP requests, from real clients and made up, and what becomes of them.

mod captures;
mod corpus;
mod encodings;
mod laws;
mod proto;
mod render;

use spanstone_ingest::otlp::{OtlpRefusal, decode};
use spanstone_ingest::{Decoded, Keep};
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Timestamp};

/// Decodes a request that arrived at a fixed time.
fn decoded(kind: BodyKind, body: &[u8], keep: Keep) -> Result<Decoded, OtlpRefusal> {
    decode(&header(kind), body, keep, &Limits::default(), &[])
}

fn header(kind: BodyKind) -> EntryHeader {
    EntryHeader::new(ProjectId::from_wire("p"), kind, Timestamp::parse("2026-11-22T18:00:00Z").expect("a time"))
}

/// What is left of decoded payloads when nobody wants them.
fn without_payloads(mut decoded: Decoded) -> Decoded {
    use spanstone_model::{Change, Payload};
    for event in &mut decoded.events {
        let sides = match &mut event.change {
            Change::Trace(trace) => [&mut trace.input, &mut trace.output, &mut trace.metadata],
            Change::Observation(observation) => {
                [&mut observation.input, &mut observation.output, &mut observation.metadata]
            }
            change @ (Change::Score(_) | Change::Deletion(_) | Change::Derived(_)) => {
                panic!("no client sends this over OTLP: {change:?}")
            }
        };
        for payload in sides.into_iter().flatten() {
            *payload = Payload::Elided;
        }
    }
    decoded
}
