//! What the journal keeps beside each request body, so that the body can be decoded again as it was decoded first.

use crate::{ProjectId, Sender, Timestamp};

/// The wire format of a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// A batch of Langfuse ingestion events, JSON. Scores and the legacy endpoints are journaled as one, too.
    LangfuseBatch,
    /// An OTLP `ExportTraceServiceRequest`, protobuf.
    OtlpProtobuf,
    /// An OTLP `ExportTraceServiceRequest`, JSON.
    OtlpJson,
    /// What is to be deleted, JSON of our own making.
    Deletion,
    /// What was worked out of events that came before, JSON of our own making.
    Derived,
}

impl BodyKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::LangfuseBatch, Self::OtlpProtobuf, Self::OtlpJson, Self::Deletion, Self::Derived];

    /// The number that stands for it on disk. Never reused.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::LangfuseBatch => 1,
            Self::OtlpProtobuf => 2,
            Self::OtlpJson => 3,
            Self::Deletion => 4,
            Self::Derived => 5,
        }
    }

    /// The kind that a number stands for.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What is known of a request besides its body; everything decoding may depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHeader {
    /// Whose it is.
    pub project: ProjectId,
    /// The wire format of its body.
    pub kind: BodyKind,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Whether its sender may only write scores: then everything else in the body is refused.
    pub scores_only: bool,
    /// Whether media were taken out of its payloads when it arrived: then they are each time it is decoded.
    pub media_taken: bool,
    /// Who sent it, as far as that is known.
    pub sender: Sender,
}

impl EntryHeader {
    /// The header of a request that may write everything, with payloads as they are and of an unknown sender.
    #[must_use]
    pub fn new(project: ProjectId, kind: BodyKind, received_at: Timestamp) -> Self {
        Self { project, kind, received_at, scores_only: false, media_taken: false, sender: Sender::default() }
    }
}
