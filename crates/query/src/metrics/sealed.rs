//! Sealed rows.
//!
//! Owns which columns say what of which view, and what need not be read: segments and stretches of another time, and, when ids
//! are asked for, everything but their rows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{DataType, Text, Timestamp, Trace};
use spanstone_store::segment::columns::{observations as o, scores as s, traces as t};
use spanstone_store::segment::{Stretch as Place, Table};
use spanstone_store::{LiveSegment, Sealed};

use super::block::{Block, Many, Said};
use super::catalogue::{Dimension, Own, Subject, TraceFact, View};
use super::groups::Groups;
use super::hot::trace_said;
use super::joined::{Counterparts, Joined};
use super::request::Metrics;
use super::rows::{Joins, Rows, Work};
use super::stretch::Stretch;
use crate::error::Fault;
use crate::filter::{Test, TextMatch};
use crate::sealed::join::{self, Join};
use crate::sealed::scan::Scanner;
use crate::sealed::with_segment;
use crate::{QueryError, Watch};

/// The segments that may have rows of a question.
pub(super) fn segments<'s>(metrics: &Metrics, sealed: &'s Sealed) -> Vec<&'s LiveSegment> {
    let (first, last) = metrics.times;
    let overlaps = |time: (Timestamp, Timestamp)| time.0 <= last && first <= time.1;
    let time = |live: &LiveSegment| match metrics.view.subject() {
        Subject::Traces | Subject::Scores => live.facts().time,
        Subject::Observations => live.facts().start,
    };
    let all = if metrics.view.subject() == Subject::Scores { sealed.score_segments() } else { sealed.segments() };
    all.iter().filter(|live| time(live).is_some_and(overlaps)).collect()
}

/// Adds the rows of some segments to the groups.
pub(super) fn add<'s>(
    work: &Work<'_>,
    groups: &mut Groups,
    counterparts: &Counterparts<'_>,
    segments: impl Iterator<Item = &'s LiveSegment>,
    (sealed, watch): (&Sealed, &Watch),
) -> Result<(), QueryError> {
    let metrics = work.metrics;
    let table = match metrics.view.subject() {
        Subject::Traces => Table::Traces,
        Subject::Observations => Table::Observations,
        Subject::Scores => Table::Scores,
    };
    let (first, last) = metrics.times;
    let overlaps = |time: (Timestamp, Timestamp)| time.0 <= last && first <= time.1;
    for live in segments {
        let found = with_segment(sealed, live, watch, |scanner| {
            let rows = metrics.candidates(scanner, table, live)?;
            Ok((rows, scanner.segment.stretches(table)?))
        })?;
        let Some((rows, stretches)) = found else { continue };
        for stretch in stretches.iter().filter(|stretch| stretch.time.is_none_or(overlaps)) {
            let found = with_segment(sealed, live, watch, |scanner| {
                read(work, counterparts, scanner, live, (table, stretch, &rows))
            })?;
            if let Some(block) = found.filter(|block| block.len > 0) {
                groups.add(metrics, &block)?;
            }
        }
    }
    Ok(())
}

/// What the rows of a stretch come to.
fn read(
    work: &Work<'_>,
    counterparts: &Counterparts<'_>,
    scanner: Scanner<'_>,
    live: &LiveSegment,
    (table, place, rows): (Table, &Place, &RoaringBitmap),
) -> Result<Block, Fault> {
    let mut here = RoaringBitmap::new();
    here.insert_range(place.rows.clone());
    here &= rows;
    let mut stretch = Stretch::new(scanner, table, place.rows.clone(), here);
    let times = work.metrics.times.0..=work.metrics.times.1;
    let is_within = |time: (Timestamp, Timestamp)| times.contains(&time.0) && times.contains(&time.1);
    if !place.time.is_some_and(is_within) {
        keep_times(&mut stretch, table, &times)?;
    }
    match table {
        Table::Traces => work.block(&mut SealedTraces(stretch)),
        Table::Observations => work.block(&mut SealedObservations {
            stretch,
            live,
            scanner,
            join: &counterparts.traces,
            moved: HashMap::new(),
            trace_rows: RefCell::default(),
        }),
        Table::Scores => {
            let mut rows = SealedScores { stretch, joined: Joined::default(), counterparts };
            rows.keep_kinds(work.metrics.view)?;
            work.block(&mut rows)
        }
    }
}

