//! `GET /api/public/health` and `/ready`: for load balancers and clients, without a key and by any method.

use crate::call::{Call, json};
use crate::error::Answer;
use crate::render;

/// Says that the process answers.
pub(crate) async fn health(_call: Call) -> Answer {
    Ok(json(render::receipt::health()))
}

/// Says that the store takes and gives data, after having tried.
pub(crate) async fn ready(call: Call) -> Answer {
    call.read(|engine| {
        engine.engine().ready()?;
        Ok(render::receipt::health())
    })
    .await
}
