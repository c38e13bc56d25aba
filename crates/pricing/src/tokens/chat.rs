//! A list of messages, as OpenAI's models are sent it.

use serde_json::{Map, Value};

use super::Frame;

/// The tokens with which an answer begins.
const PRIMED: u64 = 3;
/// What of a message is sent.
const SENT: [&str; 7] = ["content", "role", "name", "tool_calls", "function_call", "toolCalls", "functionCall"];

/// The messages, when all items are some: a role and a content that are texts, and no name that is none.
pub(super) fn messages(items: &[Value]) -> Option<Vec<&Map<String, Value>>> {
    let message = |item: &'_ Value| {
        let text = |key: &str| item.get(key).is_some_and(Value::is_string);
        text("role") && text("content") && item.get("name").is_none_or(Value::is_string)
    };
    items.iter().map(|item| item.as_object().filter(|_| message(item))).collect()
}

/// Counts them, with the tokens that frame each message and each name.
pub(super) fn count(messages: &[&Map<String, Value>], frame: Frame, tokens: impl Fn(&str) -> u64) -> u64 {
    let mut sum = PRIMED;
    for message in messages {
        sum = sum.saturating_add_signed(frame.per_message);
        for value in SENT.iter().filter_map(|key| message.get(*key)).filter(|value| !value.is_null()) {
            sum = sum.saturating_add(match value {
                Value::String(text) => tokens(text),
                other => tokens(&other.to_string()),
            });
        }
        if message.contains_key("name") {
            sum = sum.saturating_add_signed(frame.per_name);
        }
    }
    sum
}
