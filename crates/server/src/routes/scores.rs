//! `/api/public/scores`: writing scores, one or several, and the first API's way to read them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use spanstone_engine::query::{Column, Comparison, Filter, ScoreQuery, Table, Test};
use spanstone_engine::wire::langfuse::request::{self, Scores};
use spanstone_model::{BodyKind, DataType, Limits, ScoreId, ScoreSource};

use super::entry;
use crate::auth;
use crate::call::{Call, json};
use crate::error::{ACCEPTED, Answer, Failure, MULTI_STATUS};
use crate::extract::BodyLimit;
use crate::params::{Params, SimpleConditions};
use crate::render;
use crate::render::score::ScoreView;
use crate::render::score_v2::ScoreListedV1;

/// What was sent, and what became of it so far.
enum Sent {
    One { id: String },
    Many { accepted: usize, errors: Vec<String> },
}

/// Takes one score, or an array of them as Python SDK 5 sends it. A public key alone is enough.
pub(crate) async fn create(mut call: Call) -> Answer {
    let client = auth::scores(&call)?;
    let body = call.body(&client, BodyLimit::Other).await?;
    let now = call.engine().now();
    let header = entry(client, BodyKind::LangfuseBatch, now, |name| call.header(name));
    let stored = call.store(header, body, move |engine, bytes| {
        Ok(match request::scores(&bytes, now, &mut || engine.new_id(), engine.limits())? {
            Scores::One { batch, id } => (Some(batch), Sent::One { id }),
            Scores::Many { batch, accepted, errors } => (batch, Sent::Many { accepted, errors }),
        })
    });
    let (receipt, sent) = stored.await?;
    match sent {
        Sent::One { id } => match receipt.refused.first() {
            Some(event) => Err(Failure::event(event)),
            None => Ok(json(render::receipt::created(&id))),
        },
        Sent::Many { accepted, mut errors } => {
            errors.extend(receipt.refused.iter().map(|event| event.error.clone()));
            let accepted = accepted.saturating_sub(receipt.refused.len());
            Ok(if errors.is_empty() {
                status(ACCEPTED, render::receipt::message("Accepted"))
            } else {
                status(MULTI_STATUS, render::receipt::partly_accepted(accepted, &errors))
            })
        }
    }
}

fn status(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")))
        .body(body)
}

/// A page of the list of scores, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_list(call.params(), call.limits())?;
    call.read(move |engine| {
        let page = engine.scores(&project, &query)?;
        let rows: Vec<_> = page.rows.iter().map(|item| ScoreListedV1::new(&project, item)).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// One score, unless it is of a kind that the first API does not know.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = ScoreId::from_wire(call.captured(0));
    call.read(move |engine| {
        let item = engine.score(&project, &id)?.filter(|item| item.row.score.is_listed());
        let item = item.ok_or_else(not_found)?;
        Ok(render::bytes(&ScoreView::new(&project, &item)))
    })
    .await
}

pub(super) fn not_found() -> Failure {
    Failure::not_found("Score not found within authorized project")
}

/// What a query string asks for.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<ScoreQuery, Failure> {
    let page = params.page(limits);
    let mut simple = Filter::all();
    simple_conditions(&mut params, &mut simple);
    let filter = params.finish(simple, Table::Scores, limits)?;
    Ok(ScoreQuery { filter, page, require_trace: true, listable_only: true })
}

/// The conditions that the first and the second API share.
pub(super) fn simple_conditions(params: &mut Params, simple: &mut Filter) {
    simple.equals(Column::UserId, params.text("userId"));
    simple.all_of(Column::Tags, params.list("traceTags"));
    simple.equals(Column::Name, params.text("name"));
    simple.equals(Column::ConfigId, params.text("configId"));
    simple.equals(Column::QueueId, params.text("queueId"));
    let data_type = params.choice("dataType", &DataType::ALL, DataType::as_str);
    simple.equals(Column::DataType, data_type.map(|it| it.as_str().to_owned()));
    let source = params.choice("source", &ScoreSource::ALL, ScoreSource::as_str);
    simple.equals(Column::Source, source.map(|it| it.as_str().to_owned()));
    simple.any_of(Column::Environment, params.list("environment"));
    simple.between(Column::Timestamp, params.time("fromTimestamp"), params.time("toTimestamp"));
    simple.any_of(Column::Id, params.csv("scoreIds"));
    let operator = params.choice("operator", &COMPARISONS, |(name, _)| name);
    // One without the other is ignored, as in Langfuse.
    if let (Some((_, comparison)), Some(value)) = (operator, params.number("value")) {
        simple.and(Column::Value, Test::Number(comparison, value));
    }
}

const COMPARISONS: [(&str, Comparison); 6] = [
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("!=", Comparison::NotEqual),
    ("=", Comparison::Equal),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(query: &str) -> Option<usize> {
        let query = read_list(Params::parse(query), &Limits::default()).ok()?;
        Some(query.filter.conditions().len())
    }

    #[test]
    fn a_value_and_an_operator_go_together_or_are_ignored() {
        assert_eq!(conditions("value=0.5&operator=%3E%3D"), Some(1));
        assert_eq!(conditions("value=0.5"), Some(0));
        assert_eq!(conditions("operator=%3E"), Some(0));
        assert_eq!(conditions("value=0.5&operator=~"), None);
        assert_eq!(conditions("value=much&operator=%3E"), None);
    }
}
