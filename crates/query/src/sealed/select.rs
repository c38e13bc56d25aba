//! Which rows of a segment pass a filter.
//!
//! Owns the order of the work: ids and times narrow the rows down before any column is read, conditions on the trace of an
//! observation are asked once per trace.

use std::iter;

use roaring::RoaringBitmap;
use spanstone_model::Timestamp;
use spanstone_store::LiveSegment;
use spanstone_store::segment::{SegmentError, Table, columns};

use super::join::{self, Join};
use super::predicate::Predicate;
use super::scan::{Scanner, wanted_of};
use super::source::{self, Source};
use super::texts::TextCondition;
use crate::contents::ContentConditions;
use crate::error::Fault;
use crate::filter::{Column, Comparison, Condition, Filter, Test};

/// The traces that pass, and in one of whose texts `search` is found.
pub(crate) fn traces(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    filter: &Filter,
    search: Option<&str>,
) -> Result<RoaringBitmap, Fault> {
    let Some(mut rows) = in_time(scanner, live, Table::Traces, filter.times(Column::Timestamp))? else {
        return Ok(RoaringBitmap::new());
    };
    if let Some(ids) = filter.ids(Column::Id) {
        rows &= RoaringBitmap::from_iter(scanner.segment.find_traces(&ids)?.into_iter().map(|(_, place)| place.row));
    }
    let conditions = filter.plain().map(|condition| (condition, source::of_trace(condition.column)));
    let mut asked = Asked::new(conditions);
    if let Some(text) = search {
        let texts = [columns::traces::NAME, columns::traces::USER_ID, columns::traces::SESSION_ID];
        asked.rest.search(text, columns::traces::ID, &texts);
    }
    asked.sift(scanner, Table::Traces, rows)
}

/// What is asked of rows.
#[derive(Debug)]
struct Asked<'f> {
    /// Conditions on texts, which narrow the rows down at little cost.
    texts: Vec<TextCondition<'f>>,
    rest: Predicate<'f>,
}

impl<'f> Asked<'f> {
    fn new(conditions: impl Iterator<Item = (&'f Condition, Source)>) -> Self {
        let mut texts = Vec::new();
        let mut rest = Vec::new();
        for (condition, source) in conditions {
            match TextCondition::new(condition, source) {
                Some(text) => texts.push(text),
                None => rest.push((condition, source)),
            }
        }
        Self { texts, rest: Predicate::new(rest.into_iter()) }
    }

    /// Those of `rows` that pass.
    fn sift(&self, scanner: Scanner<'_>, table: Table, mut rows: RoaringBitmap) -> Result<RoaringBitmap, Fault> {
        for condition in &self.texts {
            rows = condition.sift(scanner, table, &rows)?;
        }
        self.rest.sift(scanner, table, rows)
    }
}

/// Rows that may pass, and what is still to be asked of them.
#[derive(Debug)]
pub(crate) struct Candidates<'f> {
    table: Table,
    pub(crate) rows: RoaringBitmap,
    /// The rows at which a page of texts begins, where texts matter and that is known.
    pub(crate) firsts: Vec<u32>,
    asked: Asked<'f>,
}

impl<'f> Candidates<'f> {
    fn none(table: Table) -> Self {
        Self { table, rows: RoaringBitmap::new(), firsts: Vec::new(), asked: Asked::new(iter::empty()) }
    }

    /// Those of some candidates that pass.
    pub(crate) fn sift(&self, scanner: Scanner<'_>, rows: RoaringBitmap) -> Result<RoaringBitmap, Fault> {
        self.asked.sift(scanner, self.table, rows)
    }
}

