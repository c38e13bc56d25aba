//! What became of what a client sent.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::Receipt;
use spanstone_engine::wire::RefusedEvent;

use crate::error::EVENT_CREATED;

/// What became of the events of a batch.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BatchReceipt")]
pub(crate) struct Batch<'a> {
    successes: Vec<Success<'a>>,
    errors: Vec<EventError<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventSuccess")]
struct Success<'a> {
    id: &'a str,
    status: u16,
}

#[derive(Serialize, JsonSchema)]
struct EventError<'a> {
    id: &'a str,
    status: u16,
    message: &'a str,
    error: &'a str,
}

/// The id of what was created or updated.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Created<'a> {
    id: &'a str,
}

/// One sentence.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Message<'a> {
    message: &'a str,
}

/// What was deleted.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Deleted<'a> {
    message: &'a str,
    traces: usize,
    scores: usize,
}

/// What became of a list of scores.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PartlyAccepted<'a> {
    accepted: usize,
    rejected: usize,
    errors: Vec<Message<'a>>,
}

/// That the server is well.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Health<'a> {
    status: &'a str,
    version: &'a str,
}

/// The version of Langfuse whose API this is: clients look at it before they use newer endpoints.
const LANGFUSE_VERSION: &str = "4.16.0";

/// The answer to a batch: both lists, whatever became of its events.
pub(crate) fn batch(receipt: &Receipt) -> Vec<u8> {
    let success = |id| Success { id, status: EVENT_CREATED };
    super::bytes(&Batch {
        successes: receipt.accepted.iter().map(|id| success(id.as_str())).collect(),
        errors: receipt.refused.iter().map(event_error).collect(),
    })
}

fn event_error(event: &RefusedEvent) -> EventError<'_> {
    EventError { id: &event.id, status: event.status, message: event.message, error: &event.error }
}

/// The answer to one thing that was created or updated.
pub(crate) fn created(id: &str) -> Vec<u8> {
    super::bytes(&Created { id })
}

/// The answer of a server that is well.
pub(crate) fn health() -> Vec<u8> {
    super::bytes(&Health { status: "OK", version: LANGFUSE_VERSION })
}

/// An answer of one sentence.
pub(crate) fn message(message: &str) -> Vec<u8> {
    super::bytes(&Message { message })
}

/// The answer to a deletion of several things, with how many there were.
pub(crate) fn deleted(message: &str, traces: usize, scores: usize) -> Vec<u8> {
    super::bytes(&Deleted { message, traces, scores })
}

/// The answer to a list of scores of which some were refused.
pub(crate) fn partly_accepted(accepted: usize, errors: &[String]) -> Vec<u8> {
    super::bytes(&PartlyAccepted {
        accepted,
        rejected: errors.len(),
        errors: errors.iter().map(|message| Message { message }).collect(),
    })
}
