//! Our own API about costs: why an observation cost what it did, and asking for prices again.

use spanstone_engine::RepriceStep;
use spanstone_engine::query::{Column, Filter, ObservationCursor};
use spanstone_model::{Limits, ObservationId, ProjectId};
use tokio::sync::oneshot;

use crate::auth;
use crate::call::{Call, json};
use crate::error::{Answer, Failure};
use crate::params::{Least, Params, SimpleConditions, cursor};
use crate::render;

/// `GET /api/spanstone/v1/projects/{project}/observations/{id}/cost`
pub(crate) async fn explain_viewed(call: Call) -> Answer {
    let project = auth::viewed_project(&call)?;
    let id = ObservationId::from_wire(call.captured(1));
    explain_one(call, project, id).await
}

/// `GET /api/spanstone/v1/observations/{id}/cost`
pub(crate) async fn explain(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = ObservationId::from_wire(call.captured(0));
    explain_one(call, project, id).await
}

async fn explain_one(call: Call, project: ProjectId, id: ObservationId) -> Answer {
    call.read(move |engine| {
        let report = engine.explain_cost(&project, &id)?;
        let report = report.ok_or_else(|| Failure::not_found(format!("there is no observation `{id}`")))?;
        Ok(render::cost::report(&report))
    })
    .await
}

/// How many observations a step of repricing looks at, unless the client says otherwise.
const STEP_DEFAULT: u32 = 1_000;
/// How many it looks at at most.
const STEP_MAX: u32 = 10_000;

/// Which observations a step of repricing looks at.
pub(crate) struct Step {
    filter: Filter,
    after: Option<ObservationCursor>,
    limit: usize,
}

/// `POST /api/spanstone/v1/reprice`: asks for the prices of the next observations after a cursor again. The answer has the
/// cursor of the next step; whoever stops can go on with it later. For programs: the key is asked for, no cookie.
pub(crate) async fn reprice(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let Step { filter, after, limit } = read_step(call.params(), call.limits())?;
    let of = project.clone();
    let step = call
        .wait_for(move |engine| Ok(engine.reads(engine.watch()).to_reprice(&of, &filter, after.as_ref(), limit)?));
    let RepriceStep { outcome, derived } = step.await?;
    let (sender, receiver) = oneshot::channel();
    // A send fails when the client has gone away: then nobody is there to tell.
    call.engine().derive(&project, derived, move |stored| drop(sender.send(stored)));
    receiver.await.map_err(|_| Failure::internal("the engine dropped an entry"))??;
    let cursor = outcome.next.as_ref().map(cursor::write_observation);
    Ok(json(render::cost::repriced(&outcome, cursor)))
}

/// What a query string asks for.
pub(crate) fn read_step(mut params: Params, _: &Limits) -> Result<Step, Failure> {
    params.only(&["cursor", "limit", "model", "fromStartTime", "toStartTime"]);
    let limit = params.integer("limit", Least::AtLeast(1), STEP_MAX).unwrap_or(STEP_DEFAULT) as usize;
    let mut filter = Filter::all();
    filter.equals(Column::Model, params.text("model"));
    filter.between(Column::StartTime, params.time("fromStartTime"), params.time("toStartTime"));
    let after = params.filled("cursor");
    params.done()?;
    let after = after.as_deref().map(cursor::read_observation).transpose()?;
    Ok(Step { filter, after, limit })
}
