//! JSON Schema of what no derive can know: names that are texts in the shapes of answers, and values that write
//! themselves.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use spanstone_model::{DataType, Level, ObservationType, ScoreSource};

use crate::render::observation::{Costs, Usage};
use crate::render::{Metadata, Number, Stored};

/// Declares a type that stands for the names of something, in the schema of a field that is a text.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $all:expr, $as_str:expr) => {
        $(#[$doc])*
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "enum": $all.map($as_str)})
            }
        }
    };
}

names!(
    /// The types of observations.
    ObservationTypeName,
    ObservationType::ALL,
    ObservationType::as_str
);
names!(
    /// The levels of observations.
    LevelName,
    Level::ALL,
    Level::as_str
);
names!(
    /// The data types of scores.
    DataTypeName,
    DataType::ALL,
    DataType::as_str
);
names!(
    /// Where scores come from.
    ScoreSourceName,
    ScoreSource::ALL,
    ScoreSource::as_str
);

/// Declares the schema of a value that writes itself.
macro_rules! written {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

written!(Number, "Number", {"type": "number"});
written!(Stored<'_>, "Payload", {"description": "a stored text that is JSON as that JSON, any other as a string"});
written!(Metadata<'_>, "Metadata", {"type": "object", "additionalProperties": true});
written!(Usage<'_>, "Usage", {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}});
written!(Costs<'_>, "Costs", {"type": "object", "additionalProperties": {"type": "number"}});
