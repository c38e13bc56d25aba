//! What is asked wrongly is refused by name: every parameter of every question that the document describes.

use serde_json::{Value as Json, json};

use crate::fixtures::filled;
use crate::harness::{PROJECT, Server, encode};

/// Every question, with what its path captures filled in, and its parameters.
fn questions() -> Vec<(String, Vec<Json>, bool)> {
    let document: Json = serde_json::from_str(spanstone_server::openapi_document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths").iter();
    let asked = paths.filter_map(|(path, item)| Some((path, item.get("get")?)));
    let described = asked.map(|(path, operation)| {
        let path = path.replace("{projectId}", PROJECT).replace("{traceId}", "chat%2F1");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters = parameters.filter(|parameter| parameter["in"] == "query").cloned().collect();
        let is_strict = operation["description"].as_str().is_some_and(|text| text.contains("refused"));
        (path, parameters, is_strict)
    });
    // What a path captures and nobody has is told before its parameters are looked at.
    described.filter(|(path, ..)| !path.contains('{')).collect()
}

/// Values that a parameter cannot have.
fn wrong(parameter: &Json) -> Vec<String> {
    let schema = if parameter["schema"].is_object() {
        &parameter["schema"]
    } else {
        &parameter["content"]["application/json"]["schema"]
    };
    let name = parameter["name"].as_str().unwrap_or_default();
    let texts: Vec<String> = match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => {
            let above = schema["maximum"].as_u64().expect("an upper bound") + 1;
            [&above.to_string(), "-1", "1.5", "many", "NaN"].map(str::to_owned).to_vec()
        }
        (Some("number"), _) => vec!["much".to_owned()],
        (Some("boolean"), _) => vec!["yes".to_owned()],
        (_, Some("date-time")) => vec!["yesterday".to_owned(), "2026-13-45T00:00:00Z".to_owned()],
        (Some("string"), _) if schema["enum"].is_array() => vec!["nonsense".to_owned()],
        (Some("string"), _) if name == "cursor" => vec!["nonsense!".to_owned(), "e30=".to_owned()],
        (Some("string"), _) => return vec![format!("{name}=a&{name}=b")],
        _ if name == "filter" => filters(),
        _ if name == "query" => vec![String::new(), "{".to_owned(), "{}".to_owned()],
        _ => Vec::new(),
    };
    texts.iter().map(|text| format!("{name}={}", encode(text))).collect()
}

fn filters() -> Vec<String> {
    let condition = |kind: &str, column: &str, operator: &str, value: Json| {
        json!([{"type": kind, "column": column, "operator": operator, "value": value}]).to_string()
    };
    let many = vec![json!({"type": "string", "column": "name", "operator": "=", "value": ""}); 101];
    vec![
        "{".to_owned(),
        "7".to_owned(),
        "[7]".to_owned(),
        condition("string", "filterless", "=", json!("red")),
        condition("string", "name", "like", json!("filter")),
        condition("number", "name", "=", json!(1)),
        condition("string", "name", "=", json!(["filter"])),
        Json::Array(many).to_string(),
    ]
}

fn check(server: &Server, path: &str, query: &str) {
    // What must be there is there, so that the one thing that is wrong is told.
    let required =
        [("/search", "q", "&q=word"), ("/experiment", "fromStartTime", "&fromStartTime=2026-08-01T00:00:00Z")];
    let needs = |(part, name, _): &&(&str, &str, &str)| path.contains(part) && !query.starts_with(&format!("{name}="));
    let more = required.iter().find(needs).map_or("", |(_, _, more)| more);
    let answer = server.get(&format!("{path}?{query}{more}"));
    let name = query.split('=').next().unwrap_or_default();
    let text = answer.text();
    assert_eq!(answer.status, 400, "{path}?{query}: {text}");
    assert!(text.contains(name) || text.contains("filterless"), "{path}?{query}: {text}");
}

#[test]
fn every_parameter_that_is_wrong_is_refused_by_its_name() {
    let server = filled();
    let mut count = 0;
    for (path, parameters, is_strict) in questions() {
        for parameter in &parameters {
            for query in wrong(parameter) {
                check(&server, &path, &query);
                count += 1;
            }
        }
        if is_strict {
            check(&server, &path, "colour=red");
        }
    }
    assert!(count > 200, "only {count} questions were asked");
}
