//! Every answer of this test suite, against the server's own description of it.
//!
//! Owns a validator of the JSON Schema that the document uses, and no more: a keyword it does not know fails.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json};

use crate::harness::Answer;

static DOCUMENT: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(spanstone_server::openapi_document()).expect("the document is JSON"));

/// Statuses of the way to an operation: a method that it does not have, and what the HTTP library answers.
const BEFORE_AN_OPERATION: [u16; 1] = [405];

/// Fails when the answer to a request is not as described.
pub(crate) fn check(method: &str, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path) else { return };
    if BEFORE_AN_OPERATION.contains(&answer.status) {
        return;
    }
    let at = format!("{method} {target} → {}", answer.status);
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{at}: the status is not described: {}", answer.text());
    let Some(content) = response["content"].as_object() else {
        assert!(answer.body.is_empty(), "{at}: a body is not described: {}", answer.text());
        return;
    };
    let media = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let described =
        content.get(media).or(content.get("*/*")).unwrap_or_else(|| panic!("{at}: `{media}` is not described"));
    if media == "application/json" {
        let problems = problems(&described["schema"], &answer.json());
        assert!(problems.is_empty(), "{at}: {problems:#?}");
    }
}

/// The operation of the path with the most parts that are not captured; the last captured part takes all that follows.
fn operation(method: &str, path: &str) -> Option<&'static Json> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let matching = paths.iter().filter(|(pattern, _)| matches(pattern, path));
    let literal = |pattern: &str| pattern.split('/').filter(|part| !part.starts_with('{')).count();
    let (_, item) = matching.max_by_key(|(pattern, _)| literal(pattern))?;
    item.get(method.to_ascii_lowercase())
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    let is_captured = |part: &str| part.starts_with('{');
    let ends_open = pattern.last().is_some_and(|part| is_captured(part));
    let as_long = path.len() == pattern.len() || ends_open && path.len() > pattern.len();
    as_long && pattern.iter().zip(&path).all(|(ours, theirs)| ours == theirs || is_captured(ours) && !theirs.is_empty())
}

/// What is wrong with a value.
fn problems(schema: &Json, value: &Json) -> Vec<String> {
    let mut found = Vec::new();
    validate(schema, value, "$", &mut found);
    found
}

fn validate(schema: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else {
        assert_eq!(schema, &Json::Bool(true), "{at}: this is no schema: {schema}");
        return;
    };
    for (keyword, rule) in schema {
        match keyword.as_str() {
            "description" | "format" | "title" | "default" | "examples" => {}
            "$ref" => {
                let pointer = rule.as_str().expect("a reference").trim_start_matches('#');
                validate(DOCUMENT.pointer(pointer).expect("a schema"), value, at, found);
            }
            "anyOf" => any_of(rule, value, at, found),
            "type" => has_type(rule, value, at, found),
            "enum" => {
                let known = rule.as_array().is_some_and(|known| known.contains(value));
                note(known, format!("{at}: {value} is none of {rule}"), found);
            }
            "const" => note(rule == value, format!("{at}: {value} is not {rule}"), found),
            "minimum" => {
                let fits = value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap_or(f64::MAX));
                note(fits, format!("{at}: {value} is less than {rule}"), found);
            }
            "maximum" => {
                let fits = value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap_or(f64::MIN));
                note(fits, format!("{at}: {value} is more than {rule}"), found);
            }
            "required" => required(rule, value, at, found),
            "properties" => properties(rule, value, at, found),
            "additionalProperties" => additional(schema, rule, value, at, found),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    validate(rule, item, &format!("{at}[{index}]"), found);
                }
            }
            "prefixItems" => {
                let rules = rule.as_array().into_iter().flatten();
                for (index, (rule, item)) in rules.zip(value.as_array().into_iter().flatten()).enumerate() {
                    validate(rule, item, &format!("{at}[{index}]"), found);
                }
            }
            "minItems" => {
                let count = value.as_array().map(Vec::len);
                let fits = count.is_none_or(|count| count as u64 >= rule.as_u64().unwrap_or(u64::MAX));
                note(fits, format!("{at}: fewer than {rule} items"), found);
            }
            "maxItems" => {
                let count = value.as_array().map(Vec::len);
                let fits = count.is_none_or(|count| count as u64 <= rule.as_u64().unwrap_or(0));
                note(fits, format!("{at}: more than {rule} items"), found);
            }
            other => panic!("{at}: teach this validator the keyword `{other}`"),
        }
    }
}

