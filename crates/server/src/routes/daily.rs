//! `GET /api/public/metrics/daily`: traces, tokens and cost by day and model.

use spanstone_engine::query::{Column, DailyQuery, DailyScope, Filter};
use spanstone_model::Limits;

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Params, SimpleConditions};
use crate::render;
use crate::render::daily::DayView;

/// A page of the days, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_list(call.params(), call.limits())?;
    call.read(move |engine| {
        let page = engine.daily(&project, &query)?;
        let rows: Vec<_> = page.rows.iter().map(DayView::new).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// As in Langfuse a beginning alone leaves observations with their own times; with any other condition they count with
/// their traces.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<DailyQuery, Failure> {
    let page = params.page(limits);
    let (from, to) = (params.time("fromTimestamp"), params.time("toTimestamp"));
    let mut filter = Filter::all();
    filter.equals(Column::TraceName, params.text("traceName"));
    filter.equals(Column::UserId, params.text("userId"));
    filter.all_of(Column::Tags, params.list("tags"));
    filter.any_of(Column::TraceEnvironment, params.list("environment"));
    filter.between(Column::Timestamp, None, to);
    params.done()?;
    let scope = match (filter.is_empty(), from) {
        (true, None) => DailyScope::All,
        (true, Some(from)) => DailyScope::Since(from),
        (false, from) => {
            filter.between(Column::Timestamp, from, None);
            DailyScope::OfTraces(filter)
        }
    };
    Ok(DailyQuery { scope, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_alone_is_no_condition_on_traces() {
        let read = |query: &str| match read_list(Params::parse(query), &Limits::default())
            .expect("it is a good query")
            .scope
        {
            DailyScope::All => (false, 0),
            DailyScope::Since(_) => (true, 0),
            DailyScope::OfTraces(filter) => (false, filter.conditions().len()),
        };
        assert_eq!(read(""), (false, 0));
        assert_eq!(read("fromTimestamp=2026-08-21T00:00:00Z"), (true, 0));
        assert_eq!(read("fromTimestamp=2026-08-21T00:00:00Z&userId=ada"), (false, 2));
        assert_eq!(read("toTimestamp=2026-08-21T00:00:00Z&tags=a,b&environment=e&traceName=t"), (false, 4));
        assert!(read_list(Params::parse("fromTimestamp=yesterday"), &Limits::default()).is_err());
    }
}
