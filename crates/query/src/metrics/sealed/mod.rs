//! Sealed rows.
//!
//! Owns which columns say what of which view, and what need not be read: segments and stretches of another time, and, when ids
//! are asked for, everything but their rows.

mod observations;
mod scores;

use std::ops::RangeInclusive;

use roaring::RoaringBitmap;
use spanstone_model::Timestamp;
use spanstone_store::segment::columns::{observations as o, scores as s, traces as t};
use spanstone_store::segment::{Stretch as Place, Table};
use spanstone_store::{LiveSegment, Sealed};

use super::block::{Block, Many, Said};
use super::catalogue::{Dimension, Own, Subject, TraceFact};
use super::groups::Groups;
use super::joined::Counterparts;
use super::plan::Metrics;
use super::rows::{Joins, Rows, Texts, Work};
use super::stretch::Stretch;
use crate::QueryError;
use crate::error::Fault;
use crate::filter::{Test, TextMatch};
use crate::sealed::scan::Scanner;
use crate::sealed::with_segment;
use crate::traces::deep;
use observations::SealedObservations;
use scores::SealedScores;

/// A segment with its number among all.
pub(super) type Numbered<'s> = (usize, &'s LiveSegment);

/// The segments that may have rows of a question.
pub(super) fn segments<'s>(metrics: &Metrics, sealed: &'s Sealed) -> Vec<Numbered<'s>> {
    let (first, last) = metrics.times;
    let overlaps = |time: (Timestamp, Timestamp)| time.0 <= last && first <= time.1;
    let time = |live: &LiveSegment| match metrics.view.subject() {
        Subject::Traces | Subject::Scores => live.facts().time,
        Subject::Observations => live.facts().start,
    };
    let all = if metrics.view.subject() == Subject::Scores { sealed.score_segments() } else { sealed.segments() };
    all.iter().enumerate().filter(|(_, live)| time(live).is_some_and(overlaps)).collect()
}

/// Adds the rows of some segments to the groups.
pub(super) fn add<'s>(
    work: &Work<'_>,
    groups: &mut Groups,
    counterparts: &Counterparts<'_>,
    segments: impl Iterator<Item = Numbered<'s>>,
) -> Result<(), QueryError> {
    let (metrics, Texts { sealed, watch, .. }) = (work.metrics, work.texts);
    let table = match metrics.view.subject() {
        Subject::Traces => Table::Traces,
        Subject::Observations => Table::Observations,
        Subject::Scores => Table::Scores,
    };
    let (first, last) = metrics.times;
    let overlaps = |time: (Timestamp, Timestamp)| time.0 <= last && first <= time.1;
    for (number, live) in segments {
        let found = with_segment(sealed, live, watch, |scanner| {
            let mut rows = metrics.candidates(scanner, table, live)?;
            if table == Table::Observations {
                work.texts.conditions().look_up(scanner, table, &mut rows);
            }
            Ok((rows, scanner.segment.stretches(table)?))
        })?;
        let Some((rows, stretches)) = found else { continue };
        for stretch in stretches.iter().filter(|stretch| stretch.time.is_none_or(overlaps)) {
            let found = with_segment(sealed, live, watch, |scanner| {
                read(work, counterparts, scanner, (number, live), (table, stretch, &rows))
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
    (number, live): Numbered<'_>,
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
        Table::Traces => work.block(&mut SealedTraces { stretch, segment: number }),
        Table::Observations => work.block(&mut SealedObservations::new(stretch, live, &counterparts.traces)),
        Table::Scores => {
            let mut rows = SealedScores::new(stretch, counterparts);
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

struct SealedTraces<'a> {
    stretch: Stretch<'a>,
    /// Which segment it is.
    segment: usize,
}

impl Rows for SealedTraces<'_> {
    fn len(&self) -> usize {
        self.stretch.rows().len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        self.stretch.keep(wanted);
    }

    fn join(&mut self, _wanted: Joins) -> Result<(), Fault> {
        Ok(())
    }

    fn keep_texts(&mut self, texts: &Texts<'_>) -> Result<(), Fault> {
        let Texts { filter, contents, sealed, watch } = *texts;
        let rows = self.stretch.set().clone();
        let passing = deep::passing(filter, (sealed, contents), (self.stretch.scanner(), self.segment), rows, watch)?;
        self.stretch.keep(&self.stretch.are_in(&passing));
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        times_of(&self.stretch, Table::Traces)
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        match dimension {
            Dimension::Own(Own::Id) => self.stretch.ids(t::ID, number),
            Dimension::Own(Own::Environment) => self.stretch.texts(t::ENVIRONMENT, number),
            Dimension::Trace(fact) => trace_column(&self.stretch, fact, number),
            Dimension::Own(_) | Dimension::Observation(_) => Ok(vec![number(Said::Nothing); self.len()]),
        }
    }

    fn items(&self, _own: Own, _number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        Ok(Many::nothing(self.len()))
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        self.stretch.numbers(columns)
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
