//! What the rows of a list have in common.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::query::facets::{Bucket, FacetAnswer, FacetCounts, Spread, SpreadCounts};
use spanstone_model::{Cost, Timestamp};

use super::{Number, dollars};

/// The answer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Facets<'a> {
    total: u64,
    columns: Vec<Column<'a>>,
    spreads: Vec<Spreading>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FacetColumn")]
struct Column<'a> {
    column: &'static str,
    values: Vec<Value<'a>>,
    distinct: usize,
    missing: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FacetValue")]
struct Value<'a> {
    value: &'a str,
    count: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FacetSpread")]
struct Spreading {
    name: &'static str,
    buckets: Vec<Piece>,
    missing: u64,
}

/// From one bound up to, and without, another.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FacetBucket")]
struct Piece {
    from: Bound,
    to: Bound,
    count: u64,
}

/// A time, or seconds, dollars, tokens.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "FacetBound")]
enum Bound {
    Time(Timestamp),
    Amount(Number),
}

/// The answer as JSON.
pub(crate) fn facets(answer: &FacetAnswer) -> Vec<u8> {
    let FacetAnswer { total, columns, spreads } = answer;
    super::bytes(&Facets {
        total: *total,
        columns: columns.iter().map(column).collect(),
        spreads: spreads.iter().map(spreading).collect(),
    })
}

fn column(counts: &FacetCounts) -> Column<'_> {
    let FacetCounts { column, values, distinct, missing } = counts;
    let values = values.iter().map(|(value, count)| Value { value, count: *count });
    Column { column: column.as_str(), values: values.collect(), distinct: *distinct, missing: *missing }
}

fn spreading(counts: &SpreadCounts) -> Spreading {
    let SpreadCounts { spread, buckets, missing } = counts;
    let piece = |bucket: &Bucket| Piece {
        from: bound(*spread, bucket.from),
        to: bound(*spread, bucket.to),
        count: bucket.count,
    };
    Spreading { name: spread.as_str(), buckets: buckets.iter().map(piece).collect(), missing: *missing }
}

fn bound(spread: Spread, number: i64) -> Bound {
    #[expect(clippy::cast_precision_loss, reason = "the bound of a bucket, for display")]
    let float = number as f64;
    match spread {
        Spread::Time => Bound::Time(Timestamp::from_micros(number)),
        Spread::Latency | Spread::TimeToFirstToken => Bound::Amount(Number(float / 1e6)),
        Spread::Cost => Bound::Amount(dollars(Cost::from_picodollars(number))),
        Spread::Tokens => Bound::Amount(Number(float)),
    }
}
