//! Deletion of traces, scores and everything of a project.
//!
//! Owns the way of a deletion into the store: it is journaled like any other request, so that it is durable before it is
//! answered, happens in its place among the events, and happens again when the journal is replayed. Refuses to say what
//! exists: whoever asks for a deletion has looked.

use spanstone_model::{BodyKind, Change, Deletion, EntryHeader, Event, ProjectId, Stamp};
use spanstone_store::EncodedBody;

use crate::{Engine, EngineError};

impl Engine {
    /// Deletes. `done` is called exactly once, on this thread or another, when the deletion is on disk and no read sees
    /// what was deleted, or when it could not be stored. The space returns when the archive is compacted.
    pub fn delete(
        &self,
        project: &ProjectId,
        deletions: Vec<Deletion>,
        done: impl FnOnce(Result<(), EngineError>) + Send + 'static,
    ) {
        if deletions.is_empty() {
            return done(Ok(()));
        }
        let header = EntryHeader {
            project: project.clone(),
            kind: BodyKind::Deletion,
            received_at: self.now(),
            scores_only: false,
        };
        let body = match EncodedBody::encode(&spanstone_ingest::deletion::encode(&deletions)) {
            Ok(body) => body,
            Err(error) => return done(Err(EngineError::Store(error.into()))),
        };
        let event = |deletion| Event { stamp: Stamp::FIRST, change: Change::Deletion(deletion) };
        let events = deletions.into_iter().map(event).collect();
        self.store.append(header, body, events, Box::new(move |stored| done(stored.map_err(EngineError::from))));
    }
}
