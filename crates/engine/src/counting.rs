//! Tokens of calls whose client did not say what they used.
//!
//! Owns the thread that counts them, and what it waits for: observations that were just written and may lack usage.
//! What it counts is journaled, so that it is counted once. It sleeps while nothing is to be counted, and lets go of the
//! vocabularies when nothing was counted for a while.
//!
//! What waits to be counted is in memory alone. After a start the observations of the last day before it are looked
//! through for those that were missed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use spanstone_model::{
    Change, Derived, Event, Level, Observation, ObservationChange, ObservationId, ObservationType, Patch, ProjectId,
    Timestamp,
};
use spanstone_pricing::tokens::{self, Counter};
use spanstone_query::{Column, Comparison, Filter, ObservationCursor, Test};

use crate::own::wait_for;
use crate::{Engine, EngineError, ErrorKind, ObservationItem};

/// How many observations may wait to be counted; what comes on top is not counted before the next start.
const WAITING_MAX: usize = 10_000;
/// How many of them are written down together.
const TOGETHER_MAX: usize = 256;
/// For how long vocabularies are kept without being used.
const KEEP_VOCABULARIES: Duration = Duration::from_secs(60);
/// How far back a start looks for what was missed.
const LOOK_BACK_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// How many observations it looks at at once.
const ROWS_AT_ONCE: usize = 1_000;

/// What the thread is told.
#[derive(Debug)]
enum Message {
    Count(ProjectId, ObservationId),
    /// That nothing more comes.
    Finish,
}

/// Where observations are handed in. Before the thread is started nobody takes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting(Arc<OnceLock<SyncSender<Message>>>);

impl Waiting {
    /// The observations of a request that may lack usage.
    pub(crate) fn candidates(&self, events: &[Event]) -> Vec<ObservationId> {
        if self.0.get().is_none() {
            return Vec::new();
        }
        let changes = events.iter().filter_map(|event| match &event.change {
            Change::Observation(change) => Some(change),
            Change::Trace(_) | Change::Score(_) | Change::Deletion(_) | Change::Derived(_) => None,
        });
        changes.filter(|change| may_lack_usage(change)).map(|change| change.id.clone()).collect()
    }

    /// Hands observations in that are stored now.
    pub(crate) fn hand_in(&self, project: &ProjectId, ids: Vec<ObservationId>) {
        let Some(sender) = self.0.get() else { return };
        for id in ids {
            if let Err(TrySendError::Full(_)) = sender.try_send(Message::Count(project.clone(), id)) {
                tracing::debug!(%project, "too many observations wait to be counted; the rest waits for the next start");
                return;
            }
        }
    }
}

/// Whether an event may be the last word on a call of which nobody says what it used.
fn may_lack_usage(change: &ObservationChange) -> bool {
    let is_call = matches!(change.model, Patch::Set(_)) || change.kind == ObservationType::Generation;
    let is_over = change.end.is_some() || change.output.is_some();
    is_call && is_over && change.usage.is_empty() && change.cost.is_empty() && change.level != Patch::Set(Level::Error)
}

/// Whether an observation is over and nobody said what it used or cost.
fn lacks_usage(observation: &Observation) -> bool {
    let is_over = observation.end.is_some() || observation.output.is_some();
    let is_known = !observation.usage.is_empty() || observation.has_provided_cost();
    observation.model.is_some() && is_over && !is_known && observation.level != Level::Error
}

/// The thread that counts, as long as this lives. When this is dropped, the thread stops after the observation that it is
/// at.
#[derive(Debug)]
pub struct Counting {
    sender: SyncSender<Message>,
    hurry: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Counting {
    /// Starts the thread.
    ///
    /// # Errors
    /// Fails when there can be no other thread.
    pub fn start(engine: &Arc<Engine>) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::sync_channel(WAITING_MAX);
        // Only the first thread of an engine is handed anything.
        drop(engine.waiting.0.set(sender.clone()));
        let hurry = Arc::new(AtomicBool::new(false));
        let engine = engine.clone();
        let mut worker = Worker { receiver, hurry: hurry.clone(), finishing: false };
        let run = move || worker.run(&engine);
        let thread = std::thread::Builder::new().name("counter".to_owned()).spawn(run)?;
        Ok(Self { sender, hurry, thread: Some(thread) })
    }

    /// Has the thread count what was handed in so far, and waits for it.
    pub fn finish(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        // It may have ended already.
        drop(self.sender.send(Message::Finish));
        if thread.join().is_err() {
            tracing::error!("the thread that counts tokens ended in a panic");
        }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.hurry.store(true, Ordering::Relaxed);
        self.end();
    }
}

/// What the thread knows.
#[derive(Debug)]
struct Worker {
    receiver: Receiver<Message>,
    /// Whether to stop without counting what waits.
    hurry: Arc<AtomicBool>,
    /// Whether nothing more is to be waited for.
    finishing: bool,
}

type Batch = Vec<(ProjectId, ObservationId)>;

impl Worker {
    fn run(&mut self, engine: &Engine) {
        for project in engine.projects() {
            if let Err(error) = self.count_missed(engine, &project.id) {
                tracing::warn!(project = %project.id, %error, "observations without usage cannot be looked for");
            }
        }
        while !self.is_over() {
            match self.receiver.recv() {
                Ok(Message::Count(project, id)) => {
                    self.on_a_thread(|worker| worker.count_while_busy(engine, (project, id)));
                }
                Ok(Message::Finish) | Err(_) => return,
            }
        }
    }

