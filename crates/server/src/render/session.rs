//! Sessions.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::{SessionRow, TraceItem};
use spanstone_model::{ProjectId, SessionId, Timestamp};

use super::trace::TraceBase;

/// A session of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionView<'a> {
    id: &'a SessionId,
    created_at: Timestamp,
    project_id: &'a ProjectId,
    environment: &'a str,
}

/// A session with its traces.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SessionWithTraces")]
pub(crate) struct SessionWhole<'a> {
    #[serde(flatten)]
    session: SessionView<'a>,
    traces: Vec<TraceBase<'a>>,
}

impl<'a> SessionView<'a> {
    /// A session.
    pub(crate) fn new(project: &'a ProjectId, row: &'a SessionRow) -> Self {
        Self { id: &row.id, created_at: row.created_at, project_id: project, environment: &row.environment }
    }
}

/// One session with its traces.
pub(crate) fn whole(project: &ProjectId, row: &SessionRow, traces: &[TraceItem]) -> Vec<u8> {
    super::bytes(&SessionWhole {
        session: SessionView::new(project, row),
        traces: traces.iter().map(|item| TraceBase::new(project, &item.row.trace, &item.payloads)).collect(),
    })
}