fn keep_times(stretch: &mut Stretch<'_>, table: Table, wanted: &RangeInclusive<Timestamp>) -> Result<(), Fault> {
    let found = times_of(stretch, table)?;
    let is_wanted = |time: &i64| wanted.contains(&Timestamp::from_micros(*time));
    stretch.keep(&found.iter().map(is_wanted).collect::<Vec<_>>());
    Ok(())
}

fn times_of(stretch: &Stretch<'_>, table: Table) -> Result<Vec<i64>, Fault> {
    let column = match table {
        Table::Traces => t::TIMESTAMP,
        Table::Observations => o::START,
        Table::Scores => s::TIMESTAMP,
    };
    Ok(one(stretch.numbers(&[column])?).into_iter().map(Option::unwrap_or_default).collect())
}

/// The only one of some columns.
fn one(mut columns: Vec<Vec<Option<i64>>>) -> Vec<Option<i64>> {
    columns.pop().unwrap_or_default()
}

impl Metrics {
    /// The visible rows of a segment's table; when ids are asked for, only those with them.
    fn candidates(&self, scanner: Scanner<'_>, table: Table, live: &LiveSegment) -> Result<RoaringBitmap, Fault> {
        let mut rows = live.visible(table);
        for (dimension, test) in &self.conditions {
            let ids: Vec<&str> = match test {
                Test::AnyOf(options) if !options.is_empty() => options.iter().map(String::as_str).collect(),
                Test::Text(TextMatch::Equals, text) => vec![text.as_str()],
                _ => continue,
            };
            // To the second generation an empty text stands for a missing one.
            if ids.contains(&"") {
                continue;
            }
            match (table, dimension) {
                (Table::Traces, Dimension::Own(Own::Id)) => {
                    rows &= scanner
                        .segment
                        .find_traces(&ids)?
                        .into_iter()
                        .map(|(_, place)| place.row)
                        .collect::<RoaringBitmap>();
                }
                (Table::Observations, Dimension::Own(Own::Id)) => {
                    rows &= scanner.segment.find_observations(&ids)?.into_iter().collect::<RoaringBitmap>();
                }
                (Table::Observations, Dimension::Trace(TraceFact::Id)) => {
                    let mut of_traces = RoaringBitmap::new();
                    for (_, place) in scanner.segment.find_traces(&ids)? {
                        of_traces.insert_range(place.observations);
                    }
                    rows &= of_traces;
                }
                (Table::Scores, Dimension::Own(Own::TraceId)) => {
                    rows &= scanner.segment.scores_of_traces(&ids)?.into_iter().collect::<RoaringBitmap>();
                }
                _ => {}
            }
        }
        Ok(rows)
    }
}

struct SealedTraces<'a>(Stretch<'a>);

impl Rows for SealedTraces<'_> {
    fn len(&self) -> usize {
        self.0.rows().len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        self.0.keep(wanted);
    }

    fn join(&mut self, _wanted: Joins) -> Result<(), Fault> {
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        times_of(&self.0, Table::Traces)
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        match dimension {
            Dimension::Own(Own::Id) => self.0.ids(t::ID, number),
            Dimension::Own(Own::Environment) => self.0.texts(t::ENVIRONMENT, number),
            Dimension::Trace(fact) => trace_column(&self.0, fact, number),
            Dimension::Own(_) | Dimension::Observation(_) => Ok(vec![number(Said::Nothing); self.len()]),
        }
    }

    fn items(&self, _own: Own, _number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        Ok(Many::nothing(self.len()))
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        self.0.numbers(columns)
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        Ok(vec![None; self.len()])
    }
}

/// What some rows of the table of traces say.
fn trace_column(
    stretch: &Stretch<'_>,
    fact: TraceFact,
    number: &mut dyn FnMut(Said<'_>) -> u64,
) -> Result<Vec<u64>, Fault> {
    match fact {
        TraceFact::Id => stretch.ids(t::ID, number),
        TraceFact::Tags => stretch.lists(t::TAGS, number),
        TraceFact::Name => stretch.texts(t::NAME, number),
        TraceFact::UserId => stretch.texts(t::USER_ID, number),
        TraceFact::SessionId => stretch.texts(t::SESSION_ID, number),
        TraceFact::Release => stretch.texts(t::RELEASE, number),
        TraceFact::Version => stretch.texts(t::VERSION, number),
    }
}

struct SealedObservations<'a> {
    stretch: Stretch<'a>,
    live: &'a LiveSegment,
    scanner: Scanner<'a>,
    join: &'a Join<'a>,
    /// The traces that have changed since they were sealed here, by their rows here.
    moved: HashMap<u32, Arc<Trace>>,
    /// The rows of the traces, once they were read.
    trace_rows: RefCell<Option<Rc<[u32]>>>,
}

