//! What the rows that pass a filter have in common: how often each value of a column occurs, and how numbers are spread.
//!
//! Owns the counts for the controls beside a list. They are over exactly the rows of the list under the same filter, in one
//! pass over the columns that are asked for: of each segment the rows are selected once, and codes are counted per
//! dictionary.

mod hot;
mod sealed;
mod spread;

use std::collections::HashMap;

use spanstone_model::Text;
use spanstone_store::Sealed;
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::columns::{observations as o, traces as t};

use crate::filter::{Column, Filter};
use crate::sealed::join::Join;
use crate::sealed::with_segment;
use crate::{QueryError, Watch};

pub use hot::HotFacets;
use spread::Spreads;
pub use spread::{Bucket, Spread, SpreadCounts};

/// How many values of a column are told apart.
pub const VALUES_MAX: usize = 1_000_000;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacetTable {
    /// Traces.
    Traces,
    /// Observations.
    Observations,
}

/// A column whose values are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacetColumn {
    /// The environment.
    Environment,
    /// The name.
    Name,
    /// The user of a trace.
    UserId,
    /// The session of a trace.
    SessionId,
    /// The tags of a trace, each for itself.
    Tags,
    /// The release of a trace.
    Release,
    /// The version.
    Version,
    /// The level of an observation; of a trace the worst of its observations'.
    Level,
    /// What an observation is.
    Type,
    /// The model of an observation.
    Model,
    /// The prompt of an observation.
    PromptName,
}

/// A question about what rows have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetQuery {
    table: FacetTable,
    filter: Filter,
    columns: Vec<FacetColumn>,
    spreads: Vec<Spread>,
    /// How many values of each column are given, the most frequent ones.
    values_max: usize,
    /// How many buckets of time are given at the most.
    buckets_max: usize,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetAnswer {
    /// How many rows pass.
    pub total: u64,
    /// The counts of each column, in the order in which they were asked for.
    pub columns: Vec<FacetCounts>,
    /// The same of numbers.
    pub spreads: Vec<SpreadCounts>,
}

/// How often the values of a column occur.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetCounts {
    /// The column.
    pub column: FacetColumn,
    /// The most frequent values, the most frequent first.
    pub values: Vec<(Text, u64)>,
    /// How many values there are.
    pub distinct: usize,
    /// How many rows have none.
    pub missing: u64,
}

/// Why a question cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FacetError {
    /// The table has no such column.
    #[error("{table} have no column `{column}` to be counted")]
    Column {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The table has no such number.
    #[error("{table} have no number `{spread}` to be spread")]
    Spread {
        /// The table.
        table: &'static str,
        /// The number.
        spread: &'static str,
    },
    /// A condition that is not asked of columns.
    #[error("nothing is counted under a condition on {column:?}; leave it out of the filter")]
    Condition {
        /// On what.
        column: Column,
    },
}

/// Where the values of a column are in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a column of texts, or of lists of them.
    Coded(&'static str),
    /// In the counts of observations at each level.
    WorstLevel,
}

impl FacetTable {
    /// Every table.
    pub const ALL: [Self; 2] = [Self::Traces, Self::Observations];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Observations => "observations",
        }
    }
}

impl FacetColumn {
    /// Every column.
    pub const ALL: [Self; 11] = [
        Self::Environment,
        Self::Name,
        Self::UserId,
        Self::SessionId,
        Self::Tags,
        Self::Release,
        Self::Version,
        Self::Level,
        Self::Type,
        Self::Model,
        Self::PromptName,
    ];

    /// The name on the wire: `userId`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Name => "name",
            Self::UserId => "userId",
            Self::SessionId => "sessionId",
            Self::Tags => "tags",
            Self::Release => "release",
            Self::Version => "version",
            Self::Level => "level",
            Self::Type => "type",
            Self::Model => "model",
            Self::PromptName => "promptName",
        }
    }

    fn place(self, table: FacetTable) -> Option<Place> {
        let column = match (table, self) {
            (FacetTable::Traces, Self::Level) => return Some(Place::WorstLevel),
            (FacetTable::Traces, Self::Environment) => t::ENVIRONMENT,
            (FacetTable::Traces, Self::Name) => t::NAME,
            (FacetTable::Traces, Self::UserId) => t::USER_ID,
            (FacetTable::Traces, Self::SessionId) => t::SESSION_ID,
            (FacetTable::Traces, Self::Tags) => t::TAGS,
            (FacetTable::Traces, Self::Release) => t::RELEASE,
            (FacetTable::Traces, Self::Version) => t::VERSION,
            (FacetTable::Observations, Self::Environment) => o::ENVIRONMENT,
            (FacetTable::Observations, Self::Name) => o::NAME,
            (FacetTable::Observations, Self::Version) => o::VERSION,
            (FacetTable::Observations, Self::Level) => o::LEVEL,
            (FacetTable::Observations, Self::Type) => o::TYPE,
            (FacetTable::Observations, Self::Model) => o::MODEL,
            (FacetTable::Observations, Self::PromptName) => o::PROMPT_NAME,
            (FacetTable::Traces, Self::Type | Self::Model | Self::PromptName)
            | (FacetTable::Observations, Self::UserId | Self::SessionId | Self::Tags | Self::Release) => return None,
        };
        Some(Place::Coded(column))
    }
}