/// The observations that may pass; what is left to ask is of their own columns.
pub(crate) fn observations<'f>(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    filter: &'f Filter,
    contents: &ContentConditions<'_>,
    join: &Join<'_>,
) -> Result<Candidates<'f>, Fault> {
    let table = Table::Observations;
    let Some(mut rows) = in_time(scanner, live, table, filter.times(Column::StartTime))? else {
        return Ok(Candidates::none(table));
    };
    if let Some(ids) = filter.ids(Column::Id) {
        rows &= found(&ids, |id| scanner.segment.find_observation(id))?;
    }
    if let Some(ids) = filter.ids(Column::TraceId) {
        rows &= of_traces_with(scanner, &ids)?;
    }
    let is_own = |condition: &&Condition| source::of_observation(condition.column).is_some();
    let is_shown = |condition: &&Condition| condition.column == Column::ShownVersion;
    for condition in filter.plain().filter(is_shown) {
        rows = by_shown_version(scanner, live, condition, rows, join)?;
    }
    let (own, of_trace): (Vec<_>, Vec<_>) = filter.plain().filter(|it| !is_shown(it)).partition(is_own);
    if !of_trace.is_empty() && !rows.is_empty() {
        let traces = observed_traces(scanner, live, &of_trace, join)?;
        rows &= of_trace_rows(scanner, &traces)?;
    }
    let with_source = |condition: &'_ Condition| source::of_observation(condition.column).unwrap_or(Source::Nothing);
    let asked = Asked::new(own.into_iter().map(|condition| (condition, with_source(condition))));
    let firsts = contents.look_up(scanner, table, &mut rows);
    Ok(Candidates { table, rows, firsts, asked })
}

/// Those of some observations whose version passes: their own, else their trace's.
fn by_shown_version(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    condition: &Condition,
    rows: RoaringBitmap,
    join: &Join<'_>,
) -> Result<RoaringBitmap, Fault> {
    let table = Table::Observations;
    let own = Source::Text(columns::observations::VERSION);
    let is_there = Condition { column: Column::Version, test: Test::IsNotNull };
    let with_own = Asked::new([(&is_there, own)].into_iter()).sift(scanner, table, rows.clone())?;
    let without = rows - &with_own;
    let mut passing = Asked::new([(condition, own)].into_iter()).sift(scanner, table, with_own)?;
    if !without.is_empty() {
        let traces = observed_traces(scanner, live, &[condition], join)?;
        passing |= without & of_trace_rows(scanner, &traces)?;
    }
    Ok(passing)
}

/// The scores that may pass; what is left to ask is of their own columns. Conditions on their traces are the caller's.
pub(crate) fn scores<'f>(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    filter: &'f Filter,
) -> Result<Candidates<'f>, Fault> {
    let table = Table::Scores;
    let Some(mut rows) = in_time(scanner, live, table, filter.times(Column::Timestamp))? else {
        return Ok(Candidates::none(table));
    };
    if let Some(ids) = filter.ids(Column::Id) {
        rows &= found(&ids, |id| scanner.segment.find_score(id))?;
    }
    if let Some(ids) = filter.ids(Column::TraceId) {
        rows &= RoaringBitmap::from_iter(scanner.segment.scores_of_traces(&ids)?);
    }
    let own = filter.plain().filter_map(|it| Some((it, source::of_score(it.column)?)));
    Ok(Candidates { table, rows, firsts: Vec::new(), asked: Asked::new(own) })
}

/// The observations of these traces that are in the segment.
pub(crate) fn of_trace_rows(scanner: Scanner<'_>, traces: &RoaringBitmap) -> Result<RoaringBitmap, Fault> {
    let mut rows = RoaringBitmap::new();
    let columns = [columns::traces::FIRST_OBSERVATION, columns::traces::OBSERVATIONS_HERE];
    scanner.batches(Table::Traces, &columns, traces, |first, batch| {
        let (firsts, counts) = (batch.rows(0)?, batch.rows(1)?);
        for row in wanted_of(traces, first, batch.len()) {
            let (from, count) = (firsts.value((row - first) as usize), counts.value((row - first) as usize));
            rows.insert_range(from..from.saturating_add(count));
        }
        Ok(())
    })?;
    Ok(rows)
}

