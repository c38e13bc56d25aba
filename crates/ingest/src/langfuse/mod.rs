//! Langfuse's own ingestion API: batches of events, scores and the legacy endpoints.
//!
//! Owns what each field of an event means and when an event is refused (Langfuse 4.16, in the mode in which it
//! serves SDKs of every generation). Refuses to merge: an event says what it says, the store folds.

mod batch;
mod event;
mod fields;
pub mod issue;
mod observation;
pub mod request;
mod score;
mod trace;

use spanstone_model::{EntryHeader, Limits, Text};

use crate::{Decoded, Keep, Refusal, lenient_json};

/// Decodes a batch; `hint_keys` are as in [`crate::decode_with_hints`].
///
/// # Errors
/// Fails when the body is not a batch or has too many events.
pub fn decode(
    header: &EntryHeader,
    body: &[u8],
    keep: Keep,
    limits: &Limits,
    hint_keys: &[Text],
) -> Result<Decoded, Refusal> {
    let text = lenient_json::text(body);
    batch::BatchReader::new(header, keep, limits, hint_keys).read(&text)
}
