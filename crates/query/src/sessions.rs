//! Lists of sessions, and the traces of one.
//!
//! Owns what a session is: the traces that name it, as old as the oldest of them, in that one's environment.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow_array::Array;
use spanstone_model::{SessionId, Text, Timestamp, Trace};
use spanstone_store::hot::{LayeredView, SessionRow};
use spanstone_store::segment::{Table, columns};
use spanstone_store::{LiveSegment, Sealed};

use crate::error::Fault;
use crate::filter::{Column, Filter, Test, TextMatch};
use crate::page::{Direction, Page, PageRequest};
use crate::sealed::scan::{Scanner, wanted_of};
use crate::sealed::with_segment;
use crate::top::{self, Key, Place, Top};
use crate::traces::{TraceOrder, TraceQuery, TraceRow};
use crate::{QueryError, Watch};

/// How many sessions a project may have for their list.
pub const SESSIONS_MAX: usize = 1_000_000;
/// How many traces of a session are given, the newest of them.
pub const SESSION_TRACES_MAX: u32 = 10_000;

/// Which sessions are wanted, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionQuery {
    /// Those that were created at this time or later.
    pub from: Option<Timestamp>,
    /// Those that were created before this time.
    pub to: Option<Timestamp>,
    /// Those of one of these environments; of any when empty.
    pub environments: Vec<String>,
    /// Of them this page.
    pub page: PageRequest,
}

/// The sessions seen so far, by id.
#[derive(Debug, Default)]
pub struct Sessions {
    oldest: HashMap<Text, Oldest>,
    environments: Vec<Text>,
}

/// The oldest trace of a session so far. Of two stored at the same time the one with the smaller id counts as the older.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Oldest {
    created_at: Timestamp,
    trace: Text,
    environment: usize,
}

impl Sessions {
    /// Collects the sessions of the traces in memory.
    #[must_use]
    pub fn look(view: LayeredView<'_>) -> Self {
        let mut sessions = Self::default();
        for view in view.traces() {
            let trace: &Trace = view.trace();
            if let Some(session) = &trace.session_id {
                sessions.add(session.as_str(), trace.created_at, trace.id.as_str(), &trace.environment);
            }
        }
        sessions
    }

    /// Adds the sealed ones, and gives a page of those that are wanted.
    ///
    /// # Errors
    /// Fails when the page is too far from the first, when there are too many sessions, when it takes too long, or nobody
    /// waits any more.
    pub fn finish(
        mut self,
        query: &SessionQuery,
        sealed: &Sealed,
        watch: &Watch,
    ) -> Result<Page<SessionRow>, QueryError> {
        let mut top = Top::new(top::rows_of(query.page)?, Direction::Descending);
        for live in sealed.segments() {
            // A trace that is added twice changes nothing.
            let sessions = RefCell::new(&mut self);
            with_segment(sealed, live, watch, |scanner| sessions.borrow_mut().add_segment(scanner, live))?;
        }
        let mut total = 0;
        for (id, oldest) in &self.oldest {
            if self.matches(oldest, query) {
                total += 1;
                top.push(Key::Time(oldest.created_at), id, Place::Hot(oldest.environment));
            }
        }
        let rows = top.into_rows().into_iter().skip(query.page.offset()).filter_map(|candidate| {
            let (Key::Time(created_at), Place::Hot(environment)) = (candidate.key, candidate.place) else {
                return None;
            };
            let environment = self.environments.get(environment)?.clone();
            Some(SessionRow { id: SessionId::from_wire(&candidate.id), created_at, environment })
        });
        Ok(Page { rows: rows.collect(), total })
    }

    fn matches(&self, oldest: &Oldest, query: &SessionQuery) -> bool {
        let environment = &self.environments[oldest.environment];
        query.from.is_none_or(|from| oldest.created_at >= from)
            && query.to.is_none_or(|to| oldest.created_at < to)
            && (query.environments.is_empty() || query.environments.iter().any(|name| **name == **environment))
    }

    fn add_segment(&mut self, scanner: Scanner<'_>, live: &LiveSegment) -> Result<(), Fault> {
        use columns::traces::{CREATED_AT, ENVIRONMENT, ID, SESSION_ID};
        let rows = live.visible(Table::Traces);
        scanner.batches(Table::Traces, &[SESSION_ID, CREATED_AT, ENVIRONMENT, ID], &rows, |first, batch| {
            let (sessions, times) = (batch.texts(0)?, batch.integers(1)?);
            let (environments, ids) = (batch.texts(2)?, batch.ids(3)?);
            // The oldest row of each session of the batch, by the place of the session's id in the dictionary.
            let mut oldest: Vec<Option<usize>> = vec![None; sessions.values.len()];
            for row in wanted_of(&rows, first, batch.len()) {
                let place = (row - first) as usize;
                let Some(key) = sessions.key(place) else { continue };
                let age = |place: usize| (times.value(place), ids.value(place));
                if oldest[key].is_none_or(|known| age(place) < age(known)) {
                    oldest[key] = Some(place);
                }
            }
            for (key, place) in oldest.into_iter().enumerate() {
                let Some(place) = place else { continue };
                let created_at = Timestamp::from_micros(times.value(place));
                let environment = environments.get(place).unwrap_or_default();
                self.add(sessions.values.value(key), created_at, ids.value(place), environment);
            }
            if self.oldest.len() > SESSIONS_MAX {
                return Err(QueryError::TooMany { what: "sessions", max: SESSIONS_MAX }.into());
            }
            Ok(())
        })
    }

    fn add(&mut self, session: &str, created_at: Timestamp, trace: &str, environment: &str) {
        if let Some(known) = self.oldest.get(session)
            && (known.created_at, &*known.trace) <= (created_at, trace)
        {
            return;
        }
        let found = self.environments.iter().position(|known| **known == *environment);
        let environment = found.unwrap_or_else(|| {
            self.environments.push(Text::from(environment));
            self.environments.len() - 1
        });
        let oldest = Oldest { created_at, trace: Text::from(trace), environment };
        match self.oldest.entry(Text::from(session)) {
            Entry::Occupied(mut entry) => *entry.get_mut() = oldest,
            Entry::Vacant(entry) => drop(entry.insert(oldest)),
        }
    }
}

/// The query for the traces of one session, the newest first.
#[must_use]
pub fn traces_of(id: &SessionId) -> TraceQuery {
    let mut filter = Filter::all();
    filter.and(Column::SessionId, Test::Text(TextMatch::Equals, id.as_str().to_owned()));
    TraceQuery { filter, order: TraceOrder::default(), page: PageRequest { page: 1, limit: SESSION_TRACES_MAX } }
}

/// The session that some traces are all of; nothing without any.
#[must_use]
pub fn of_traces(id: &SessionId, traces: &[TraceRow]) -> Option<SessionRow> {
    let oldest = traces.iter().map(|row| &row.trace).min_by_key(|trace| (trace.created_at, trace.id.clone()))?;
    Some(SessionRow { id: id.clone(), created_at: oldest.created_at, environment: oldest.environment.clone() })
}
