//! What bodies of requests look like.
//!
//! The decoders read them leniently and by hand, so there are no types to derive from: each body is a table of its
//! fields here. Unknown fields are ignored everywhere, and an explicit null stands for a field that is not given.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json, json};
use spanstone_engine::pricing::Operator;
use spanstone_engine::{CommentedObject, ConfigDataType};
use spanstone_model::id::ID_UNITS_MAX;
use spanstone_model::{ContentType, DataType, Level, ScoreSource};

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    Id,
    Text,
    Texts,
    Time,
    Flag,
    Object,
    Any,
    Level,
    DataType,
    Source,
}

type Fields = &'static [(&'static str, Kind)];

const TRACE: Fields = &[
    ("id", Kind::Id),
    ("timestamp", Kind::Time),
    ("name", Kind::Text),
    ("input", Kind::Any),
    ("output", Kind::Any),
    ("sessionId", Kind::Text),
    ("userId", Kind::Text),
    ("environment", Kind::Text),
    ("metadata", Kind::Any),
    ("release", Kind::Text),
    ("version", Kind::Text),
    ("public", Kind::Flag),
    ("tags", Kind::Texts),
];

const OBSERVATION: Fields = &[
    ("traceId", Kind::Id),
    ("name", Kind::Text),
    ("startTime", Kind::Time),
    ("metadata", Kind::Any),
    ("input", Kind::Any),
    ("output", Kind::Any),
    ("level", Kind::Level),
    ("statusMessage", Kind::Text),
    ("parentObservationId", Kind::Text),
    ("version", Kind::Text),
];

const END: Fields = &[("endTime", Kind::Time)];

const MODEL_CALL: Fields = &[
    ("completionStartTime", Kind::Time),
    ("model", Kind::Text),
    ("modelParameters", Kind::Object),
    ("usage", Kind::Object),
    ("prompt", Kind::Any),
    ("completion", Kind::Any),
];

const SCORE: Fields = &[
    ("id", Kind::Id),
    ("name", Kind::Text),
    ("value", Kind::Any),
    ("traceId", Kind::Text),
    ("observationId", Kind::Text),
    ("sessionId", Kind::Text),
    ("datasetRunId", Kind::Text),
    ("dataType", Kind::DataType),
    ("source", Kind::Source),
    ("comment", Kind::Text),
    ("configId", Kind::Text),
    ("queueId", Kind::Text),
    ("environment", Kind::Text),
    ("metadata", Kind::Any),
];

/// Anything that is JSON.
pub(super) fn anything(_: &mut SchemaGenerator) -> Schema {
    json_schema!({})
}

/// Bytes that mean nothing to JSON.
pub(crate) fn bytes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "binary"})
}

/// Text.
pub(super) fn text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string"})
}

/// A batch of events.
pub(super) fn batch(_: &mut SchemaGenerator) -> Schema {
    let event = json!({
        "type": "object",
        "required": ["id", "type", "timestamp", "body"],
        "properties": {
            "id": {"type": "string"},
            "type": {"type": "string", "examples": ["trace-create", "span-create", "generation-update", "score-create"]},
            "timestamp": {"type": "string", "format": "date-time"},
            "body": {"type": "object"},
        },
    });
    json_schema!({
        "type": "object",
        "required": ["batch"],
        "properties": {"batch": {"type": "array", "items": event}, "metadata": {}},
    })
}

/// A trace.
pub(super) fn trace(_: &mut SchemaGenerator) -> Schema {
    object(&[TRACE], &[])
}

/// A span or an event.
pub(super) fn span(_: &mut SchemaGenerator) -> Schema {
    object(&[&[("id", Kind::Id)], OBSERVATION, END], &[])
}

/// An update of a span.
pub(super) fn span_update(_: &mut SchemaGenerator) -> Schema {
    object(&[&[("spanId", Kind::Id)], OBSERVATION, END], &["spanId"])
}

/// A generation.
pub(super) fn generation(_: &mut SchemaGenerator) -> Schema {
    object(&[&[("id", Kind::Id)], OBSERVATION, END, MODEL_CALL], &[])
}

/// An update of a generation.
pub(super) fn generation_update(_: &mut SchemaGenerator) -> Schema {
    object(&[&[("generationId", Kind::Id)], OBSERVATION, END, MODEL_CALL], &["generationId"])
}

/// A score, or a list of them.
pub(super) fn scores(_: &mut SchemaGenerator) -> Schema {
    let score = object(&[SCORE], &["name", "value"]).to_value();
    json_schema!({"anyOf": [score, {"type": "array", "items": score}]})
}

/// The ids of traces.
pub(super) fn trace_ids(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["traceIds"],
        "properties": {"traceIds": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "string"}}},
        "additionalProperties": false,
    })
}

/// A medium that is going to be uploaded.
pub(super) fn announcement(_: &mut SchemaGenerator) -> Schema {
    let types: Vec<&str> = ContentType::all().map(ContentType::as_str).collect();
    json_schema!({
        "type": "object",
        "required": ["contentType", "contentLength", "sha256Hash", "field"],
        "properties": {
            "contentType": {"type": "string", "enum": types},
            "contentLength": {"type": "integer", "minimum": 1},
            "sha256Hash": {"type": "string", "minLength": 44, "maxLength": 44},
            "field": {"type": "string", "enum": ["input", "output", "expectedOutput", "metadata"]},
            "traceId": {"type": ["string", "null"]},
            "observationId": {"type": ["string", "null"]},
            "datasetId": {"type": ["string", "null"]},
            "datasetItemId": {"type": ["string", "null"]},
        },
    })
}

