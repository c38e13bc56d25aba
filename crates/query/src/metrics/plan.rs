//! A question about metrics as it is worked on.
//!
//! Owns what may be combined with what: names per view, aggregations per measure, conditions per dimension, orders, and when
//! a dimension of many values may be grouped by.

use spanstone_model::Timestamp;

use super::bucket::Granularity;
use super::catalogue::{Dimension, Generation, Kind, Measure, NamedDimension, Own, TraceFact, View};
use super::request::{Aggregation, MetricsCondition, MetricsError, MetricsRequest, TimeDimension};
use crate::filter::{Column, Comparison, Filter, Test};
use crate::page::Direction;

/// How many rows the second generation gives when it is not told.
const ROWS_DEFAULT: usize = 100;
/// How many bars a histogram has at the most when it is not told.
const BINS_DEFAULT: usize = 10;

/// A question that can be answered.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub(super) view: View,
    pub(super) generation: Generation,
    /// By what rows are told apart; a bucket of time comes behind.
    pub(super) axes: Vec<NamedDimension>,
    pub(super) bucket: Option<Granularity>,
    pub(super) metrics: Vec<Metric>,
    /// What must be known of each row; none twice.
    pub(super) inputs: Vec<Input>,
    /// What is kept of an input for each group; none twice.
    pub(super) totals: Vec<(usize, Keep)>,
    pub(super) conditions: Vec<(Dimension, Test)>,
    /// What the row's metadata must say.
    pub(super) metadata: Filter,
    /// The first and the last time that counts.
    pub(super) times: (Timestamp, Timestamp),
    /// The times between which the buckets are filled up.
    pub(super) span: (Timestamp, Timestamp),
    /// Columns of the answer; without any the rows are in the order of Langfuse's defaults.
    pub(super) order: Vec<(usize, Direction)>,
    pub(super) limit: Option<usize>,
    pub(super) bins: usize,
}

/// A column of the answer that is measured.
#[derive(Debug, Clone)]
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) measure: Measure,
    pub(super) aggregation: Aggregation,
    /// What it is read from.
    pub(super) totals: usize,
}

/// What must be known of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Nothing: each counts as one.
    One,
    /// A number.
    Number(Measure),
    /// A text of its trace.
    Text(TraceFact),
    /// The amount of the type by which the row is split.
    Amount,
}

/// What is kept of the values of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Count,
    Sum,
    Least,
    Most,
    Values,
    Distinct,
}

impl Metrics {
    /// Checks a question.
    ///
    /// # Errors
    /// Fails on names that the view does not have, and on what cannot be combined.
    pub fn new(request: &MetricsRequest, generation: Generation) -> Result<Self, MetricsError> {
        let view = request.view;
        let bucket = request.time.map(|time| match time {
            TimeDimension::Auto => Granularity::fitting(request.from, request.to),
            TimeDimension::Every(granularity) => granularity,
        });
        let mut metrics = Self {
            view,
            generation,
            axes: axes_of(request, generation)?,
            bucket,
            metrics: Vec::new(),
            inputs: Vec::new(),
            totals: Vec::new(),
            conditions: Vec::new(),
            metadata: Filter::all(),
            times: within((Timestamp::MIN, Timestamp::MAX), Comparison::GreaterOrEqual, request.from, generation),
            span: (request.from, request.to),
            order: Vec::new(),
            limit: request.row_limit.or((generation == Generation::V2).then_some(ROWS_DEFAULT)),
            bins: request.bins.unwrap_or(BINS_DEFAULT),
        };
        metrics.times = within(metrics.times, Comparison::LessOrEqual, request.to, generation);
        for (name, aggregation) in &request.metrics {
            metrics.add_metric(name, *aggregation)?;
        }
        metrics.add_needed_axes();
        if metrics.axes.iter().filter(|axis| axis.is_split()).count() > 1 {
            return Err(MetricsError::TwoSplits);
        }
        if request.metrics.is_empty() {
            let totals = metrics.totals_of(Input::One, Keep::Count);
            let (measure, aggregation) = (Measure::Count, Aggregation::Count);
            metrics.metrics.push(Metric { name: "count".to_owned(), measure, aggregation, totals });
        }
        for condition in &request.filters {
            metrics.add_condition(condition)?;
        }
        if generation == Generation::V2 {
            metrics.check_cardinality(request)?;
        }
        metrics.order = metrics.order_of(request)?;
        Ok(metrics)
    }

    /// The names of the columns of the answer: dimensions, the bucket of time, metrics.
    pub(super) fn columns(&self) -> Vec<String> {
        let axes = self.axes.iter().map(|axis| axis.name.to_owned());
        let bucket = self.bucket.map(|_| "time_dimension".to_owned());
        axes.chain(bucket).chain(self.metrics.iter().map(|metric| metric.name.clone())).collect()
    }

