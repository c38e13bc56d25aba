//! Tools that a model is offered.

use super::{TOOL_NAME_BYTES_MAX, TOOLS_MAX};
use crate::lenient_json::{Json, Kind, Object};

/// A tool as a model is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDefinition {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The schema of its parameters: compact JSON.
    pub parameters: Option<String>,
}

/// What different providers call the schema of the parameters.
const PARAMETERS: [&str; 7] = [
    "parameters",
    "input_schema",
    "inputSchema",
    "parameters_json_schema",
    "parametersJsonSchema",
    "args_schema",
    "json_schema",
];
/// What wraps a definition, of which nothing else matters.
const WRAPPERS: [&str; 3] = ["function", "toolSpec", "custom"];
/// What holds several definitions in the place of one.
const GROUPS: [&str; 2] = ["functionDeclarations", "function_declarations"];
/// The members of an input that may hold its tools.
const SETTINGS: [&str; 3] = ["config", "invocation_params", "kwargs"];

/// The tools that an input offers.
pub(super) fn definitions(input: Json<'_>) -> Vec<ToolDefinition> {
    let mut found = Found::default();
    if let Some(object) = input.object() {
        found.add_of(&object);
        let settings = SETTINGS.iter().filter_map(|key| object.get(key)?.object());
        settings.for_each(|settings| found.add_of(&settings));
        for message in object.get("messages").and_then(Json::array).into_iter().flatten() {
            found.add_message(message);
        }
    }
    input.array().into_iter().flatten().for_each(|message| found.add_message(message));
    found.0
}

/// The tools of a list of definitions, no name twice; each with the JSON that defines it. Nothing when something in it is
/// no tool.
pub(crate) fn definitions_in_list<'a>(list: &[Json<'a>]) -> Option<Vec<(ToolDefinition, Json<'a>)>> {
    let mut found: Vec<(ToolDefinition, Json<'a>)> = Vec::new();
    for json in list.iter().take(TOOLS_MAX) {
        let definition = definition(&json.object()?)?;
        if found.iter().all(|(known, _)| known.name != definition.name) {
            found.push((definition, *json));
        }
    }
    Some(found).filter(|found| !found.is_empty())
}

/// Definitions, no name twice.
#[derive(Default)]
struct Found(Vec<ToolDefinition>);

impl Found {
    fn add_of(&mut self, object: &Object<'_>) {
        for entry in object.get("tools").and_then(Json::array).into_iter().flatten() {
            self.add(entry);
        }
    }

    /// Some frameworks write the tools of a call into its messages: as a member, or as a message of their own.
    fn add_message(&mut self, message: Json<'_>) {
        let Some(message) = message.object() else { return };
        self.add_of(&message);
        let is_tool = message.get("role").and_then(Json::string).as_deref() == Some("tool");
        if let Some(content) = message.get("content").filter(|content| is_tool && content.kind() == Kind::Object) {
            self.add(content);
        }
    }

    fn add(&mut self, entry: Json<'_>) {
        let text = entry.string();
        let entry = match &text {
            Some(text) => Json::parse(text).ok(),
            None => Some(entry),
        };
        let Some(object) = entry.and_then(Json::object) else { return };
        let group = GROUPS.iter().find_map(|key| object.get(key)?.array());
        match group {
            Some(group) => group.iter().filter_map(|entry| entry.object()).for_each(|entry| self.add_one(&entry)),
            None => self.add_one(&object),
        }
    }

    fn add_one(&mut self, object: &Object<'_>) {
        let Some(definition) = definition(object) else { return };
        if self.0.len() < TOOLS_MAX && self.0.iter().all(|known| known.name != definition.name) {
            self.0.push(definition);
        }
    }
}

/// The tool that an object defines, if it has a name and says anything more of a tool.
fn definition(object: &Object<'_>) -> Option<ToolDefinition> {
    let wrapped = WRAPPERS.iter().find_map(|key| object.get(key)?.object());
    let inner = wrapped.as_ref().unwrap_or(object);
    let name = inner.get("name")?.string()?;
    let description = inner.get("description").and_then(Json::string);
    let parameters = PARAMETERS.iter().find_map(|key| inner.get(key).filter(|value| !value.is_null()));
    let says_more = wrapped.is_some() || description.is_some() || parameters.is_some() || inner.get("type").is_some();
    if name.is_empty() || name.len() > TOOL_NAME_BYTES_MAX || !says_more || inner.get("role").is_some() {
        return None;
    }
    // Bedrock has the schema one level deeper.
    let schema = |value: Json<'_>| {
        let inner = value.object().and_then(|value| value.get("json"));
        inner.unwrap_or(value).stored_text().into_owned()
    };
    Some(ToolDefinition {
        name: name.into_owned(),
        description: description.map(Into::into),
        parameters: parameters.map(schema),
    })
}
