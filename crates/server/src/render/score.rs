//! Scores in the shape of Langfuse's first API, which is also the core of the second.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::ScoreItem;
use spanstone_model::{ObservationId, ProjectId, Score, ScoreId, ScoreValue, Timestamp, TraceId};

use super::{Metadata, Number};
use crate::openapi::schema;

/// A score.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreV1")]
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
    #[schemars(with = "schema::DataTypeName")]
    data_type: &'static str,
    #[schemars(with = "schema::ScoreSourceName")]
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
            value: score.value.number().map(Number),
            string_value: score.value.text(),
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

/// A value in its own type: a number, a flag or a text.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreTypedValue")]
#[serde(untagged)]
pub(crate) enum TypedValue<'a> {
    Number(Number),
    Flag(bool),
    Text(&'a str),
}

impl<'a> TypedValue<'a> {
    /// The value of a score; a category is its label.
    pub(crate) fn new(value: &'a ScoreValue) -> Self {
        match value {
            ScoreValue::Numeric(number) => Self::Number(Number(*number)),
            ScoreValue::Boolean(flag) => Self::Flag(*flag),
            ScoreValue::Categorical { label: text, .. } | ScoreValue::Text(text) | ScoreValue::Correction(text) => {
                Self::Text(text)
            }
        }
    }
}
