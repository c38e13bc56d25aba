//! `/api/spanstone/v1/projects/{project}/tail`: traces as they are written, as server-sent events.
//!
//! Owns what is between the writers, who tell of traces, and one client: a bounded set of traces that changed, each once,
//! however often it was written to. What does not fit, because the client is slow, is counted and told as a number. While
//! nothing is written, nothing is done but a comment every fifteen seconds, which keeps proxies from closing the
//! connection. What was written while a client was not connected is not told later: after `ready` it loads its list anew.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use futures_util::stream;
use parking_lot::Mutex;
use spanstone_engine::query::{Column, Filter, Test};
use spanstone_engine::{Subscription, TraceListener};
use spanstone_model::{Limits, ProjectId, TraceId};
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::viewer::traces::conditions;
use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::Params;
use crate::render;

/// What may be asked for: the conditions of the list of traces.
const KNOWN: [&str; 8] =
    ["name", "userId", "sessionId", "tag", "environment", "fromTimestamp", "toTimestamp", "search"];

/// How many changed traces wait for a client.
const PENDING_MAX: usize = 1_000;
/// How many traces are read and told at a time.
const ROWS_MAX: usize = 100;
/// For how long changes are collected before they are told: a trace that is written to ten times a second is told twice.
const COLLECT: Duration = Duration::from_millis(500);
/// How often a client hears that nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After how long a client has to ask, and show who it is, again.
const FOLLOWED_MAX: Duration = Duration::from_secs(3_600);

/// Follows what is written.
pub(crate) async fn follow(call: Call) -> Answer {
    let project = auth::own_project(&call)?;
    let (filter, search) = read(call.params(), call.limits())?;
    let place = call.context().followers.clone().try_acquire_owned();
    let place = place.map_err(|_| Failure::unavailable("too many follow what is written; try again later"))?;
    let changes = Arc::new(Changes::default());
    let follower = Follower {
        _subscription: call.engine().listen(&project, changes.clone()),
        stop: call.context().stopping.subscribe(),
        _place: place,
        changes,
        project,
        filter,
        search,
        is_greeted: false,
        until: Instant::now() + FOLLOWED_MAX,
        call,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let piece = Box::pin(follower.next()).await?;
        Some((Ok::<_, Infallible>(piece), follower))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("text/event-stream")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        // nginx would collect events otherwise.
        .insert_header((HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")))
        .streaming(events))
}

/// Reads which traces are wanted.
pub(crate) fn read(mut params: Params, _: &Limits) -> Result<(Filter, Option<String>), Failure> {
    params.only(&KNOWN);
    let wanted = conditions(&mut params);
    params.done()?;
    Ok(wanted)
}

/// The traces that changed and were not told yet.
#[derive(Default)]
struct Changes {
    pending: Mutex<Pending>,
    news: Notify,
}

#[derive(Default)]
struct Pending {
    traces: HashSet<TraceId>,
    dropped: u64,
}

impl TraceListener for Changes {
    fn changed(&self, traces: &[TraceId]) {
        let mut pending = self.pending.lock();
        for id in traces {
            if pending.traces.contains(id) {
                continue;
            }
            if pending.traces.len() < PENDING_MAX {
                pending.traces.insert(id.clone());
            } else {
                pending.dropped += 1;
            }
        }
        drop(pending);
        self.news.notify_one();
    }
}

impl Changes {
    /// Some of the traces, and how many were dropped since the last time.
    fn take(&self) -> (Vec<String>, u64) {
        let mut pending = self.pending.lock();
        let ids: Vec<TraceId> = pending.traces.iter().take(ROWS_MAX).cloned().collect();
        for id in &ids {
            pending.traces.remove(id);
        }
        if !pending.traces.is_empty() {
            self.news.notify_one();
        }
        let dropped = std::mem::take(&mut pending.dropped);
        (ids.iter().map(|id| id.as_str().to_owned()).collect(), dropped)
    }
}

/// One client, and what it wants to know.
struct Follower {
    call: Call,
    project: ProjectId,
    filter: Filter,
    search: Option<String>,
    changes: Arc<Changes>,
    stop: watch::Receiver<bool>,
    until: Instant,
    is_greeted: bool,
    _subscription: Subscription,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// What is to be sent next; nothing when the client has to ask again.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.is_greeted {
            self.is_greeted = true;
            return Some(Bytes::from_static(b"retry: 2000\nevent: ready\ndata: {}\n\n"));
        }
        loop {
            tokio::select! {
                () = self.changes.news.notified() => {}
                () = tokio::time::sleep(HEARTBEAT) => return Some(Bytes::from_static(b":\n\n")),
                () = tokio::time::sleep_until(self.until) => return None,
                _ = self.stop.wait_for(|stopped| *stopped) => return None,
            }
            tokio::time::sleep(COLLECT).await;
            let (ids, dropped) = self.changes.take();
            let events = self.events(ids, dropped).await;
            if !events.is_empty() {
                return Some(events.into());
            }
        }
    }

    async fn events(&self, ids: Vec<String>, mut dropped: u64) -> Vec<u8> {
        let count = ids.len() as u64;
        let mut filter = self.filter.clone();
        filter.and(Column::Id, Test::AnyOf(ids));
        let (project, search) = (self.project.clone(), self.search.clone());
        let read = self.call.wait_for(move |engine| {
            let reads = engine.reads(engine.watch());
            let (page, _) = reads.traces_after(&project, &filter, search.as_deref(), None, ROWS_MAX)?;
            Ok(page.rows.iter().map(render::viewer::trace_row).collect::<Vec<_>>())
        });
        let rows = read.await.unwrap_or_else(|failure| {
            tracing::debug!(?failure, "changed traces could not be read for a follower");
            dropped += count;
            Vec::new()
        });
        let mut events = Vec::new();
        for row in rows {
            events.extend_from_slice(b"event: trace\ndata: ");
            events.extend_from_slice(&row);
            events.extend_from_slice(b"\n\n");
        }
        if dropped > 0 {
            events.extend_from_slice(format!("event: dropped\ndata: {{\"traces\":{dropped}}}\n\n").as_bytes());
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_waits_once_and_what_does_not_fit_is_counted() {
        let changes = Changes::default();
        let ids: Vec<_> = (0..PENDING_MAX + 5).map(|number| TraceId::from_wire(&number.to_string())).collect();
        changes.changed(&ids[..10]);
        changes.changed(&ids);
        let (first, dropped) = changes.take();
        assert_eq!((first.len(), dropped), (ROWS_MAX, 5));
        changes.changed(&ids[..1]);
        let mut told = first.len();
        loop {
            let (more, dropped) = changes.take();
            assert_eq!(dropped, 0);
            if more.is_empty() {
                break;
            }
            told += more.len();
        }
        assert!((PENDING_MAX..=PENDING_MAX + 1).contains(&told), "each once, or one again that was told before");
    }
}
