//! `GET /api/public/metrics` and `GET /api/public/v2/metrics`: what traces, observations and scores come to.

use spanstone_engine::query::metrics::{Generation, Metrics, MetricsRequest};
use spanstone_model::Limits;

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Params, metrics};
use crate::render;
use crate::render::metrics::MetricsView;

/// The first generation: traces too, joined with what belongs to them.
pub(crate) async fn v1(call: Call) -> Answer {
    answer(call, Generation::V1, read_v1).await
}

/// The second: no traces, at most a hundred rows unless more are asked for, and care with ids.
pub(crate) async fn v2(call: Call) -> Answer {
    answer(call, Generation::V2, read_v2).await
}

/// What a question of the first generation asks.
pub(crate) fn read_v1(params: Params, limits: &Limits) -> Result<MetricsRequest, Failure> {
    metrics::read(params, Generation::V1, limits)
}

/// What a question of the second generation asks.
pub(crate) fn read_v2(params: Params, limits: &Limits) -> Result<MetricsRequest, Failure> {
    metrics::read(params, Generation::V2, limits)
}

type Read = fn(Params, &Limits) -> Result<MetricsRequest, Failure>;

async fn answer(call: Call, generation: Generation, read: Read) -> Answer {
    let project = auth::project(&call)?.project;
    let request = read(call.params(), call.limits())?;
    let question = Metrics::new(&request, generation).map_err(|error| Failure::invalid(error.to_string()))?;
    call.read(move |engine| Ok(render::bytes(&MetricsView::new(&engine.metrics(&project, &question)?)))).await
}
