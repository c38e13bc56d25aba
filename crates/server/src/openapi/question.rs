//! The schema of a metrics question.

use serde_json::{Value as Json, json};
use spanstone_engine::query::metrics::{Aggregation, Generation, View};

use super::filter::any_condition;

/// What a question looks like.
pub(crate) fn schema(generation: Generation) -> Json {
    let views: Vec<&str> = View::of(generation).iter().map(|view| view.as_str()).collect();
    let aggregations = Aggregation::ALL.map(Aggregation::as_str);
    let metric = json!({
        "type": "object",
        "required": ["measure", "aggregation"],
        "properties": {"measure": {"type": "string"}, "aggregation": {"type": "string", "enum": aggregations}},
    });
    let order = json!({
        "type": "object",
        "required": ["field", "direction"],
        "properties": {"field": {"type": "string"}, "direction": {"type": "string", "enum": ["asc", "desc"]}},
    });
    let dimension = json!({"type": "object", "required": ["field"], "properties": {"field": {"type": "string"}}});
    let granularities = ["auto", "minute", "hour", "day", "week", "month"];
    json!({
        "type": "object",
        "required": ["view", "metrics", "fromTimestamp", "toTimestamp"],
        "properties": {
            "view": {"type": "string", "enum": views},
            "dimensions": {"type": "array", "items": dimension},
            "metrics": {"type": "array", "items": metric},
            "filters": {"type": "array", "items": any_condition()},
            "timeDimension": {
                "type": ["object", "null"],
                "required": ["granularity"],
                "properties": {"granularity": {"type": "string", "enum": granularities}},
            },
            "fromTimestamp": {"type": "string", "format": "date-time"},
            "toTimestamp": {"type": "string", "format": "date-time"},
            "orderBy": {"type": ["array", "null"], "items": order},
            "config": {
                "type": ["object", "null"],
                "properties": {
                    "bins": {"type": "integer", "minimum": 1, "maximum": 100},
                    "row_limit": {"type": "integer", "minimum": 1, "maximum": 1000},
                },
            },
        },
    })
}

/// What each view can be grouped by and measured in, and how it can be put together.
pub(crate) fn names(generation: Generation) -> Json {
    let views = View::of(generation).iter().map(|view| {
        let names = json!({
            "dimensions": view.dimension_names(generation),
            "measures": view.measure_names(generation),
        });
        (view.as_str().to_owned(), names)
    });
    json!({"views": Json::Object(views.collect()), "aggregations": Aggregation::ALL.map(Aggregation::as_str)})
}
