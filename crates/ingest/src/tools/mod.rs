//! The tools that a model was offered and the tools that it called, found in inputs and outputs.
//!
//! Owns the shapes in which providers and frameworks write them (`definition`, `call`), and the quick look that tells most
//! payloads from those that are worth parsing. Refuses to know where payloads come from.

mod call;
mod definition;

use std::borrow::Cow;

use spanstone_model::{Text, Tools};

pub use call::ToolCall;
pub use definition::ToolDefinition;
pub(crate) use definition::definitions_in_list;

use crate::lenient_json::{Json, Kind};

/// The most tools that one observation is said to have been offered, and the most calls that it is said to have made; what
/// comes after them is in its input and output alone.
pub const TOOLS_MAX: usize = 1_024;
/// The longest name of a tool, in bytes; what has a longer one is no tool.
pub const TOOL_NAME_BYTES_MAX: usize = 512;

/// What was found in an input and an output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundTools {
    /// The tools that the input offers, no name twice.
    pub definitions: Vec<ToolDefinition>,
    /// The calls that the output makes.
    pub calls: Vec<ToolCall>,
}

impl FoundTools {
    /// Their names; nothing without any.
    #[must_use]
    pub fn names(&self) -> Option<Box<Tools>> {
        let tools = Tools {
            offered: self.definitions.iter().map(|definition| Text::from(&*definition.name)).collect(),
            called: self.calls.iter().map(|call| Text::from(&*call.name)).collect(),
        };
        (!tools.is_empty()).then(|| Box::new(tools))
    }
}

/// Finds the tools in an input and an output, each in the form in which it is stored.
#[must_use]
pub fn tools_of(input: Option<&str>, output: Option<&str>) -> FoundTools {
    let definitions = input.filter(|text| may_define(text)).and_then(|text| Json::parse(text).ok());
    let calls = output.filter(|text| may_call(text)).and_then(|text| Json::parse(text).ok());
    FoundTools {
        definitions: definitions.map(definition::definitions).unwrap_or_default(),
        calls: calls.map(call::calls).unwrap_or_default(),
    }
}

/// The same of values in a request, where a string may hold JSON.
pub(crate) fn tools_in(input: Option<Json<'_>>, output: Option<Json<'_>>) -> FoundTools {
    let input = input.filter(|value| may_define(value.as_written())).map(stored);
    let output = output.filter(|value| may_call(value.as_written())).map(stored);
    tools_of(input.as_deref(), output.as_deref())
}

/// The JSON that a value is, or that a string holds.
fn stored(value: Json<'_>) -> Cow<'_, str> {
    match value.kind() {
        Kind::String => value.string().unwrap_or_default(),
        Kind::Null | Kind::Boolean | Kind::Number | Kind::Array | Kind::Object => Cow::Borrowed(value.as_written()),
    }
}

/// Whether a text, which may be JSON within JSON, is worth a look for tools that are offered.
pub(crate) fn may_define(text: &str) -> bool {
    let is_key = |key: &str| ends(text, key).any(|behind| behind.starts_with(['"', '\\']));
    is_key("tools") || is_key("parameters")
}

/// Whether a text, which may be JSON within JSON, is worth a look for calls of tools.
pub(crate) fn may_call(text: &str) -> bool {
    let has = |start: &str, goes_on: &[&str]| {
        ends(text, start).any(|behind| goes_on.iter().any(|next| behind.starts_with(next)))
    };
    has("tool", &["_call", "_use", "-call", "Call", "Use", "Name"]) || has("unction", &["_call", "Call"])
}

/// What follows each occurrence of a word. Most texts have none, which is found out much faster than where they are.
fn ends<'t>(text: &'t str, word: &str) -> impl Iterator<Item = &'t str> {
    let found = text.contains(word).then(|| text.match_indices(word));
    found.into_iter().flatten().map(move |(at, word)| &text[at + word.len()..])
}

#[cfg(test)]
mod tests;
