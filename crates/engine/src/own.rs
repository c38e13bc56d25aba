//! Entries of the journal that no client sends: what we say ourselves.
//!
//! Owns their way into the store, which is that of any other request.

use std::sync::mpsc;

use spanstone_model::{BodyKind, Change, Derived, EntryHeader, Event, ProjectId, Stamp};
use spanstone_store::{EncodedBody, StoreError};

use crate::{Engine, EngineError};

/// Hands something in that tells another thread when it is done, and waits for that.
///
/// # Errors
/// Fails as what was handed in does, and when the store is closed meanwhile.
pub(crate) fn wait_for(
    hand_in: impl FnOnce(Box<dyn FnOnce(Result<(), EngineError>) + Send>),
) -> Result<(), EngineError> {
    let (sender, receiver) = mpsc::channel();
    // A send fails only when nobody waits any more, and this waits.
    hand_in(Box::new(move |done| drop(sender.send(done))));
    receiver.recv().unwrap_or(Err(EngineError::Store(StoreError::Stopped)))
}

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
        let header = EntryHeader::new(project.clone(), kind, self.now());
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
