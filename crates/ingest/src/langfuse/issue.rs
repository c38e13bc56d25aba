//! What is wrong with a value, in the form that Langfuse's clients know.
//!
//! Owns the shape of one issue: what zod, Langfuse's validator, reports. Refuses to decide what follows from it.

use std::borrow::Cow;

use serde::Serialize;

/// One thing that is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// What kind of trouble it is: `invalid_type`, `too_big`, `custom`…
    pub code: &'static str,
    /// More about that, where there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Where the value is: keys and indexes from the outside in.
    pub path: Vec<Step>,
    /// A sentence for the client's log.
    pub message: Cow<'static, str>,
}

/// One step of the way to a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Step {
    /// Into an object.
    Key(Cow<'static, str>),
    /// Into an array.
    Index(usize),
}

impl From<&'static str> for Step {
    fn from(key: &'static str) -> Self {
        Self::Key(Cow::Borrowed(key))
    }
}

impl Issue {
    pub(super) fn new(
        code: &'static str,
        path: impl IntoIterator<Item = Step>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, note: None, path: path.into_iter().collect(), message: message.into() }
    }
}

/// Returns the issues as Langfuse puts them into an answer: a pretty JSON list.
pub(super) fn to_text(issues: &[Issue]) -> String {
    serde_json::to_string_pretty(issues).expect("issues are strings and numbers only")
}

/// Returns the sentence for a value of the wrong type.
pub(super) fn wrong_type(expected: &str, received: &str) -> String {
    format!("Invalid input: expected {expected}, received {received}")
}
