//! The issues that Langfuse's validator (zod 4) reports, as JSON objects.
//!
//! Clients rely on the status and on `message`; people read the rest.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::error::Failure;

/// What was found wrong with a request so far.
#[derive(Debug, Default)]
pub(crate) struct Issues(Vec<Json>);

impl Issues {
    /// Takes note of something wrong.
    pub(crate) fn refuse(&mut self, issue: Json) {
        self.0.push(issue);
    }

    /// The same in words, of what is at a path.
    pub(crate) fn note(&mut self, path: &[Json], message: &str) {
        self.refuse(rule(path, message));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Fails with every issue noted so far.
    pub(crate) fn done(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::issues(self.0)) }
    }
}

/// A scalar parameter was given more than once.
pub(crate) fn repeated(name: &str) -> Json {
    json!({
        "expected": "string", "code": "invalid_type", "path": [name],
        "message": "Invalid input: expected string, received array",
    })
}

/// A value of another type than is expected.
pub(crate) fn wrong_type(path: &[impl Serialize], expected: &str, found: &Json) -> Json {
    wrong_or_missing(path, expected, Some(found))
}

/// The same, or no value at all.
pub(crate) fn wrong_or_missing(path: &[impl Serialize], expected: &str, found: Option<&Json>) -> Json {
    let received = match found {
        None => "undefined",
        Some(Json::Null) => "null",
        Some(Json::Bool(_)) => "boolean",
        Some(Json::Number(_)) => "number",
        Some(Json::String(_)) => "string",
        Some(Json::Array(_)) => "array",
        Some(Json::Object(_)) => "object",
    };
    json!({
        "expected": expected, "code": "invalid_type", "path": path,
        "message": format!("Invalid input: expected {expected}, received {received}"),
    })
}

/// A text that is not a number where one is expected.
pub(crate) fn not_a_number(name: &str) -> Json {
    json!({
        "expected": "number", "code": "invalid_type", "received": "NaN", "path": [name],
        "message": "Invalid input: expected number, received NaN",
    })
}

/// A number that is not an integer where one is expected.
pub(crate) fn not_an_integer(name: &str) -> Json {
    json!({
        "expected": "int", "format": "safeint", "code": "invalid_type", "path": [name],
        "message": "Invalid input: expected int, received number",
    })
}

/// A number below its least value.
pub(crate) fn too_small(name: &str, minimum: u32, inclusive: bool) -> Json {
    let sign = if inclusive { ">=" } else { ">" };
    json!({
        "origin": "number", "code": "too_small", "minimum": minimum, "inclusive": inclusive, "path": [name],
        "message": format!("Too small: expected number to be {sign}{minimum}"),
    })
}

/// A number above its largest value.
pub(crate) fn too_big(name: &str, maximum: u32) -> Json {
    json!({
        "origin": "number", "code": "too_big", "maximum": maximum, "inclusive": true, "path": [name],
        "message": format!("Too big: expected number to be <={maximum}"),
    })
}

/// A text that is none of the allowed ones.
pub(crate) fn not_one_of(name: &str, values: &[&str]) -> Json {
    let list = values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join("|");
    json!({
        "code": "invalid_value", "values": values, "path": [name],
        "message": format!("Invalid option: expected one of {list}"),
    })
}

/// A text that is not a date and time with a zone.
pub(crate) fn not_a_time(name: &str) -> Json {
    json!({
        "origin": "string", "code": "invalid_format", "format": "datetime", "path": [name],
        "message": "Invalid ISO datetime",
    })
}

/// Parameters that a strict endpoint does not know.
pub(crate) fn unknown(names: &[String]) -> Json {
    let list = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let noun = if names.len() == 1 { "key" } else { "keys" };
    json!({
        "code": "unrecognized_keys", "keys": names, "path": [],
        "message": format!("Unrecognized {noun}: {list}"),
    })
}

/// An issue as people read it: where, and what.
pub(crate) fn in_words(issue: &Json) -> String {
    let path = issue["path"].as_array().into_iter().flatten();
    let steps: Vec<String> = path.map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned)).collect();
    let message = issue["message"].as_str().unwrap_or("Invalid input");
    if steps.is_empty() { message.to_owned() } else { format!("{}: {message}", steps.join(".")) }
}

/// Any other rule, in words.
pub(crate) fn custom(name: &str, message: &str) -> Json {
    rule(&[name], message)
}

/// The same for what is at a path.
pub(crate) fn rule(path: &[impl Serialize], message: &str) -> Json {
    json!({"code": "custom", "path": path, "message": message})
}
