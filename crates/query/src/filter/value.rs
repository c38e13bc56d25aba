//! What a test says of a value.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use spanstone_model::{Text, Timestamp};
use spanstone_store::segment::words::{Case, reading};

use super::{Comparison, Test, TextMatch};

/// The value of a column of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Option<&'a str>),
    Time(Option<Timestamp>),
    Number(Option<f64>),
    Flag(bool),
    List(&'a [Text]),
    /// Names, each with a stored text; every name once.
    Members(&'a [(Text, Text)]),
    /// Names, each with a number; a name may have several.
    Numbers(&'a [(Text, f64)]),
}

impl Test {
    pub(crate) fn holds(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (_, Value::List(list)) => {
                let options = self.options();
                self.holds_list(list.is_empty(), |option| list.iter().any(|text| **text == *options[option]))
            }
            (Self::At(name, test), Value::Members(members)) => {
                let found = members.iter().find(|(key, _)| **key == **name).map(|(_, text)| shown(text));
                test.holds(Value::Text(found.as_deref()))
            }
            (Self::At(name, test), Value::Numbers(numbers)) => {
                let mut of_name = numbers.iter().filter(|(key, _)| **key == **name);
                of_name.any(|(_, number)| test.holds(Value::Number(Some(*number))))
            }
            (Self::Blank(test), Value::Text(text)) => {
                let is_of_null = matches!(**test, Self::IsNull | Self::IsNotNull);
                let text =
                    if is_of_null { text.filter(|text| !text.is_empty()) } else { Some(text.unwrap_or_default()) };
                test.holds(Value::Text(text))
            }
            (Self::IsNull, value) => value.is_null(),
            (Self::IsNotNull, value) => !value.is_null(),
            (Self::Time(comparison, limit), Value::Time(Some(time))) => comparison.holds(&time, limit),
            (Self::Number(comparison, limit), Value::Number(Some(number))) => comparison.holds(&number, limit),
            (Self::Text(how, wanted), Value::Text(Some(text))) => how.holds(text, wanted),
            (Self::Words(phrase), Value::Text(Some(text))) => match phrase.case() {
                Case::Matters => phrase.is_in(text),
                Case::Ignored => phrase.is_in(&reading(text)),
            },
            (Self::AnyOf(options), Value::Text(Some(text))) => options.iter().any(|option| option == text),
            (Self::NoneOf(options), Value::Text(Some(text))) => !options.iter().any(|option| option == text),
            (Self::Flag(wanted), Value::Flag(flag)) => *wanted == flag,
            (
                Self::Time(..)
                | Self::Number(..)
                | Self::Text(..)
                | Self::Words(_)
                | Self::AnyOf(_)
                | Self::NoneOf(_)
                | Self::AllOf(_)
                | Self::Flag(_)
                | Self::At(..)
                | Self::Blank(_),
                _,
            ) => false,
        }
    }

    /// The texts that are asked for of a list.
    pub(crate) fn options(&self) -> &[String] {
        match self {
            Self::AnyOf(options) | Self::NoneOf(options) | Self::AllOf(options) => options,
            Self::Time(..)
            | Self::Number(..)
            | Self::Text(..)
            | Self::Words(_)
            | Self::Flag(_)
            | Self::IsNull
            | Self::IsNotNull
            | Self::At(..)
            | Self::Blank(_) => &[],
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
            Self::Time(..)
            | Self::Number(..)
            | Self::Text(..)
            | Self::Words(_)
            | Self::Flag(_)
            | Self::At(..)
            | Self::Blank(_) => false,
        }
    }
}

/// What an answer shows of a stored text, if it is a text: of JSON's notation of a string its content. Other JSON is
/// compared as it is written.
fn shown(stored: &str) -> Cow<'_, str> {
    let trimmed = stored.trim_matches([' ', '\t', '\r', '\n']);
    if !trimmed.starts_with('"') || serde_json::from_str::<IgnoredAny>(trimmed).is_err() {
        return Cow::Borrowed(stored);
    }
    // Nothing but a string begins with a quote, so one ends it, too.
    match reading(trimmed) {
        Cow::Borrowed(quoted) => Cow::Borrowed(quoted.get(1..quoted.len() - 1).unwrap_or_default()),
        Cow::Owned(quoted) => Cow::Owned(quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()),
    }
}

/// An integer as a float, for comparison with the number of a filter.
pub(crate) fn float(number: impl TryInto<i64>) -> f64 {
    let number = number.try_into().unwrap_or(i64::MAX);
    #[expect(clippy::cast_precision_loss, reason = "a filter's number is a float anyway")]
    let number = number as f64;
    number
}

/// Milliseconds as the seconds that an answer shows.
pub(crate) fn seconds(millis: i64) -> f64 {
    float(millis) / 1e3
}

/// How many a second; nothing where no time passed.
pub(crate) fn rate(count: f64, seconds: Option<f64>) -> Option<f64> {
    seconds.filter(|seconds| *seconds > 0.0).map(|seconds| count / seconds)
}

impl Value<'_> {
    fn is_null(self) -> bool {
        match self {
            Self::Text(text) => text.is_none(),
            Self::Time(time) => time.is_none(),
            Self::Number(number) => number.is_none(),
            Self::Flag(_) => false,
            Self::List(list) => list.is_empty(),
            Self::Members(members) => members.is_empty(),
            Self::Numbers(numbers) => numbers.is_empty(),
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
