//! What holds for an export in either encoding.

use spanstone_ingest::{Keep, decode};
use spanstone_model::{BodyKind, Change, EntryHeader, Event, Limits, Payload, ProjectId, Sender, Timestamp};

pub(crate) fn check(kind: BodyKind, body: &[u8]) {
    let header = EntryHeader {
        project: ProjectId::from_wire("project"),
        kind,
        received_at: Timestamp::from_millis(1_800_000_000_000),
        scores_only: false,
        media_taken: false,
        sender: Sender::default(),
    };
    let limits = Limits::default();
    let skeleton = decode(&header, body, Keep::Skeleton, &limits);
    let payloads = decode(&header, body, Keep::Payloads, &limits);
    assert_eq!(payloads, decode(&header, body, Keep::Payloads, &limits));
    let elided = payloads.map(|mut decoded| {
        decoded.events.iter_mut().for_each(elide);
        decoded
    });
    assert_eq!(skeleton, elided);
}

fn elide(event: &mut Event) {
    let sides = match &mut event.change {
        Change::Trace(trace) => [&mut trace.input, &mut trace.output, &mut trace.metadata],
        Change::Observation(observation) => {
            [&mut observation.input, &mut observation.output, &mut observation.metadata]
        }
        ours @ (Change::Score(_) | Change::Deletion(_) | Change::Derived(_)) => panic!("no span says this: {ours:?}"),
    };
    for payload in sides.into_iter().flatten() {
        if let Payload::Text(text) = payload {
            assert!(!text.is_empty(), "an empty text is no payload");
        }
        *payload = Payload::Elided;
    }
}
