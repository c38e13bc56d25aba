//! `GET /api/public/projects`: the project of the key, with which SDKs check their credentials.

use crate::auth;
use crate::call::{Call, json};
use crate::error::{Answer, Failure};
use crate::render;

/// Gives the project of the key.
pub(crate) async fn list(call: Call) -> Answer {
    let client = auth::project(&call)?;
    let project = call.engine().project(&client.project);
    let project = project.ok_or_else(|| Failure::not_found("the project of this key is gone"))?;
    Ok(json(render::project::of_key(&project)))
}