fn note(holds: bool, problem: String, found: &mut Vec<String>) {
    if !holds {
        found.push(problem);
    }
}

fn any_of(options: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    let options = options.as_array().expect("options").iter();
    let attempts: Vec<Vec<String>> = options.map(|option| problems(option, value)).collect();
    note(attempts.iter().any(Vec::is_empty), format!("{at}: fits no option: {attempts:?}"), found);
}

fn has_type(rule: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{at}: `{other}` is no type"),
    };
    let holds = match rule {
        Json::String(name) => is(name),
        Json::Array(names) => names.iter().filter_map(Json::as_str).any(is),
        other => panic!("{at}: `{other}` names no type"),
    };
    note(holds, format!("{at}: {value} is no {rule}"), found);
}

fn required(rule: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    for key in rule.as_array().into_iter().flatten().filter_map(Json::as_str) {
        note(object.contains_key(key), format!("{at}: `{key}` is missing"), found);
    }
}

fn properties(rules: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    for (key, rule) in rules.as_object().into_iter().flatten() {
        if let Some(value) = object.get(key) {
            validate(rule, value, &format!("{at}.{key}"), found);
        }
    }
}

fn additional(schema: &Map<String, Json>, rule: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    let named = |key: &String| schema.get("properties").is_some_and(|properties| properties.get(key).is_some());
    for (key, value) in value.as_object().into_iter().flatten().filter(|(key, _)| !named(key)) {
        if rule == &Json::Bool(false) {
            found.push(format!("{at}: `{key}` is not described"));
        } else {
            validate(rule, value, &format!("{at}.{key}"), found);
        }
    }
}

#[test]
fn the_validator_sees_what_is_wrong() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": ["integer", "null"], "minimum": 0}, "b": {"anyOf": [{"enum": ["x"]}, {"type": "array", "items": {"type": "string"}}]}},
    });
    let count = |value: Json| problems(&schema, &value).len();
    assert_eq!(count(serde_json::json!({"a": 1, "b": ["y"]})), 0);
    assert_eq!(count(serde_json::json!({"a": null, "b": "x"})), 0);
    for wrong in [
        serde_json::json!({}),
        serde_json::json!([]),
        serde_json::json!({"a": -1}),
        serde_json::json!({"a": 1.5}),
        serde_json::json!({"a": 1, "b": "y"}),
        serde_json::json!({"a": 1, "b": [1]}),
        serde_json::json!({"a": 1, "c": 1}),
    ] {
        assert!(count(wrong.clone()) > 0, "{wrong}");
    }
    assert!(operation("GET", "/api/public/traces/run/7").is_some_and(|it| it["operationId"] == "getTrace"));
    assert!(operation("GET", "/api/public/v3/scores").is_some_and(|it| it["operationId"] == "listScores"));
    assert!(operation("GET", "/api/public/nothing").is_none());
}

#[test]
fn the_document_is_served_to_anybody_and_once() {
    let server = crate::harness::Server::start();
    let ask = || crate::harness::Request::new("GET", "/api/openapi.json");
    let answer = server.send(ask());
    assert_eq!((answer.status, answer.json()["openapi"].as_str()), (200, Some("3.1.0")));
    let tag = answer.header("etag").expect("a tag").to_owned();
    let again = server.send(ask().header("if-none-match", &tag));
    assert_eq!((again.status, again.body.len()), (304, 0));
}
