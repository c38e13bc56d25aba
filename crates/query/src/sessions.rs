//! Lists of sessions, and the traces of one.
//!
//! Owns what a session is: the traces that name it, as old as the oldest of them, in that one's environment. Of traces stored
//! at the same time, as those of one request are, the one with the first environment counts as the oldest.

use std::cell::RefCell;
use std::ops::Range;

use hashbrown::HashMap;
use roaring::RoaringBitmap;
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
    oldest: HashMap<String, Oldest>,
    environments: Vec<Text>,
}

/// The oldest trace of a session so far: when it was stored, and in which environment.
#[derive(Debug, Clone, Copy)]
struct Oldest {
    created_at: Timestamp,
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
                let environment = sessions.number_of(&trace.environment);
                sessions.add(session.as_str(), Oldest { created_at: trace.created_at, environment });
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
        let visible = live.visible(Table::Traces);
        for stretch in scanner.segment.stretches(Table::Traces)? {
            scanner.watch.check()?;
            self.add_stretch(scanner, stretch.rows, &visible)?;
            if self.oldest.len() > SESSIONS_MAX {
                return Err(QueryError::TooMany { what: "sessions", max: SESSIONS_MAX }.into());
            }
        }
        Ok(())
    }

    fn add_stretch(&mut self, scanner: Scanner<'_>, stretch: Range<u32>, visible: &RoaringBitmap) -> Result<(), Fault> {
        use columns::traces::{CREATED_AT, ENVIRONMENT, SESSION_ID};
        let mut rows = RoaringBitmap::new();
        rows.insert_range(stretch.clone());
        rows &= visible;
        let place = |row: u32| (row - stretch.start) as usize;
        let mut traces: Vec<Option<Oldest>> = vec![None; stretch.len()];
        scanner.batches(Table::Traces, &[CREATED_AT], &rows, |first, batch| {
            let times = batch.integers(0)?;
            for row in wanted_of(&rows, first, batch.len()) {
                let created_at = Timestamp::from_micros(times.value((row - first) as usize));
                traces[place(row)] = Some(Oldest { created_at, environment: 0 });
            }
            Ok(())
        })?;
        let coded = scanner.segment.coded(Table::Traces, ENVIRONMENT, stretch.clone())?;
        let environments: Vec<usize> = coded.texts()?.iter().map(|text| self.number_of(text)).collect();
        coded.each_row(&rows, |row, codes| {
            if let (Some(trace), Some(code)) = (&mut traces[place(row)], codes.first()) {
                trace.environment = environments[*code as usize];
            }
        })?;
        let coded = scanner.segment.coded(Table::Traces, SESSION_ID, stretch.clone())?;
        let ids = coded.texts()?;
        let mut oldest: Vec<Option<Oldest>> = vec![None; ids.len()];
        coded.each_row(&rows, |row, codes| {
            let (Some(trace), Some(code)) = (traces[place(row)], codes.first()) else { return };
            let known = &mut oldest[*code as usize];
            if known.is_none_or(|known| age(&self.environments, trace) < age(&self.environments, known)) {
                *known = Some(trace);
            }
        })?;
        for (id, oldest) in ids.iter().zip(oldest) {
            if let Some(oldest) = oldest {
                self.add(id, oldest);
            }
        }
        Ok(())
    }

    fn add(&mut self, session: &str, trace: Oldest) {
        let known = self.oldest.entry_ref(session).or_insert(trace);
        if age(&self.environments, trace) < age(&self.environments, *known) {
            *known = trace;
        }
    }

    fn number_of(&mut self, environment: &str) -> usize {
        let found = self.environments.iter().position(|known| **known == *environment);
        found.unwrap_or_else(|| {
            self.environments.push(Text::from(environment));
            self.environments.len() - 1
        })
    }
}

fn age(environments: &[Text], trace: Oldest) -> (Timestamp, &Text) {
    (trace.created_at, &environments[trace.environment])
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
    let oldest = traces.iter().map(|row| &row.trace).min_by_key(|trace| (trace.created_at, &trace.environment))?;
    Some(SessionRow { id: id.clone(), created_at: oldest.created_at, environment: oldest.environment.clone() })
}
