//! What one segment comes to.
//!
//! Owns what is remembered of segments: bounded, and gone with the process.

use std::collections::{HashMap, VecDeque};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ScopedJoinHandle;

use roaring::RoaringBitmap;
use spanstone_model::Timestamp;
use spanstone_store::hot::Revision;
use spanstone_store::segment::{Table, columns};
use spanstone_store::{LiveSegment, Sealed};

use super::tally::{COLUMNS, Tally, day_of};
use super::{DailyQuery, HotDays};
use crate::error::Fault;
use crate::filter::Condition;
use crate::sealed::join::Join;
use crate::sealed::scan::{Scanner, wanted_of};
use crate::sealed::{select, with_segment};
use crate::{QueryError, Watch};

/// On how many threads segments are added up at the most, and how many segments are worth a thread.
const LANES_MAX: usize = 4;
const LANE_SEGMENTS_MIN: usize = 8;

/// How many groups are remembered of one segment; one with more is added up each time.
const SEGMENT_GROUPS_MAX: usize = 2_048;
/// How many groups are remembered over all segments: some 150 bytes each.
const ALL_GROUPS_MAX: usize = 65_536;

/// How many groups are remembered of a whole project, and of how many projects.
const PROJECT_GROUPS_MAX: usize = 8_192;
const PROJECTS_MAX: usize = 8;
/// Of how many projects it is remembered what memory comes to.
const MEMORIES_MAX: usize = 4;

/// What segments come to, each with all its rows, hidden or not.
#[derive(Debug, Default)]
pub struct Rollups {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    segments: HashMap<u64, Arc<Tally>>,
    groups: usize,
    /// What all segments of a project came to, the last asked for at the end.
    all: VecDeque<(State, Arc<Tally>)>,
    /// What memory came to, the last asked for at the end.
    memory: VecDeque<(Revision, Arc<HotDays>)>,
}

/// What is live of a project: each segment, and how many of its rows are hidden. A row that is hidden stays so.
pub(super) type State = Vec<(u64, u64, u64)>;

pub(super) fn state_of(sealed: &Sealed) -> State {
    let state = |live: &LiveSegment| (live.id(), live.hidden().traces.len(), live.hidden().observations.len());
    sealed.segments().iter().map(state).collect()
}

impl Rollups {
    /// What the segments come to together, if nothing of them has changed.
    pub(super) fn all(&self, sealed: &Sealed) -> Option<Arc<Tally>> {
        let state = state_of(sealed);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.all.iter().find(|(known, _)| *known == state).map(|(_, tally)| tally.clone())
    }

    pub(super) fn put_all(&self, sealed: &Sealed, tally: &Tally) {
        if tally.groups() > PROJECT_GROUPS_MAX {
            return;
        }
        let state = state_of(sealed);
        // The older states of the same project have segments in common with it.
        let has = |other: &State| other.iter().any(|(id, ..)| state.iter().any(|(own, ..)| own == id));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.all.retain(|(other, _)| !has(other));
        known.all.push_back((state, Arc::new(tally.clone())));
        while known.all.len() > PROJECTS_MAX {
            known.all.pop_front();
        }
    }

    /// What memory comes to, if nothing of it has changed.
    pub(super) fn memory(&self, revision: Revision) -> Option<Arc<HotDays>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.memory.iter().find(|(known, _)| *known == revision).map(|(_, days)| days.clone())
    }

    pub(super) fn put_memory(&self, revision: Revision, days: &Arc<HotDays>) {
        if days.len() > PROJECT_GROUPS_MAX {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.memory.push_back((revision, Arc::clone(days)));
        while known.memory.len() > MEMORIES_MAX {
            known.memory.pop_front();
        }
    }

    fn get(&self, segment: u64) -> Option<Arc<Tally>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).segments.get(&segment).cloned()
    }

    fn put(&self, segment: u64, tally: &Arc<Tally>) {
        if tally.groups() > SEGMENT_GROUPS_MAX {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.groups + tally.groups() > ALL_GROUPS_MAX {
            (known.segments, known.groups) = (HashMap::new(), 0);
        }
        known.groups += tally.groups();
        known.segments.insert(segment, Arc::clone(tally));
    }
}

/// What the rows of a segment that a query wants come to.
pub(super) fn segment(
    query: &DailyQuery,
    scanner: Scanner<'_>,
    live: &LiveSegment,
    rollups: &Rollups,
    join: &Join<'_>,
) -> Result<Tally, Fault> {
    let conditions = query.conditions();
    if !conditions.is_empty() {
        return of_traces(&conditions, scanner, live, join);
    }
    if is_whole(query, live) {
        return whole(scanner, live, rollups);
    }
    let mut tally = Tally::default();
    let earliest = query.earliest_start();
    let from = query.from();
    let traces = select::since(scanner, live, Table::Traces, from)?;
    add_traces(&mut tally, scanner, &traces, from)?;
    let observations = select::since(scanner, live, Table::Observations, earliest)?;
    scanner.batches(Table::Observations, &COLUMNS, &observations, |first, batch| {
        let starts = batch.integers(1)?;
        let rows = wanted_of(&observations, first, batch.len()).map(|row| (row - first) as usize);
        Ok(tally.add_batch(batch, rows.filter(|row| starts.value(*row) >= earliest.micros()))?)
    })?;
    Ok(tally)
}

