//! Scores in the shape of Langfuse's third API: a value of its own type, and a subject.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::ScoreItem;
use spanstone_model::{ProjectId, Score, ScoreId, Timestamp, TraceId};

use super::Metadata;
use super::score::TypedValue;
use crate::openapi::schema;
use crate::params::fields::{Groups, score_v3 as group};

/// A score. Keys of groups that were not asked for are absent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreV3")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoreRowV3<'a> {
    id: &'a ScoreId,
    project_id: &'a ProjectId,
    name: &'a str,
    #[schemars(with = "schema::DataTypeName")]
    data_type: &'static str,
    value: TypedValue<'a>,
    #[schemars(with = "schema::ScoreSourceName")]
    source: &'static str,
    timestamp: Timestamp,
    environment: &'a str,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(flatten)]
    details: Option<Details<'a>>,
    #[serde(flatten)]
    annotation: Option<Annotation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    comment: Option<&'a str>,
    config_id: Option<&'a str>,
    metadata: Metadata<'a>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Annotation<'a> {
    author_user_id: Option<&'a str>,
    queue_id: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreSubject")]
#[serde(rename_all = "camelCase")]
struct Subject<'a> {
    kind: &'static str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a TraceId>,
}

impl<'a> ScoreRowV3<'a> {
    /// A score.
    pub(crate) fn new(project: &'a ProjectId, item: &'a ScoreItem, fields: Groups) -> Self {
        let score: &Score = &item.row.score;
        Self {
            id: &score.id,
            project_id: project,
            name: &score.name,
            data_type: score.value.data_type().as_str(),
            value: TypedValue::new(&score.value),
            source: score.source.as_str(),
            timestamp: score.timestamp,
            environment: &score.environment,
            created_at: score.created_at,
            updated_at: score.updated_at,
            details: fields.has(group::DETAILS).then(|| Details {
                comment: score.comment.as_deref(),
                config_id: score.config_id.as_deref(),
                metadata: Metadata::whole(&item.metadata),
            }),
            annotation: fields
                .has(group::ANNOTATION)
                .then_some(Annotation { author_user_id: None, queue_id: score.queue_id.as_deref() }),
            subject: fields.has(group::SUBJECT).then(|| subject(score)).flatten(),
        }
    }
}

fn subject(score: &Score) -> Option<Subject<'_>> {
    let trace = score.trace_id.as_ref();
    if let Some(run) = &score.dataset_run_id {
        return Some(Subject { kind: "experiment", id: run, trace_id: None });
    }
    if let Some(observation) = &score.observation_id {
        return Some(Subject { kind: "observation", id: observation.as_str(), trace_id: trace });
    }
    if let Some(session) = &score.session_id {
        return Some(Subject { kind: "session", id: session.as_str(), trace_id: None });
    }
    trace.map(|trace| Subject { kind: "trace", id: trace.as_str(), trace_id: None })
}
