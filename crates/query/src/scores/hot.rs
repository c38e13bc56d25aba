//! Scores in memory: what they answer to a filter.

use spanstone_model::{ObservationId, Score, ScoreValue, SessionId, TraceId};

use crate::filter::{Column, Condition, Value};

/// Whether conditions on the score itself hold.
pub(super) fn holds(score: &Score, conditions: &[&Condition]) -> bool {
    conditions.iter().all(|condition| condition.test.holds(value(score, condition.column)))
}

fn value(score: &Score, column: Column) -> Value<'_> {
    match column {
        Column::Id => Value::Text(Some(score.id.as_str())),
        Column::Timestamp => Value::Time(Some(score.timestamp)),
        Column::Environment => Value::Text(Some(&score.environment)),
        Column::TraceId => Value::Text(score.trace_id.as_ref().map(TraceId::as_str)),
        Column::ObservationId => Value::Text(score.observation_id.as_ref().map(ObservationId::as_str)),
        Column::SessionId => Value::Text(score.session_id.as_ref().map(SessionId::as_str)),
        Column::DatasetRunId => Value::Text(score.dataset_run_id.as_deref()),
        Column::Name => Value::Text(Some(&score.name)),
        Column::Value => Value::Number(score.value.number()),
        Column::BooleanValue => Value::Flag(score.value == ScoreValue::Boolean(true)),
        Column::StringValue => Value::Text(score.value.text()),
        Column::Source => Value::Text(Some(score.source.as_str())),
        Column::DataType => Value::Text(Some(score.value.data_type().as_str())),
        Column::Comment => Value::Text(score.comment.as_deref()),
        Column::ConfigId => Value::Text(score.config_id.as_deref()),
        Column::QueueId => Value::Text(score.queue_id.as_deref()),
        _ => Value::Text(None),
    }
}
