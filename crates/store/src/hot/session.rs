//! Sessions: what the traces that name them say.
//!
//! Owns the rule for what a session is. Refuses a table of its own: a session is as old as its oldest trace, and gone
//! with its last.

use std::collections::HashMap;

use spanstone_model::{SessionId, Text, Timestamp, Trace};

/// A session: it exists from the first trace that named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// When the first of its traces was stored.
    pub created_at: Timestamp,
    /// The environment of that trace.
    pub environment: Text,
}

/// The oldest trace of each session seen so far.
#[derive(Debug, Default)]
pub(super) struct Sessions<'a> {
    oldest: HashMap<&'a SessionId, &'a Trace>,
}

impl<'a> Sessions<'a> {
    /// Takes account of a trace.
    pub(super) fn add(&mut self, trace: &'a Trace) {
        let Some(session) = &trace.session_id else { return };
        let oldest = self.oldest.entry(session).or_insert(trace);
        if age(trace) < age(oldest) {
            *oldest = trace;
        }
    }

    /// The sessions, in no order.
    pub(super) fn into_rows(self) -> impl Iterator<Item = SessionRow> {
        self.oldest.into_iter().map(|(session, trace)| row(session, trace))
    }
}

/// The session of the oldest of some traces that all name it.
pub(super) fn of_traces<'a>(session: &SessionId, traces: impl Iterator<Item = &'a Trace>) -> Option<SessionRow> {
    traces.min_by_key(|trace| age(trace)).map(|trace| row(session, trace))
}

/// Of traces stored at the same time the one with the first environment counts as the oldest.
fn age(trace: &Trace) -> (Timestamp, &Text) {
    (trace.created_at, &trace.environment)
}

fn row(session: &SessionId, trace: &Trace) -> SessionRow {
    SessionRow { id: session.clone(), created_at: trace.created_at, environment: trace.environment.clone() }
}
