//! `/api/spanstone/v1/projects/{project}/observations/{id}`: one observation with its payloads.

use spanstone_model::ObservationId;

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::render;

/// One observation.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::viewed_project(&call)?;
    let id = ObservationId::from_wire(call.captured(1));
    call.read(move |engine| {
        let item = engine.observation(&project, &id)?;
        let item = item.ok_or_else(|| Failure::not_found(format!("there is no observation `{id}`")))?;
        Ok(render::viewer::observation(&item))
    })
    .await
}
