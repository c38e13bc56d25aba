//! `GET /api/public/sessions` and `/api/public/sessions/{id}`.

use spanstone_engine::query::SessionQuery;
use spanstone_model::{Limits, SessionId};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::Params;
use crate::render;
use crate::render::session::SessionView;

/// A page of the list of sessions, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_list(call.params(), call.limits())?;
    call.read(move |engine| {
        let page = engine.sessions(&project, &query)?;
        let rows: Vec<_> = page.rows.iter().map(|row| SessionView::new(&project, row)).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// One session with all its traces.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = SessionId::from_wire(call.captured(0));
    call.read(move |engine| {
        let found = engine.session_traces(&project, &id)?;
        let (row, traces) = found.ok_or_else(|| Failure::not_found("Session not found within authorized project"))?;
        Ok(render::session::whole(&project, &row, &traces))
    })
    .await
}

pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<SessionQuery, Failure> {
    let query = SessionQuery {
        from: params.time("fromTimestamp"),
        to: params.time("toTimestamp"),
        environments: params.list("environment"),
        page: params.page(limits),
    };
    params.done()?;
    Ok(query)
}
