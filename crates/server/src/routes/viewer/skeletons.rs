//! `/api/spanstone/v1/projects/{project}/skeletons/{trace}`: what a tree and a timeline of a trace need, and nothing large.

use spanstone_model::TraceId;

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::render;

/// The skeleton of a trace.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::own_project(&call)?;
    let id = TraceId::from_wire(call.last_captured());
    call.read(move |engine| {
        let detail = engine.trace(&project, &id, 0)?;
        let detail = detail.ok_or_else(|| Failure::not_found(format!("there is no trace `{id}`")))?;
        Ok(render::skeleton::skeleton(&detail))
    })
    .await
}
