//! Bytes of a request become events of the model.
//!
//! Owns the reading of every wire format clients write in. Pure: the result depends on the entry's header and
//! body alone, because the journal keeps bodies and decodes them again on replay and on every read of a payload.
//! Refuses a clock, randomness and a store.

pub mod deletion;
pub mod derived;
pub mod environment;
pub mod langfuse;
pub mod lenient_json;
pub mod media;
pub mod otlp;
pub mod tools;
pub mod usage;

use spanstone_model::{BodyKind, EntryHeader, Event, Limits, Text};

/// Whether decoding builds the text of payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Payloads are only noticed: each is [`spanstone_model::Payload::Elided`] and costs nothing.
    Skeleton,
    /// Payloads come with their stored text.
    Payloads,
}

/// A decoded request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decoded {
    /// What the request says, in the order in which it is applied. The index of an event here is the `event` of
    /// a [`spanstone_model::JournalPlace`].
    pub events: Vec<Event>,
    /// The ids of the accepted events of a batch, for the answer's `successes`, in processing order.
    pub accepted: Vec<String>,
    /// The events of a batch that were not accepted, for the answer's `errors`.
    pub refused: Vec<RefusedEvent>,
}

/// One event of a batch that was not accepted, while the rest of the batch was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEvent {
    /// The event's id, or `unknown`.
    pub id: String,
    /// The HTTP status it would have had alone.
    pub status: u16,
    /// What kind of trouble it is.
    pub message: &'static str,
    /// What exactly is wrong; for invalid events a JSON list of issues.
    pub error: String,
}

/// Why a request as a whole was not accepted. Displays as a text for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is not JSON.
    #[error("Invalid JSON")]
    InvalidJson,
    /// The body is JSON but not a batch.
    #[error("Invalid request data")]
    InvalidShape {
        /// What is wrong, one sentence each.
        errors: Vec<String>,
    },
    /// The batch has more events than [`Limits::batch_events_max`].
    #[error("the batch has more than {max} events; send it in smaller batches")]
    TooManyEvents {
        /// The limit.
        max: usize,
    },
    /// An OTLP request that was refused.
    #[error(transparent)]
    Otlp(#[from] otlp::OtlpRefusal),
}

/// Decodes a request body.
///
/// # Errors
/// Fails when nothing of the request can be accepted; single events of a batch that cannot be are in
/// [`Decoded::refused`].
pub fn decode(header: &EntryHeader, body: &[u8], keep: Keep, limits: &Limits) -> Result<Decoded, Refusal> {
    decode_with_hints(header, body, keep, limits, &[])
}

/// Decodes a request body. Observations that say what they used come with the metadata that `hint_keys` name, as far as it
/// is text, numbers or booleans: prices may depend on it.
///
/// # Errors
/// As [`decode`].
pub fn decode_with_hints(
    header: &EntryHeader,
    body: &[u8],
    keep: Keep,
    limits: &Limits,
    hint_keys: &[Text],
) -> Result<Decoded, Refusal> {
    match header.kind {
        BodyKind::LangfuseBatch => langfuse::decode(header, body, keep, limits, hint_keys),
        BodyKind::OtlpProtobuf | BodyKind::OtlpJson => Ok(otlp::decode(header, body, keep, limits, hint_keys)?),
        BodyKind::Deletion => deletion::decode(body),
        BodyKind::Derived => derived::decode(body),
    }
}

/// Decodes a request body that is in the journal. It was within the limits when it was accepted; a limit that has
/// been lowered since must not make it unreadable, so none applies. `hint_keys` are as in [`decode_with_hints`]; which
/// events there are does not depend on them.
///
/// # Errors
/// Fails as [`decode`] does, that is only if the body was never accepted.
pub fn decode_journaled(header: &EntryHeader, body: &[u8], keep: Keep, hint_keys: &[Text]) -> Result<Decoded, Refusal> {
    let limits = Limits { batch_events_max: usize::MAX, otlp_values_max: usize::MAX, ..Limits::default() };
    decode_with_hints(header, body, keep, &limits, hint_keys)
}
