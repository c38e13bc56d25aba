//! The parameters of the experiments endpoints.
//!
//! Owns what the two share: the window of time, lists of names, and a `filter` of the same names.

use serde_json::{Value as Json, json};
use spanstone_engine::query::experiments::{ExperimentField, ExperimentQuery};
use spanstone_engine::query::{Test, TextMatch};
use spanstone_model::Limits;

use super::asked::Shape;
use super::{Least, Params, issue};

/// How many scores of a row are given unless the client says otherwise, and at the most.
const SCORES_MAX: u32 = 50;

/// What an endpoint is asked by: the names of parameters that are lists of texts, and of the columns of its filter.
pub(crate) type Columns = [(&'static str, ExperimentField)];

/// Reads what both endpoints are asked for.
pub(crate) fn read(params: &mut Params, columns: &Columns, limits: &Limits) -> Option<ExperimentQuery> {
    let from = params.time("fromStartTime");
    if from.is_none() && params.values("fromStartTime").next().is_none() {
        params.refuse(issue::wrong_or_missing(&["fromStartTime"], "string", None));
    }
    let to = params.time("toStartTime");
    let mut conditions = Vec::new();
    for (name, field) in columns {
        let names = params.csv(name);
        if !names.is_empty() {
            conditions.push((*field, Test::AnyOf(names)));
        }
    }
    conditions.extend(filter(params, columns, limits));
    Some(ExperimentQuery { from: from?, to, conditions })
}

/// `scoreLimit`.
pub(crate) fn score_limit(params: &mut Params) -> usize {
    params.integer("scoreLimit", Least::AtLeast(1), SCORES_MAX).unwrap_or(SCORES_MAX) as usize
}

/// What conditions on experiments look like; which columns there are depends on what is listed.
fn conditions_schema(most: usize) -> Json {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "array",
        "maxItems": most,
        "items": {
            "type": "object",
            "required": ["type", "column", "operator", "value"],
            "properties": {
                "type": {"type": "string"},
                "column": {"type": "string"},
                "operator": {"type": "string"},
                "value": {"anyOf": [{"type": "string"}, texts]},
            },
        },
    })
}

fn filter(params: &mut Params, columns: &Columns, limits: &Limits) -> Vec<(ExperimentField, Test)> {
    params.note("filter", || Shape::Question(conditions_schema(limits.filter_conditions_max)));
    let text = params.filled("filter").unwrap_or_default();
    if text.is_empty() {
        return Vec::new();
    }
    let Ok(Json::Array(elements)) = serde_json::from_str(&text) else {
        params.refuse(issue::custom("filter", "expected a JSON array of conditions"));
        return Vec::new();
    };
    if elements.len() > limits.filter_conditions_max {
        let most = limits.filter_conditions_max;
        params.refuse(issue::custom("filter", &format!("too many conditions: {}, at most {most}", elements.len())));
        return Vec::new();
    }
    let mut conditions = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        match condition(element, columns) {
            Ok(condition) => conditions.push(condition),
            Err(message) => params.refuse(issue::custom("filter", &format!("condition {index}: {message}"))),
        }
    }
    conditions
}

fn condition(json: &Json, columns: &Columns) -> Result<(ExperimentField, Test), String> {
    let text = |key: &str| json[key].as_str().unwrap_or_default();
    let (kind, column, operator) = (text("type"), text("column"), text("operator"));
    let field = columns.iter().find(|(name, _)| *name == column).map(|(_, field)| *field);
    let field = field.ok_or_else(|| {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        format!("there is no column `{column}`; there are {}", names.join(", "))
    })?;
    let unknown = || format!("the type `{kind}` has no operator `{operator}` here");
    let test = match kind {
        "stringOptions" => {
            let values: Option<Vec<String>> =
                json["value"].as_array().and_then(|all| all.iter().map(|it| it.as_str().map(str::to_owned)).collect());
            let values = values.filter(|all| !all.is_empty()).ok_or("`value` must be a list of strings")?;
            let test = Test::of_options(operator, values).filter(|test| !matches!(test, Test::AllOf(_)));
            test.ok_or_else(unknown)?
        }
        "string" => {
            let value = json["value"].as_str().ok_or("`value` must be a string")?.to_owned();
            Test::Text(TextMatch::from_operator(operator).ok_or_else(unknown)?, value)
        }
        _ => return Err(format!("there is no type `{kind}` here; send string or stringOptions")),
    };
    Ok((field, test))
}
