//! A trace: one request to an application, with everything that happened to answer it.

use crate::change::Stamp;
use crate::{PayloadRef, SessionId, Text, Timestamp, TraceId};

/// A trace as folded from its events, without its payloads.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Its id, unique within the project.
    pub id: TraceId,
    /// When it began.
    pub timestamp: Timestamp,
    /// The environment it ran in, `default` unless a client said otherwise.
    pub environment: Text,
    /// Its name.
    pub name: Option<Text>,
    /// Whom it served.
    pub user_id: Option<Text>,
    /// The conversation it belongs to.
    pub session_id: Option<SessionId>,
    /// The release of the application.
    pub release: Option<Text>,
    /// The version that the client gave the trace.
    pub version: Option<Text>,
    /// Whether anyone with the link may look at it.
    pub public: bool,
    /// Its tags, sorted, no tag twice.
    pub tags: Vec<Text>,
    /// Where its input is.
    pub input: Option<PayloadRef>,
    /// Where its output is.
    pub output: Option<PayloadRef>,
    /// Where the pieces of its metadata are, in the order in which they are merged.
    pub metadata: Vec<(Stamp, PayloadRef)>,
    /// When it was first stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
