//! Failures as `google.rpc.Status`: the form that OpenTelemetry gives them, over HTTP and over gRPC.
//!
//! Owns the table from [`Code`] to gRPC's codes. Exporters send again after UNAVAILABLE and DEADLINE_EXCEEDED, after
//! RESOURCE_EXHAUSTED only when the status says when, and after nothing else of what is used here.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Code, Failure};

/// A failure as OpenTelemetry's clients read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct RpcStatus {
    /// The number of its kind among gRPC's.
    pub(crate) code: u8,
    /// What was wrong, and what to do.
    pub(crate) message: String,
    /// When another try makes sense.
    #[serde(skip)]
    pub(crate) retry_after_seconds: Option<u32>,
}

impl Code {
    /// The number of this kind of failure among gRPC's.
    fn rpc(self) -> u8 {
        match self {
            Self::InvalidJson
            | Self::InvalidData
            | Self::InvalidRequest
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge
            | Self::AnswerTooLarge => 3,
            Self::BodyTimeout => 4,
            Self::NotFound => 5,
            Self::Forbidden => 7,
            Self::TooManyTries | Self::StorageFull => 8,
            Self::MethodNotAllowed => 12,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Unauthorized => 16,
        }
    }
}

impl Failure {
    /// The status for a client that speaks gRPC. A failure of ours is logged here, under a new id that the client is
    /// told.
    pub(crate) fn into_status(self, new_id: impl FnOnce() -> String) -> RpcStatus {
        let incident = self.incident(new_id);
        self.status_message(incident.as_deref())
    }

    pub(super) fn status_message(&self, incident: Option<&str>) -> RpcStatus {
        let message = match incident {
            Some(incident) => format!("{} (request {incident})", self.message),
            None => self.message.clone(),
        };
        RpcStatus { code: self.code.rpc(), message, retry_after_seconds: self.retry_after_seconds }
    }
}

impl RpcStatus {
    /// The message in protobuf.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0x08, self.code];
        field(&mut bytes, 0x12, self.message.as_bytes());
        if let Some(seconds) = self.retry_after_seconds {
            let mut delay = vec![0x08];
            varint(&mut delay, seconds as usize);
            let mut info = Vec::new();
            field(&mut info, 0x0a, &delay);
            let mut any = Vec::new();
            field(&mut any, 0x0a, b"type.googleapis.com/google.rpc.RetryInfo");
            field(&mut any, 0x12, &info);
            field(&mut bytes, 0x1a, &any);
        }
        bytes
    }
}

/// A field of bytes behind its tag and its length.
fn field(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    varint(out, content.len());
    out.extend_from_slice(content);
}

fn varint(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits fit into eight");
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_when_to_try_again() {
        let status = Failure::unavailable("busy").status_message(None);
        assert_eq!(status, RpcStatus { code: 14, message: "busy".into(), retry_after_seconds: Some(1) });
        let any = b"\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x01";
        let expected = [&b"\x08\x0e\x12\x04busy\x1a\x30"[..], any].concat();
        assert_eq!(status.encode(), expected);
    }

    #[test]
    fn a_long_message_has_a_long_length() {
        let status = Failure::invalid("x".repeat(300)).status_message(None);
        assert_eq!(status.encode()[..5], [0x08, 3, 0x12, 0xac, 0x02]);
    }

    #[test]
    fn a_failure_of_ours_names_an_incident_and_not_its_cause() {
        let status = Failure::internal("page 12 is torn").status_message(Some("7f"));
        assert_eq!((status.code, status.message.as_str()), (13, "Internal Server Error (request 7f)"));
    }
}
