//! Requests that are no batch: the legacy endpoints for single traces and observations, and scores.
//!
//! Owns their translation into a batch, which is what the journal keeps of them, so that there is one way of
//! decoding; and the ids of traces to be deleted. Refuses a body whose event the batch would refuse.

mod event_text;
mod scores;
mod trace_ids;

use spanstone_model::Timestamp;

use self::event_text::{EventText, Field, batch, check, object, parse};
pub use self::scores::{Scores, scores};
pub use self::trace_ids::trace_ids;
use super::issue::{Issue, Step, wrong_type};
use crate::lenient_json;

/// Why a request was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestRefusal {
    /// What kind of trouble it is.
    pub message: String,
    /// What exactly is wrong; empty when the message says it all.
    pub issues: Vec<Issue>,
}

/// An accepted request for a single thing: the batch to be journaled, and the id to be answered.
pub type Single = (Vec<u8>, String);

const TRACE: &[Field] = &[
    ("id", "id"),
    ("timestamp", "timestamp"),
    ("name", "name"),
    ("input", "input"),
    ("output", "output"),
    ("sessionId", "sessionId"),
    ("userId", "userId"),
    ("environment", "environment"),
    ("metadata", "metadata"),
    ("release", "release"),
    ("version", "version"),
    ("public", "public"),
    ("tags", "tags"),
];

/// What every legacy observation has besides its id.
const OBSERVATION: &[Field] = &[
    ("traceId", "traceId"),
    ("name", "name"),
    ("startTime", "startTime"),
    ("metadata", "metadata"),
    ("input", "input"),
    ("output", "output"),
    ("level", "level"),
    ("statusMessage", "statusMessage"),
    ("parentObservationId", "parentObservationId"),
    ("version", "version"),
];

const OBSERVATION_ID: Field = ("id", "id");
const SPAN_ID: Field = ("spanId", "id");
const GENERATION_ID: Field = ("generationId", "id");
const END_TIME: Field = ("endTime", "endTime");

const MODEL_CALL: &[Field] = &[
    END_TIME,
    ("completionStartTime", "completionStartTime"),
    ("model", "model"),
    ("modelParameters", "modelParameters"),
    ("usage", "usage"),
    ("prompt", "input"),
    ("completion", "output"),
];

/// Translates `POST /api/public/traces`.
///
/// # Errors
/// Fails when the body is not a trace.
pub fn trace(body: &[u8], now: Timestamp, new_id: &mut dyn FnMut() -> String) -> Result<Single, RequestRefusal> {
    let endpoint =
        Endpoint { event_type: "trace-create", observation_type: None, id: MissingId::IsNew, fields: &[TRACE] };
    endpoint.translate(body, now, new_id)
}

/// Translates `POST /api/public/spans`.
///
/// # Errors
/// Fails when the body is not a span.
pub fn span(body: &[u8], now: Timestamp, new_id: &mut dyn FnMut() -> String) -> Result<Single, RequestRefusal> {
    let endpoint = Endpoint {
        event_type: "observation-create",
        observation_type: Some("SPAN"),
        id: MissingId::IsNew,
        fields: &[&[OBSERVATION_ID, END_TIME], OBSERVATION],
    };
    endpoint.translate(body, now, new_id)
}

/// Translates `PATCH /api/public/spans`.
///
/// # Errors
/// Fails when the body is not a span, or names none.
pub fn span_update(body: &[u8], now: Timestamp, new_id: &mut dyn FnMut() -> String) -> Result<Single, RequestRefusal> {
    let endpoint = Endpoint {
        event_type: "observation-update",
        observation_type: Some("SPAN"),
        id: MissingId::IsRefused,
        fields: &[&[SPAN_ID, END_TIME], OBSERVATION],
    };
    endpoint.translate(body, now, new_id)
}

/// Translates `POST /api/public/generations`.
///
/// # Errors
/// Fails when the body is not a generation.
pub fn generation(body: &[u8], now: Timestamp, new_id: &mut dyn FnMut() -> String) -> Result<Single, RequestRefusal> {
    let endpoint = Endpoint {
        event_type: "observation-create",
        observation_type: Some("GENERATION"),
        id: MissingId::IsNew,
        fields: &[&[OBSERVATION_ID], OBSERVATION, MODEL_CALL],
    };
    endpoint.translate(body, now, new_id)
}

/// Translates `PATCH /api/public/generations`.
///
/// # Errors
/// Fails when the body is not a generation, or names none.
pub fn generation_update(
    body: &[u8],
    now: Timestamp,
    new_id: &mut dyn FnMut() -> String,
) -> Result<Single, RequestRefusal> {
    let endpoint = Endpoint {
        event_type: "observation-update",
        observation_type: Some("GENERATION"),
        id: MissingId::IsRefused,
        fields: &[&[GENERATION_ID], OBSERVATION, MODEL_CALL],
    };
    endpoint.translate(body, now, new_id)
}

/// Translates `POST /api/public/events`.
///
/// # Errors
/// Fails when the body is not an event, or has no id.
pub fn event(body: &[u8], now: Timestamp, new_id: &mut dyn FnMut() -> String) -> Result<Single, RequestRefusal> {
    let endpoint = Endpoint {
        event_type: "event-create",
        observation_type: None,
        id: MissingId::IsRefused,
        fields: &[&[OBSERVATION_ID], OBSERVATION],
    };
    endpoint.translate(body, now, new_id)
}

/// What becomes of a body without an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MissingId {
    IsNew,
    IsRefused,
}

struct Endpoint {
    event_type: &'static str,
    observation_type: Option<&'static str>,
    id: MissingId,
    /// The fields in groups; the first of the first is the id. Where two become one, the later one counts.
    fields: &'static [&'static [Field]],
}

impl Endpoint {
    fn translate(
        &self,
        body: &[u8],
        now: Timestamp,
        new_id: &mut dyn FnMut() -> String,
    ) -> Result<Single, RequestRefusal> {
        let text = lenient_json::text(body);
        let object = object(parse(&text)?).map_err(RequestRefusal::invalid)?;
        let mut event = EventText::new(self.event_type, &new_id(), &now.to_string());
        event.members(&object, self.fields);
        // Members behind those of the body replace them.
        if let Some(kind) = self.observation_type {
            event.text_member("type", kind);
        }
        let (id_field, _) = self.fields[0][0];
        let sent = object.get(id_field).filter(|id| !id.is_null());
        let id = match (sent, self.id) {
            (Some(id), _) => id.string().unwrap_or_default().into_owned(),
            (None, MissingId::IsNew) => event.new_id(new_id()),
            (None, MissingId::IsRefused) => {
                let received = object.get(id_field).map_or("undefined", |_| "null");
                let message = wrong_type("string", received);
                let issue = Issue::new("invalid_type", [Step::from(id_field)], message);
                return Err(RequestRefusal::invalid(vec![issue]));
            }
        };
        let event = event.finish();
        check(&event, self.fields).map_err(RequestRefusal::invalid)?;
        Ok((batch([event]), id))
    }
}

impl RequestRefusal {
    fn invalid(issues: Vec<Issue>) -> Self {
        Self { message: "Invalid request data".to_owned(), issues }
    }
}
