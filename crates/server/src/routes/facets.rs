//! `/api/spanstone/v1/facets`, and the same of a project: what the rows of a list have in common. Counts of the values of
//! columns, and how numbers are spread, under the same conditions as the list.

use spanstone_engine::query::facets::{FacetColumn, FacetQuery, FacetTable, Spread};
use spanstone_engine::query::{Column, Filter, Table};
use spanstone_model::Limits;

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Least, Params, SimpleConditions, issue};
use crate::render;

/// What may be asked for.
const KNOWN: [&str; 14] = [
    "table",
    "columns",
    "spreads",
    "limit",
    "buckets",
    "name",
    "userId",
    "sessionId",
    "tag",
    "environment",
    "type",
    "fromTimestamp",
    "toTimestamp",
    "filter",
];

/// How many values of a column are given unless the client says otherwise, and at the most.
const VALUES_DEFAULT: u32 = 20;
const VALUES_MAX: u32 = 1_000;
/// The same of pieces of time.
const BUCKETS_DEFAULT: u32 = 60;
const BUCKETS_MAX: u32 = 1_000;

/// Counts.
pub(crate) async fn show(call: Call) -> Answer {
    let project = auth::own_project(&call)?;
    let query = read(call.params(), call.limits())?;
    call.read(move |reads| Ok(render::facets::facets(&reads.facets(&project, &query)?))).await
}

/// Reads the question.
pub(crate) fn read(mut params: Params, limits: &Limits) -> Result<FacetQuery, Failure> {
    params.only(&KNOWN);
    let table = params.choice("table", &FacetTable::ALL, FacetTable::as_str).unwrap_or(FacetTable::Traces);
    let columns = names(&mut params, "columns", &FacetColumn::ALL, FacetColumn::as_str);
    let spreads = names(&mut params, "spreads", &Spread::ALL, Spread::as_str);
    let values = params.integer("limit", Least::AtLeast(1), VALUES_MAX).unwrap_or(VALUES_DEFAULT);
    let buckets = params.integer("buckets", Least::AtLeast(1), BUCKETS_MAX).unwrap_or(BUCKETS_DEFAULT);
    let mut simple = Filter::all();
    simple.equals(Column::Name, params.filled("name"));
    simple.equals(Column::UserId, params.filled("userId"));
    simple.equals(Column::SessionId, params.filled("sessionId"));
    simple.all_of(Column::Tags, params.values("tag").map(str::to_owned).collect());
    simple.any_of(Column::Environment, params.values("environment").map(str::to_owned).collect());
    simple.any_of(Column::Type, params.values("type").map(str::to_owned).collect());
    let (time, filtered) = match table {
        FacetTable::Traces => (Column::Timestamp, Table::Traces),
        FacetTable::Observations => (Column::StartTime, Table::Observations),
    };
    simple.between(time, params.loose_time("fromTimestamp"), params.loose_time("toTimestamp"));
    let filter = params.finish(simple, filtered, limits)?;
    let most = (values as usize, buckets as usize);
    FacetQuery::new(table, filter, columns, spreads, most).map_err(|error| Failure::invalid(error.to_string()))
}

/// A list of names, each at most once; names that there are not are refused.
fn names<T: Copy + PartialEq>(params: &mut Params, name: &str, all: &[T], as_str: fn(T) -> &'static str) -> Vec<T> {
    let mut found = Vec::new();
    for text in params.csv(name) {
        match all.iter().copied().find(|option| as_str(*option) == text) {
            Some(option) if !found.contains(&option) => found.push(option),
            Some(_) => {}
            None => {
                let known: Vec<&str> = all.iter().map(|option| as_str(*option)).collect();
                params.refuse(issue::not_one_of(name, &known));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(query: &str) -> String {
        read(Params::parse(query), &Limits::default()).map_or_else(|failure| format!("{failure:?}"), |_| String::new())
    }

    #[test]
    fn what_a_table_does_not_have_is_refused_by_name() {
        assert_eq!(refusal("columns=environment,tags&spreads=time,latency&type=SPAN&environment=a,b"), "");
        assert_eq!(refusal("table=observations&columns=model,type,model&spreads=timeToFirstToken"), "");
        for (query, part) in [
            ("table=scores", "table"),
            ("columns=colour", "columns"),
            ("spreads=width", "spreads"),
            ("columns=model", "traces have no column `model`"),
            ("table=observations&columns=tags", "observations have no column `tags`"),
            ("spreads=timeToFirstToken", "traces have no number `timeToFirstToken`"),
            ("limit=1001", "limit"),
            ("buckets=0", "buckets"),
            ("colour=red", "colour"),
            ("filter=%5B%7B%7D%5D", "filter"),
        ] {
            assert!(refusal(query).contains(part), "{query}: {}", refusal(query));
        }
    }
}
