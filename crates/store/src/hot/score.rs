//! A score in the hot set, and how an event changes it.

use std::sync::Arc;

use spanstone_model::{Score, ScoreChange, Timestamp};

use super::arrival::Arrival;
use super::names::Names;
use super::register::{Writers, insert_piece};
use super::slots::{Identified, Slot};
use super::weight::Weight;

/// The fields in which the last writer wins, as indices for [`Writers`]. The numbers are on disk: new ones go last.
#[derive(Clone, Copy)]
enum Field {
    Observation,
    Session,
    DatasetRun,
    Value,
    Comment,
    Config,
    Queue,
    ExecutionTrace,
}

/// A score and the place of the trace it belongs to.
#[derive(Debug)]
pub(super) struct ScoreSlot {
    pub(super) row: Arc<Score>,
    /// The trace that it is listed with.
    pub(super) trace: Option<Slot>,
    pub(super) writers: Writers,
    /// Whether the row was taken over from an older layer, where it counts no more.
    pub(super) is_thawed: bool,
    pub(super) weight: Weight,
}

impl Identified for ScoreSlot {
    fn id(&self) -> &str {
        self.row.id.as_str()
    }
}

impl ScoreSlot {
    /// The score that `change` speaks of, before anything the event says is written.
    pub(super) fn new(change: &ScoreChange, received_at: Timestamp) -> Self {
        let row = Score {
            id: change.id.clone(),
            timestamp: change.timestamp,
            environment: change.environment.clone(),
            trace_id: None,
            observation_id: None,
            session_id: None,
            dataset_run_id: None,
            name: change.name.clone(),
            value: change.value.clone(),
            source: change.source,
            comment: None,
            config_id: None,
            queue_id: None,
            execution_trace_id: None,
            metadata: Vec::new(),
            created_at: received_at,
            updated_at: received_at,
        };
        Self { row: Arc::new(row), trace: None, writers: Writers::new(), is_thawed: false, weight: Weight::default() }
    }

    /// Folds one event into the score, by the merge rules of Langfuse's ingestion.
    pub(super) fn apply(&mut self, change: ScoreChange, arrival: Arrival<'_>, names: &mut Names) {
        let Arrival { stamp, at, received_at, origin: _ } = arrival;
        let row = Arc::make_mut(&mut self.row);
        let writers = &mut self.writers;
        if writers.claim_first(stamp) {
            row.timestamp = change.timestamp;
            row.environment = names.share(change.environment);
            row.trace_id = change.trace_id;
        }
        writers.patch(Field::Observation as usize, stamp, change.observation_id, &mut row.observation_id);
        writers.patch(Field::Session as usize, stamp, change.session_id, &mut row.session_id);
        writers.patch(Field::DatasetRun as usize, stamp, change.dataset_run_id, &mut row.dataset_run_id);
        // Every score event has a name, a value and a source, so one register stands for the three.
        if writers.claim(Field::Value as usize, stamp) {
            row.name = names.share(change.name);
            row.value = change.value;
            row.source = change.source;
        }
        writers.patch(Field::Comment as usize, stamp, change.comment, &mut row.comment);
        writers.patch(Field::Config as usize, stamp, change.config_id, &mut row.config_id);
        writers.patch(Field::Queue as usize, stamp, change.queue_id, &mut row.queue_id);
        writers.patch(Field::ExecutionTrace as usize, stamp, change.execution_trace_id, &mut row.execution_trace_id);
        if change.metadata.is_some() {
            insert_piece(&mut row.metadata, stamp, at.into());
        }
        row.updated_at = row.updated_at.max(received_at);
    }
}
