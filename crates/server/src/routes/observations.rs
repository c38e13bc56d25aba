//! `GET /api/public/observations` and `/api/public/observations/{id}`.

use spanstone_engine::query::{Column, Filter, ObservationQuery, Table};
use spanstone_model::{Level, Limits, ObservationId, ObservationType};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Params, SimpleConditions};
use crate::render;
use crate::render::observation::{ObservationView, Unpriced};
use crate::render::prices::ModelPrices;

/// A page of the list of observations, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_list(call.params(), call.limits())?;
    call.read(move |engine| {
        let page = engine.observations(&project, &query)?;
        let prices = ModelPrices::new(engine.engine(), &project);
        let view = |item| ObservationView::new(&project, item, &prices, Unpriced::Null);
        let rows: Vec<_> = page.rows.iter().map(view).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// One observation.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = ObservationId::from_wire(call.captured(0));
    call.read(move |engine| {
        let item = engine.observation(&project, &id)?;
        let item = item.ok_or_else(|| Failure::not_found("Observation not found within authorized project"))?;
        let prices = ModelPrices::new(engine.engine(), &project);
        Ok(render::bytes(&ObservationView::new(&project, &item, &prices, Unpriced::Null)))
    })
    .await
}

/// What a query string asks for.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<ObservationQuery, Failure> {
    let page = params.page(limits);
    let mut simple = Filter::all();
    simple_conditions(&mut params, &mut simple, Column::Version);
    simple.equals(Column::ParentObservationId, params.text("parentObservationId"));
    let filter = params.finish(simple, Table::Observations, limits)?;
    Ok(ObservationQuery { filter, page })
}

/// The conditions that the first and the second API share; `version` is what they show as the version.
pub(super) fn simple_conditions(params: &mut Params, simple: &mut Filter, version: Column) {
    let kind = params.choice("type", &ObservationType::ALL, ObservationType::as_str);
    simple.equals(Column::Type, kind.map(|kind| kind.as_str().to_owned()));
    let level = params.choice("level", &Level::ALL, Level::as_str);
    simple.equals(Column::Level, level.map(|level| level.as_str().to_owned()));
    simple.equals(Column::Name, params.text("name"));
    simple.equals(Column::UserId, params.text("userId"));
    simple.equals(Column::TraceId, params.text("traceId"));
    simple.equals(version, params.text("version"));
    simple.any_of(Column::Environment, params.list("environment"));
    simple.between(Column::StartTime, params.time("fromStartTime"), params.time("toStartTime"));
}
