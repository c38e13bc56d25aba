//! The answer to a question about metrics: groups as rows, in order, with the gaps in time filled.

use std::cmp::Ordering;
use std::collections::HashSet;

use spanstone_model::Text;

use super::catalogue::Measure;
use super::groups::{GROUPS_MAX, Groups, Key, Numbers};
use super::plan::{Metric, Metrics};
use super::request::Aggregation;
use super::totals::{Sum, Totals};
use crate::QueryError;
use crate::page::Direction;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsAnswer {
    /// The names of the columns: dimensions, `time_dimension`, metrics.
    pub columns: Vec<String>,
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// A value in an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Null,
    /// A text.
    Text(Text),
    /// A list of texts.
    Texts(Vec<Text>),
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i128),
    /// Any number that is finite.
    Real(f64),
    /// The bars of a histogram: from where, to where, how many.
    Bars(Vec<[f64; 3]>),
}

const PICODOLLARS: f64 = 1e12;

impl Metrics {
    /// The rows that groups come to.
    pub(super) fn answer(&self, numbers: &[Numbers], mut groups: Groups) -> Result<MetricsAnswer, QueryError> {
        let mut rows = Vec::with_capacity(groups.len());
        for group in 0..groups.len() {
            let mut row: Vec<Cell> = self.keys(numbers, &groups, group);
            for metric in &self.metrics {
                row.push(metric.cell(&mut groups.totals[metric.totals], group, self.bins));
            }
            rows.push(row);
        }
        if let Some(bucket) = self.bucket_column().filter(|_| self.order.is_empty()) {
            self.fill(bucket, &mut rows)?;
        }
        let order = self.effective_order();
        rows.sort_by(|left, right| compare_rows(left, right, &order));
        rows.truncate(self.limit.unwrap_or(usize::MAX));
        Ok(MetricsAnswer { columns: self.columns(), rows })
    }

    fn keys(&self, numbers: &[Numbers], groups: &Groups, group: usize) -> Vec<Cell> {
        let bucket = self.bucket_column();
        let cell = |(column, key): (usize, &Key)| match (key, self.bucket) {
            (Key::Whole(number), Some(granularity)) if Some(column) == bucket => {
                Cell::Text(granularity.text(*number).into())
            }
            (Key::Whole(number), _) => Cell::Whole((*number).into()),
            (Key::Nothing, _) => Cell::Null,
            (Key::Text(text), _) => Cell::Text(text.clone()),
            (Key::List(list), _) => Cell::Texts(list.clone()),
            (Key::Real(real), _) => real_cell(*real),
            (Key::Flag(flag), _) => Cell::Flag(*flag),
        };
        groups.keys(numbers, group).into_iter().enumerate().map(cell).collect()
    }

    /// The column of the bucket of time, if there is one.
    fn bucket_column(&self) -> Option<usize> {
        self.bucket.map(|_| self.axes.len())
    }

    /// By what the rows are ordered; what is equal then is ordered by its dimensions.
    fn effective_order(&self) -> Vec<(usize, Direction)> {
        let dimensions = self.axes.len() + usize::from(self.bucket.is_some());
        let mut order = self.order.clone();
        if order.is_empty() {
            order.push(match self.bucket_column() {
                Some(bucket) => (bucket, Direction::Ascending),
                // Without any metric that was asked for, rows are in the order of their dimensions.
                None if self.metrics.iter().all(|metric| metric.name == "count") => (0, Direction::Ascending),
                None => (dimensions, Direction::Descending),
            });
        }
        order.extend((0..dimensions).map(|column| (column, Direction::Ascending)));
        order
    }

    /// Adds a row for every bucket without one, but for the last.
    fn fill(&self, bucket: usize, rows: &mut Vec<Vec<Cell>>) -> Result<(), QueryError> {
        let Some(granularity) = self.bucket else { return Ok(()) };
        let known: HashSet<Text> = rows.iter().filter_map(|row| text_of(row.get(bucket)?)).collect();
        let (from, to) = (granularity.number(self.span.0), granularity.number(self.span.1));
        let wanted = self.limit.unwrap_or(usize::MAX);
        let missing = (from..to).map(|number| Text::from(granularity.text(number))).take(wanted);
        for time in missing.filter(|time| !known.contains(time)) {
            let mut row = vec![Cell::Null; bucket];
            row.push(Cell::Text(time));
            row.extend(self.metrics.iter().map(Metric::nothing));
            rows.push(row);
            if rows.len() > GROUPS_MAX {
                return Err(QueryError::TooMany { what: "rows for buckets of time", max: GROUPS_MAX });
            }
        }
        Ok(())
    }
}