/// Adds up the segments that are wanted whole and are not known yet, on several threads when they are many: the first
/// question after a start is about all of them. What is too large to be remembered is added up again when it is needed.
pub(super) fn remember_whole(
    query: &DailyQuery,
    sealed: &Sealed,
    rollups: &Rollups,
    watch: &Watch,
) -> Result<(), QueryError> {
    if !query.conditions().is_empty() {
        return Ok(());
    }
    let is_wanted = |live: &&LiveSegment| is_whole(query, live) && rollups.get(live.id()).is_none();
    let unknown: Vec<&LiveSegment> = sealed.segments().iter().filter(is_wanted).collect();
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let lanes = (unknown.len() / LANE_SEGMENTS_MIN).min(cores).min(LANES_MAX);
    if lanes < 2 {
        return Ok(());
    }
    let lane = |lane: usize| -> Result<(), QueryError> {
        for live in unknown.iter().skip(lane).step_by(lanes) {
            with_segment(sealed, live, watch, |scanner| with_hidden(scanner, live, rollups).map(drop))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..lanes).map(|number| scope.spawn(move || lane(number))).collect();
        let first = lane(0);
        let outcome = |other: ScopedJoinHandle<'_, _>| other.join().unwrap_or_else(|panic| resume_unwind(panic));
        others.into_iter().map(outcome).fold(first, Result::and)
    })
}

/// Whether everything in a segment is late enough.
fn is_whole(query: &DailyQuery, live: &LiveSegment) -> bool {
    let facts = live.facts();
    facts.time.is_none_or(|(first, _)| first >= query.from())
        && facts.start.is_none_or(|(first, _)| first >= query.earliest_start())
}

fn of_traces(
    conditions: &[&Condition],
    scanner: Scanner<'_>,
    live: &LiveSegment,
    join: &Join<'_>,
) -> Result<Tally, Fault> {
    let traces = select::observed_traces(scanner, live, conditions, join)?;
    let mut tally = Tally::default();
    add_traces(&mut tally, scanner, &(&traces - &live.hidden().traces), Timestamp::MIN)?;
    let observations = select::of_trace_rows(scanner, &traces)? - &live.hidden().observations;
    add_observations(&mut tally, scanner, &observations)?;
    Ok(tally)
}

/// Everything in a segment, hidden or not.
fn with_hidden(scanner: Scanner<'_>, live: &LiveSegment, rollups: &Rollups) -> Result<Arc<Tally>, Fault> {
    if let Some(known) = rollups.get(live.id()) {
        return Ok(known);
    }
    let mut tally = Tally::default();
    add_traces(&mut tally, scanner, &all(live, Table::Traces), Timestamp::MIN)?;
    add_observations(&mut tally, scanner, &all(live, Table::Observations))?;
    let tally = Arc::new(tally);
    rollups.put(live.id(), &tally);
    Ok(tally)
}

/// Everything visible of a segment.
fn whole(scanner: Scanner<'_>, live: &LiveSegment, rollups: &Rollups) -> Result<Tally, Fault> {
    let mut tally = Tally::clone(&*with_hidden(scanner, live, rollups)?);
    let hidden = live.hidden();
    let mut hidden_traces = Tally::default();
    add_traces(&mut hidden_traces, scanner, &hidden.traces, Timestamp::MIN)?;
    tally.take_off(&hidden_traces);
    if hidden.observations.is_empty() {
        return Ok(tally);
    }
    // Whether a trace still counts for a day and a model depends on its other observations, so the traces that have lost
    // some are taken off whole, and what is left of them is added again.
    let touched = select::of_trace_rows(scanner, &traces_of(scanner, &hidden.observations)?)?;
    let (mut before, mut now) = (Tally::default(), Tally::default());
    add_observations(&mut before, scanner, &touched)?;
    add_observations(&mut now, scanner, &(touched - &hidden.observations))?;
    tally.take_off(&before);
    tally.add(&now);
    Ok(tally)
}

fn all(live: &LiveSegment, table: Table) -> RoaringBitmap {
    let mut rows = RoaringBitmap::new();
    rows.insert_range(0..live.rows(table));
    rows
}

fn add_traces(tally: &mut Tally, scanner: Scanner<'_>, rows: &RoaringBitmap, from: Timestamp) -> Result<(), Fault> {
    scanner.each_row(Table::Traces, &[columns::traces::TIMESTAMP], rows, |_, batch, place| {
        let time = Timestamp::from_micros(batch.integers(0)?.value(place));
        if time >= from {
            tally.add_traces(day_of(time), 1);
        }
        Ok(())
    })
}

fn add_observations(tally: &mut Tally, scanner: Scanner<'_>, rows: &RoaringBitmap) -> Result<(), Fault> {
    scanner.batches(Table::Observations, &COLUMNS, rows, |first, batch| {
        let end = u64::from(first) + batch.len() as u64;
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        if rows.range_cardinality(first..end) == batch.len() as u64 {
            return Ok(tally.add_batch(batch, 0..batch.len())?);
        }
        Ok(tally.add_batch(batch, wanted_of(rows, first, batch.len()).map(|row| (row - first) as usize))?)
    })
}

/// The rows of the traces that some observations are of.
fn traces_of(scanner: Scanner<'_>, observations: &RoaringBitmap) -> Result<RoaringBitmap, Fault> {
    let mut rows = RoaringBitmap::new();
    scanner.each_row(Table::Observations, &[columns::observations::TRACE_ROW], observations, |_, batch, place| {
        rows.insert(batch.rows(0)?.value(place));
        Ok(())
    })?;
    Ok(rows)
}
