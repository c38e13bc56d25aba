//! `/api/spanstone/v1/projects/{project}/traces`: the list of traces, and one of them.

use spanstone_engine::query::{Column, Filter, TraceCursor};
use spanstone_model::{Limits, TraceId};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Least, Params, ROWS_DEFAULT, SimpleConditions, cursor};
use crate::render;

/// A page of the list.
pub(crate) struct Query {
    filter: Filter,
    search: Option<String>,
    after: Option<TraceCursor>,
    limit: u32,
}

/// The traces after a cursor, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::viewed_project(&call)?;
    let Query { filter, search, after, limit } = read(call.params(), call.limits())?;
    call.read(move |engine| {
        let found = engine.traces_after(&project, &filter, search.as_deref(), after.as_ref(), limit as usize)?;
        let (page, total) = found;
        Ok(render::viewer::traces(&page.rows, page.next.as_ref().map(cursor::write_trace), total))
    })
    .await
}

/// One trace; its observations without payloads.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::viewed_project(&call)?;
    let id = TraceId::from_wire(call.captured(1));
    call.read(move |engine| {
        let detail = engine.trace(&project, &id, 0)?;
        let detail = detail.ok_or_else(|| Failure::not_found(format!("there is no trace `{id}`")))?;
        Ok(render::viewer::trace(&detail))
    })
    .await
}

/// What a query string asks for.
pub(crate) fn read(mut params: Params, limits: &Limits) -> Result<Query, Failure> {
    let limit = params.integer("limit", Least::AtLeast(1), limits.page_rows_max).unwrap_or(ROWS_DEFAULT);
    let (filter, search) = conditions(&mut params);
    let after = params.filled("cursor");
    params.done()?;
    let after = after.as_deref().map(cursor::read_trace).transpose()?;
    Ok(Query { filter, search, after, limit })
}

/// Which traces are wanted.
pub(crate) fn conditions(params: &mut Params) -> (Filter, Option<String>) {
    let mut filter = Filter::all();
    filter.equals(Column::Name, params.filled("name"));
    filter.equals(Column::UserId, params.filled("userId"));
    filter.equals(Column::SessionId, params.filled("sessionId"));
    filter.all_of(Column::Tags, params.values("tag").map(str::to_owned).collect());
    filter.any_of(Column::Environment, params.values("environment").map(str::to_owned).collect());
    filter.between(Column::Timestamp, params.loose_time("fromTimestamp"), params.loose_time("toTimestamp"));
    (filter, params.filled("search"))
}
