//! Lists of sessions, and the traces of one.

use spanstone_model::{SessionId, Timestamp};
use spanstone_store::hot::{LayeredView, SessionRow};

use crate::filter::{Column, Filter, Test, TextMatch};
use crate::page::{Page, PageRequest, paginate};
use crate::traces::{TraceOrder, TraceQuery, TraceRow, list as list_traces};

/// Which sessions are wanted, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionQuery {
    /// Those that were created at this time or later.
    pub from: Option<Timestamp>,
    /// Those that were created before this time.
    pub to: Option<Timestamp>,
    /// Those of one of these environments; of any when empty.
    pub environments: Vec<String>,
    /// Of them this page.
    pub page: PageRequest,
}

/// One page of the sessions.
#[must_use]
pub fn list(project: LayeredView<'_>, query: &SessionQuery) -> Page<SessionRow> {
    let mut matching: Vec<_> = project.sessions().filter(|session| matches(session, query)).collect();
    matching.sort_by(|left, right| (right.created_at, &right.id).cmp(&(left.created_at, &left.id)));
    paginate(matching.into_iter(), query.page)
}

/// One session and its traces, the newest first.
#[must_use]
pub fn one(project: LayeredView<'_>, id: &SessionId) -> Option<(SessionRow, Vec<TraceRow>)> {
    let session = project.session(id)?;
    let mut filter = Filter::all();
    filter.and(Column::SessionId, Test::Text(TextMatch::Equals, id.as_str().to_owned()));
    let page = PageRequest { page: 1, limit: u32::MAX };
    let traces = list_traces(project, &TraceQuery { filter, order: TraceOrder::default(), page });
    Some((session, traces.rows))
}

fn matches(session: &SessionRow, query: &SessionQuery) -> bool {
    query.from.is_none_or(|from| session.created_at >= from)
        && query.to.is_none_or(|to| session.created_at < to)
        && (query.environments.is_empty() || query.environments.iter().any(|name| **name == *session.environment))
}