impl Metric {
    fn cell(&self, totals: &mut Totals, group: usize, bins: usize) -> Cell {
        match totals {
            Totals::Count(counts) => Cell::Whole(counts.get(group).copied().unwrap_or(0).into()),
            Totals::Distinct(distinct) => Cell::Whole(distinct.counts.get(group).copied().unwrap_or(0).into()),
            Totals::Sum(sums) => {
                let sum = sums.get(group).copied().unwrap_or_default();
                if self.aggregation == Aggregation::Average { self.average(sum) } else { self.sum(sum) }
            }
            Totals::Least(found) | Totals::Most(found) => self.scaled(found.get(group).copied().flatten()),
            Totals::Values(spread) => match self.aggregation.share() {
                Some(share) => self.scaled(spread.quantile(group, share)),
                None => {
                    let unit = self.unit();
                    let bars = spread.histogram(group, bins).into_iter();
                    Cell::Bars(bars.map(|[lower, upper, count]| [lower / unit, upper / unit, count]).collect())
                }
            },
        }
    }

    fn sum(&self, sum: Sum) -> Cell {
        if sum.count == 0 && self.measure.is_nullable() {
            Cell::Null
        } else if self.measure.is_money() || self.measure.is_real() {
            self.scaled(Some(sum.float()))
        } else {
            Cell::Whole(sum.whole)
        }
    }

    fn average(&self, sum: Sum) -> Cell {
        if sum.count == 0 {
            return Cell::Null;
        }
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2⁵³ rows")]
        let count = sum.count as f64;
        self.scaled(Some(sum.float() / count))
    }

    /// A number in the unit of the answer.
    fn scaled(&self, number: Option<f64>) -> Cell {
        number.map_or(Cell::Null, |number| real_cell(number / self.unit()))
    }

    fn unit(&self) -> f64 {
        if self.measure.is_money() { PICODOLLARS } else { 1.0 }
    }

    /// What stands in a row that was only added to fill a gap.
    fn nothing(&self) -> Cell {
        match self.aggregation {
            Aggregation::Count | Aggregation::Uniq => Cell::Whole(0),
            Aggregation::Histogram => Cell::Bars(Vec::new()),
            _ if self.measure.is_nullable() => Cell::Null,
            _ => Cell::Whole(0),
        }
    }
}

impl Aggregation {
    /// The share of the values that lies below a percentile.
    fn share(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P75 => Some(0.75),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::Sum | Self::Average | Self::Count | Self::Max | Self::Min | Self::Histogram | Self::Uniq => None,
        }
    }
}

impl Measure {
    /// Whether its values are not whole numbers.
    fn is_real(self) -> bool {
        matches!(self, Self::Value | Self::OutputTokensPerSecond | Self::TokensPerSecond)
    }
}

fn real_cell(number: f64) -> Cell {
    if number.is_finite() { Cell::Real(number) } else { Cell::Null }
}

fn text_of(cell: &Cell) -> Option<Text> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn compare_rows(left: &[Cell], right: &[Cell], order: &[(usize, Direction)]) -> Ordering {
    for (column, direction) in order {
        let (Some(left), Some(right)) = (left.get(*column), right.get(*column)) else { continue };
        // What is not known comes last in either direction.
        let found = match (left == &Cell::Null, right == &Cell::Null) {
            (false, false) if *direction == Direction::Descending => compare(right, left),
            (false, false) => compare(left, right),
            (left, right) => left.cmp(&right),
        };
        if found != Ordering::Equal {
            return found;
        }
    }
    Ordering::Equal
}

/// The order of two values of one column.
fn compare(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        (Cell::Texts(left), Cell::Texts(right)) => left.cmp(right),
        (Cell::Flag(left), Cell::Flag(right)) => left.cmp(right),
        (Cell::Whole(left), Cell::Whole(right)) => left.cmp(right),
        (Cell::Real(left), Cell::Real(right)) => left.total_cmp(right),
        // Only the rows that fill gaps have whole numbers beside real ones.
        (Cell::Whole(left), Cell::Real(right)) => float_of(*left).total_cmp(right),
        (Cell::Real(left), Cell::Whole(right)) => left.total_cmp(&float_of(*right)),
        _ => Ordering::Equal,
    }
}

fn float_of(whole: i128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for a comparison with a float")]
    let float = whole as f64;
    float
}
