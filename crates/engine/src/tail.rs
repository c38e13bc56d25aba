//! Who wants to be told of what is written, while it is written.
//!
//! Owns the list of listeners of each project. Nobody is told anything that is not on disk and visible to reads. A
//! listener must not wait: it is called by the thread that answers writers. While there are none, a write costs one look
//! at a counter.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;
use spanstone_model::{Change, Event, ProjectId, TraceId};

use crate::Engine;

/// One who wants to know which traces change.
pub trait TraceListener: Send + Sync {
    /// These traces were written to, are on disk, and visible to reads. Must not wait.
    fn changed(&self, traces: &[TraceId]);
}

/// The listeners.
#[derive(Default)]
pub(crate) struct Tail {
    count: AtomicUsize,
    listeners: RwLock<Listeners>,
}

#[derive(Default)]
struct Listeners {
    by_project: HashMap<ProjectId, Vec<Numbered>>,
    last: u64,
}

/// A listener, and the number by which it is found when it goes.
type Numbered = (u64, Arc<dyn TraceListener>);

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").field("count", &self.count).finish_non_exhaustive()
    }
}

/// Listens as long as it is kept.
#[derive(Debug)]
pub struct Subscription {
    tail: Arc<Tail>,
    project: ProjectId,
    number: u64,
}

impl Engine {
    /// Has a listener told of every trace of a project that is written to from now on.
    #[must_use]
    pub fn listen(&self, project: &ProjectId, listener: Arc<dyn TraceListener>) -> Subscription {
        let mut listeners = self.tail.listeners.write();
        listeners.last += 1;
        let number = listeners.last;
        listeners.by_project.entry(project.clone()).or_default().push((number, listener));
        self.tail.count.fetch_add(1, Ordering::Relaxed);
        Subscription { tail: self.tail.clone(), project: project.clone(), number }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut listeners = self.tail.listeners.write();
        if let Some(of_project) = listeners.by_project.get_mut(&self.project) {
            of_project.retain(|(number, _)| *number != self.number);
            if of_project.is_empty() {
                listeners.by_project.remove(&self.project);
            }
        }
        self.tail.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is to be told once a request is on disk.
pub(crate) struct News {
    tail: Arc<Tail>,
    project: ProjectId,
    traces: Vec<TraceId>,
}

impl Tail {
    /// What some events will be to the listeners of a project; nothing when there are none.
    pub(crate) fn news(self: &Arc<Self>, project: &ProjectId, events: &[Event]) -> Option<News> {
        if self.count.load(Ordering::Relaxed) == 0 || !self.listeners.read().by_project.contains_key(project) {
            return None;
        }
        let mut traces: Vec<TraceId> = events.iter().filter_map(trace_of).cloned().collect();
        traces.sort_unstable();
        traces.dedup();
        Some(News { tail: self.clone(), project: project.clone(), traces })
    }
}

impl News {
    /// Tells it.
    pub(crate) fn tell(&self) {
        let listeners = self.tail.listeners.read();
        for (_, listener) in listeners.by_project.get(&self.project).into_iter().flatten() {
            listener.changed(&self.traces);
        }
    }
}

fn trace_of(event: &Event) -> Option<&TraceId> {
    match &event.change {
        Change::Trace(change) => Some(&change.id),
        Change::Observation(change) => Some(&change.trace_id),
        Change::Score(change) => change.trace_id.as_ref(),
        Change::Deletion(_) | Change::Derived(_) => None,
    }
}
