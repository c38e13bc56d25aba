//! A trace in the hot set, and how an event changes it.

use std::sync::Arc;

use spanstone_model::{JournalPlace, Stamp, Text, Timestamp, Trace, TraceChange, TraceId};

use super::names::Names;
use super::register::{Writers, insert_piece};
use super::slots::{Identified, Slot};

/// The fields in which the last writer wins, as indices for [`Writers`].
#[derive(Clone, Copy)]
enum Field {
    Name,
    UserId,
    SessionId,
    Release,
    Version,
    Public,
    Input,
    Output,
}

/// A trace, its observations and its scores.
#[derive(Debug)]
pub(super) struct TraceSlot {
    pub(super) row: Arc<Trace>,
    writers: Writers,
    /// Whether any event spoke of the trace, not only of its observations and scores.
    pub(super) known: bool,
    /// Whether a client spoke of the trace itself: see [`TraceChange::explicit`].
    pub(super) explicit: bool,
    pub(super) observations: Vec<Slot>,
    /// Scores of the trace and of its observations.
    pub(super) scores: Vec<Slot>,
}

impl Identified for TraceSlot {
    fn id(&self) -> &str {
        self.row.id.as_str()
    }
}

impl TraceSlot {
    /// A trace of which nothing is known but its id.
    pub(super) fn new(id: TraceId, environment: Text, received_at: Timestamp) -> Self {
        let row = Trace {
            id,
            timestamp: Timestamp::MAX,
            environment,
            name: None,
            user_id: None,
            session_id: None,
            release: None,
            version: None,
            public: false,
            tags: Vec::new(),
            input: None,
            output: None,
            metadata: Vec::new(),
            created_at: received_at,
            updated_at: received_at,
        };
        Self {
            row: Arc::new(row),
            writers: Writers::new(),
            known: false,
            explicit: false,
            observations: Vec::new(),
            scores: Vec::new(),
        }
    }

    /// Whether there is such a trace: a score alone may name one that does not exist.
    pub(super) fn exists(&self) -> bool {
        self.known || !self.observations.is_empty()
    }

    /// Folds one event into the trace, by the merge rules of Langfuse's ingestion.
    pub(super) fn apply(
        &mut self,
        change: TraceChange,
        stamp: Stamp,
        at: JournalPlace,
        received_at: Timestamp,
        names: &mut Names,
    ) {
        let row = Arc::make_mut(&mut self.row);
        let writers = &mut self.writers;
        if writers.claim_first(stamp) {
            row.timestamp = change.timestamp;
            row.environment = names.share(change.environment);
        }
        writers.patch(Field::Name as usize, stamp, change.name, &mut row.name);
        writers.patch(Field::UserId as usize, stamp, change.user_id, &mut row.user_id);
        writers.patch(Field::SessionId as usize, stamp, change.session_id, &mut row.session_id);
        writers.patch(Field::Release as usize, stamp, change.release, &mut row.release);
        writers.patch(Field::Version as usize, stamp, change.version, &mut row.version);
        for shared in [&mut row.name, &mut row.user_id, &mut row.release, &mut row.version] {
            *shared = names.share_some(shared.take());
        }
        if let Some(public) = change.public
            && writers.claim(Field::Public as usize, stamp)
        {
            row.public = public;
        }
        for tag in change.tags {
            if let Err(place) = row.tags.binary_search(&tag) {
                row.tags.insert(place, names.share(tag));
            }
        }
        writers.set(Field::Input as usize, stamp, change.input.map(|_| at.into()), &mut row.input);
        writers.set(Field::Output as usize, stamp, change.output.map(|_| at.into()), &mut row.output);
        if change.metadata.is_some() {
            insert_piece(&mut row.metadata, stamp, at.into());
        }
        row.updated_at = row.updated_at.max(received_at);
        self.known = true;
        self.explicit |= change.explicit;
    }

    /// Takes account of an observation that began at `start`: a trace that no event spoke of begins with its first.
    pub(super) fn observe(&mut self, start: Timestamp, environment: &Text) {
        if !self.known && start < self.row.timestamp {
            let row = Arc::make_mut(&mut self.row);
            row.timestamp = start;
            row.environment = environment.clone();
        }
    }
}
