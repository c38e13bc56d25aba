//! Calls of tools that a model makes.

use super::{TOOL_NAME_BYTES_MAX, TOOLS_MAX};
use crate::lenient_json::{Json, Object};

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The call's id; empty where the provider gives none.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments: compact JSON, or the text that the model wrote.
    pub arguments: String,
    /// What is called: mostly `function`.
    pub kind: String,
    /// Which of the calls it is, from 0.
    pub index: usize,
}

/// The members of an object that hold what a model said.
const WITHIN: [&str; 4] = ["message", "content", "additional_kwargs", "output"];
/// The members of an object that hold lists of calls, or of parts that may be calls.
const LISTS: [&str; 7] = ["choices", "tool_calls", "toolCalls", "content", "parts", "output", "candidates"];
/// The members of a part that are a call.
const CALLS: [&str; 4] = ["function_call", "functionCall", "toolUse", "tool_call"];
/// How deep calls are in an answer: `candidates`, `content`, `parts`, `functionCall`.
const DEPTH_MAX: usize = 6;

/// The calls that an output makes.
pub(super) fn calls(output: Json<'_>) -> Vec<ToolCall> {
    let mut found = Vec::new();
    look(output, DEPTH_MAX, &mut found);
    found
}

fn look(json: Json<'_>, depth: usize, found: &mut Vec<ToolCall>) {
    if depth == 0 || found.len() >= TOOLS_MAX {
        return;
    }
    json.array().into_iter().flatten().for_each(|item| look(item, depth - 1, found));
    let Some(object) = json.object() else { return };
    if let Some(call) = call(&object) {
        add(call, found);
        return;
    }
    for called in CALLS.iter().filter_map(|key| object.get(key)?.object()) {
        // A member with the name of a call need not have a type.
        if let Some(call) = call_of(&called) {
            add(call, found);
        }
    }
    for list in LISTS.iter().filter_map(|key| object.get(key)).filter(|value| value.array().is_some()) {
        look(list, depth - 1, found);
    }
    for inner in WITHIN.iter().filter_map(|key| object.get(key)).filter(|value| value.object().is_some()) {
        look(inner, depth - 1, found);
    }
}

/// Frameworks repeat a call in the provider's words and in their own.
fn add(call: ToolCall, found: &mut Vec<ToolCall>) {
    let is_known = !call.id.is_empty() && found.iter().any(|known| known.id == call.id);
    if !is_known && found.len() < TOOLS_MAX {
        found.push(ToolCall { index: found.len(), ..call });
    }
}

/// The call that an object is: it says so, or looks like one of a framework's.
fn call(object: &Object<'_>) -> Option<ToolCall> {
    let kind = object.get("type").and_then(Json::string);
    let is_typed = kind.as_deref().is_some_and(|kind| {
        matches!(
            kind,
            "function_call" | "tool_call" | "tool-call" | "tool_use" | "toolUse" | "mcp_call" | "custom_tool_call"
        )
    });
    // With parameters in the place of arguments it is the definition of a tool.
    let inner = object.get("function").and_then(Json::object);
    let is_wrapped = inner.is_some_and(|inner| inner.get("arguments").is_some());
    // LangChain's calls have a name, arguments and an id; the AI SDK's have the tool's name.
    let is_plain = object.get("name").is_some() && (object.get("args").is_some() || object.get("arguments").is_some());
    let is_of_ai_sdk = object.get("toolName").is_some() && object.get("toolCallId").is_some();
    let is_result = object.get("result").is_some() || kind.as_deref() == Some("tool-result");
    if is_result || !(is_typed || is_wrapped || is_plain || is_of_ai_sdk) {
        return None;
    }
    call_of(object)
}

fn call_of(object: &Object<'_>) -> Option<ToolCall> {
    let wrapped = object.get("function").and_then(Json::object);
    let inner = wrapped.as_ref().unwrap_or(object);
    let text = |of: &Object<'_>, keys: &[&str]| keys.iter().find_map(|key| of.get(key)?.string().map(String::from));
    let name = text(inner, &["name", "toolName", "tool_name"]).or_else(|| text(object, &["name"]))?;
    if name.is_empty() || name.len() > TOOL_NAME_BYTES_MAX {
        return None;
    }
    let arguments = ["arguments", "args", "input"].iter().find_map(|key| inner.get(key));
    let kind = text(object, &["toolCallType", "type"]).filter(|kind| kind == "custom" || kind == "mcp_call");
    Some(ToolCall {
        id: text(object, &["id", "call_id", "toolCallId", "tool_call_id", "toolUseId"]).unwrap_or_default(),
        name,
        arguments: arguments.map(|value| value.stored_text().into_owned()).unwrap_or_default(),
        kind: kind.unwrap_or_else(|| "function".to_owned()),
        index: 0,
    })
}