    fn add_metric(&mut self, name: &str, aggregation: Aggregation) -> Result<(), MetricsError> {
        let found = self.view.measures(self.generation).find(|measure| measure.name == name);
        let Some(found) = found else {
            let known = listed(self.view.measures(self.generation).map(|measure| measure.name));
            return Err(MetricsError::Measure { measure: name.to_owned(), known });
        };
        let measure = found.measure;
        if measure.is_text() && !matches!(aggregation, Aggregation::Count | Aggregation::Uniq) {
            return Err(MetricsError::Aggregation { aggregation: aggregation.as_str(), measure: name.to_owned() });
        }
        let name = format!("{}_{name}", aggregation.as_str());
        if self.metrics.iter().any(|metric| metric.name == name) {
            return Ok(());
        }
        let (input, keep) = kept(measure, aggregation);
        let totals = self.totals_of(input, keep);
        self.metrics.push(Metric { name, measure, aggregation, totals });
        Ok(())
    }

    /// The place of what is kept.
    fn totals_of(&mut self, input: Input, keep: Keep) -> usize {
        let input = place_of(&mut self.inputs, input);
        place_of(&mut self.totals, (input, keep))
    }

    /// Adds the dimensions without which measures mean nothing.
    fn add_needed_axes(&mut self) {
        for needed in self.metrics.iter().filter_map(|metric| metric.measure.needs()) {
            let found = self.view.dimensions(self.generation).find(|it| it.name == needed);
            if let Some(found) = found
                && !self.axes.iter().any(|axis| axis.name == needed)
            {
                self.axes.push(*found);
            }
        }
    }

    fn add_condition(&mut self, condition: &MetricsCondition) -> Result<(), MetricsError> {
        let MetricsCondition { column, kind, test } = condition;
        let dimension = |name: &str| self.view.dimensions(self.generation).find(|it| it.name == name);
        let wrong = |takes| MetricsError::ConditionType { column: column.clone(), kind: kind.clone(), takes };
        if column == self.view.time_name() {
            return match test {
                Some(Test::Time(comparison, limit)) => {
                    self.times = within(self.times, *comparison, *limit, self.generation);
                    Ok(())
                }
                _ => Err(wrong("datetime")),
            };
        }
        if column == "metadata" {
            return match test {
                Some(test @ Test::At(..)) => {
                    self.metadata.and(Column::Metadata, test.clone());
                    Ok(())
                }
                _ => Err(wrong("stringObject")),
            };
        }
        // As in Langfuse `scoreName` and the like, sent for the name of the row itself, are taken for it.
        let of_name = || column.ends_with("Name").then(|| dimension("name")).flatten();
        let Some(found) = dimension(column).or_else(of_name) else {
            let names = self.view.dimensions(self.generation).map(|it| it.name);
            let known = listed(names.chain([self.view.time_name(), "metadata"]));
            return Err(MetricsError::Column { column: column.clone(), known });
        };
        let (fits, takes) = match found.kind {
            Kind::Text => (matches!(kind.as_str(), "string" | "stringOptions" | "null"), "string, stringOptions, null"),
            Kind::List => (matches!(kind.as_str(), "arrayOptions" | "null"), "arrayOptions, null"),
            Kind::Number => (matches!(kind.as_str(), "number" | "null"), "number, null"),
            Kind::Flag => (matches!(kind.as_str(), "boolean" | "null"), "boolean, null"),
        };
        let Some(test) = test.as_ref().filter(|_| fits) else { return Err(wrong(takes)) };
        self.conditions.push((found.dimension, test.clone()));
        Ok(())
    }

    /// The second generation groups by what has many values only for the first few of them by some measure.
    fn check_cardinality(&self, request: &MetricsRequest) -> Result<(), MetricsError> {
        let high: Vec<_> = self.axes.iter().filter(|axis| axis.is_high).map(|axis| axis.name).collect();
        if high.is_empty() {
            return Ok(());
        }
        let refused = |rule| Err(MetricsError::HighCardinality { fields: high.join(", "), rule });
        if request.time.is_some() {
            return refused("cannot be used with timeDimension: the answer would have a row for each value and bucket");
        }
        let mut falling = request.order.iter().filter(|(_, it)| *it == Direction::Descending).peekable();
        if request.row_limit.is_none() || falling.peek().is_none() {
            return refused("require both `config.row_limit` and `orderBy` with direction `desc` on a measure");
        }
        let is_measure =
            |field: &str| request.metrics.iter().any(|(name, _)| field == name || field.ends_with(&format!("_{name}")));
        if falling.any(|(field, _)| !is_measure(field)) {
            return refused("require every `orderBy` with direction `desc` to be on a measure of the query");
        }
        Ok(())
    }

