//! A parameter of a query string as OpenAPI describes it, and its schema alone, which others describe arguments by.

use serde_json::{Value as Json, json};

use super::{filter, meaning};
use crate::params::Least;
use crate::params::asked::{Parameter, Shape};

/// The parameter object.
pub(crate) fn describe(parameter: &Parameter) -> Json {
    let mut described = json!({"name": parameter.name, "in": "query"});
    if let Some(meaning) = meaning::of(&parameter.name) {
        described["description"] = json!(meaning);
    }
    if parameter.is_required {
        described["required"] = json!(true);
    }
    let schema = schema(&parameter.shape);
    match parameter.shape {
        Shape::Filter(_) | Shape::Question(_) => described["content"] = json!({"application/json": {"schema": schema}}),
        Shape::Csv | Shape::Names(_) => {
            described["style"] = json!("form");
            described["explode"] = json!(false);
            described["schema"] = schema;
        }
        _ => described["schema"] = schema,
    }
    described
}

/// The schema of a parameter's value.
pub(crate) fn schema(shape: &Shape) -> Json {
    match shape {
        Shape::Text | Shape::LooseTime => json!({"type": "string"}),
        Shape::Repeated | Shape::List | Shape::Csv => json!({"type": "array", "items": {"type": "string"}}),
        Shape::Names(names) => json!({"type": "array", "items": {"type": "string", "enum": names}}),
        Shape::Time => json!({"type": "string", "format": "date-time"}),
        Shape::OneOf(names) => json!({"type": "string", "enum": names}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Integer { least: Least::AtLeast(minimum), max } => {
            json!({"type": "integer", "minimum": minimum, "maximum": max})
        }
        Shape::Integer { least: Least::Above(minimum), max } => {
            json!({"type": "integer", "exclusiveMinimum": minimum, "maximum": max})
        }
        Shape::Number => json!({"type": "number"}),
        Shape::Filter(table) => filter::conditions(*table),
        Shape::Question(schema) => schema.clone(),
    }
}
