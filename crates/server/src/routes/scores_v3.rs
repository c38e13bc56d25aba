//! `GET /api/public/v3/scores`: by cursor, strict about its parameters.

use spanstone_engine::query::{Column, Comparison, Filter, ScoreCursor, Test};
use spanstone_model::{DataType, Limits, ScoreSource};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::asked::Shape;
use crate::params::fields::Groups;
use crate::params::{Least, Params, ROWS_DEFAULT, SimpleConditions, cursor, issue};
use crate::render;
use crate::render::score_v3::ScoreRowV3;

const KNOWN: [&str; 20] = [
    "limit",
    "cursor",
    "fields",
    "id",
    "name",
    "source",
    "dataType",
    "environment",
    "configId",
    "queueId",
    "authorUserId",
    "value",
    "valueMin",
    "valueMax",
    "traceId",
    "sessionId",
    "observationId",
    "experimentId",
    "fromTimestamp",
    "toTimestamp",
];

/// A page of the list.
pub(crate) struct Query {
    filter: Filter,
    after: Option<ScoreCursor>,
    limit: u32,
    fields: Groups,
}

/// The scores after a cursor, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let Query { filter, after, limit, fields } = read(call.params(), call.limits())?;
    call.read(move |engine| {
        let page = engine.scores_after(&project, &filter, after.as_ref(), limit as usize)?;
        let rows: Vec<_> = page.rows.iter().map(|item| ScoreRowV3::new(&project, item, fields)).collect();
        Ok(render::page::limited(&rows, limit, page.next.as_ref().map(cursor::write_score)))
    })
    .await
}

/// What a query string asks for.
pub(crate) fn read(mut params: Params, limits: &Limits) -> Result<Query, Failure> {
    params.only(&KNOWN);
    let limit = params.integer("limit", Least::AtLeast(1), limits.page_rows_max).unwrap_or(ROWS_DEFAULT);
    let fields = params.score_v3_fields();
    let mut filter = Filter::all();
    filter.any_of(Column::Id, params.csv("id"));
    filter.any_of(Column::Name, params.csv("name"));
    filter.any_of(Column::Environment, params.csv("environment"));
    filter.any_of(Column::ConfigId, params.csv("configId"));
    filter.any_of(Column::QueueId, params.csv("queueId"));
    filter.any_of(Column::AuthorUserId, params.csv("authorUserId"));
    let sources = names(&mut params, "source", &ScoreSource::ALL.map(ScoreSource::as_str));
    filter.any_of(Column::Source, sources);
    let data_types = names(&mut params, "dataType", &DataType::ALL.map(DataType::as_str));
    filter.any_of(Column::DataType, data_types.clone());
    subject(&mut params, &mut filter);
    value(&mut params, &mut filter, &data_types);
    filter.between(Column::Timestamp, params.loose_time("fromTimestamp"), params.loose_time("toTimestamp"));
    let after = params.filled("cursor");
    params.done()?;
    let after = after.as_deref().map(cursor::read_score).transpose()?;
    Ok(Query { filter, after, limit, fields })
}

/// A comma-separated list of names in any case.
fn names(params: &mut Params, name: &str, known: &[&'static str]) -> Vec<String> {
    params.note(name, || Shape::Names(known.to_vec()));
    let texts: Vec<String> = params.csv(name).iter().map(|text| text.to_ascii_uppercase()).collect();
    if !texts.iter().all(|text| known.contains(&text.as_str())) {
        params.refuse(issue::not_one_of(name, known));
    }
    texts
}

fn subject(params: &mut Params, filter: &mut Filter) {
    let traces = params.csv("traceId");
    let sessions = params.csv("sessionId");
    let experiments = params.csv("experimentId");
    let observations = params.csv("observationId");
    let kinds = [&traces, &sessions, &experiments].into_iter().filter(|ids| !ids.is_empty()).count();
    if kinds > 1 {
        params.refuse(issue::custom("traceId", "give only one of traceId, sessionId and experimentId"));
    }
    if !observations.is_empty() && traces.is_empty() {
        params.refuse(issue::custom("observationId", "observationId needs a traceId"));
    }
    filter.any_of(Column::TraceId, traces);
    filter.any_of(Column::SessionId, sessions);
    filter.any_of(Column::DatasetRunId, experiments);
    filter.any_of(Column::ObservationId, observations);
}

/// What a value may be compared with depends on the one data type that was asked for.
fn value(params: &mut Params, filter: &mut Filter, data_types: &[String]) {
    let data_type = match data_types {
        [one] => DataType::from_wire(one),
        _ => None,
    };
    bounds(params, filter, data_type);
    let Some(text) = params.filled("value") else { return };
    match data_type {
        Some(DataType::Numeric) => match params.number("value").filter(|number| number.is_finite()) {
            Some(number) => filter.and(Column::Value, Test::Number(Comparison::Equal, number)),
            None => params.refuse(issue::custom("value", "expected a finite number")),
        },
        Some(DataType::Boolean) => match text.to_ascii_lowercase().as_str() {
            "true" => filter.and(Column::BooleanValue, Test::Flag(true)),
            "false" => filter.and(Column::BooleanValue, Test::Flag(false)),
            _ => params.refuse(issue::custom("value", "expected true or false")),
        },
        Some(DataType::Categorical) => filter.any_of(Column::StringValue, params.csv("value")),
        Some(DataType::Text | DataType::Correction) | None => {
            params.refuse(issue::custom("value", "value needs exactly one dataType: NUMERIC, BOOLEAN or CATEGORICAL"));
        }
    }
}

fn bounds(params: &mut Params, filter: &mut Filter, data_type: Option<DataType>) {
    for (name, comparison) in [("valueMin", Comparison::GreaterOrEqual), ("valueMax", Comparison::LessOrEqual)] {
        let Some(bound) = params.number(name) else { continue };
        if data_type != Some(DataType::Numeric) {
            params.refuse(issue::custom(name, &format!("{name} needs the dataType NUMERIC and no other")));
        } else if !bound.is_finite() {
            params.refuse(issue::custom(name, "expected a finite number"));
        } else {
            filter.and(Column::Value, Test::Number(comparison, bound));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(query: &str) -> bool {
        read(Params::parse(query), &Limits::default()).is_ok()
    }

    #[test]
    fn parameters_that_make_no_sense_together_are_refused() {
        for query in [
            "",
            "dataType=numeric&value=1",
            "dataType=BOOLEAN&value=true",
            "dataType=CATEGORICAL&value=good,bad",
            "dataType=NUMERIC&valueMin=0&valueMax=1e3",
            "traceId=a,b&observationId=c",
            "sessionId=s",
            "fields=details,subject,annotation",
            "fromTimestamp=2026-01-01&toTimestamp=",
            "source=api,Eval",
        ] {
            assert!(accepted(query), "{query}");
        }
        for query in [
            "userId=u",
            "filter=%5B%5D",
            "value=1",
            "dataType=NUMERIC,BOOLEAN&value=1",
            "dataType=NUMERIC&value=Infinity",
            "dataType=NUMERIC&value=much",
            "dataType=BOOLEAN&value=1",
            "dataType=TEXT&value=a",
            "dataType=BOOLEAN&valueMin=0",
            "dataType=NUMERIC&valueMax=-Infinity",
            "observationId=o",
            "traceId=t&sessionId=s",
            "fields=everything",
            "limit=101",
            "source=nobody",
            "name=a&name=b",
        ] {
            assert!(!accepted(query), "{query}");
        }
    }
}
