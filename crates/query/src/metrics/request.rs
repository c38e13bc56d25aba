//! A question about metrics as it was asked, and why it may have no meaning. Refuses JSON: whoever asks has read it.

use spanstone_model::Timestamp;

use super::bucket::Granularity;
use super::catalogue::View;
use crate::filter::Test;
use crate::page::Direction;

/// A question as it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsRequest {
    /// What is counted.
    pub view: View,
    /// By what it is told apart, by name.
    pub dimensions: Vec<String>,
    /// What is measured, by name, and how that is brought together.
    pub metrics: Vec<(String, Aggregation)>,
    /// What rows must say.
    pub filters: Vec<MetricsCondition>,
    /// Whether it is told apart by time.
    pub time: Option<TimeDimension>,
    /// The first time that counts.
    pub from: Timestamp,
    /// The last time that counts.
    pub to: Timestamp,
    /// What the rows of the answer are ordered by, by name.
    pub order: Vec<(String, Direction)>,
    /// How many bars a histogram may have.
    pub bins: Option<usize>,
    /// How many rows the answer may have.
    pub row_limit: Option<usize>,
}

/// A condition as it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsCondition {
    /// What it looks at, by name.
    pub column: String,
    /// The type that it says it has: `stringOptions`.
    pub kind: String,
    /// What it asks; nothing for a type that no column takes.
    pub test: Option<Test>,
}

/// How time is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeDimension {
    /// As fits the span.
    Auto,
    /// In buckets of this length.
    Every(Granularity),
}

/// How the values of a group are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Aggregation {
    Sum,
    Average,
    Count,
    Max,
    Min,
    P50,
    P75,
    P90,
    P95,
    P99,
    Histogram,
    Uniq,
}

impl Aggregation {
    /// Every aggregation.
    pub const ALL: [Self; 12] = [
        Self::Sum,
        Self::Average,
        Self::Count,
        Self::Max,
        Self::Min,
        Self::P50,
        Self::P75,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::Histogram,
        Self::Uniq,
    ];

    /// The name on the wire: `avg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Average => "avg",
            Self::Count => "count",
            Self::Max => "max",
            Self::Min => "min",
            Self::P50 => "p50",
            Self::P75 => "p75",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Histogram => "histogram",
            Self::Uniq => "uniq",
        }
    }
}

/// Why a question has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetricsError {
    /// The view has no such dimension.
    #[error("Invalid dimension `{field}`. Must be one of {known}")]
    Dimension {
        /// What was asked for.
        field: String,
        /// What there is.
        known: String,
    },
    /// The view has no such measure.
    #[error("Invalid measure `{measure}`. Must be one of {known}")]
    Measure {
        /// What was asked for.
        measure: String,
        /// What there is.
        known: String,
    },
    /// The measure cannot be brought together so.
    #[error(
        "Aggregation `{aggregation}` is not valid for measure `{measure}`, whose values are texts. Must be one of count, uniq"
    )]
    Aggregation {
        /// What was asked for.
        aggregation: &'static str,
        /// Of what.
        measure: String,
    },
    /// A condition on something that the view does not have.
    #[error("Invalid filter column `{column}`. Must be one of {known}")]
    Column {
        /// What was asked for.
        column: String,
        /// What there is.
        known: String,
    },
    /// A condition of a type that does not fit its column.
    #[error("Invalid filter for column `{column}`: it takes conditions of type {takes}, not `{kind}`")]
    ConditionType {
        /// On what.
        column: String,
        /// The type that was given.
        kind: String,
        /// The types that fit.
        takes: &'static str,
    },
    /// An order by something that is not in the answer.
    #[error("Invalid orderBy field `{field}`. Must be one of {known}")]
    Order {
        /// What was asked for.
        field: String,
        /// What is in the answer and has an order.
        known: String,
    },
    /// A dimension of many values where the answer would have no bound.
    #[error("High cardinality dimension(s) `{fields}` {rule}")]
    HighCardinality {
        /// Which dimensions.
        fields: String,
        /// What they need.
        rule: &'static str,
    },
    /// Two dimensions that both split a row by the types of its amounts.
    #[error("costType and usageType cannot be grouped by at once: each counts a row once for every type")]
    TwoSplits,
}
