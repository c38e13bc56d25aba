//! `POST /api/public/scores`, in its single and its array form.

use std::fmt::Write as _;

use spanstone_model::{Limits, Timestamp};

use super::RequestRefusal;
use super::event_text::{EventText, Field, batch, check, object, parse};
use crate::langfuse::issue::{Issue, Step, wrong_type};
use crate::lenient_json::{self, Json, Object};

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
