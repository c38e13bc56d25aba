//! The shapes of our own API, made for the viewer: small rows, times of observations in microseconds, payloads as
//! stored texts.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::query::TraceRow;
use spanstone_engine::{ObservationItem, Project, ScoreItem, TraceDetail, User};
use spanstone_model::{
    Level, Observation, ObservationId, ProjectId, Score, ScoreId, SessionId, Text, Timestamp, TraceId,
};

use super::observation::{Costs, Usage};
use super::score::TypedValue;
use super::{Metadata, Number, Stored, dollars};
use crate::openapi::schema;

/// Who is signed in, and which projects they see.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignedIn")]
pub(crate) struct SessionState<'a> {
    user: Option<UserView<'a>>,
    projects: Vec<ProjectView<'a>>,
    version: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignedInUser")]
struct UserView<'a> {
    email: &'a str,
    name: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VisibleProject")]
struct ProjectView<'a> {
    id: &'a ProjectId,
    name: &'a str,
}

/// A part of the list of traces.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TraceSummaries")]
pub(crate) struct TraceList<'a> {
    data: Vec<TraceSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    total: usize,
}

/// A trace as a row of a list.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TraceSummary<'a> {
    id: &'a TraceId,
    name: Option<&'a str>,
    timestamp: Timestamp,
    user_id: Option<&'a str>,
    session_id: Option<&'a SessionId>,
    environment: &'a str,
    release: Option<&'a str>,
    version: Option<&'a str>,
    tags: &'a [Text],
    latency_ms: Number,
    total_cost: Option<Number>,
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
    observation_count: u64,
    error_count: u64,
    warning_count: u64,
    scores: Vec<ScoreSummary<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct ScoreSummary<'a> {
    name: &'a str,
    value: TypedValue<'a>,
}

/// One trace with the skeletons of its observations.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TraceTree<'a> {
    trace: TraceWhole<'a>,
    observations: Vec<ObservationSummary<'a>>,
    scores: Vec<ScoreView<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TraceSummaryWithPayloads")]
#[serde(rename_all = "camelCase")]
struct TraceWhole<'a> {
    #[serde(flatten)]
    summary: TraceSummary<'a>,
    public: bool,
    metadata: Metadata<'a>,
    input: Option<&'a str>,
    output: Option<&'a str>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObservationSummary<'a> {
    id: &'a ObservationId,
    parent_id: Option<&'a ObservationId>,
    #[schemars(with = "schema::ObservationTypeName")]
    r#type: &'static str,
    name: Option<&'a str>,
    #[schemars(with = "schema::LevelName")]
    level: &'static str,
    status_message: Option<&'a str>,
    start: i64,
    end: Option<i64>,
    completion_start: Option<i64>,
    model: Option<&'a str>,
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
    cost: Option<Number>,
    has_input: bool,
    has_output: bool,
}

/// One observation with its payloads.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ObservationSummaryWithPayloads")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObservationWhole<'a> {
    #[serde(flatten)]
    summary: ObservationSummary<'a>,
    trace_id: &'a TraceId,
    version: Option<&'a str>,
    environment: &'a str,
    model_parameters: Stored<'a>,
    usage: Usage<'a>,
    costs: Costs<'a>,
    prompt_name: Option<&'a str>,
    prompt_version: Option<u32>,
    input: Option<&'a str>,
    output: Option<&'a str>,
    metadata: Metadata<'a>,
}

/// A score of a trace.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TraceTreeScore")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoreView<'a> {
    id: &'a ScoreId,
    name: &'a str,
    #[schemars(with = "schema::DataTypeName")]
    data_type: &'static str,
    value: TypedValue<'a>,
    comment: Option<&'a str>,
    #[schemars(with = "schema::ScoreSourceName")]
    source: &'static str,
    observation_id: Option<&'a ObservationId>,
    timestamp: Timestamp,
}

