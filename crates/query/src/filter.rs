//! The filter language: conditions on columns, all of which must hold.
//!
//! Owns the syntax tree, which simple query parameters and the JSON of Langfuse's `filter` parameter both become,
//! and its meaning for one row. Refuses to know where rows come from: a row answers with the value of a column.

mod columns;
mod operators;
mod parse;
#[cfg(test)]
mod tests;
mod value;

use spanstone_model::Timestamp;
use spanstone_store::segment::words::Phrase;

pub(crate) use value::{Value, float, rate, seconds};

/// A kind of row that can be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Traces.
    Traces,
    /// Observations, each with some columns of its trace.
    Observations,
    /// The same as the second API knows them: with their texts, and a text that is missing is empty.
    ObservationsV2,
    /// Scores, each with some columns of its trace.
    Scores,
}

/// What a condition looks at. Not every table has every column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the field of the same name in the API")]
pub enum Column {
    Id,
    Timestamp,
    Name,
    UserId,
    SessionId,
    Release,
    Version,
    /// The observation's own, else its trace's.
    ShownVersion,
    Environment,
    Tags,
    Public,
    Bookmarked,
    Level,
    Latency,
    TotalCost,
    InputCost,
    OutputCost,
    TotalTokens,
    InputTokens,
    OutputTokens,
    ErrorCount,
    WarningCount,
    DefaultCount,
    DebugCount,
    Type,
    TraceId,
    ParentObservationId,
    StartTime,
    EndTime,
    TimeToFirstToken,
    TokensPerSecond,
    TraceName,
    TraceEnvironment,
    StatusMessage,
    Model,
    ModelId,
    OfferedTools,
    CalledTools,
    OfferedToolCount,
    ToolCallCount,
    ExperimentId,
    ExperimentName,
    ExperimentDatasetId,
    IsExperimentItemRoot,
    IngestionSource,
    SdkName,
    SdkVersion,
    ApiKey,
    PromptName,
    PromptVersion,
    IsRootObservation,
    HasParentObservation,
    HasInput,
    HasOutput,
    Value,
    BooleanValue,
    StringValue,
    Source,
    DataType,
    Comment,
    AuthorUserId,
    ObservationId,
    ConfigId,
    QueueId,
    DatasetRunId,
    Input,
    Output,
    Metadata,
    ScoreAverages,
    ScoreCategories,
    ScoreBooleans,
}

/// How two ordered values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How a text is matched, always case-sensitively.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TextMatch {
    Equals,
    Contains,
    DoesNotContain,
    StartsWith,
    EndsWith,
}

/// What a condition asks of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A time compared with another; a missing one never matches.
    Time(Comparison, Timestamp),
    /// A number compared with another; a missing one never matches.
    Number(Comparison, f64),
    /// A text matched; a missing one never matches.
    Text(TextMatch, String),
    /// A text holds these words one after another; where capitals do not matter, as it reads.
    Words(Box<Phrase>),
    /// One of these; for a list, at least one of its elements is.
    AnyOf(Vec<String>),
    /// None of these; a missing text never matches, an empty list always does.
    NoneOf(Vec<String>),
    /// A list holds all of these.
    AllOf(Vec<String>),
    /// A flag is this.
    Flag(bool),
    /// There is no value.
    IsNull,
    /// There is a value.
    IsNotNull,
    /// What a list of names and values has under this name passes; one of several is enough.
    At(String, Box<Test>),
    /// An empty text and a missing one are the same.
    Blank(Box<Test>),
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What it looks at.
    pub column: Column,
    /// What it asks.
    pub test: Test,
}

impl Condition {
    /// Whether it asks for texts, which are read last.
    #[must_use]
    pub fn is_of_texts(&self) -> bool {
        matches!(self.column, Column::Input | Column::Output | Column::Metadata)
    }

    /// Whether it asks for the scores of a trace.
    #[must_use]
    pub fn is_of_scores(&self) -> bool {
        matches!(self.column, Column::ScoreAverages | Column::ScoreCategories | Column::ScoreBooleans)
    }
}

/// Conditions, all of which must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
}

/// Why a filter cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The parameter is not JSON, or not an array.
    #[error("Invalid JSON in filter parameter")]
    Json,
    /// A condition lacks something, or has something of the wrong kind.
    #[error("filter condition {index}: {problem}")]
    Condition {
        /// Which condition, from 0.
        index: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The table has no such column.
    #[error("Invalid filter column: {0}")]
    UnknownColumn(String),
    /// Inputs or outputs are searched without anything to look up.
    #[error(
        "a filter on `input` or `output` needs at least one condition on them with the operator `=` or `matches`: without it \
         every text would have to be read"
    )]
    NoLookUp,
    /// Too many conditions.
    #[error("a filter may have at most {max} conditions, this one has {count}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
}