impl SealedObservations<'_> {
    /// The rows of the traces, in this segment.
    fn trace_rows(&self) -> Result<Rc<[u32]>, Fault> {
        if let Some(known) = self.trace_rows.borrow().as_ref() {
            return Ok(Rc::clone(known));
        }
        let found = one(self.stretch.numbers(&[o::TRACE_ROW])?);
        let row = |row: Option<i64>| row.and_then(|row| u32::try_from(row).ok()).unwrap_or(u32::MAX);
        let found: Rc<[u32]> = found.into_iter().map(row).collect();
        *self.trace_rows.borrow_mut() = Some(Rc::clone(&found));
        Ok(found)
    }

    /// What the traces of the observations say, each asked once.
    fn of_traces(&self, fact: TraceFact, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let rows = self.trace_rows()?;
        let wanted: RoaringBitmap = rows.iter().copied().collect();
        let (Some(first), Some(last)) = (wanted.min(), wanted.max()) else { return Ok(Vec::new()) };
        let mut found = vec![0; (last - first) as usize + 1];
        for stretch in Stretch::all(self.scanner, Table::Traces, &wanted)? {
            let said = trace_column(&stretch, fact, number)?;
            for (row, said) in stretch.rows().iter().zip(said) {
                found[(row - first) as usize] = said;
            }
        }
        for (row, trace) in self.moved.iter().filter(|(row, _)| wanted.contains(**row)) {
            found[(row - first) as usize] = trace_said(trace, fact, number);
        }
        Ok(rows.iter().map(|row| found[(row - first) as usize]).collect())
    }

    /// Finds the traces with hidden rows where they are now.
    fn find_moved(&self, hidden: &RoaringBitmap) -> Result<HashMap<u32, Arc<Trace>>, Fault> {
        let mut ids: Vec<(u32, Text)> = Vec::new();
        self.scanner.each_row(Table::Traces, &[t::ID], hidden, |row, batch, place| {
            ids.push((row, Text::from(batch.ids(0)?.value(place))));
            Ok(())
        })?;
        let mut moved = HashMap::new();
        for chunk in ids.chunks(join::CHUNK_IDS) {
            self.join.resolve(chunk.iter().map(|(_, id)| &**id))?;
            moved.extend(chunk.iter().filter_map(|(row, id)| Some((*row, self.join.get(id)?))));
        }
        Ok(moved)
    }
}

impl Rows for SealedObservations<'_> {
    fn len(&self) -> usize {
        self.stretch.rows().len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        self.stretch.keep(wanted);
        self.trace_rows.replace(None);
    }

    fn join(&mut self, wanted: Joins) -> Result<(), Fault> {
        let hidden = &self.live.hidden().traces;
        if !wanted.traces || hidden.is_empty() {
            return Ok(());
        }
        let rows = self.trace_rows()?;
        let hidden = rows.iter().copied().collect::<RoaringBitmap>() & hidden;
        self.moved = self.find_moved(&hidden)?;
        let has_trace = |row: &u32| !hidden.contains(*row) || self.moved.contains_key(row);
        let has_trace: Vec<bool> = rows.iter().map(has_trace).collect();
        self.keep(&has_trace);
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        times_of(&self.stretch, Table::Observations)
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let own = match dimension {
            Dimension::Own(own) => own,
            Dimension::Trace(fact) => return self.of_traces(fact, number),
            Dimension::Observation(_) => return Ok(vec![number(Said::Nothing); self.len()]),
        };
        match own {
            Own::Id => self.stretch.ids(o::ID, number),
            Own::Environment => self.stretch.texts(o::ENVIRONMENT, number),
            Own::Name => self.stretch.texts(o::NAME, number),
            Own::Version => self.stretch.texts(o::VERSION, number),
            Own::ParentObservationId => self.stretch.texts(o::PARENT_ID, number),
            Own::Type => self.stretch.texts(o::TYPE, number),
            Own::Level => self.stretch.texts(o::LEVEL, number),
            Own::Model => self.stretch.texts(o::MODEL, number),
            Own::PromptName => self.stretch.texts(o::PROMPT_NAME, number),
            Own::PromptVersion => {
                let versions = one(self.stretch.numbers(&[o::PROMPT_VERSION])?);
                Ok(versions.into_iter().map(|it| number(it.map_or(Said::Nothing, Said::Whole))).collect())
            }
            Own::IsRootObservation => {
                let has_no_parent = self.stretch.texts(o::PARENT_ID, &mut |said| u64::from(said == Said::Nothing))?;
                let marks = one(self.stretch.numbers(&[o::IS_APP_ROOT])?);
                let is_root = has_no_parent.iter().zip(marks).map(|(none, mark)| *none == 1 || mark == Some(1));
                let (no, yes) = (number(Said::Flag(false)), number(Said::Flag(true)));
                Ok(is_root.map(|is_root| if is_root { yes } else { no }).collect())
            }
            _ => Ok(vec![number(Said::Nothing); self.len()]),
        }
    }

    fn items(&self, own: Own, number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        match own {
            Own::CostType => self.stretch.split(o::COST_TYPES, o::COST_AMOUNTS, number),
            _ => self.stretch.split(o::USAGE_TYPES, o::USAGE_AMOUNTS, number),
        }
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        self.stretch.numbers(columns)
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        Ok(vec![None; self.len()])
    }
}

