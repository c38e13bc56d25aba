//! The tools: a table from names to operations, and how one is run.

use std::sync::LazyLock;

use actix_web::body::MessageBody as _;
use actix_web::http::Method;
use serde_json::{Map, Value as Json, json};
use spanstone_engine::query::Table;
use spanstone_engine::query::metrics::Generation;
use spanstone_model::ProjectId;

use super::message::Fault;
use super::{arguments, shorten};
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::operation::Operation;
use crate::openapi::{filter, operations, question};

/// A tool: an operation under a name that agents know from Langfuse, or one of our own.
struct Tool {
    name: &'static str,
    operation: &'static str,
    /// Beyond the operation's own sentence.
    hint: &'static str,
    /// Parameters that count unless the agent says otherwise.
    preset: &'static [(&'static str, &'static str)],
    /// How long a text in the answer may be.
    text_chars_max: usize,
}

/// How long an answer may be, in bytes: some 40,000 tokens.
const ANSWER_BYTES_MAX: usize = 150_000;
/// How long a text in the answer may be where one thing is asked for.
const WHOLE: usize = 100_000;
/// The same where many are.
const BRIEF: usize = 1_000;

/// A tool that runs the operation of its name and gives twenty rows unless the agent wants more.
const fn listing(name: &'static str, hint: &'static str) -> Tool {
    Tool { name, operation: name, hint, preset: &[("limit", "20")], text_chars_max: BRIEF }
}

/// A tool that runs the operation of its name and gives one thing, whole.
const fn one(name: &'static str, hint: &'static str) -> Tool {
    Tool { name, operation: name, hint, preset: &[], text_chars_max: WHOLE }
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "listTraces",
        operation: "listTraces",
        hint: "Add the field group `io` for inputs and outputs.",
        preset: &[("fields", "core,metrics"), ("limit", "20")],
        text_chars_max: BRIEF,
    },
    Tool {
        name: "getTrace",
        operation: "getTraceTree",
        hint: "Inputs and outputs of observations are not in it: ask getObservation.",
        preset: &[],
        text_chars_max: BRIEF,
    },
    Tool {
        name: "searchTraces",
        operation: "search",
        hint: "Finds words in inputs, outputs and metadata of traces and observations.",
        preset: &[("limit", "20")],
        text_chars_max: BRIEF,
    },
    listing("listObservations", "getObservationFieldSchema says what the field groups hold."),
    one("getObservation", "With its input and output in full, unless they are very long."),
    listing("listSessions", ""),
    listing("listScores", "The field group `subject` says what a score is about."),
    one("getScore", ""),
    listing("listDays", "For how much was used and what it cost."),
    listing("listScoreConfigs", ""),
    one("getScoreConfig", ""),
    listing("listComments", ""),
    one("getComment", ""),
    listing("listExperiments", ""),
    listing("listExperimentItems", ""),
    listing("listModels", "With their prices; the project's own go before those that are built in."),
    one("getModel", ""),
    Tool {
        name: "queryMetrics",
        operation: "queryMetrics",
        hint: "getMetricsSchema names the dimensions and measures of each view.",
        preset: &[],
        text_chars_max: BRIEF,
    },
    Tool { name: "getHealth", operation: "getHealth", hint: "", preset: &[], text_chars_max: BRIEF },
];

/// A tool that needs no operation: it tells what is known of the API itself.
struct Knowledge {
    name: &'static str,
    description: &'static str,
    tell: fn() -> Json,
}

const KNOWLEDGE: [Knowledge; 3] = [
    Knowledge {
        name: "getObservationFieldSchema",
        description: "What listObservations can answer: field groups and fields.",
        tell: field_schema,
    },
    Knowledge {
        name: "getObservationFilterSchema",
        description: "What a filter of listObservations can name: columns, types of condition, operators.",
        tell: || filter::columns(Table::ObservationsV2),
    },
    Knowledge {
        name: "getMetricsSchema",
        description: "What queryMetrics can be asked: views with their dimensions and measures, aggregations.",
        tell: || question::names(Generation::V2),
    },
];

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(operations::all);

impl Tool {
    fn operation(&self) -> Option<&'static Operation> {
        OPERATIONS.iter().find(|operation| operation.id == self.operation)
    }
}

