//! Everything that can go wrong with a request, and the only place that knows HTTP status codes.
//!
//! Owns the table from [`Code`] to status and slug, and one renderer per dialect: what Langfuse's ingestion
//! endpoint says, what the rest of its public API says, what its OTLP endpoint says, what OpenTelemetry's own says, and
//! our own API's form.
//! Refuses to show internals: the cause of a failure of ours goes to the log, under an id that the body names.

mod bodies;
mod engine;
mod rpc;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::http::{ConnectionType, StatusCode};
use serde::Serialize;
use serde_json::Value as Json;
use spanstone_engine::wire::RefusedEvent;

pub(crate) use self::bodies::schemas;
use self::bodies::{ClassBody, McpBody, OtlpBody, OwnBody, PublicBody, PublicError, ShapeBody};
use crate::params::issue;
pub(crate) use rpc::RpcStatus;

/// The answer of a handler.
pub(crate) type Answer = Result<HttpResponse, Failure>;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    detail: Detail,
    retry_after_seconds: Option<u32>,
}

/// What a failure says beyond its message.
#[derive(Debug)]
enum Detail {
    /// Nothing.
    None,
    /// The issues of Langfuse's validator, one object each.
    Issues(Vec<Json>),
    /// Sentences about the shape of a batch.
    Errors(Vec<String>),
    /// The cause of a failure of ours, for the log.
    Cause(String),
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The body is not JSON.
    InvalidJson,
    /// Parameters or body break a rule of Langfuse's validator.
    InvalidData,
    /// Anything else that is wrong with the request.
    InvalidRequest,
    /// No credential, or one that is not known.
    Unauthorized,
    /// A credential that does not reach this far.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The resource has no such method.
    MethodNotAllowed,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body is larger than its limit.
    BodyTooLarge,
    /// The body is not of the type that the endpoint reads.
    UnsupportedMediaType,
    /// The answer would be larger than its limit.
    AnswerTooLarge,
    /// Too many tries to sign in.
    TooManyTries,
    /// A failure of ours.
    Internal,
    /// Not now; worth another try in a moment.
    Unavailable,
    /// There is no space left, on disk or in memory.
    StorageFull,
}

/// Which of the forms of error bodies a route speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `POST /api/public/ingestion`: `{error, message}`, with two plain texts that the web framework beneath
    /// Langfuse answers itself.
    Ingestion,
    /// The rest of Langfuse's public API: `{message, error}`; authentication failures have no `error`.
    Public,
    /// Langfuse's OTLP endpoint: `{error}`, and as `Public` until the body is looked at.
    Otlp,
    /// OpenTelemetry's own endpoints: the message `google.rpc.Status`, as JSON.
    Status,
    /// The same in protobuf, for clients that send it.
    StatusProtobuf,
    /// The endpoint for agents: `{error, code}`, until there is a message to answer.
    Mcp,
    /// Our own API: `{message, code}`.
    Own,
}

impl Dialect {
    /// The dialect in the type that the request's body has, where there are two.
    pub(crate) fn for_body(self, content_type: Option<&HeaderValue>) -> Self {
        let type_ = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        match self {
            Self::Status if type_.to_ascii_lowercase().contains("protobuf") => Self::StatusProtobuf,
            _ => self,
        }
    }
}

