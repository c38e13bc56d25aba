//! A trace in the hot set, and how an event changes it.

use std::collections::HashSet;
use std::sync::Arc;

use spanstone_model::{ObservationId, Summary, Text, Timestamp, Trace, TraceChange, TraceId};

use super::arrival::Arrival;
use super::names::Names;
use super::register::{Writers, insert_piece};
use super::slots::{Identified, Slot};
use super::weight::Weight;

/// The fields in which the last writer wins, as indices for [`Writers`]. The numbers are on disk: new ones go last.
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
    pub(super) writers: Writers,
    /// Whether any event spoke of the trace, not only of its observations and scores.
    pub(super) known: bool,
    /// Whether a client spoke of the trace itself: see [`TraceChange::explicit`].
    pub(super) explicit: bool,
    pub(super) observations: Vec<Slot>,
    /// Scores of the trace and of its observations.
    pub(super) scores: Vec<Slot>,
    /// What older layers know of it; nothing when the trace is new in this layer, or only named by scores.
    pub(super) older: Option<Box<Older>>,
    pub(super) weight: Weight,
}

/// What is known of the older observations of a trace that was taken over from an older layer.
#[derive(Debug, Default)]
pub(super) struct Older {
    /// What those come to that this layer did not take over.
    pub(super) base: Summary,
    /// Those that this layer took over, and that therefore are in `base` no more.
    pub(super) taken: HashSet<ObservationId>,
}

impl Identified for TraceSlot {
    fn id(&self) -> &str {
        self.row.id.as_str()
    }
}

impl TraceSlot {
    /// A trace of which nothing is known but its id. It exists once it has begun.
    pub(super) fn new(id: TraceId, environment: Text) -> Self {
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
            created_at: Timestamp::MAX,
            updated_at: Timestamp::MAX,
        };
        Self {
            row: Arc::new(row),
            writers: Writers::new(),
            known: false,
            explicit: false,
            observations: Vec::new(),
            scores: Vec::new(),
            older: None,
            weight: Weight::default(),
        }
    }

    /// Whether there is such a trace: a score alone may name one that does not exist.
    pub(super) fn exists(&self) -> bool {
        self.known || !self.observations.is_empty() || self.base().is_some()
    }

    /// What its observations in older layers come to, if there are any.
    pub(super) fn base(&self) -> Option<&Summary> {
        self.older.as_ref().map(|older| &older.base).filter(|base| !base.is_empty())
    }

    /// Whether there is nothing to remember of it.
    pub(super) fn is_void(&self) -> bool {
        !self.exists() && self.scores.is_empty() && self.older.is_none()
    }

    /// Says that there is such a trace from now on; what was known of an earlier one with its id is forgotten.
    pub(super) fn begin(&mut self, received_at: Timestamp, environment: &Text) {
        let row = Arc::make_mut(&mut self.row);
        row.timestamp = Timestamp::MAX;
        row.environment = environment.clone();
        row.created_at = received_at;
        row.updated_at = received_at;
    }

    /// Folds one event into the trace, by the merge rules of Langfuse's ingestion.
    pub(super) fn apply(&mut self, change: TraceChange, arrival: Arrival<'_>, names: &mut Names) {
        let Arrival { stamp, at, received_at, origin: _ } = arrival;
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
