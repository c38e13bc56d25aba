//! The filter language: conditions on columns, all of which must hold.
//!
//! Owns the syntax tree, which simple query parameters and the JSON of Langfuse's `filter` parameter both become,
//! and its meaning for one row. Refuses to know where rows come from: a row answers with the value of a column.

mod parse;

use spanstone_model::{Text, Timestamp};

/// A kind of row that can be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Traces.
    Traces,
    /// Observations, each with some columns of its trace.
    Observations,
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
    TraceName,
    TraceEnvironment,
    StatusMessage,
    Model,
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
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What it looks at.
    pub column: Column,
    /// What it asks.
    pub test: Test,
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
    /// Too many conditions.
    #[error("a filter may have at most {max} conditions, this one has {count}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
}

/// The value of a column of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Option<&'a str>),
    Time(Option<Timestamp>),
    Number(Option<f64>),
    Flag(bool),
    List(&'a [Text]),
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

    /// Whether a row passes, given the value of each column that is asked for.
    pub(crate) fn matches<'a>(&self, value_of: impl Fn(Column) -> Value<'a>) -> bool {
        self.conditions.iter().all(|condition| condition.test.holds(value_of(condition.column)))
    }
}

impl Test {
    pub(crate) fn holds(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (_, Value::List(list)) => {
                let options = self.options();
                self.holds_list(list.is_empty(), |option| list.iter().any(|text| **text == *options[option]))
            }
            (Self::IsNull, value) => value.is_null(),
            (Self::IsNotNull, value) => !value.is_null(),
            (Self::Time(comparison, limit), Value::Time(Some(time))) => comparison.holds(&time, limit),
            (Self::Number(comparison, limit), Value::Number(Some(number))) => comparison.holds(&number, limit),
            (Self::Text(how, wanted), Value::Text(Some(text))) => how.holds(text, wanted),
            (Self::AnyOf(options), Value::Text(Some(text))) => options.iter().any(|option| option == text),
            (Self::NoneOf(options), Value::Text(Some(text))) => !options.iter().any(|option| option == text),
            (Self::Flag(wanted), Value::Flag(flag)) => *wanted == flag,
            (
                Self::Time(..)
                | Self::Number(..)
                | Self::Text(..)
                | Self::AnyOf(_)
                | Self::NoneOf(_)
                | Self::AllOf(_)
                | Self::Flag(_),
                _,
            ) => false,
        }
    }

    /// The texts that are asked for of a list.
    pub(crate) fn options(&self) -> &[String] {
        match self {
            Self::AnyOf(options) | Self::NoneOf(options) | Self::AllOf(options) => options,
            Self::Time(..) | Self::Number(..) | Self::Text(..) | Self::Flag(_) | Self::IsNull | Self::IsNotNull => &[],
        }
    }

    /// The same for a list, of which it is known whether it is empty and which of [`Self::options`] it contains.
    pub(crate) fn holds_list(&self, is_empty: bool, contains: impl Fn(usize) -> bool) -> bool {
        match self {
            Self::IsNull => is_empty,
            Self::IsNotNull => !is_empty,
            Self::AnyOf(options) => (0..options.len()).any(contains),
            Self::NoneOf(options) => !(0..options.len()).any(contains),
            Self::AllOf(options) => (0..options.len()).all(contains),
            Self::Time(..) | Self::Number(..) | Self::Text(..) | Self::Flag(_) => false,
        }
    }
}

/// An integer as a float, for comparison with the number of a filter.
pub(crate) fn float(number: impl TryInto<i64>) -> f64 {
    let number = number.try_into().unwrap_or(i64::MAX);
    #[expect(clippy::cast_precision_loss, reason = "a filter's number is a float anyway")]
    let number = number as f64;
    number
}

impl Value<'_> {
    fn is_null(self) -> bool {
        match self {
            Self::Text(text) => text.is_none(),
            Self::Time(time) => time.is_none(),
            Self::Number(number) => number.is_none(),
            Self::Flag(_) => false,
            Self::List(list) => list.is_empty(),
        }
    }
}

impl Comparison {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl TextMatch {
    fn holds(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::Equals => text == wanted,
            Self::Contains => text.contains(wanted),
            Self::DoesNotContain => !text.contains(wanted),
            Self::StartsWith => text.starts_with(wanted),
            Self::EndsWith => text.ends_with(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_matches_only_is_null() {
        let missing = Value::Text(None);
        for test in [
            Test::Text(TextMatch::DoesNotContain, "x".into()),
            Test::NoneOf(vec!["x".into()]),
            Test::AnyOf(vec!["x".into()]),
            Test::IsNotNull,
        ] {
            assert!(!test.holds(missing), "{test:?}");
        }
        assert!(Test::IsNull.holds(missing));
        assert!(!Test::Number(Comparison::NotEqual, 1.0).holds(Value::Number(None)));
    }

    #[test]
    fn lists_are_asked_for_any_all_or_none() {
        let tags: Vec<Text> = vec!["a".into(), "b".into()];
        let list = Value::List(&tags);
        let options = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(Test::AllOf(options(&["a", "b"])).holds(list) && !Test::AllOf(options(&["a", "c"])).holds(list));
        assert!(Test::AnyOf(options(&["c", "b"])).holds(list) && !Test::AnyOf(options(&["c"])).holds(list));
        assert!(Test::NoneOf(options(&["c"])).holds(list) && !Test::NoneOf(options(&["a"])).holds(list));
        assert!(Test::AllOf(vec![]).holds(list) && Test::NoneOf(vec![]).holds(list));
    }

    #[test]
    fn an_advanced_condition_takes_over_the_simple_ones_on_its_column() {
        let mut simple = Filter::all();
        simple.and(Column::Timestamp, Test::Time(Comparison::GreaterOrEqual, Timestamp::MIN));
        simple.and(Column::Timestamp, Test::Time(Comparison::Less, Timestamp::MAX));
        simple.and(Column::Name, Test::Text(TextMatch::Equals, "n".into()));
        let mut advanced = Filter::all();
        advanced.and(Column::Timestamp, Test::Time(Comparison::Greater, Timestamp::MIN));
        let columns: Vec<_> =
            simple.overridden_by(advanced).conditions().iter().map(|condition| condition.column).collect();
        assert_eq!(columns, [Column::Name, Column::Timestamp]);
    }
}
