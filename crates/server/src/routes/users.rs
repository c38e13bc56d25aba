//! `/api/spanstone/v1/users`, and the same of a project: whom traces name, and what their traces come to.

use spanstone_engine::query::{Column, Direction, Filter, UserOrder, UserQuery};
use spanstone_model::Limits;

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Params, SimpleConditions};
use crate::render;
use crate::render::user::UserView;

/// What the list may be asked for.
const KNOWN: [&str; 7] = ["page", "limit", "search", "orderBy", "environment", "fromTimestamp", "toTimestamp"];

/// The orders, by their names in `orderBy`.
const ORDERS: [(&str, UserOrder); 7] = [
    ("id", UserOrder::Id),
    ("firstSeen", UserOrder::FirstSeen),
    ("lastSeen", UserOrder::LastSeen),
    ("traces", UserOrder::Traces),
    ("observations", UserOrder::Observations),
    ("totalTokens", UserOrder::TotalTokens),
    ("totalCost", UserOrder::TotalCost),
];

/// A page of the list, by default whoever was seen last first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::own_project(&call)?;
    let query = read(call.params(), call.limits())?;
    call.read(move |reads| {
        let page = reads.users(&project, &query)?;
        let rows: Vec<_> = page.rows.iter().map(UserView::new).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// Reads the question.
pub(crate) fn read(mut params: Params, limits: &Limits) -> Result<UserQuery, Failure> {
    params.only(&KNOWN);
    let page = params.page(limits);
    let search = params.filled("search");
    let (order, direction) = params.order("orderBy", &ORDERS).unwrap_or((UserOrder::LastSeen, Direction::Descending));
    let mut filter = Filter::all();
    filter.any_of(Column::Environment, params.list("environment"));
    filter.between(Column::Timestamp, params.loose_time("fromTimestamp"), params.loose_time("toTimestamp"));
    params.done()?;
    Ok(UserQuery { filter, search, order, direction, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_name_and_a_direction() {
        let order = |query: &str| {
            let query = read(Params::parse(query), &Limits::default());
            query.map(|query| (query.order, query.direction)).map_err(|failure| failure.status().as_u16())
        };
        assert_eq!(order(""), Ok((UserOrder::LastSeen, Direction::Descending)));
        assert_eq!(order("orderBy=totalCost.desc"), Ok((UserOrder::TotalCost, Direction::Descending)));
        assert_eq!(order("orderBy=id.ASC"), Ok((UserOrder::Id, Direction::Ascending)));
        assert_eq!(order("orderBy=id"), Err(400));
        assert_eq!(order("orderBy=name.asc"), Err(400));
        assert_eq!(order("order=id.asc"), Err(400));
    }
}