    fn order_of(&self, request: &MetricsRequest) -> Result<Vec<(usize, Direction)>, MetricsError> {
        let columns = self.columns();
        let is_ordered = |column: usize| {
            let metric = column.checked_sub(columns.len() - self.metrics.len());
            let aggregation = metric.and_then(|metric| self.metrics.get(metric)).map(|metric| metric.aggregation);
            aggregation != Some(Aggregation::Histogram) && (metric.is_none() || !request.metrics.is_empty())
        };
        let place = |field: &String| {
            let found = columns.iter().position(|column| column == field).filter(|column| is_ordered(*column));
            found.ok_or_else(|| {
                let known = (0..columns.len()).filter(|column| is_ordered(*column));
                MetricsError::Order { field: field.clone(), known: listed(known.map(|it| columns[it].as_str())) }
            })
        };
        request.order.iter().map(|(field, direction)| Ok((place(field)?, *direction))).collect()
    }
}

impl NamedDimension {
    /// Whether it counts a row once for each type of its amounts.
    pub(super) fn is_split(&self) -> bool {
        matches!(self.dimension, Dimension::Own(Own::CostType | Own::UsageType))
    }
}

fn axes_of(request: &MetricsRequest, generation: Generation) -> Result<Vec<NamedDimension>, MetricsError> {
    let view = request.view;
    let mut axes: Vec<NamedDimension> = Vec::new();
    for field in &request.dimensions {
        let Some(found) = view.dimensions(generation).find(|it| it.name == field) else {
            let known = listed(view.dimensions(generation).map(|it| it.name));
            return Err(MetricsError::Dimension { field: field.clone(), known });
        };
        if !axes.iter().any(|axis| axis.name == found.name) {
            axes.push(*found);
        }
    }
    Ok(axes)
}

/// What must be known and kept for a metric.
fn kept(measure: Measure, aggregation: Aggregation) -> (Input, Keep) {
    // Of a trace, counting users and telling them apart is meant to give the number of users.
    let distinct = |fact| (Input::Text(fact), Keep::Distinct);
    match (measure, aggregation) {
        (Measure::UserIds, Aggregation::Count | Aggregation::Uniq) => return distinct(TraceFact::UserId),
        (Measure::SessionIds, Aggregation::Count | Aggregation::Uniq) => return distinct(TraceFact::SessionId),
        _ => {}
    }
    let input = match measure {
        Measure::Count => Input::One,
        Measure::CostByType | Measure::UsageByType => Input::Amount,
        Measure::Text(fact) => Input::Text(fact),
        _ => Input::Number(measure),
    };
    let keep = match aggregation {
        Aggregation::Sum | Aggregation::Average => Keep::Sum,
        Aggregation::Count => Keep::Count,
        Aggregation::Max => Keep::Most,
        Aggregation::Min => Keep::Least,
        Aggregation::P50
        | Aggregation::P75
        | Aggregation::P90
        | Aggregation::P95
        | Aggregation::P99
        | Aggregation::Histogram => Keep::Values,
        Aggregation::Uniq => Keep::Distinct,
    };
    (input, keep)
}

fn place_of<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    list.iter().position(|known| *known == wanted).unwrap_or_else(|| {
        list.push(wanted);
        list.len() - 1
    })
}

/// Times as far as they pass one more condition. To the first generation times have milliseconds, as it shows them.
fn within(
    (first, last): (Timestamp, Timestamp),
    comparison: Comparison,
    limit: Timestamp,
    generation: Generation,
) -> (Timestamp, Timestamp) {
    let (begin, length) = match generation {
        Generation::V1 => (limit.to_millis_precision(), 1_000),
        Generation::V2 => (limit, 1),
    };
    let after = |micros: i64| Timestamp::from_micros(begin.micros().saturating_add(micros));
    match comparison {
        Comparison::Equal => (first.max(begin), last.min(after(length - 1))),
        // No condition on a time asks for it.
        Comparison::NotEqual => (first, last),
        Comparison::Less => (first, last.min(after(-1))),
        Comparison::LessOrEqual => (first, last.min(after(length - 1))),
        Comparison::Greater => (first.max(after(length)), last),
        Comparison::GreaterOrEqual => (first.max(begin), last),
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_generation_compares_times_as_it_shows_them() {
        let time = Timestamp::from_micros;
        let all = (time(0), time(9_999_999));
        let limited = |comparison, generation| within(all, comparison, time(5_123_456), generation);
        assert_eq!(limited(Comparison::LessOrEqual, Generation::V1), (time(0), time(5_123_999)));
        assert_eq!(limited(Comparison::Less, Generation::V1), (time(0), time(5_122_999)));
        assert_eq!(limited(Comparison::Greater, Generation::V1), (time(5_124_000), time(9_999_999)));
        assert_eq!(limited(Comparison::GreaterOrEqual, Generation::V1), (time(5_123_000), time(9_999_999)));
        assert_eq!(limited(Comparison::LessOrEqual, Generation::V2), (time(0), time(5_123_456)));
        assert_eq!(limited(Comparison::Greater, Generation::V2), (time(5_123_457), time(9_999_999)));
    }
}
