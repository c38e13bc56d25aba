//! `GET /api/public/v2/scores` and `/api/public/v2/scores/{id}`.

use spanstone_engine::query::{Column, Filter, ScoreQuery, Table};
use spanstone_model::{Limits, ScoreId};

use super::scores::{not_found, simple_conditions};
use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::fields::score as group;
use crate::params::{Params, SimpleConditions};
use crate::render;
use crate::render::score_v2::{ScoreAlone, ScoreListed};

/// A page of the list of scores, the newest first. Unless only the scores are wanted, those whose trace is unknown
/// are left out.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_list(call.params(), call.limits())?;
    call.read(move |engine| {
        let page = engine.scores(&project, &query)?;
        let row = |item| ScoreListed::new(&project, item, query.require_trace);
        let rows: Vec<_> = page.rows.iter().map(row).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// One score.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = ScoreId::from_wire(call.captured(0));
    call.read(move |engine| {
        let item = engine.score(&project, &id)?.ok_or_else(not_found)?;
        Ok(render::bytes(&ScoreAlone::new(&project, &item)))
    })
    .await
}

/// What a query string asks for.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<ScoreQuery, Failure> {
    let page = params.page(limits);
    let fields = params.score_fields();
    let mut simple = Filter::all();
    simple_conditions(&mut params, &mut simple);
    simple.equals(Column::SessionId, params.text("sessionId"));
    simple.equals(Column::TraceId, params.text("traceId"));
    simple.equals(Column::DatasetRunId, params.text("datasetRunId"));
    simple.any_of(Column::ObservationId, params.csv("observationId"));
    let about_traces = params.text("userId").is_some() || !params.list("traceTags").is_empty();
    let filter = params.finish(simple, Table::Scores, limits)?;
    let require_trace = fields.has(group::TRACE);
    if about_traces && !require_trace {
        let message = "userId and traceTags filter by the trace: add `trace` to `fields`, or leave `fields` out";
        return Err(Failure::invalid(message));
    }
    Ok(ScoreQuery { filter, page, require_trace, listable_only: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_on_the_trace_need_the_trace() {
        let query = |text| read_list(Params::parse(text), &Limits::default());
        assert!(query("userId=u").is_ok());
        assert!(query("userId=u&fields=score").is_err());
        assert!(query("traceTags=a&fields=score").is_err());
        assert!(query("fields=score").is_ok_and(|query| !query.require_trace));
    }
}