/// Who is signed in, and which projects they see.
pub(crate) fn session(user: Option<&User>, projects: &[Project]) -> Vec<u8> {
    super::bytes(&SessionState {
        user: user.map(|user| UserView { email: &user.email, name: &user.name }),
        projects: projects.iter().map(|project| ProjectView { id: &project.id, name: &project.name }).collect(),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// One row of the list of traces.
pub(crate) fn trace_row(row: &TraceRow) -> Vec<u8> {
    super::bytes(&trace_summary(row))
}

/// A part of the list of traces.
pub(crate) fn traces(rows: &[TraceRow], cursor: Option<String>, total: usize) -> Vec<u8> {
    super::bytes(&TraceList { data: rows.iter().map(trace_summary).collect(), cursor, total })
}

/// One trace: itself with its payloads, the skeletons of its observations, and its scores.
pub(crate) fn trace(detail: &TraceDetail) -> Vec<u8> {
    let TraceDetail { item, observations, scores } = detail;
    let trace = &item.row.trace;
    super::bytes(&TraceTree {
        trace: TraceWhole {
            summary: trace_summary(&item.row),
            public: trace.public,
            metadata: Metadata::whole(&item.payloads.metadata),
            input: item.payloads.input.as_deref(),
            output: item.payloads.output.as_deref(),
            created_at: trace.created_at,
            updated_at: trace.updated_at,
        },
        observations: observations.iter().map(|item| observation_summary(&item.row.observation)).collect(),
        scores: scores.iter().map(score).collect(),
    })
}

/// One observation with its payloads.
pub(crate) fn observation(item: &ObservationItem) -> Vec<u8> {
    let observation: &Observation = &item.row.observation;
    super::bytes(&ObservationWhole {
        summary: observation_summary(observation),
        trace_id: &observation.trace_id,
        version: observation.version.as_deref(),
        environment: &observation.environment,
        model_parameters: Stored(Some(observation.model_parameters.as_deref().unwrap_or("{}"))),
        usage: Usage(&observation.usage),
        costs: Costs(&observation.cost),
        prompt_name: observation.prompt.as_ref().map(|prompt| &*prompt.name),
        prompt_version: observation.prompt.as_ref().map(|prompt| prompt.version),
        input: item.payloads.input.as_deref(),
        output: item.payloads.output.as_deref(),
        metadata: Metadata::whole(&item.payloads.metadata),
    })
}

/// A trace as a row of a list.
pub(crate) fn trace_summary(row: &TraceRow) -> TraceSummary<'_> {
    let TraceRow { trace, stats, scores, .. } = row;
    TraceSummary {
        id: &trace.id,
        name: trace.name.as_deref(),
        timestamp: trace.timestamp,
        user_id: trace.user_id.as_deref(),
        session_id: trace.session_id.as_ref(),
        environment: &trace.environment,
        release: trace.release.as_deref(),
        version: trace.version.as_deref(),
        tags: &trace.tags,
        latency_ms: millis(stats.latency_micros()),
        total_cost: stats.has_cost().then(|| dollars(stats.total_cost)),
        input_tokens: stats.input_tokens,
        output_tokens: stats.output_tokens,
        total_tokens: stats.total_tokens,
        observation_count: stats.observation_count(),
        error_count: stats.count_at(Level::Error),
        warning_count: stats.count_at(Level::Warning),
        scores: scores.iter().map(|score| score_summary(score)).collect(),
    }
}

fn millis(micros: i64) -> Number {
    #[expect(clippy::cast_precision_loss, reason = "a latency, for display")]
    let micros = micros as f64;
    Number(micros / 1_000.0)
}

fn observation_summary(observation: &Observation) -> ObservationSummary<'_> {
    ObservationSummary {
        id: &observation.id,
        parent_id: observation.parent_id.as_ref(),
        r#type: observation.kind.as_str(),
        name: observation.name.as_deref(),
        level: observation.level.as_str(),
        status_message: observation.status_message.as_deref(),
        start: observation.start.micros(),
        end: observation.end.map(Timestamp::micros),
        completion_start: observation.completion_start.map(Timestamp::micros),
        model: observation.model.as_deref(),
        input_tokens: observation.usage.sum_containing("input"),
        output_tokens: observation.usage.sum_containing("output"),
        total_tokens: observation.usage.get("total").unwrap_or(0),
        cost: observation.cost.total().map(dollars),
        has_input: observation.input.is_some(),
        has_output: observation.output.is_some(),
    }
}

fn score_summary(score: &Score) -> ScoreSummary<'_> {
    ScoreSummary { name: &score.name, value: TypedValue::new(&score.value) }
}

/// A score of a trace.
pub(crate) fn score(item: &ScoreItem) -> ScoreView<'_> {
    let score: &Score = &item.row.score;
    ScoreView {
        id: &score.id,
        name: &score.name,
        data_type: score.value.data_type().as_str(),
        value: TypedValue::new(&score.value),
        comment: score.comment.as_deref(),
        source: score.source.as_str(),
        observation_id: score.observation_id.as_ref(),
        timestamp: score.timestamp,
    }
}
