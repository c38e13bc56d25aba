//! The pattern that a model's name has to match.
//!
//! Owns the regular expression and what is tried before it. Refuses what Rust's engine cannot run in linear time:
//! look-around and references back to a group.
//!
//! There are some two hundred patterns and a few dozen model names, so an expression is compiled only when a name
//! has a piece of text in it that every match must have.

use std::fmt;
use std::sync::OnceLock;

use regex_lite::{Regex, RegexBuilder};
use spanstone_model::Text;

mod needle;

/// The longest pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 2_048;
/// The most memory that a compiled pattern may take, in bytes.
const COMPILED_BYTES_MAX: usize = 256 * 1024;

/// A regular expression that is searched for in a text, wherever it is unless the expression is anchored.
#[derive(Clone)]
pub struct Pattern {
    text: Text,
    case_insensitive: bool,
    /// In lower case; every match has at least one of them. `None` when nothing is known.
    needles: Option<Vec<String>>,
    compiled: OnceLock<Option<Regex>>,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// It is too long.
    #[error("has more than {PATTERN_BYTES_MAX} bytes")]
    TooLong,
    /// It is no regular expression that can be run.
    #[error("is not a regular expression that can be used: {0} (look-around and back-references are not supported)")]
    Invalid(String),
}

impl Pattern {
    /// Reads a pattern that regards case unless it says `(?i)`.
    ///
    /// # Errors
    /// Fails when it is no regular expression, or one that is too large.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let pattern = Self::trusted(text);
        pattern.check()?;
        Ok(pattern)
    }

    /// Reads a pattern that disregards case.
    ///
    /// # Errors
    /// Fails as [`Self::parse`] does.
    pub fn parse_case_insensitive(text: &str) -> Result<Self, PatternError> {
        let pattern = Self::trusted_case_insensitive(text);
        pattern.check()?;
        Ok(pattern)
    }

    /// A pattern that was checked before. One that cannot be compiled matches nothing.
    #[must_use]
    pub(crate) fn trusted(text: &str) -> Self {
        Self {
            text: Text::from(text),
            case_insensitive: false,
            needles: needle::needles(text),
            compiled: OnceLock::new(),
        }
    }

    /// One of those that disregards case.
    #[must_use]
    pub(crate) fn trusted_case_insensitive(text: &str) -> Self {
        Self { case_insensitive: true, ..Self::trusted(text) }
    }

    fn check(&self) -> Result<(), PatternError> {
        if self.text.is_empty() {
            return Err(PatternError::Empty);
        }
        if self.text.len() > PATTERN_BYTES_MAX {
            return Err(PatternError::TooLong);
        }
        self.compile().map(|_| ()).map_err(|error| PatternError::Invalid(error.to_string()))
    }

    fn compile(&self) -> Result<Regex, regex_lite::Error> {
        let mut builder = RegexBuilder::new(&self.text);
        builder.case_insensitive(self.case_insensitive).size_limit(COMPILED_BYTES_MAX).build()
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern is somewhere in `text`, of which the caller has `lower`, the same in lower case.
    pub(crate) fn is_in(&self, text: &str, lower: &str) -> bool {
        let possible = self.needles.as_ref().is_none_or(|needles| needles.iter().any(|needle| lower.contains(needle)));
        possible && self.compiled.get_or_init(|| self.compile().ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// Whether the pattern is somewhere in `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.is_in(text, &text.to_ascii_lowercase())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.case_insensitive == other.case_insensitive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_searched_for_as_postgres_does() {
        for (pattern, name, expected) in [
            ("gpt", "my-gpt-4", true),
            ("^gpt", "my-gpt-4", false),
            ("gpt", "GPT-4", false),
            ("(?i)gpt", "GPT-4", true),
            (r"(?i)^(openai\/)?(gpt-4o)$", "OpenAI/GPT-4o", true),
            (r"(?i)^(openai/)?(gpt-4o)$", "gpt-4o-mini", false),
            (r"(?i)^(ft:)(davinci-002:)(.+)(:)(.*)(:)(.+)$$", "ft:davinci-002:org::id", true),
            ("^a|b$", "xb", true),
        ] {
            assert_eq!(Pattern::parse(pattern).map(|pattern| pattern.matches(name)), Ok(expected), "{pattern} {name}");
        }
        assert!(Pattern::parse_case_insensitive("INPUT").is_ok_and(|pattern| pattern.matches("input_cached_tokens")));
    }

    #[test]
    fn what_cannot_be_run_in_bounded_time_and_memory_is_refused() {
        for pattern in ["(", "a(?=b)", r"(a)\1", "[", "(?:(?:(?:a{1000}){1000}){1000})", &"(".repeat(1_000)] {
            assert!(matches!(Pattern::parse(pattern), Err(PatternError::Invalid(_))), "{pattern}");
        }
        assert_eq!(Pattern::parse(""), Err(PatternError::Empty));
        assert_eq!(Pattern::parse(&"a".repeat(3_000)), Err(PatternError::TooLong));
    }
}
