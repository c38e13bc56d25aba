//! Traces, as rows of a list, as members of a session, and one with everything in it.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::{ObservationItem, TraceDetail, TraceItem};
use spanstone_model::{Cost, ObservationId, Payloads, ProjectId, ScoreId, SessionId, Text, Timestamp, Trace, TraceId};

use super::number::millis;
use super::observation::{ObservationView, Unpriced};
use super::prices::ModelPrices;
use super::score::ScoreView;
use super::{Metadata, Number, Stored, dollars, seconds};
use crate::params::fields::{Groups, trace as group};

/// What every form of a trace has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Trace")]
#[serde(rename_all = "camelCase")]
pub(crate) struct TraceBase<'a> {
    id: &'a TraceId,
    project_id: &'a ProjectId,
    name: Option<&'a str>,
    timestamp: Timestamp,
    environment: &'a str,
    tags: &'a [Text],
    bookmarked: bool,
    release: Option<&'a str>,
    version: Option<&'a str>,
    user_id: Option<&'a str>,
    session_id: Option<&'a SessionId>,
    public: bool,
    input: Stored<'a>,
    output: Stored<'a>,
    metadata: Metadata<'a>,
    created_at: Timestamp,
    updated_at: Timestamp,
    external_id: Option<&'a str>,
}

/// A trace of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TraceWithDetails")]
#[serde(rename_all = "camelCase")]
pub(crate) struct TraceListed<'a> {
    #[serde(flatten)]
    base: TraceBase<'a>,
    observations: Vec<&'a ObservationId>,
    scores: Vec<&'a ScoreId>,
    total_cost: Number,
    latency: Number,
    html_path: String,
}

/// A trace with everything in it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TraceWithFullDetails")]
#[serde(rename_all = "camelCase")]
pub(crate) struct TraceWhole<'a> {
    #[serde(flatten)]
    base: TraceBase<'a>,
    observations: Vec<ObservationView<'a>>,
    scores: Vec<ScoreView<'a>>,
    total_cost: Number,
    latency: Number,
    html_path: String,
}

/// Where a group was left out: a number that no trace has, because the oldest clients refuse null.
const LEFT_OUT: Number = Number(-1.0);

impl<'a> TraceBase<'a> {
    /// A trace with its payloads.
    pub(crate) fn new(project: &'a ProjectId, trace: &'a Trace, payloads: &'a Payloads) -> Self {
        Self {
            id: &trace.id,
            project_id: project,
            name: trace.name.as_deref(),
            timestamp: trace.timestamp,
            environment: &trace.environment,
            tags: &trace.tags,
            bookmarked: false,
            release: trace.release.as_deref(),
            version: trace.version.as_deref(),
            user_id: trace.user_id.as_deref(),
            session_id: trace.session_id.as_ref(),
            public: trace.public,
            input: Stored(payloads.input.as_deref()),
            output: Stored(payloads.output.as_deref()),
            metadata: Metadata::whole(&payloads.metadata),
            created_at: trace.created_at,
            updated_at: trace.updated_at,
            external_id: None,
        }
    }
}

/// A row of a list. Without the group `io` the item was read without payloads, which then look empty.
pub(crate) fn listed<'a>(project: &'a ProjectId, item: &'a TraceItem, fields: Groups) -> TraceListed<'a> {
    let TraceItem { row, payloads } = item;
    let metrics = fields.has(group::METRICS);
    TraceListed {
        base: TraceBase::new(project, &row.trace, payloads),
        observations: only(fields.has(group::OBSERVATIONS), || row.observation_ids.iter().collect()),
        scores: only(fields.has(group::SCORES), || row.scores.iter().map(|score| &score.id).collect()),
        total_cost: if metrics { dollars(row.stats.total_cost) } else { LEFT_OUT },
        latency: if metrics { millis(row.stats.latency_millis()) } else { LEFT_OUT },
        html_path: html_path(project, &row.trace.id),
    }
}

/// One trace with everything in it.
pub(crate) fn whole(project: &ProjectId, detail: &TraceDetail, prices: &ModelPrices<'_>, fields: Groups) -> Vec<u8> {
    let TraceDetail { item, observations, scores } = detail;
    let metrics = fields.has(group::METRICS);
    let nothing = Payloads::default();
    let payloads = if fields.has(group::IO) { &item.payloads } else { &nothing };
    let view = |item| ObservationView::new(project, item, prices, Unpriced::Zero);
    let scores = scores.iter().filter(|item| item.row.score.is_listed());
    super::bytes(&TraceWhole {
        base: TraceBase::new(project, &item.row.trace, payloads),
        observations: only(fields.has(group::OBSERVATIONS), || observations.iter().map(view).collect()),
        scores: only(fields.has(group::SCORES), || scores.map(|item| ScoreView::new(project, item)).collect()),
        total_cost: if metrics { total_cost(observations) } else { LEFT_OUT },
        latency: if metrics { latency(observations) } else { LEFT_OUT },
        html_path: html_path(project, &item.row.trace.id),
    })
}

fn only<T>(wanted: bool, rows: impl FnOnce() -> Vec<T>) -> Vec<T> {
    if wanted { rows() } else { Vec::new() }
}

fn total_cost(observations: &[ObservationItem]) -> Number {
    let costs = observations.iter().map(|item| item.row.observation.cost.total().unwrap_or(Cost::ZERO));
    dollars(costs.sum())
}

/// Unlike in a list: if anything has ended, until the last end; else between the first and the last start.
fn latency(observations: &[ObservationItem]) -> Number {
    let starts = || observations.iter().map(|item| item.row.observation.start);
    let last_end = observations.iter().filter_map(|item| item.row.observation.end).max();
    match (starts().min(), last_end.or(starts().max())) {
        (Some(first), Some(last)) => seconds(first, last),
        _ => Number(0.0),
    }
}

/// Where the viewer shows the trace. The id is encoded, so that the path is one whatever the id holds.
fn html_path(project: &ProjectId, id: &TraceId) -> String {
    let encode = |text| percent_encoding::utf8_percent_encode(text, crate::path::SEGMENT);
    format!("/project/{}/traces/{}", encode(project.as_str()), encode(id.as_str()))
}
