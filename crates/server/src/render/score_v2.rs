//! Scores in the shape of Langfuse's second API, and as members of the first one's list.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::ScoreItem;
use spanstone_model::{ProjectId, SessionId, Text, Trace};

use super::score::ScoreView;

/// A score of a list of the second API.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreV2Listed")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoreListed<'a> {
    #[serde(flatten)]
    score: ScoreAlone<'a>,
    trace: Option<ScoreTrace<'a>>,
}

/// A score of the second API by its id.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreV2")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoreAlone<'a> {
    #[serde(flatten)]
    score: ScoreView<'a>,
    session_id: Option<&'a SessionId>,
    dataset_run_id: Option<&'a str>,
}

/// A score of a list of the first API: always with its trace, without which the oldest clients refuse it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreV1Listed")]
pub(crate) struct ScoreListedV1<'a> {
    #[serde(flatten)]
    score: ScoreView<'a>,
    trace: Option<ScoreTrace<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ScoreTrace<'a> {
    user_id: Option<&'a str>,
    tags: &'a [Text],
    environment: &'a str,
    session_id: Option<&'a SessionId>,
}

impl<'a> ScoreAlone<'a> {
    /// A score.
    pub(crate) fn new(project: &'a ProjectId, item: &'a ScoreItem) -> Self {
        let score = &item.row.score;
        Self {
            score: ScoreView::new(project, item),
            session_id: score.session_id.as_ref(),
            dataset_run_id: score.dataset_run_id.as_deref(),
        }
    }
}

impl<'a> ScoreListed<'a> {
    /// A score, and its trace if that is wanted.
    pub(crate) fn new(project: &'a ProjectId, item: &'a ScoreItem, with_trace: bool) -> Self {
        let trace = item.row.trace.as_deref().filter(|_| with_trace).map(ScoreTrace::new);
        Self { score: ScoreAlone::new(project, item), trace }
    }
}

impl<'a> ScoreListedV1<'a> {
    /// A score and its trace.
    pub(crate) fn new(project: &'a ProjectId, item: &'a ScoreItem) -> Self {
        Self { score: ScoreView::new(project, item), trace: item.row.trace.as_deref().map(ScoreTrace::new) }
    }
}

impl<'a> ScoreTrace<'a> {
    fn new(trace: &'a Trace) -> Self {
        Self {
            user_id: trace.user_id.as_deref(),
            tags: &trace.tags,
            environment: &trace.environment,
            session_id: trace.session_id.as_ref(),
        }
    }
}
