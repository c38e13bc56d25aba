//! Scores in the shape of Langfuse's first API, which is also the core of the second.

use serde::Serialize;
use spanstone_engine::ScoreItem;
use spanstone_model::{DataType, ObservationId, ProjectId, Score, ScoreId, ScoreValue, Timestamp, TraceId};

use super::{Metadata, Number};

/// A score.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoreView<'a> {
    id: &'a ScoreId,
    project_id: &'a ProjectId,
    environment: &'a str,
    name: &'a str,
    /// Absent for texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Number>,
    string_value: Option<&'a str>,
    data_type: &'static str,
    source: &'static str,
    author_user_id: Option<&'a str>,
    comment: Option<&'a str>,
    metadata: Metadata<'a>,
    config_id: Option<&'a str>,
    queue_id: Option<&'a str>,
    execution_trace_id: Option<&'a str>,
    created_at: Timestamp,
    updated_at: Timestamp,
    timestamp: Timestamp,
    trace_id: Option<&'a TraceId>,
    observation_id: Option<&'a ObservationId>,
}

impl<'a> ScoreView<'a> {
    /// A score with its metadata.
    pub(crate) fn new(project: &'a ProjectId, item: &'a ScoreItem) -> Self {
        let score: &Score = &item.row.score;
        Self {
            id: &score.id,
            project_id: project,
            environment: &score.environment,
            name: &score.name,
            value: number(&score.value),
            string_value: text(&score.value),
            data_type: score.value.data_type().as_str(),
            source: score.source.as_str(),
            author_user_id: None,
            comment: score.comment.as_deref(),
            metadata: Metadata::whole(&item.metadata),
            config_id: score.config_id.as_deref(),
            queue_id: score.queue_id.as_deref(),
            execution_trace_id: score.execution_trace_id.as_deref(),
            created_at: score.created_at,
            updated_at: score.updated_at,
            timestamp: score.timestamp,
            trace_id: score.trace_id.as_ref(),
            observation_id: score.observation_id.as_ref(),
        }
    }
}

/// Whether the first API knows a score: corrections, and scores of sessions and runs, came later.
pub(crate) fn is_listed(score: &Score) -> bool {
    score.value.data_type() != DataType::Correction && score.session_id.is_none() && score.dataset_run_id.is_none()
}

fn number(value: &ScoreValue) -> Option<Number> {
    match value {
        ScoreValue::Numeric(number) | ScoreValue::Categorical { value: number, .. } => Some(Number(*number)),
        ScoreValue::Boolean(flag) => Some(Number(f64::from(u8::from(*flag)))),
        ScoreValue::Correction(_) => Some(Number(0.0)),
        ScoreValue::Text(_) => None,
    }
}

fn text(value: &ScoreValue) -> Option<&str> {
    match value {
        ScoreValue::Numeric(_) => None,
        ScoreValue::Boolean(flag) => Some(if *flag { "True" } else { "False" }),
        ScoreValue::Categorical { label: text, .. } | ScoreValue::Text(text) | ScoreValue::Correction(text) => {
            Some(text)
        }
    }
}
