//! Entries of the journal that no client sends: what we say ourselves.
//!
//! Owns their way into the store, which is that of any other request.

use spanstone_model::{BodyKind, Change, Derived, EntryHeader, Event, ProjectId, Sender, Stamp};
use spanstone_store::EncodedBody;

use crate::{Engine, EngineError};

impl Engine {
    /// Journals what we say ourselves.
    pub(crate) fn append_own(
        &self,
        project: &ProjectId,
        kind: BodyKind,
        body: &[u8],
        changes: Vec<Change>,
        done: impl FnOnce(Result<(), EngineError>) + Send + 'static,
    ) {
        let header = EntryHeader {
            project: project.clone(),
            kind,
            received_at: self.now(),
            scores_only: false,
            media_taken: false,
            sender: Sender::default(),
        };
        let body = match EncodedBody::encode(body) {
            Ok(body) => body,
            Err(error) => return done(Err(EngineError::Store(error.into()))),
        };
        let events = changes.into_iter().map(|change| Event { stamp: Stamp::FIRST, change }).collect();
        self.store.append(header, body, events, Box::new(move |stored| done(stored.map_err(EngineError::from))));
    }

    /// Writes down what was worked out. `done` is called exactly once, on this thread or another, when it is on disk and
    /// every read sees it, or it could not be stored.
    pub fn derive(
        &self,
        project: &ProjectId,
        derived: Vec<Derived>,
        done: impl FnOnce(Result<(), EngineError>) + Send + 'static,
    ) {
        if derived.is_empty() {
            return done(Ok(()));
        }
        let body = spanstone_ingest::derived::encode(&derived);
        let changes = derived.into_iter().map(Change::Derived).collect();
        self.append_own(project, BodyKind::Derived, &body, changes, done);
    }
}
