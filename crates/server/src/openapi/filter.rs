//! The schema of filters: which types of condition there are, what each compares, and on which columns of a table.

use serde_json::{Value as Json, json};
use spanstone_engine::query::{Filter, Table};

use crate::params::metrics::TYPES;

/// A list of conditions on the columns of a table.
pub(super) fn conditions(table: Table) -> Json {
    let columns: Vec<_> = Filter::columns(table).collect();
    let taking = |kind: &str| -> Vec<&str> {
        let takes = columns.iter().filter(|(_, kinds)| kind == "null" || kinds.contains(&kind));
        takes.filter_map(|(names, _)| names.first().copied()).collect()
    };
    let kinds = TYPES.iter().map(|(kind, operators)| (kind, operators, taking(kind)));
    let options = kinds.filter(|(.., columns)| !columns.is_empty());
    let options: Vec<Json> = options
        .map(|(kind, operators, columns)| condition(kind, operators, json!({"type": "string", "enum": columns})))
        .collect();
    json!({"type": "array", "items": {"anyOf": options}})
}

/// A condition whose columns depend on something else.
pub(super) fn any_condition() -> Json {
    let options = TYPES.map(|(kind, operators)| condition(kind, operators, json!({"type": "string"})));
    json!({"anyOf": options})
}

/// The columns of a table by their first name, with the types of condition that each takes.
pub(crate) fn columns(table: Table) -> Json {
    let columns = Filter::columns(table).map(|(names, kinds)| {
        let (name, others) = names.split_first().unwrap_or((&"", &[]));
        json!({"column": name, "alsoCalled": others, "types": kinds})
    });
    let operators: serde_json::Map<String, Json> =
        TYPES.iter().map(|(kind, operators)| ((*kind).to_owned(), json!(operators))).collect();
    json!({"columns": columns.collect::<Vec<_>>(), "operatorsByType": operators})
}

fn condition(kind: &str, operators: &[&str], column: Json) -> Json {
    let mut required = vec!["type", "column", "operator", "value"];
    let mut properties = json!({
        "type": {"type": "string", "enum": [kind]},
        "operator": {"type": "string", "enum": operators},
        "value": value(kind),
    });
    properties["column"] = column;
    if matches!(kind, "stringObject" | "numberObject" | "booleanObject" | "categoryOptions") {
        required.push("key");
        properties["key"] = json!({"type": "string", "minLength": 1});
    }
    json!({"type": "object", "required": required, "properties": properties})
}

fn value(kind: &str) -> Json {
    match kind {
        "datetime" => json!({"type": "string", "format": "date-time"}),
        "string" | "stringObject" => json!({"type": "string"}),
        "number" | "numberObject" => json!({"type": "number"}),
        "boolean" | "booleanObject" => json!({"type": "boolean"}),
        "null" => json!({"type": "string", "enum": [""]}),
        "stringOptions" | "arrayOptions" | "categoryOptions" => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string"}})
        }
        _ => json!({}),
    }
}