/// Every tool, as agents are told.
pub(super) fn list() -> Vec<Json> {
    let operations = TOOLS.iter().filter_map(|tool| Some((tool, tool.operation()?)));
    let mut tools: Vec<Json> = operations
        .map(|(tool, operation)| {
            let description = format!("{} {}", operation.summary, tool.hint);
            described(tool.name, description.trim(), &arguments::schema(operation))
        })
        .collect();
    let nothing = json!({"type": "object", "properties": {}, "additionalProperties": false});
    tools.extend(KNOWLEDGE.iter().map(|known| described(known.name, known.description, &nothing)));
    tools
}

fn described(name: &str, description: &str, schema: &Json) -> Json {
    json!({
        "name": name,
        "description": description,
        "inputSchema": schema,
        "annotations": {"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true},
    })
}

/// Runs a tool. What the handler refuses is a result that says so, which the agent sees and can act on.
///
/// # Errors
/// Fails when there is no such tool, or when it does not take the arguments.
pub(super) async fn run(call: &Call, project: &ProjectId, params: &Json) -> Result<Json, Fault> {
    let name = params["name"].as_str().ok_or_else(|| Fault::invalid_params("`name` must be a string"))?;
    let empty = Map::new();
    let arguments = match &params["arguments"] {
        Json::Null => &empty,
        Json::Object(arguments) => arguments,
        _ => return Err(Fault::invalid_params("`arguments` must be an object")),
    };
    if let Some(known) = KNOWLEDGE.iter().find(|known| known.name == name) {
        return Ok(result(&format!("{:#}", (known.tell)()), false));
    }
    let tool = TOOLS.iter().find(|tool| tool.name == name);
    let tool = tool.and_then(|tool| Some((tool, tool.operation()?)));
    let (tool, operation) = tool.ok_or_else(|| Fault::invalid_params(&format!("there is no tool `{name}`")))?;
    let target = arguments::target(operation, tool.preset, project, arguments);
    let target = target.map_err(|problem| Fault::invalid_params(&problem))?;
    let inner = call.inner(target.captured, target.query);
    match answer_of(call, operation, inner, tool.text_chars_max).await {
        Ok(text) => Ok(result(&text, false)),
        Err(failure) => Ok(result(&failure.told(), true)),
    }
}

/// Runs the operation's own handler.
async fn answer_of(call: &Call, operation: &Operation, inner: Call, text_chars_max: usize) -> Result<String, Failure> {
    let route = call.context().routes.iter().find(|route| route.serves(operation.method, operation.path));
    let route = route.ok_or_else(|| Failure::internal(format!("no route serves {}", operation.path)))?;
    let answer = route.run(&Method::GET, inner).await?;
    let bytes = answer.into_body().try_into_bytes();
    let bytes = bytes.map_err(|_| Failure::internal("an answer that is no piece of memory"))?;
    call.wait_for(move |_| {
        let value = serde_json::from_slice(&bytes).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(shorten::fit(value, text_chars_max, ANSWER_BYTES_MAX))
    })
    .await
}

fn result(text: &str, is_error: bool) -> Json {
    json!({"content": [{"type": "text", "text": text}], "isError": is_error})
}

/// The groups of fields of an observation, and each field with its schema.
fn field_schema() -> Json {
    let document: Json = serde_json::from_str(crate::openapi::document()).unwrap_or_default();
    let fields = &document["components"]["schemas"]["ObservationV2"]["properties"];
    json!({"groups": crate::params::fields::observation::NAMES, "fields": fields})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_an_operation_that_reads() {
        for tool in TOOLS {
            assert!(tool.operation().is_some_and(|operation| operation.method == "GET"), "{}", tool.name);
        }
        assert_eq!(list().len(), TOOLS.len() + KNOWLEDGE.len());
    }

    #[test]
    fn preset_parameters_are_parameters() {
        for tool in TOOLS {
            let operation = tool.operation().expect("an operation");
            for (name, _) in tool.preset {
                assert!(operation.query.iter().any(|parameter| parameter.name == *name), "{}: {name}", tool.name);
            }
        }
    }

    #[test]
    fn the_fields_of_observations_are_told() {
        let schema = field_schema();
        assert!(schema["fields"]["startTime"].is_object(), "{schema:#}");
        assert!(schema["groups"].as_array().is_some_and(|groups| groups.contains(&json!("io"))));
    }
}