    fn is_hurried(&self) -> bool {
        self.hurry.load(Ordering::Relaxed)
    }

    fn is_over(&self) -> bool {
        self.finishing || self.is_hurried()
    }

    /// Runs on a thread of its own, so that what counting takes, the thread's own memory included, goes with it. A panic
    /// there, over one odd text, costs that round alone.
    fn on_a_thread(&mut self, run: impl FnOnce(&mut Self) + Send) {
        std::thread::scope(|scope| {
            if scope.spawn(|| run(self)).join().is_err() {
                tracing::error!("counting tokens ended in a panic");
            }
        });
    }

    /// Counts until nothing came for a while.
    fn count_while_busy(&mut self, engine: &Engine, first: (ProjectId, ObservationId)) {
        let mut counter = Counter::default();
        let mut batch = vec![first];
        loop {
            while batch.len() < TOGETHER_MAX
                && let Ok(message) = self.receiver.try_recv()
            {
                match message {
                    Message::Count(project, id) => batch.push((project, id)),
                    Message::Finish => self.finishing = true,
                }
            }
            self.count_batch(engine, &mut counter, std::mem::take(&mut batch));
            if self.is_over() {
                return;
            }
            match self.receiver.recv_timeout(KEEP_VOCABULARIES) {
                Ok(Message::Count(project, id)) => batch.push((project, id)),
                Ok(Message::Finish) => self.finishing = true,
                Err(_) => return,
            }
        }
    }

    fn count_batch(&self, engine: &Engine, counter: &mut Counter, mut batch: Batch) {
        batch.sort();
        batch.dedup();
        for one in batch.chunk_by(|a, b| a.0 == b.0) {
            let project = &one[0].0;
            let counted = one.iter().take_while(|_| !self.is_hurried()).filter_map(|(_, id)| {
                let found = engine.reads(engine.watch()).observation(project, id);
                let item =
                    found.inspect_err(|error| tracing::debug!(%error, "an observation cannot be counted")).ok()??;
                count(engine, counter, project, &item)
            });
            let counted: Vec<Derived> = counted.collect();
            store(engine, project, counted);
        }
    }

    /// Looks through the last day of a project for what was not counted before the last stop.
    fn count_missed(&mut self, engine: &Engine, project: &ProjectId) -> Result<(), EngineError> {
        let Some(filter) = self.missed(engine, project)? else { return Ok(()) };
        let prices = engine.prices.of(project);
        let is_countable = |model: &str| prices.table.find(model).is_some_and(|model| tokens::is_countable(&model));
        let mut after: Option<ObservationCursor> = None;
        while !self.is_hurried() {
            let reads = engine.reads(engine.watch());
            let page = reads.observations_after(project, &filter, after.as_ref(), ROWS_AT_ONCE, false)?;
            let rows = page.rows.iter().map(|item| &item.row.observation);
            let wanted = rows.filter(|row| lacks_usage(row) && row.model.as_deref().is_some_and(is_countable));
            let wanted: Batch = wanted.map(|row| (project.clone(), row.id.clone())).collect();
            if !wanted.is_empty() {
                self.on_a_thread(|worker| {
                    let mut counter = Counter::default();
                    for batch in wanted.chunks(TOGETHER_MAX) {
                        worker.count_batch(engine, &mut counter, batch.to_vec());
                    }
                });
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The observations of the day before the newest one that used nothing as far as is known.
    fn missed(&self, engine: &Engine, project: &ProjectId) -> Result<Option<Filter>, EngineError> {
        let newest = loop {
            // While the journal is being replayed, each try waits for it a while.
            match engine.reads(engine.watch()).observations_after(project, &Filter::all(), None, 1, false) {
                Err(error) if error.kind() == ErrorKind::Starting && !self.is_hurried() => {}
                page => break page?.rows.pop(),
            }
        };
        let Some(newest) = newest else { return Ok(None) };
        let from = newest.row.observation.start.micros().saturating_sub(LOOK_BACK_MICROS);
        let mut filter = Filter::all();
        filter.and(Column::StartTime, Test::Time(Comparison::GreaterOrEqual, Timestamp::from_micros(from)));
        filter.and(Column::TotalTokens, Test::IsNull);
        filter.and(Column::Model, Test::IsNotNull);
        Ok(Some(filter))
    }
}

/// What an observation used, if that has to be counted and can be.
fn count(engine: &Engine, counter: &mut Counter, project: &ProjectId, item: &ObservationItem) -> Option<Derived> {
    let observation = &item.row.observation;
    if !lacks_usage(observation) {
        return None;
    }
    let model = engine.prices.of(project).table.find(observation.model.as_deref()?)?;
    let most = engine.limits().counted_bytes_max;
    let texts = [item.payloads.input.as_deref(), item.payloads.output.as_deref()];
    if texts.iter().flatten().any(|text| text.len() > most) {
        return None;
    }
    let [input, output] = texts;
    // The output of an embedding is numbers, and no model wrote them token by token.
    let output = output.filter(|_| observation.kind != ObservationType::Embedding);
    Some(Derived::Counted {
        trace_id: observation.trace_id.clone(),
        observation_id: observation.id.clone(),
        usage: counter.usage(&model, input, output)?,
    })
}

/// Writes down what was counted, and waits until it is there: what follows shall see it.
fn store(engine: &Engine, project: &ProjectId, counted: Vec<Derived>) {
    if let Err(error) = wait_for(|done| engine.derive(project, counted, done)) {
        tracing::warn!(%error, "counted tokens could not be stored; they are counted again after the next start");
    }
}