/// A comment.
pub(super) fn comment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["projectId", "content", "objectType", "objectId"],
        "properties": {
            "projectId": {"type": "string"},
            "content": {"type": "string", "minLength": 1, "maxLength": 5000},
            "objectType": {"type": "string", "enum": CommentedObject::ALL.map(CommentedObject::as_str)},
            "objectId": {"type": "string"},
            "authorUserId": {"type": ["string", "null"]},
        },
        "additionalProperties": false,
    })
}

/// A score configuration.
pub(super) fn score_config(_: &mut SchemaGenerator) -> Schema {
    let types = ConfigDataType::ALL.map(ConfigDataType::as_str);
    json_schema!({
        "type": "object",
        "required": ["name", "dataType"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 35},
            "dataType": {"type": "string", "enum": types},
            "description": {"type": ["string", "null"]},
            "minValue": {"type": ["number", "null"]},
            "maxValue": {"type": ["number", "null"]},
            "categories": categories(),
        },
    })
}

/// What of a score configuration can be changed.
pub(super) fn score_config_change(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "minProperties": 1,
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 35},
            "description": {"type": ["string", "null"]},
            "isArchived": {"type": "boolean"},
            "minValue": {"type": ["number", "null"]},
            "maxValue": {"type": ["number", "null"]},
            "categories": categories(),
        },
    })
}

fn categories() -> Json {
    json!({
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "required": ["label", "value"],
            "properties": {"label": {"type": "string"}, "value": {"type": "number"}},
        },
    })
}

/// A model with its prices.
pub(super) fn model(_: &mut SchemaGenerator) -> Schema {
    let price = json!({"type": ["number", "null"], "minimum": 0});
    let usage = json!({
        "type": "object",
        "required": ["usageDetailPattern", "operator", "value"],
        "properties": {
            "usageDetailPattern": {"type": "string", "minLength": 1, "maxLength": 200},
            "operator": {"type": "string", "enum": Operator::ALL.map(|(_, name, _)| name)},
            "value": {"type": "integer", "minimum": 0},
            "caseSensitive": {"type": ["boolean", "null"]},
        },
    });
    let setting = json!({
        "type": "object",
        "required": ["source", "key", "operator", "values"],
        "properties": {
            "source": {"type": "string", "enum": ["model_parameters", "metadata"]},
            "key": {"type": "string", "minLength": 1, "maxLength": 200},
            "operator": {"type": "string", "const": "in"},
            "values": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string"}},
        },
    });
    let tier = json!({
        "type": "object",
        "required": ["name", "isDefault", "priority", "prices"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 100},
            "isDefault": {"type": "boolean"},
            "priority": {"type": "integer", "minimum": 0, "maximum": 999},
            "conditions": {"type": ["array", "null"], "maxItems": 20, "items": {"anyOf": [usage, setting]}},
            "prices": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 200,
                "additionalProperties": {"type": "number", "minimum": 0},
            },
        },
    });
    json_schema!({
        "type": "object",
        "required": ["modelName", "matchPattern"],
        "properties": {
            "modelName": {"type": "string", "minLength": 1, "maxLength": 512},
            "matchPattern": {"type": "string", "minLength": 1, "maxLength": 2048},
            "startDate": {"type": ["string", "null"]},
            "unit": {"type": ["string", "null"]},
            "inputPrice": price,
            "outputPrice": price,
            "totalPrice": price,
            "pricingTiers": {"type": ["array", "null"], "minItems": 1, "maxItems": 100, "items": tier},
            "tokenizerId": {"type": ["string", "null"], "enum": ["openai", "claude", null]},
            "tokenizerConfig": {},
        },
    })
}

/// What became of an upload.
pub(super) fn upload_outcome(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["uploadHttpStatus"],
        "properties": {"uploadHttpStatus": {"type": "integer"}, "uploadHttpError": {"type": ["string", "null"]}},
    })
}

/// An e-mail address and a password.
pub(super) fn credentials(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["email", "password"],
        "properties": {"email": {"type": "string"}, "password": {"type": "string", "format": "password"}},
    })
}

fn object(tables: &[Fields], required: &[&str]) -> Schema {
    let mut properties = Map::new();
    for (name, kind) in tables.iter().flat_map(|fields| fields.iter()) {
        let may_be_null = !required.contains(name);
        properties.insert((*name).to_owned(), kind.schema(may_be_null));
    }
    json_schema!({"type": "object", "properties": properties, "required": required})
}

impl Kind {
    fn schema(self, may_be_null: bool) -> Json {
        let typed = |name: &str| if may_be_null { json!([name, "null"]) } else { json!(name) };
        let one_of = |names: Vec<&str>| {
            let names = names.into_iter().map(Json::from).chain(may_be_null.then_some(Json::Null));
            json!({"enum": names.collect::<Vec<_>>()})
        };
        match self {
            Self::Id => json!({"type": typed("string"), "minLength": 1, "maxLength": ID_UNITS_MAX}),
            Self::Text => json!({"type": typed("string")}),
            Self::Texts => json!({"type": typed("array"), "items": {"type": "string"}}),
            Self::Time => json!({"type": typed("string"), "format": "date-time"}),
            Self::Flag => json!({"type": typed("boolean")}),
            Self::Object => json!({"type": typed("object")}),
            Self::Any => json!({}),
            Self::Level => one_of(Level::ALL.map(Level::as_str).to_vec()),
            Self::DataType => one_of(DataType::ALL.map(DataType::as_str).to_vec()),
            Self::Source => one_of(ScoreSource::ALL.map(ScoreSource::as_str).to_vec()),
        }
    }
}
