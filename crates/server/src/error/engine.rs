//! What the engine's errors mean to a client.

use spanstone_engine::wire::Refusal;
use spanstone_engine::wire::langfuse::request::RequestRefusal;
use spanstone_engine::wire::otlp::OtlpRefusal;
use spanstone_engine::{EngineError, ErrorKind};

use super::{Code, Failure};

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        if let EngineError::Refused(refusal) = error {
            return refusal.into();
        }
        match error.kind() {
            ErrorKind::Refused => Self::invalid(error.to_string()),
            ErrorKind::Starting => Self::unavailable("starting: the journal is being read; try again in a moment"),
            ErrorKind::Busy => Self::unavailable("memory is full and is being sealed to disk; try again in a moment"),
            ErrorKind::TooLong => Self::unavailable(error.to_string()),
            ErrorKind::Broken => Self::unavailable("the store has stopped taking data; its operator has to look"),
            // The disk, or the memory for rows: what exactly is for the operator's log, not for every client.
            ErrorKind::Full => {
                tracing::error!(%error, "a request was refused for lack of space");
                Self::new(Code::StorageFull, "the server has no space left; nothing of this request was stored")
            }
            ErrorKind::Locked | ErrorKind::Internal => Self::internal(error.to_string()),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::InvalidJson => Self::new(Code::InvalidJson, text),
            Refusal::InvalidShape { errors } => Self::errors(errors),
            // A client that knows how to send less does so after 413.
            Refusal::TooManyEvents { .. } | Refusal::Otlp(OtlpRefusal::TooManyValues { .. }) => {
                Self::new(Code::BodyTooLarge, text)
            }
            Refusal::Otlp(OtlpRefusal::Protobuf | OtlpRefusal::Json | OtlpRefusal::Export(_)) => Self::invalid(text),
        }
    }
}

impl From<RequestRefusal> for Failure {
    fn from(refusal: RequestRefusal) -> Self {
        if refusal.issues.is_empty() {
            return Self::invalid(refusal.message);
        }
        let issues = refusal.issues.iter().map(serde_json::to_value).collect::<Result<_, _>>();
        issues.map_or_else(|error| Self::internal(error.to_string()), Self::issues)
    }
}
