//! `GET /api/public/metrics` and `GET /api/public/v2/metrics`: what traces, observations and scores come to.

use spanstone_engine::query::metrics::{Generation, Metrics};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::metrics;
use crate::render;
use crate::render::metrics::MetricsView;

/// The first generation: traces too, joined with what belongs to them.
pub(crate) async fn v1(call: Call) -> Answer {
    answer(call, Generation::V1).await
}

/// The second: no traces, at most a hundred rows unless more are asked for, and care with ids.
pub(crate) async fn v2(call: Call) -> Answer {
    answer(call, Generation::V2).await
}

async fn answer(call: Call, generation: Generation) -> Answer {
    let project = auth::project(&call)?.project;
    let request = metrics::read(call.params(), generation, call.limits())?;
    let question = Metrics::new(&request, generation).map_err(|error| Failure::invalid(error.to_string()))?;
    call.read(move |engine| Ok(render::bytes(&MetricsView::new(&engine.metrics(&project, &question)?)))).await
}