struct SealedScores<'a> {
    stretch: Stretch<'a>,
    joined: Joined,
    counterparts: &'a Counterparts<'a>,
}

impl SealedScores<'_> {
    /// Leaves the scores of the kinds that a view is over.
    fn keep_kinds(&mut self, view: View) -> Result<(), Fault> {
        let mut is_wanted = |said: Said<'_>| match said {
            Said::Text(name) => u64::from(DataType::from_wire(name).is_some_and(|kind| view.has(kind))),
            _ => 0,
        };
        let found = self.stretch.texts(s::DATA_TYPE, &mut is_wanted)?;
        self.stretch.keep(&found.iter().map(|found| *found == 1).collect::<Vec<_>>());
        Ok(())
    }

    fn each_text(&self, column: &'static str) -> Result<Vec<Option<Text>>, Fault> {
        let mut texts: Vec<Option<Text>> = Vec::new();
        let places = self.stretch.texts(column, &mut |said| {
            texts.push(if let Said::Text(text) = said { Some(text.into()) } else { None });
            texts.len() as u64 - 1
        })?;
        let text = |place: u64| usize::try_from(place).ok().and_then(|place| texts.get(place)?.clone());
        Ok(places.into_iter().map(text).collect())
    }
}

impl Rows for SealedScores<'_> {
    fn len(&self) -> usize {
        self.stretch.rows().len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        self.stretch.keep(wanted);
        self.joined.keep(wanted);
    }

    fn join(&mut self, wanted: Joins) -> Result<(), Fault> {
        if wanted == Joins::default() {
            return Ok(());
        }
        let (traces, observations) = (self.each_text(s::TRACE_ID)?, self.each_text(s::OBSERVATION_ID)?);
        let traces: Vec<_> = traces.iter().map(Option::as_deref).collect();
        let observations: Vec<_> = observations.iter().map(Option::as_deref).collect();
        self.joined = self.counterparts.of(wanted, &traces, &observations)?;
        let is_whole = self.joined.is_whole(wanted, self.len());
        self.keep(&is_whole);
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        times_of(&self.stretch, Table::Scores)
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let own = match dimension {
            Dimension::Own(own) => own,
            Dimension::Trace(_) | Dimension::Observation(_) => return Ok(self.joined.said(dimension, number)),
        };
        let column = match own {
            Own::Id => return self.stretch.ids(s::ID, number),
            Own::Number => {
                let numbers = self.reals()?.into_iter();
                return Ok(numbers.map(|it| number(it.map_or(Said::Nothing, Said::Real))).collect());
            }
            Own::Truth => {
                let numbers = self.reals()?.into_iter();
                return Ok(numbers.map(|it| number(Said::Flag(it == Some(1.0)))).collect());
            }
            Own::Environment => s::ENVIRONMENT,
            Own::Name => s::NAME,
            Own::Source => s::SOURCE,
            Own::DataType => s::DATA_TYPE,
            Own::TraceId => s::TRACE_ID,
            Own::ObservationId => s::OBSERVATION_ID,
            Own::SessionId => s::SESSION_ID,
            Own::ConfigId => s::CONFIG_ID,
            Own::DatasetRunId => s::DATASET_RUN_ID,
            Own::Label => s::TEXT,
            _ => return Ok(vec![number(Said::Nothing); self.len()]),
        };
        self.stretch.texts(column, number)
    }

    fn items(&self, _own: Own, _number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        Ok(Many::nothing(self.len()))
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        self.stretch.numbers(columns)
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        self.stretch.reals(s::NUMBER)
    }
}
