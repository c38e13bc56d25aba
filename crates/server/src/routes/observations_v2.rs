//! `GET /api/public/v2/observations`: by cursor, in groups of keys.

use spanstone_engine::query::{Column, CursorPage, Filter, ObservationCursor, Table, Test};
use spanstone_model::Limits;

use super::observations::simple_conditions;
use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Least, Params, ROWS_DEFAULT, SimpleConditions, cursor};
use crate::render;
use crate::render::observation_v2::{ObservationRowV2, Wanted};
use crate::render::prices::ModelPrices;

/// A page of the list.
pub(crate) struct Query {
    filter: Filter,
    after: Option<ObservationCursor>,
    limit: u32,
    wanted: Wanted,
}

/// The observations after a cursor, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let Query { filter, after, limit, wanted } = read(call.params(), call.limits())?;
    call.read(move |engine| {
        let CursorPage { rows, next } = if limit == 0 {
            CursorPage { rows: Vec::new(), next: None }
        } else {
            engine.observations_after(&project, &filter, after.as_ref(), limit as usize, wanted.payloads())?
        };
        let prices = ModelPrices::new(engine.engine(), &project);
        let rows: Vec<_> = rows.iter().map(|item| ObservationRowV2::new(&project, item, &prices, wanted)).collect();
        Ok(render::page::continued(&rows, next.as_ref().map(cursor::write_observation)))
    })
    .await
}

/// What a query string asks for.
pub(crate) fn read(mut params: Params, limits: &Limits) -> Result<Query, Failure> {
    let max = limits.observations_v2_rows_max;
    // An empty `limit` is JavaScript's `Number("")`, which is 0.
    let is_empty = params.values("limit").next() == Some("");
    let limit = params.integer("limit", Least::AtLeast(0), max).unwrap_or(if is_empty { 0 } else { ROWS_DEFAULT });
    let fields = params.observation_fields();
    let whole_metadata = !params.csv("expandMetadata").is_empty();
    let parse_io = params.flag("parseIoAsJson");
    let mut simple = Filter::all();
    simple_conditions(&mut params, &mut simple, Column::ShownVersion);
    simple.equals(Column::SessionId, params.text("sessionId"));
    match params.text("parentObservationId") {
        Some(parent) if parent.is_empty() => simple.and(Column::ParentObservationId, Test::IsNull),
        parent => simple.equals(Column::ParentObservationId, parent),
    }
    if let Some(is_root) = params.flag("isRootObservation") {
        simple.and(Column::IsRootObservation, Test::Flag(is_root));
    }
    let after = params.filled("cursor");
    let filter = params.finish(simple, Table::ObservationsV2, limits)?;
    if parse_io == Some(true) {
        let message = "parseIoAsJson=true is not supported; parse `input` and `output` in the client";
        return Err(Failure::invalid(message));
    }
    let after = after.as_deref().map(cursor::read_observation).transpose()?;
    Ok(Query { filter, after, limit, wanted: Wanted { fields, whole_metadata } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(query: &str) -> Option<u32> {
        read(Params::parse(query), &Limits::default()).ok().map(|query| query.limit)
    }

    #[test]
    fn a_page_has_up_to_a_thousand_rows_and_may_have_none() {
        assert_eq!(limit(""), Some(50));
        assert_eq!(limit("limit="), Some(0));
        assert_eq!(limit("limit=0"), Some(0));
        assert_eq!(limit("limit=1000"), Some(1_000));
        assert_eq!(limit("limit=1001"), None);
    }

    #[test]
    fn what_the_second_api_cannot_do_is_refused() {
        assert!(read(Params::parse("parseIoAsJson=true"), &Limits::default()).is_err());
        assert!(read(Params::parse("parseIoAsJson=false"), &Limits::default()).is_ok());
        assert!(read(Params::parse("isRootObservation=yes"), &Limits::default()).is_err());
        assert!(read(Params::parse("cursor=%25"), &Limits::default()).is_err());
    }
}
