//! Requests that are no batch: the legacy endpoints for single traces and observations, and scores.
//!
//! Owns their translation into a batch, which is what the journal keeps of them, so that there is one way of
//! decoding. Refuses a body whose event the batch would refuse.

use std::fmt::Write as _;

use spanstone_model::{Limits, Timestamp};

use super::event::RawEvent;
use super::issue::{Issue, Step, wrong_type};
use crate::lenient_json::{self, Json, Kind, Object, Scanner, quote_into};

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

/// An accepted request for scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scores {
    /// The body was one score.
    One {
        /// The batch to be journaled.
        batch: Vec<u8>,
        /// The score's id.
        id: String,
    },
    /// The body was an array.
    Many {
        /// The batch to be journaled, unless no score was accepted.
        batch: Option<Vec<u8>>,
        /// How many scores were accepted.
        accepted: usize,
        /// Why the others were not, one text each, in the order of the array.
        errors: Vec<String>,
    },
}

/// A field of a body, and the field of the event's body that it becomes.
type Field = (&'static str, &'static str);

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

const SCORE: &[Field] = &[
    ("id", "id"),
    ("name", "name"),
    ("traceId", "traceId"),
    ("observationId", "observationId"),
    ("sessionId", "sessionId"),
    ("datasetRunId", "datasetRunId"),
    ("environment", "environment"),
    ("comment", "comment"),
    ("metadata", "metadata"),
    ("source", "source"),
    ("executionTraceId", "executionTraceId"),
    ("queueId", "queueId"),
    ("configId", "configId"),
    ("dataType", "dataType"),
    ("value", "value"),
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

/// Translates `POST /api/public/scores`: one score, or an array of them, each of which is accepted or not for
/// itself and may carry the `timestamp` it is given at.
///
/// # Errors
/// Fails when the body is neither, when the one score is not valid, and when the array is longer than
/// [`Limits::batch_events_max`].
pub fn scores(
    body: &[u8],
    now: Timestamp,
    new_id: &mut dyn FnMut() -> String,
    limits: &Limits,
) -> Result<Scores, RequestRefusal> {
    let text = lenient_json::text(body);
    let value = parse(&text)?;
    let Some(elements) = value.array() else {
        let (event, id) = score(value, now, new_id, ScoreTime::IsNow).map_err(RequestRefusal::invalid)?;
        return Ok(Scores::One { batch: batch([event]), id });
    };
    if elements.len() > limits.batch_events_max {
        let max = limits.batch_events_max;
        return Err(RequestRefusal {
            message: format!("the array has more than {max} scores; send them in smaller ones"),
            issues: Vec::new(),
        });
    }
    let (mut events, mut errors) = (Vec::new(), Vec::new());
    for (index, element) in elements.into_iter().enumerate() {
        match score(element, now, new_id, ScoreTime::MayBeGiven) {
            Ok((event, _)) => events.push(event),
            Err(issues) => errors.push(score_error(index, &issues)),
        }
    }
    let accepted = events.len();
    let batch = (accepted > 0).then(|| batch(events));
    Ok(Scores::Many { batch, accepted, errors })
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

/// When a score was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScoreTime {
    /// Whatever the score says.
    IsNow,
    /// At its `timestamp`, if it has one.
    MayBeGiven,
}

/// Translates one score. Returns the event and the score's id.
fn score(
    value: Json<'_>,
    now: Timestamp,
    new_id: &mut dyn FnMut() -> String,
    time: ScoreTime,
) -> Result<(String, String), Vec<Issue>> {
    let object = object(value)?;
    let given = object.get("timestamp").filter(|given| !given.is_null());
    let timestamp = match given {
        Some(given) if time == ScoreTime::MayBeGiven => given.string().ok_or_else(|| {
            let message = wrong_type("string", given.kind().as_str());
            vec![Issue::new("invalid_type", [Step::from("timestamp")], message)]
        })?,
        _ => now.to_string().into(),
    };
    let mut event = EventText::new("score-create", &new_id(), &timestamp);
    event.members(&object, &[SCORE]);
    let sent = object.get("id").filter(|id| id.is_truthy());
    // A member behind those of the score replaces an empty id there.
    let id = match sent {
        Some(id) => id.string().unwrap_or_default().into_owned(),
        None => event.new_id(new_id()),
    };
    let event = event.finish();
    check(&event, &[SCORE])?;
    check_source(&object)?;
    Ok((event, id))
}

/// Through this door evaluators do not write, and people only with a configuration.
fn check_source(score: &Object<'_>) -> Result<(), Vec<Issue>> {
    let text = |key| score.get(key).and_then(Json::string).unwrap_or_default();
    match &*text("source") {
        "EVAL" => {
            let message = "Invalid option: expected one of \"API\"|\"ANNOTATION\"";
            Err(vec![Issue::new("invalid_value", [Step::from("source")], message)])
        }
        "ANNOTATION" if text("configId").is_empty() && text("dataType") != "CORRECTION" => {
            let message = "An annotation needs a `configId`";
            Err(vec![Issue::new("custom", [Step::from("configId")], message)])
        }
        _ => Ok(()),
    }
}

fn score_error(index: usize, issues: &[Issue]) -> String {
    let mut text = format!("score {index}: ");
    for (place, issue) in issues.iter().enumerate() {
        if place > 0 {
            text.push_str("; ");
        }
        for step in &issue.path {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Key(key) => write!(text, "{key}: "),
                Step::Index(index) => write!(text, "{index}: "),
            };
        }
        text.push_str(&issue.message);
    }
    text
}