/// The visible rows whose time is `from` or later, and before `to`.
pub(crate) fn between(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    table: Table,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Result<RoaringBitmap, Fault> {
    let (first, last) = (from.unwrap_or(Timestamp::MIN), to.unwrap_or(Timestamp::MAX));
    let Some(rows) = in_time(scanner, live, table, Some((first, last)))? else { return Ok(RoaringBitmap::new()) };
    let (column, source) = match table {
        Table::Observations => (Column::StartTime, source::of_observation(Column::StartTime)),
        Table::Traces | Table::Scores => (Column::Timestamp, Some(source::of_trace(Column::Timestamp))),
    };
    let from = from.map(|from| Test::Time(Comparison::GreaterOrEqual, from));
    let to = to.map(|to| Test::Time(Comparison::Less, to));
    let conditions: Vec<_> = from.into_iter().chain(to).map(|test| Condition { column, test }).collect();
    let asked = Asked::new(conditions.iter().zip(iter::repeat(source.unwrap_or(Source::Nothing))));
    asked.sift(scanner, table, rows)
}

/// Those of the rows of traces or of observations whose name passes.
pub(crate) fn named(
    scanner: Scanner<'_>,
    table: Table,
    condition: &Condition,
    rows: &RoaringBitmap,
) -> Result<RoaringBitmap, Fault> {
    let source = match table {
        Table::Observations => source::of_observation(Column::Name).unwrap_or(Source::Nothing),
        Table::Traces | Table::Scores => source::of_trace(Column::Name),
    };
    Asked::new([(condition, source)].into_iter()).sift(scanner, table, rows.clone())
}

/// The visible rows whose time may be `from` or later.
pub(crate) fn since(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    table: Table,
    from: Timestamp,
) -> Result<RoaringBitmap, Fault> {
    Ok(in_time(scanner, live, table, Some((from, Timestamp::MAX)))?.unwrap_or_default())
}

/// The visible rows whose time may be wanted; nothing when no time is.
fn in_time(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    table: Table,
    times: Option<(Timestamp, Timestamp)>,
) -> Result<Option<RoaringBitmap>, Fault> {
    let Some((first, last)) = times else { return Ok(None) };
    let own = match table {
        Table::Traces | Table::Scores => live.facts().time,
        Table::Observations => live.facts().start,
    };
    let Some(own) = own.filter(|own| own.0 <= last && first <= own.1) else { return Ok(None) };
    if first <= own.0 && own.1 <= last {
        return Ok(Some(live.visible(table)));
    }
    let mut rows = RoaringBitmap::new();
    for stretch in scanner.segment.stretches(table)? {
        if stretch.time.is_none_or(|time| time.0 <= last && first <= time.1) {
            rows.insert_range(stretch.rows);
        }
    }
    Ok(Some(rows - live.hidden().of(table)))
}

fn found(
    ids: &[&str],
    find: impl Fn(&str) -> Result<Option<u32>, SegmentError>,
) -> Result<RoaringBitmap, SegmentError> {
    let mut rows = RoaringBitmap::new();
    for id in ids {
        rows.extend(find(id)?);
    }
    Ok(rows)
}

fn of_traces_with(scanner: Scanner<'_>, ids: &[&str]) -> Result<RoaringBitmap, SegmentError> {
    let mut rows = RoaringBitmap::new();
    for (_, place) in scanner.segment.find_traces(ids)? {
        rows.insert_range(place.observations);
    }
    Ok(rows)
}

/// The rows of the traces, hidden or not, whose observations pass as far as their trace decides it. What is hidden here is
/// asked where it is now.
pub(crate) fn observed_traces(
    scanner: Scanner<'_>,
    live: &LiveSegment,
    conditions: &[&Condition],
    join: &Join<'_>,
) -> Result<RoaringBitmap, Fault> {
    let mut all = RoaringBitmap::new();
    all.insert_range(0..live.rows(Table::Traces));
    let hidden = &live.hidden().traces;
    let asked = Asked::new(conditions.iter().map(|it| (*it, source::of_observed_trace(it.column))));
    let mut rows = asked.sift(scanner, Table::Traces, all - hidden)?;
    if hidden.is_empty() {
        return Ok(rows);
    }
    let mut moved = Vec::new();
    scanner.each_row(Table::Traces, &[columns::traces::ID], hidden, |row, batch, place| {
        moved.push((row, batch.ids(0)?.value(place).to_owned()));
        Ok(())
    })?;
    for chunk in moved.chunks(join::CHUNK_IDS) {
        join.resolve(chunk.iter().map(|(_, id)| id.as_str()))?;
        let passes = |id: &str| join.get(id).is_some_and(|trace| join::holds(conditions, Some(&trace)));
        rows.extend(chunk.iter().filter(|(_, id)| passes(id)).map(|(row, _)| *row));
    }
    Ok(rows)
}
