//! The body of `score-create`.

use spanstone_model::{
    DataType, ObservationId, Patch, ScoreChange, ScoreId, ScoreSource, ScoreValue, SessionId, Text, TraceId,
};

use super::event::Envelope;
use super::fields::Fields;
use crate::lenient_json::{Json, Kind};

const TEXT_UNITS_MAX: usize = 500;

/// The name of every correction.
const CORRECTION_NAME: &str = "output";

/// Reads what a body says about a score; nothing when it does not say about which one, or when it is wrong.
pub(super) fn read(fields: &mut Fields<'_, '_>, envelope: &Envelope<'_>) -> Option<ScoreChange> {
    let id = fields.id("id");
    let value = value(fields);
    let is_correction = matches!(value, Some(ScoreValue::Correction(_)));
    let name = if is_correction { Some(Text::from(CORRECTION_NAME)) } else { name(fields) };
    let targets = targets(fields, is_correction);
    let config_id = fields.patch("configId");
    if is_correction && matches!(config_id, Patch::Set(_)) {
        fields.issue("custom", "configId", "A correction follows no configuration: leave `configId` out");
    }
    let source = fields.name("source", ScoreSource::ALL.map(ScoreSource::as_str), ScoreSource::from_wire);
    let environment = fields.environment();
    let comment = fields.patch("comment");
    let queue_id = fields.patch("queueId");
    let execution_trace_id = fields.patch("executionTraceId");
    Some(ScoreChange {
        id: ScoreId::from_wire(&id?),
        timestamp: envelope.timestamp,
        environment,
        trace_id: targets.trace_id,
        observation_id: targets.observation_id,
        session_id: targets.session_id,
        dataset_run_id: targets.dataset_run_id,
        name: name?,
        value: value?,
        source: source.unwrap_or_default(),
        comment,
        config_id,
        queue_id,
        execution_trace_id,
        metadata: fields.metadata(),
    })
}

fn name(fields: &mut Fields<'_, '_>) -> Option<Text> {
    if fields.value("name").is_none() {
        fields.wrong_type("name", "string", fields.value_or_null("name"));
        return None;
    }
    let name = fields.text("name")?;
    if name.is_empty() {
        fields.issue("too_small", "name", "Too small: expected string to have >=1 characters");
        return None;
    }
    Some(name)
}

struct Targets {
    trace_id: Option<TraceId>,
    observation_id: Patch<ObservationId>,
    session_id: Patch<SessionId>,
    dataset_run_id: Patch<Text>,
}

/// Reads what the score judges: exactly one of a trace, a session and a dataset run, where a trace may be
/// narrowed to an observation. An empty id is none.
fn targets(fields: &mut Fields<'_, '_>, is_correction: bool) -> Targets {
    let trace = target(fields, "traceId");
    let observation = target(fields, "observationId");
    let session = target(fields, "sessionId");
    let run = target(fields, "datasetRunId");
    let is_set = |target: &Patch<Text>| matches!(target, Patch::Set(_));
    let count = [&trace, &session, &run].into_iter().filter(|target| is_set(target)).count();
    if count != 1 || (is_set(&observation) && !is_set(&trace)) {
        fields.object_issue(
            "Provide exactly one of `traceId`, `sessionId` and `datasetRunId`; `observationId` needs `traceId`",
        );
    } else if is_correction && !is_set(&trace) {
        fields.object_issue("A correction needs a `traceId`: sessions and dataset runs have no output");
    }
    Targets {
        trace_id: match trace {
            Patch::Set(id) => Some(TraceId::from_wire(&id)),
            Patch::Keep | Patch::Clear => None,
        },
        observation_id: map(observation, ObservationId::from_wire),
        session_id: map(session, SessionId::from_wire),
        dataset_run_id: run,
    }
}

fn target(fields: &mut Fields<'_, '_>, key: &'static str) -> Patch<Text> {
    match fields.patch(key) {
        Patch::Set(id) if id.is_empty() => Patch::Clear,
        patch => patch,
    }
}

fn map<T>(patch: Patch<Text>, read: impl FnOnce(&str) -> T) -> Patch<T> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(text) => Patch::Set(read(&text)),
    }
}

/// Reads the value as what `dataType` says it is; without one a number is numeric and a string categorical.
fn value(fields: &mut Fields<'_, '_>) -> Option<ScoreValue> {
    let value = fields.value("value");
    let data_type = if fields.has_null("dataType") {
        fields.wrong_type("dataType", "string", fields.value_or_null("dataType"));
        return None;
    } else if fields.value("dataType").is_some() {
        fields.name("dataType", DataType::ALL.map(DataType::as_str), DataType::from_wire)?
    } else {
        match value.map(Json::kind) {
            Some(Kind::Number) => DataType::Numeric,
            Some(Kind::String) => DataType::Categorical,
            _ => {
                fields.wrong_type("value", "number or string", fields.value_or_null("value"));
                return None;
            }
        }
    };
    match data_type {
        DataType::Numeric => required(fields, "number", Fields::number).map(ScoreValue::Numeric),
        DataType::Boolean => boolean(fields).map(ScoreValue::Boolean),
        DataType::Categorical => {
            let label = required(fields, "string", Fields::text)?;
            // Not a client's: the engine writes it here for a label that a score configuration gives a number.
            let value = fields.value("categoryValue").filter(|value| value.kind() == Kind::Number);
            let value = value.and_then(|_| fields.number("categoryValue")).unwrap_or(0.0);
            Some(ScoreValue::Categorical { label, value })
        }
        DataType::Text => text(fields).map(ScoreValue::Text),
        DataType::Correction => required(fields, "string", Fields::text).map(ScoreValue::Correction),
    }
}

fn required<'r, 'a, T>(
    fields: &mut Fields<'r, 'a>,
    expected: &str,
    read: impl FnOnce(&mut Fields<'r, 'a>, &'static str) -> Option<T>,
) -> Option<T> {
    if fields.value("value").is_none() {
        fields.wrong_type("value", expected, fields.value_or_null("value"));
        return None;
    }
    read(fields, "value")
}

fn boolean(fields: &mut Fields<'_, '_>) -> Option<bool> {
    let number = required(fields, "number", Fields::number)?;
    if number == 0.0 || number == 1.0 {
        return Some(number == 1.0);
    }
    fields.issue("custom", "value", "Invalid input: a BOOLEAN score has the value 0 or 1");
    None
}

fn text(fields: &mut Fields<'_, '_>) -> Option<Text> {
    let text = required(fields, "string", Fields::text)?;
    if text.is_empty() {
        fields.issue("too_small", "value", "Too small: expected string to have >=1 characters");
        return None;
    }
    if text.len() > TEXT_UNITS_MAX && text.encode_utf16().count() > TEXT_UNITS_MAX {
        let message = format!("Too big: expected string to have <={TEXT_UNITS_MAX} characters");
        fields.issue("too_big", "value", message);
        return None;
    }
    Some(text)
}