impl Filter {
    /// A filter that every row passes.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Adds a condition.
    pub fn and(&mut self, column: Column, test: Test) {
        self.conditions.push(Condition { column, test });
    }

    /// The conditions.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Reads the JSON array of Langfuse's `filter` query parameter.
    ///
    /// # Errors
    /// Fails on anything but an array of conditions on columns of `table`, at most `conditions_max` of them.
    pub fn parse(json: &str, table: Table, conditions_max: usize) -> Result<Self, FilterError> {
        parse::parse(json, table, conditions_max)
    }

    /// The columns that a filter of a table may name: the names of each, and the types of condition that it takes
    /// besides `null`.
    pub fn columns(table: Table) -> impl Iterator<Item = (&'static [&'static str], &'static [&'static str])> {
        columns::all(table)
    }

    /// Adds the conditions of a `filter` parameter to those of simple parameters. A column that the former names
    /// is taken over by it: the simple conditions on it no longer count (Langfuse's rule of precedence).
    #[must_use]
    pub fn overridden_by(mut self, advanced: Self) -> Self {
        let named = |column: Column| advanced.conditions.iter().any(|condition| condition.column == column);
        self.conditions.retain(|condition| !named(condition.column));
        self.conditions.extend(advanced.conditions);
        self
    }

    /// Whether every row passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The first and the last time that a column may have; nothing when no time passes.
    pub(crate) fn times(&self, column: Column) -> Option<(Timestamp, Timestamp)> {
        let (mut first, mut last) = (Timestamp::MIN, Timestamp::MAX);
        for condition in self.conditions.iter().filter(|condition| condition.column == column) {
            let Test::Time(comparison, limit) = condition.test else { continue };
            match comparison {
                Comparison::Equal => (first, last) = (first.max(limit), last.min(limit)),
                Comparison::NotEqual => {}
                // One that is a microsecond too wide is no harm: the condition itself is asked as well.
                Comparison::Less | Comparison::LessOrEqual => last = last.min(limit),
                Comparison::Greater | Comparison::GreaterOrEqual => first = first.max(limit),
            }
        }
        (first <= last).then_some((first, last))
    }

    /// The ids that a column must be one of, if there is such a condition.
    pub(crate) fn ids(&self, column: Column) -> Option<Vec<&str>> {
        self.conditions.iter().filter(|condition| condition.column == column).find_map(|it| match &it.test {
            Test::AnyOf(options) => Some(options.iter().map(String::as_str).collect()),
            Test::Text(TextMatch::Equals, text) => Some(vec![text.as_str()]),
            _ => None,
        })
    }

    /// The texts that a column must be one of, if exactly such a condition is there.
    pub(crate) fn any_of(&self, column: Column) -> Option<&[String]> {
        self.conditions.iter().find_map(|condition| match &condition.test {
            Test::AnyOf(options) if condition.column == column => Some(options.as_slice()),
            _ => None,
        })
    }

    /// The one text that a column must equal, if there is such a condition.
    pub(crate) fn equals(&self, column: Column) -> Option<&str> {
        self.conditions.iter().find_map(|condition| match &condition.test {
            Test::Text(TextMatch::Equals, text) if condition.column == column => Some(text.as_str()),
            _ => None,
        })
    }

    /// The conditions on what a row says of itself: neither on its texts nor on its scores.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|condition| !condition.is_of_texts() && !condition.is_of_scores())
    }

    /// The conditions on texts.
    pub(crate) fn of_texts(&self) -> Vec<&Condition> {
        self.conditions.iter().filter(|condition| condition.is_of_texts()).collect()
    }

    /// The conditions on the scores of a trace.
    pub(crate) fn of_scores(&self) -> Vec<&Condition> {
        self.conditions.iter().filter(|condition| condition.is_of_scores()).collect()
    }

    /// Whether a row passes, as far as it says so itself, given the value of each column that is asked for.
    pub(crate) fn matches<'a>(&self, value_of: impl Fn(Column) -> Value<'a>) -> bool {
        self.plain().all(|condition| condition.test.holds(value_of(condition.column)))
    }
}
