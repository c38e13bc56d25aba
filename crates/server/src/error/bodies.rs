//! The forms of error bodies, and which of them a failure has where.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value as Json;

use super::rpc::RpcStatus;
use super::{Code, Dialect};
use crate::openapi::bodies;
use crate::openapi::operation::{JSON, SchemaOf};
use crate::routes::otlp::PROTOBUF;

/// The content types and schemas that a failure may have in a dialect: what [`super::Failure::render`] writes.
pub(crate) fn schemas(dialect: Dialect, code: Code) -> Vec<(&'static str, SchemaOf)> {
    let public: SchemaOf = SchemaGenerator::subschema_for::<PublicBody<'_>>;
    let is_early = matches!(code, Code::Unauthorized | Code::Forbidden | Code::MethodNotAllowed);
    match dialect {
        Dialect::Ingestion => {
            let class: SchemaOf = SchemaGenerator::subschema_for::<ClassBody<'_>>;
            let shape: SchemaOf = SchemaGenerator::subschema_for::<ShapeBody<'_>>;
            match code {
                Code::InvalidJson | Code::InvalidData | Code::InvalidRequest => {
                    vec![(JSON, class), (JSON, shape), (TEXT, SchemaGenerator::subschema_for::<str>)]
                }
                Code::BodyTooLarge => vec![(TEXT, SchemaGenerator::subschema_for::<str>)],
                _ => vec![(JSON, class)],
            }
        }
        Dialect::Otlp if !is_early => vec![(JSON, SchemaGenerator::subschema_for::<OtlpBody<'_>>)],
        Dialect::Public | Dialect::Otlp => vec![(JSON, public)],
        Dialect::Status | Dialect::StatusProtobuf => {
            vec![(JSON, SchemaGenerator::subschema_for::<RpcStatus>), (PROTOBUF, bodies::bytes)]
        }
        Dialect::Mcp => vec![(JSON, SchemaGenerator::subschema_for::<McpBody<'_>>)],
        Dialect::Own => vec![(JSON, SchemaGenerator::subschema_for::<OwnBody<'_>>)],
    }
}

const TEXT: &str = "text/plain";

/// An error of the OTLP endpoint.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OtlpError")]
pub(super) struct OtlpBody<'a> {
    pub(super) error: &'a str,
}

/// An error of the endpoint for agents.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "McpError")]
pub(super) struct McpBody<'a> {
    pub(super) error: &'a str,
    pub(super) code: &'a str,
}

/// An error of our own API.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnError")]
pub(super) struct OwnBody<'a> {
    pub(super) message: &'a str,
    pub(super) code: &'a str,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<&'a str>,
}

/// What is wrong with the shape of a batch.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BatchShapeError")]
pub(super) struct ShapeBody<'a> {
    pub(super) message: &'a str,
    pub(super) errors: &'a [String],
}

/// An error of the ingestion endpoint.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "IngestionError")]
pub(super) struct ClassBody<'a> {
    pub(super) error: &'a str,
    pub(super) message: &'a str,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<&'a str>,
}

/// An error of Langfuse's public API.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(super) struct PublicBody<'a> {
    pub(super) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<PublicError<'a>>,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<&'a str>,
}

/// Issues of the validator, sentences, or the name of a class of errors.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ErrorDetail")]
#[serde(untagged)]
pub(super) enum PublicError<'a> {
    Issues(&'a [Json]),
    Errors(&'a [String]),
    Class(&'a str),
}
