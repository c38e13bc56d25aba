//! A tool's arguments: described from the operation's parameters, and turned into a path and a query string.

use form_urlencoded::Serializer;
use serde_json::{Map, Value as Json, json};
use spanstone_model::ProjectId;

use crate::openapi::meaning;
use crate::openapi::operation::Operation;
use crate::openapi::parameter;
use crate::params::asked::{Parameter, Shape};

/// The captured part of a path that comes from the key.
const PROJECT: &str = "projectId";

/// What a tool is to be called with, as parts of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// What the path captures.
    pub(super) captured: Vec<String>,
    /// The query string.
    pub(super) query: String,
}

/// The schema of the arguments of an operation.
pub(super) fn schema(operation: &Operation) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for name in operation.captured().filter(|name| *name != PROJECT) {
        properties.insert(name.to_owned(), described(json!({"type": "string"}), name));
        required.push(name);
    }
    for parameter in &operation.query {
        let schema = parameter::schema(&parameter.shape);
        properties.insert(parameter.name.clone(), described(schema, &parameter.name));
        if parameter.is_required {
            required.push(&parameter.name);
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn described(mut schema: Json, name: &str) -> Json {
    if let Some(meaning) = meaning::of(name) {
        schema["description"] = json!(meaning);
    }
    schema
}

/// Turns arguments into a request; where there is none, a preset one counts.
///
/// # Errors
/// Names the argument that is missing, unknown or of the wrong type.
pub(super) fn target(
    operation: &Operation,
    preset: &[(&str, &str)],
    project: &ProjectId,
    arguments: &Map<String, Json>,
) -> Result<Target, String> {
    let known =
        |name: &str| operation.captured().any(|it| it == name) || operation.query.iter().any(|it| it.name == name);
    if let Some(unknown) = arguments.keys().find(|name| !known(name) || *name == PROJECT) {
        return Err(format!("there is no argument `{unknown}`"));
    }
    let captured = operation.captured().map(|name| match (name, arguments.get(name)) {
        (PROJECT, _) => Ok(project.to_string()),
        (_, Some(Json::String(text))) if !text.is_empty() => Ok(text.clone()),
        _ => Err(format!("`{name}` must be given as a text")),
    });
    let captured = captured.collect::<Result<_, _>>()?;
    let mut query = Serializer::new(String::new());
    for parameter in &operation.query {
        match arguments.get(&parameter.name) {
            None | Some(Json::Null) => {
                let preset = preset.iter().filter(|(name, _)| *name == parameter.name);
                query.extend_pairs(preset);
            }
            Some(value) => add(&mut query, parameter, value)?,
        }
    }
    Ok(Target { captured, query: query.finish() })
}

fn add(query: &mut Serializer<'_, String>, parameter: &Parameter, value: &Json) -> Result<(), String> {
    let name = parameter.name.as_str();
    match (&parameter.shape, value) {
        (Shape::Filter(_) | Shape::Question(_), _) => {
            query.append_pair(name, &value.to_string());
        }
        (Shape::Csv | Shape::Names(_), Json::Array(items)) => {
            query.append_pair(name, &texts(name, items)?.join(","));
        }
        (_, Json::Array(items)) => {
            query.extend_pairs(texts(name, items)?.iter().map(|text| (name, text)));
        }
        _ => {
            query.append_pair(name, &text(name, value)?);
        }
    }
    Ok(())
}

fn texts(name: &str, items: &[Json]) -> Result<Vec<String>, String> {
    items.iter().map(|item| text(name, item)).collect()
}

fn text(name: &str, value: &Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => Err(format!("`{name}` takes no value like {value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::operations;

    fn request(id: &str, preset: &[(&str, &str)], arguments: &Json) -> Result<Target, String> {
        let operations = operations::all();
        let operation = operations.iter().find(|operation| operation.id == id).expect("an operation");
        target(operation, preset, &ProjectId::from_wire("p 1"), arguments.as_object().expect("an object"))
    }

    fn query(id: &str, arguments: &Json) -> Result<String, String> {
        request(id, &[("limit", "20")], arguments).map(|target| target.query)
    }

    #[test]
    fn arguments_become_what_the_handler_reads() {
        assert_eq!(query("listTraces", &json!({})), Ok("limit=20".to_owned()));
        assert_eq!(
            query("listTraces", &json!({"limit": 5, "tags": ["a", "b"], "fields": ["core", "io"], "userId": null})),
            Ok("limit=5&fields=core%2Cio&tags=a&tags=b".to_owned())
        );
        let filter = json!({"filter": [{"type": "string", "column": "name", "operator": "=", "value": "x"}]});
        assert!(query("listTraces", &filter).is_ok_and(|query| query.contains("filter=%5B%7B")));
        let tree = request("getTraceTree", &[], &json!({"traceId": "run/7"}));
        assert_eq!(tree.map(|target| target.captured), Ok(vec!["p 1".to_owned(), "run/7".to_owned()]));
    }

    #[test]
    fn arguments_that_do_not_fit_are_named() {
        assert_eq!(query("listTraces", &json!({"colour": 1})), Err("there is no argument `colour`".to_owned()));
        assert_eq!(query("getObservation", &json!({})), Err("`observationId` must be given as a text".to_owned()));
        assert!(query("getTraceTree", &json!({"traceId": "t", "projectId": "other"})).is_err());
        assert!(query("listTraces", &json!({"name": {"a": 1}})).is_err());
    }

    #[test]
    fn a_schema_names_every_argument_but_the_project() {
        let operations = operations::all();
        let tree = operations.iter().find(|operation| operation.id == "getTraceTree").expect("an operation");
        let schema = schema(tree);
        assert_eq!(schema["required"], json!(["traceId"]));
        assert!(schema["properties"].get("projectId").is_none());
    }
}