impl Code {
    /// The status, and the name of the error class that Langfuse puts into `error`.
    fn row(self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidJson | Self::InvalidData | Self::InvalidRequest => {
                (StatusCode::BAD_REQUEST, "InvalidRequestError")
            }
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "UnauthorizedError"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "ForbiddenError"),
            Self::NotFound => (StatusCode::NOT_FOUND, "LangfuseNotFoundError"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowedError"),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutError"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeError"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "InvalidRequestError"),
            Self::AnswerTooLarge => (StatusCode::UNPROCESSABLE_ENTITY, "PayloadTooLargeError"),
            Self::TooManyTries => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsError"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableError"),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "InsufficientStorageError"),
        }
    }

    /// The HTTP status.
    pub(crate) fn status(self) -> StatusCode {
        self.row().0
    }

    /// What it means, in a sentence.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::InvalidJson | Self::InvalidData | Self::InvalidRequest => "Something is wrong with the request.",
            Self::Unauthorized => "No credential, or one that is not known.",
            Self::Forbidden => "A credential that does not reach this far.",
            Self::NotFound => "There is no such thing.",
            Self::MethodNotAllowed => "The resource has no such method.",
            Self::BodyTimeout => "The body did not arrive in time.",
            Self::BodyTooLarge => "The body is larger than its limit.",
            Self::UnsupportedMediaType => "The body is not of a type or encoding that is read here.",
            Self::AnswerTooLarge => "The answer would be larger than its limit.",
            Self::TooManyTries => "Too many tries to sign in.",
            Self::Internal => "A failure of ours.",
            Self::Unavailable => "Not now; worth another try in a moment.",
            Self::StorageFull => "There is no space left, on disk or in memory.",
        }
    }

    /// The name in the bodies of our own API.
    fn slug(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::InvalidData | Self::InvalidRequest => "invalid_request",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTimeout => "body_timeout",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::AnswerTooLarge => "answer_too_large",
            Self::TooManyTries => "too_many_tries",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::StorageFull => "storage_full",
        }
    }
}

/// The status of a batch that was taken: each event has its own beside it.
pub(crate) const MULTI_STATUS: StatusCode = StatusCode::MULTI_STATUS;
/// The status of an answer about something new.
pub(crate) const CREATED: StatusCode = StatusCode::CREATED;
/// The status of an answer with a part of what was asked for.
pub(crate) const PARTIAL_CONTENT: StatusCode = StatusCode::PARTIAL_CONTENT;
/// The status of an answer that has what was asked for.
pub(crate) const OK: StatusCode = StatusCode::OK;
/// The status of a body that is no message.
pub(crate) const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
/// The status for a client that takes none of the types that there are.
pub(crate) const NOT_ACCEPTABLE: StatusCode = StatusCode::NOT_ACCEPTABLE;
/// The status of scores that were taken, all of them.
pub(crate) const ACCEPTED: StatusCode = StatusCode::ACCEPTED;
/// The status of an answer without a body.
pub(crate) const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;
/// The status of an answer that the client has already.
pub(crate) const NOT_MODIFIED: StatusCode = StatusCode::NOT_MODIFIED;
/// The status of a page that has moved.
pub(crate) const FOUND: StatusCode = StatusCode::FOUND;
/// The status that says an event of a batch was taken.
pub(crate) const EVENT_CREATED: u16 = 201;