fn parse(text: &str) -> Result<Json<'_>, RequestRefusal> {
    // Langfuse's server takes an empty body for an empty object.
    let text = if text.is_empty() { "{}" } else { text };
    Json::parse(text).map_err(|_| RequestRefusal { message: "Invalid JSON".to_owned(), issues: Vec::new() })
}

fn object(value: Json<'_>) -> Result<Object<'_>, Vec<Issue>> {
    value.object().ok_or_else(|| {
        let message = wrong_type(Kind::Object.as_str(), value.kind().as_str());
        vec![Issue::new("invalid_type", [], message)]
    })
}

/// Checks an event as the batch would. The places of issues are those in the request's body.
fn check(event: &str, fields: &[&[Field]]) -> Result<(), Vec<Issue>> {
    let mut raw = RawEvent::default();
    let read = raw.fill(&mut Scanner::new(event));
    debug_assert!(read.is_ok(), "not JSON: {event}");
    let mut issues = match raw.issues() {
        issues if issues.is_empty() => return Ok(()),
        issues => issues,
    };
    for issue in &mut issues {
        if issue.path.first() == Some(&Step::from("body")) {
            issue.path.remove(0);
        }
        for (sent, name) in fields.iter().copied().flatten() {
            if issue.path.first() == Some(&Step::from(*name)) && sent != name {
                issue.path[0] = Step::from(*sent);
            }
        }
    }
    Err(issues)
}

fn batch(events: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut batch = String::from("{\"batch\":[");
    for (place, event) in events.into_iter().enumerate() {
        if place > 0 {
            batch.push(',');
        }
        batch.push_str(&event);
    }
    batch.push_str("]}");
    batch.into_bytes()
}

/// The text of an event that is being written.
struct EventText(String);

impl EventText {
    fn new(event_type: &str, id: &str, timestamp: &str) -> Self {
        let mut event = Self(String::from("{"));
        event.text_member("id", id);
        event.text_member("type", event_type);
        event.text_member("timestamp", timestamp);
        event.key("body");
        event.0.push('{');
        event
    }

    /// Writes the fields that the body has, as they were written there.
    fn members(&mut self, object: &Object<'_>, fields: &[&[Field]]) {
        for (sent, name) in fields.iter().copied().flatten() {
            if let Some(value) = object.get(sent) {
                self.key(name);
                self.0.push_str(value.as_written());
            }
        }
    }

    fn new_id(&mut self, id: String) -> String {
        self.text_member("id", &id);
        id
    }

    fn text_member(&mut self, key: &str, text: &str) {
        self.key(key);
        quote_into(text, &mut self.0);
    }

    fn key(&mut self, key: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        quote_into(key, &mut self.0);
        self.0.push(':');
    }

    fn finish(mut self) -> String {
        self.0.push_str("}}");
        self.0
    }
}
