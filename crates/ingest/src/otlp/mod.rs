//! OTLP traces: spans become observations, and what they say about their traces becomes trace events.
//!
//! Owns both encodings (`protobuf`, `json`), which meet in the vocabulary of `span`, and the mapping by tables of
//! attributes (`fields`, `usage`, `parameters`, `metadata`, and one file per library in `dialect`). Refuses a
//! request as a whole where Langfuse does, and single spans whose ids cannot be ids.

mod attributes;
mod dialect;
mod dotted;
mod experiment;
mod fields;
mod json;
mod metadata;
mod observation;
mod parameters;
mod payload;
mod protobuf;
mod refusal;
#[cfg(test)]
mod sample;
mod span;
mod tools;
mod trace;
mod usage;
mod value;
mod wire;

use spanstone_model::{BodyKind, Change, EntryHeader, Event, Limits, Stamp, StampKind, Text, Timestamp};

use self::span::View;
use self::trace::Traces;
use crate::{Decoded, Keep, RefusedEvent};

pub use refusal::{InvalidExport, OtlpRefusal};

/// `STATUS_CODE_ERROR` of opentelemetry-proto's `Status`.
const STATUS_CODE_ERROR: u64 = 2;

/// Decodes an OTLP request: an observation event for each span, in the order of the body, then the trace events.
/// Spans whose ids break the rule for ids are in [`Decoded::refused`]; [`Decoded::accepted`] stays empty, as
/// nothing in an answer names spans. `hint_keys` are as in [`crate::decode_with_hints`].
///
/// # Errors
/// Fails when the request is refused as a whole.
pub fn decode(
    header: &EntryHeader,
    body: &[u8],
    keep: Keep,
    limits: &Limits,
    hint_keys: &[Text],
) -> Result<Decoded, OtlpRefusal> {
    let received_at = header.received_at;
    let mut mapping = Mapping { received_at, keep, hint_keys, decoded: Decoded::default(), traces: Traces::default() };
    let read = match header.kind {
        BodyKind::OtlpJson => json::spans,
        // A body of another kind is for its own reader; as an export it is refused.
        BodyKind::OtlpProtobuf | BodyKind::LangfuseBatch | BodyKind::Deletion | BodyKind::Derived => protobuf::spans,
    };
    read(body, limits.otlp_values_max, &mut |view| mapping.add(&view))?;
    let Mapping { mut decoded, traces, .. } = mapping;
    decoded.events.extend(traces.into_events());
    Ok(decoded)
}

struct Mapping<'k> {
    received_at: Timestamp,
    keep: Keep,
    /// The metadata that prices may depend on.
    hint_keys: &'k [Text],
    decoded: Decoded,
    traces: Traces,
}

impl Mapping<'_> {
    fn add(&mut self, view: &View<'_>) {
        let times = observation::times(view, self.received_at);
        match observation::observation(view, times, self.keep) {
            Ok(mut change) => {
                if !change.usage.is_empty() && !self.hint_keys.is_empty() {
                    change.price_hints = metadata::price_hints(view, self.hint_keys);
                }
                self.traces.add(view, &change.trace_id, times.0, self.keep);
                self.decoded.events.push(Event {
                    stamp: Stamp::new(self.received_at, StampKind::Create),
                    change: Change::Observation(Box::new(change)),
                });
            }
            Err(error) => self.decoded.refused.push(RefusedEvent {
                id: view.span.id.clone().into_owned(),
                status: 400,
                message: "Invalid request data",
                error: error.to_string(),
            }),
        }
    }
}
