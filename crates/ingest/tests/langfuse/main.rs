//! What Langfuse's SDKs send, and what it means.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the answer, in their helpers too")]

mod batches;
mod laws;
mod observations;
mod requests;
mod scores;
mod traces;

use spanstone_ingest::{Decoded, Keep, Refusal, decode};
use spanstone_model::{
    BodyKind, Change, EntryHeader, Limits, ObservationChange, ProjectId, ScoreChange, Sender, Timestamp, TraceChange,
};

/// The envelope's time in [`event`].
const NOW: &str = "2026-08-21T07:57:42.123Z";

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn header(scores_only: bool) -> EntryHeader {
    EntryHeader {
        project: ProjectId::from_wire("project"),
        kind: BodyKind::LangfuseBatch,
        received_at: time("2026-08-21T08:00:00Z"),
        scores_only,
        media_taken: false,
        sender: Sender::default(),
    }
}

fn try_decode(body: &[u8]) -> Result<Decoded, Refusal> {
    decode(&header(false), body, Keep::Payloads, &Limits::default())
}

/// Decodes a batch of these events.
fn batch(events: &[String]) -> Decoded {
    try_decode(format!("{{\"batch\":[{}]}}", events.join(",")).as_bytes()).unwrap()
}

fn event(kind: &str, body: &str) -> String {
    format!(r#"{{"id":"e","type":"{kind}","timestamp":"{NOW}","body":{body}}}"#)
}

/// Decodes one event; of a refused one returns `path: message` of each issue.
fn one(kind: &str, body: &str) -> Result<Change, Vec<String>> {
    let decoded = batch(&[event(kind, body)]);
    match decoded.refused.first() {
        None => Ok(decoded.events.into_iter().next().expect("the event has an id").change),
        Some(refused) => {
            assert_eq!((refused.status, refused.message), (400, "Invalid request data"));
            Err(issues(&refused.error))
        }
    }
}

/// Returns `path: message` of each issue in a JSON list of them.
fn issues(text: &str) -> Vec<String> {
    let issues: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    issues.iter().map(|issue| format!("{}: {}", issue["path"], issue["message"].as_str().unwrap())).collect()
}

fn trace(body: &str) -> TraceChange {
    match one("trace-create", body) {
        Ok(Change::Trace(change)) => *change,
        other => panic!("{other:?}"),
    }
}

fn observation(kind: &str, body: &str) -> ObservationChange {
    match one(kind, body) {
        Ok(Change::Observation(change)) => *change,
        other => panic!("{other:?}"),
    }
}

fn score(body: &str) -> ScoreChange {
    match one("score-create", body) {
        Ok(Change::Score(change)) => *change,
        other => panic!("{other:?}"),
    }
}