impl Failure {
    /// A failure of a kind, with the client's text.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: Detail::None, retry_after_seconds: None }
    }

    /// One event, sent alone, that was not accepted: it has the status that it would have had in a batch.
    pub(crate) fn event(event: &RefusedEvent) -> Self {
        let code = match event.status {
            401 | 403 => Code::Forbidden,
            404 => Code::NotFound,
            400..500 => Code::InvalidData,
            _ => return Self::internal(event.error.clone()),
        };
        let failure = Self::new(code, event.message);
        // What is wrong with an event is a text of JSON issues.
        match serde_json::from_str(&event.error) {
            Ok(issues) => Self { detail: Detail::Issues(issues), ..failure },
            Err(_) => failure,
        }
    }

    /// Something is wrong with the request.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, message)
    }

    /// Rules of Langfuse's validator that the request breaks.
    pub(crate) fn issues(issues: Vec<Json>) -> Self {
        let failure = Self::new(Code::InvalidData, "Invalid request data");
        Self { detail: Detail::Issues(issues), ..failure }
    }

    /// Sentences about what is wrong with the shape of a batch.
    pub(crate) fn errors(errors: Vec<String>) -> Self {
        let failure = Self::new(Code::InvalidData, "Invalid request data");
        Self { detail: Detail::Errors(errors), ..failure }
    }

    /// The resource has no such method.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(Code::MethodNotAllowed, "Method not allowed")
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// Not now, but in a moment.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        let failure = Self::new(Code::Unavailable, message);
        Self { retry_after_seconds: Some(1), ..failure }
    }

    /// Too many tries; another one counts after `seconds`.
    pub(crate) fn too_many_tries(seconds: u32) -> Self {
        let message = format!("too many failed tries to sign in; try again in {seconds} s");
        Self { retry_after_seconds: Some(seconds), ..Self::new(Code::TooManyTries, message) }
    }

    /// A failure of ours; the client is not told the cause.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        let failure = Self::new(Code::Internal, "Internal Server Error");
        Self { detail: Detail::Cause(cause.into()), ..failure }
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.code.row().0
    }

    /// The message and what exactly is wrong, in words: for agents, and where there is no place for issues.
    pub(crate) fn told(&self) -> String {
        match &self.detail {
            Detail::None | Detail::Cause(_) => self.message.clone(),
            Detail::Issues(issues) => {
                let issues: Vec<String> = issues.iter().map(issue::in_words).collect();
                format!("{}: {}", self.message, issues.join("; "))
            }
            Detail::Errors(errors) => format!("{}: {}", self.message, errors.join("; ")),
        }
    }

    /// The answer to the client. A failure of ours is logged here, under a new id that the client is told.
    pub(crate) fn render(self, dialect: Dialect, new_id: impl FnOnce() -> String) -> HttpResponse {
        let incident = self.incident(new_id);
        let mut answer = self.body(dialect, incident.as_deref());
        if let Some(seconds) = self.retry_after_seconds {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == Code::BodyTimeout {
            // The rest of the body may still come: this connection cannot carry another request.
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        answer
    }

    /// Logs a failure of ours, under a new id.
    fn incident(&self, new_id: impl FnOnce() -> String) -> Option<String> {
        match &self.detail {
            Detail::Cause(cause) => {
                let incident = new_id();
                tracing::error!(incident, cause, "a request failed");
                Some(incident)
            }
            Detail::None | Detail::Issues(_) | Detail::Errors(_) => None,
        }
    }

    fn body(&self, dialect: Dialect, incident: Option<&str>) -> HttpResponse {
        let early = matches!(self.code, Code::Unauthorized | Code::Forbidden | Code::MethodNotAllowed);
        match dialect {
            Dialect::Ingestion => self.as_ingestion(incident),
            Dialect::Otlp if !early => self.as_json(&OtlpBody { error: &self.message }),
            Dialect::Public | Dialect::Otlp => self.as_public(incident),
            Dialect::Status => self.as_json(&self.status_message(incident)),
            Dialect::StatusProtobuf => HttpResponse::build(self.status())
                .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf")))
                .body(self.status_message(incident).encode()),
            Dialect::Mcp => self.as_json(&McpBody { error: &self.message, code: self.code.slug() }),
            Dialect::Own => {
                self.as_json(&OwnBody { message: &self.told(), code: self.code.slug(), request_id: incident })
            }
        }
    }

    fn as_ingestion(&self, incident: Option<&str>) -> HttpResponse {
        if let Detail::Errors(errors) = &self.detail {
            return self.as_json(&ShapeBody { message: &self.message, errors });
        }
        match self.code {
            // Langfuse's web framework answers these before Langfuse sees the request. JS SDK 3 does not send a
            // batch again after an answer that is not JSON, and sending these again would not help.
            Code::InvalidJson | Code::BodyTooLarge => {
                HttpResponse::build(self.status()).content_type("text/plain; charset=utf-8").body(self.message.clone())
            }
            _ => self.as_json(&ClassBody { error: self.code.row().1, message: &self.message, request_id: incident }),
        }
    }

    fn as_public(&self, incident: Option<&str>) -> HttpResponse {
        let error = match (&self.detail, self.code) {
            (Detail::Issues(issues), _) => Some(PublicError::Issues(issues)),
            (Detail::Errors(errors), _) => Some(PublicError::Errors(errors)),
            (_, Code::Unauthorized | Code::Forbidden) => None,
            (_, code) => Some(PublicError::Class(code.row().1)),
        };
        self.as_json(&PublicBody { message: &self.message, error, request_id: incident })
    }

    fn as_json(&self, body: &impl Serialize) -> HttpResponse {
        let body = serde_json::to_vec(body).unwrap_or_default();
        HttpResponse::build(self.status())
            .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")))
            .body(body)
    }
}

#[cfg(test)]
mod tests;