impl FacetQuery {
    /// A question.
    ///
    /// # Errors
    /// Fails when the table does not have what is to be counted, and when a condition is not asked of columns.
    pub fn new(
        table: FacetTable,
        filter: Filter,
        columns: Vec<FacetColumn>,
        spreads: Vec<Spread>,
        (values_max, buckets_max): (usize, usize),
    ) -> Result<Self, FacetError> {
        let name = table.as_str();
        if let Some(column) = columns.iter().find(|column| column.place(table).is_none()) {
            return Err(FacetError::Column { table: name, column: column.as_str() });
        }
        if let Some(spread) = spreads.iter().find(|spread| !spread.is_of(table)) {
            return Err(FacetError::Spread { table: name, spread: spread.as_str() });
        }
        if let Some(condition) = filter.conditions().iter().find(|it| it.is_of_texts() || it.is_of_scores()) {
            return Err(FacetError::Condition { column: condition.column });
        }
        Ok(Self { table, filter, columns, spreads, values_max, buckets_max })
    }

    /// Counts what is in memory.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>) -> HotFacets {
        HotFacets::look(self, view)
    }

    /// Adds what is sealed.
    ///
    /// # Errors
    /// Fails when there are too many values, when it takes too long, or nobody waits any more.
    pub fn finish(&self, hot: HotFacets, sealed: &Sealed, watch: &Watch) -> Result<FacetAnswer, QueryError> {
        let HotFacets { mut tally, traces } = hot;
        let join = Join::new(sealed, &traces, watch);
        for live in sealed.segments() {
            // Of a segment that turns out damaged half way, nothing is counted.
            let found = with_segment(sealed, live, watch, |scanner| sealed::count(self, scanner, live, &join))?;
            if let Some(found) = found {
                tally.add(found)?;
            }
        }
        Ok(self.answer(tally))
    }

    fn answer(&self, tally: Tally) -> FacetAnswer {
        let Tally { total, counts, spreads } = tally;
        let columns = self.columns.iter().zip(counts).map(|(column, counts)| {
            let Counts { values, missing } = counts;
            let distinct = values.len();
            let mut values: Vec<(Text, u64)> = values.into_iter().collect();
            values
                .sort_unstable_by(|(left_text, left), (right_text, right)| (right, left_text).cmp(&(left, right_text)));
            values.truncate(self.values_max);
            FacetCounts { column: *column, values, distinct, missing }
        });
        FacetAnswer { total, columns: columns.collect(), spreads: spreads.answer(&self.spreads, self.buckets_max) }
    }
}

/// What was counted so far.
#[derive(Debug, Default)]
struct Tally {
    total: u64,
    counts: Vec<Counts>,
    spreads: Spreads,
}

/// How often each value of one column occurred so far.
#[derive(Debug, Default)]
struct Counts {
    values: HashMap<Text, u64>,
    missing: u64,
}

impl Tally {
    fn new(query: &FacetQuery) -> Self {
        let counts = query.columns.iter().map(|_| Counts::default()).collect();
        Self { total: 0, counts, spreads: Spreads::new(&query.spreads) }
    }

    fn add(&mut self, other: Self) -> Result<(), QueryError> {
        self.total += other.total;
        for (own, other) in self.counts.iter_mut().zip(other.counts) {
            own.missing += other.missing;
            for (text, count) in other.values {
                *own.values.entry(text).or_default() += count;
            }
            if own.values.len() > VALUES_MAX {
                return Err(QueryError::TooMany { what: "values of a column", max: VALUES_MAX });
            }
        }
        self.spreads.add(other.spreads);
        Ok(())
    }
}
