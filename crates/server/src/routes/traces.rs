//! `GET /api/public/traces` and `/api/public/traces/{id}`.

use spanstone_engine::TraceDetail;
use spanstone_engine::query::{Column, Direction, Filter, Table, TraceOrder, TraceParts, TraceQuery};
use spanstone_model::{Limits, TraceId};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Code, Failure};
use crate::params::fields::{Groups, trace as group};
use crate::params::{Params, SimpleConditions, issue};
use crate::render;
use crate::render::prices::ModelPrices;

/// A page of the list of traces.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let (query, fields) = read_list(call.params(), call.limits())?;
    call.read(move |engine| {
        let parts = TraceParts {
            texts: fields.has(group::IO),
            observation_ids: fields.has(group::OBSERVATIONS),
            scores: fields.has(group::SCORES),
            sums: false,
        };
        let page = engine.traces(&project, &query, parts)?;
        let rows: Vec<_> = page.rows.iter().map(|item| render::trace::listed(&project, item, fields)).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// One trace with everything in it.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = TraceId::from_wire(call.captured(0));
    let fields = read_one(call.params(), call.limits())?;
    call.read(move |engine| {
        let is_whole = fields.has(group::OBSERVATIONS);
        let observations_max = engine.engine().limits().trace_observations_max;
        let payloads_max = if is_whole { observations_max } else { 0 };
        let detail = engine.trace(&project, &id, payloads_max)?.ok_or_else(|| not_found(&id))?;
        if is_whole {
            check_count(detail.observations.len(), observations_max)?;
            check_size(&detail)?;
        }
        let prices = ModelPrices::new(engine.engine(), &project);
        Ok(render::trace::whole(&project, &detail, &prices, fields))
    })
    .await
}

/// Which groups of a trace are wanted.
pub(crate) fn read_one(mut params: Params, _: &Limits) -> Result<Groups, Failure> {
    let fields = params.trace_fields();
    params.done()?;
    Ok(fields)
}

fn not_found(id: &TraceId) -> Failure {
    Failure::not_found(format!("Trace {id} not found within authorized project"))
}

/// Of a trace with more observations no payloads were read.
fn check_count(count: usize, max: usize) -> Result<(), Failure> {
    if count <= max {
        return Ok(());
    }
    let message = format!(
        "this trace has {count} observations, more than the {max} that are given at once; read them in parts from \
         /api/public/v2/observations"
    );
    Err(Failure::new(Code::AnswerTooLarge, message))
}

/// How many bytes of payloads a trace may have to be given with all of them: Langfuse's own limit.
const PAYLOAD_BYTES_MAX: usize = 80_000_000;

fn check_size(detail: &TraceDetail) -> Result<(), Failure> {
    let length = |text: &Option<spanstone_model::Text>| text.as_ref().map_or(0, |text| text.len());
    let sizes = detail.observations.iter().map(|item| {
        let metadata = item.payloads.metadata.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        length(&item.payloads.input) + length(&item.payloads.output) + metadata
    });
    let size: usize = sizes.sum();
    if size < PAYLOAD_BYTES_MAX {
        return Ok(());
    }
    let message = format!(
        "the observations of this trace hold {size} bytes of inputs, outputs and metadata, more than \
         {PAYLOAD_BYTES_MAX}; read them in parts from /api/public/v2/observations"
    );
    Err(Failure::new(Code::AnswerTooLarge, message))
}

/// What a query string asks for.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<(TraceQuery, Groups), Failure> {
    let page = params.page(limits);
    let fields = params.trace_fields();
    let mut simple = Filter::all();
    simple.equals(Column::UserId, params.text("userId"));
    simple.equals(Column::Name, params.text("name"));
    simple.equals(Column::SessionId, params.text("sessionId"));
    simple.equals(Column::Version, params.text("version"));
    simple.equals(Column::Release, params.text("release"));
    simple.all_of(Column::Tags, params.list("tags"));
    simple.any_of(Column::Environment, params.list("environment"));
    simple.between(Column::Timestamp, params.time("fromTimestamp"), params.time("toTimestamp"));
    let order = params.filled("orderBy");
    let order = order.and_then(|text| read_order(&mut params, &text));
    let filter = params.finish(simple, Table::Traces, limits)?;
    let order = order.transpose()?.unwrap_or_default();
    Ok((TraceQuery { filter, order, page }, fields))
}

/// `<column>.<asc|desc>`. A missing direction is an issue, an unknown column an error of its own.
fn read_order(params: &mut Params, text: &str) -> Option<Result<TraceOrder, Failure>> {
    let (column, direction) = text.split_once('.').unwrap_or((text, ""));
    let direction = match direction.to_ascii_lowercase().as_str() {
        "asc" => Direction::Ascending,
        "desc" => Direction::Descending,
        _ => {
            params.refuse(issue::custom("orderBy", "expected `<column>.asc` or `<column>.desc`"));
            return None;
        }
    };
    let by = match column {
        "id" => Column::Id,
        "timestamp" => Column::Timestamp,
        "name" => Column::Name,
        "userId" => Column::UserId,
        "release" => Column::Release,
        "version" => Column::Version,
        "public" => Column::Public,
        "bookmarked" => Column::Bookmarked,
        "sessionId" => Column::SessionId,
        _ => return Some(Err(Failure::invalid(format!("Invalid order by column: {column}")))),
    };
    Some(Ok(TraceOrder { by, direction }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> Result<TraceOrder, String> {
        let query = read_list(Params::parse(&format!("orderBy={text}")), &Limits::default());
        query.map(|(query, _)| query.order).map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn an_order_is_a_column_and_a_direction() {
        assert_eq!(order(""), Ok(TraceOrder::default()));
        assert_eq!(order("name.ASC"), Ok(TraceOrder { by: Column::Name, direction: Direction::Ascending }));
        assert!(order("name").is_err_and(|text| text.contains("orderBy")));
        assert!(order("colour.asc").is_err_and(|text| text.contains("Invalid order by column: colour")));
    }
}
