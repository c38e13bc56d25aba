//! What can go wrong in the engine.

use spanstone_ingest::Refusal;
use spanstone_query::QueryError;
use spanstone_store::{DocumentKind, StoreError, StoreErrorKind};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The request as a whole was not accepted; the text is for the client.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A question cannot be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// An account document does not read.
    #[error("the {kind} document `{id}` does not read: {source}")]
    Document {
        /// The kind of document.
        kind: DocumentKind,
        /// Its id.
        id: String,
        /// Why.
        source: serde_json::Error,
    },
    /// What was asked for cannot be, and the text says why.
    #[error("{0}")]
    Invalid(String),
}

/// What kind of trouble an error is, for whoever has to react to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is at fault.
    Refused,
    /// The journal is still being replayed: try again soon.
    Starting,
    /// Memory is full while it is being sealed: try again soon.
    Busy,
    /// The question takes too long to answer.
    TooLong,
    /// The disk, or the space allowed, is full.
    Full,
    /// The store no longer takes data, after a failed write: somebody must look.
    Broken,
    /// Another process holds the data directory.
    Locked,
    /// Something else.
    Internal,
}

impl EngineError {
    /// What kind of trouble this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) | Self::Invalid(_) => ErrorKind::Refused,
            Self::Query(QueryError::TooDeep { .. } | QueryError::TooMany { .. }) => ErrorKind::Refused,
            Self::Query(QueryError::TooLong { .. } | QueryError::Abandoned) => ErrorKind::TooLong,
            Self::Document { .. } => ErrorKind::Internal,
            Self::Store(error) => match error.kind() {
                StoreErrorKind::Starting => ErrorKind::Starting,
                StoreErrorKind::Busy => ErrorKind::Busy,
                StoreErrorKind::Full => ErrorKind::Full,
                StoreErrorKind::Broken => ErrorKind::Broken,
                StoreErrorKind::Locked => ErrorKind::Locked,
                StoreErrorKind::Damaged | StoreErrorKind::Io => ErrorKind::Internal,
            },
        }
    }
}
