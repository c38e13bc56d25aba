//! The rows of one segment.

use std::ops::Range;

use arrow_array::Array;
use roaring::RoaringBitmap;
use spanstone_model::{Level, Text};
use spanstone_store::LiveSegment;
use spanstone_store::segment::{Table, columns};

use super::spread::Numbers;
use super::{Counts, FacetQuery, FacetTable, Place, Tally};
use crate::contents::ContentConditions;
use crate::error::Fault;
use crate::sealed::columns::Columns;
use crate::sealed::join::Join;
use crate::sealed::scan::Scanner;
use crate::sealed::select;

/// What the rows of a segment that pass come to.
pub(super) fn count(
    query: &FacetQuery,
    scanner: Scanner<'_>,
    live: &LiveSegment,
    join: &Join<'_>,
) -> Result<Tally, Fault> {
    let (table, rows) = match query.table {
        FacetTable::Traces => (Table::Traces, select::traces(scanner, live, &query.filter, None)?),
        FacetTable::Observations => {
            let candidates = select::observations(scanner, live, &query.filter, &ContentConditions::new(&[]), join)?;
            (Table::Observations, candidates.sift(scanner, candidates.rows.clone())?)
        }
    };
    let mut tally = Tally::new(query);
    tally.total = rows.len();
    if rows.is_empty() {
        return Ok(tally);
    }
    for stretch in scanner.segment.stretches(table)? {
        let mut here = RoaringBitmap::new();
        here.insert_range(stretch.rows.clone());
        here &= &rows;
        for (column, counts) in query.columns.iter().zip(&mut tally.counts) {
            scanner.watch.check()?;
            match column.place(query.table) {
                Some(Place::Coded(name)) => counts.add_coded(scanner, (table, name), stretch.rows.clone(), &here)?,
                Some(Place::WorstLevel) => counts.add_levels(scanner, &here)?,
                None => {}
            }
        }
    }
    if !query.spreads.is_empty() {
        let names = columns_of(query.table);
        scanner.each_row(table, names, &rows, |_, batch, place| {
            let numbers = match query.table {
                FacetTable::Traces => numbers_of_trace(batch, place)?,
                FacetTable::Observations => numbers_of_observation(batch, place)?,
            };
            tally.spreads.add_row(&query.spreads, &numbers);
            Ok(())
        })?;
    }
    Ok(tally)
}

impl Counts {
    fn add_coded(
        &mut self,
        scanner: Scanner<'_>,
        (table, column): (Table, &'static str),
        stretch: Range<u32>,
        rows: &RoaringBitmap,
    ) -> Result<(), Fault> {
        let coded = scanner.segment.coded(table, column, stretch)?;
        let texts = coded.texts()?;
        let mut counts = vec![0_u64; texts.len()];
        let mut with_any = 0;
        coded.each_row(rows, |row, codes| {
            if codes.is_empty() || !rows.contains(row) {
                return;
            }
            with_any += 1;
            for code in codes {
                counts[*code as usize] += 1;
            }
        })?;
        self.missing += rows.len().saturating_sub(with_any);
        for (text, count) in texts.iter().zip(counts).filter(|(_, count)| *count > 0) {
            *self.values.entry(Text::from(text)).or_default() += count;
        }
        Ok(())
    }

    fn add_levels(&mut self, scanner: Scanner<'_>, rows: &RoaringBitmap) -> Result<(), Fault> {
        let mut worst = [0_u64; Level::ALL.len()];
        let mut missing = 0;
        scanner.each_row(Table::Traces, &LEVELS, rows, |_, batch, place| {
            for (index, level) in LEVELS.iter().enumerate().rev().map(|(index, _)| (index, Level::ALL[index])) {
                if batch.counts(index)?.value(place) > 0 {
                    worst[level as usize] += 1;
                    return Ok(());
                }
            }
            missing += 1;
            Ok(())
        })?;
        self.missing += missing;
        for (level, count) in Level::ALL.into_iter().zip(worst).filter(|(_, count)| *count > 0) {
            *self.values.entry(Text::from(level.as_str())).or_default() += count;
        }
        Ok(())
    }
}

/// How many observations of a trace are at each level, in order of the levels.
const LEVELS: [&str; Level::ALL.len()] = [
    columns::traces::COUNT_DEBUG,
    columns::traces::COUNT_DEFAULT,
    columns::traces::COUNT_WARNING,
    columns::traces::COUNT_ERROR,
];

const TRACE_NUMBERS: [&str; 5] = [
    columns::traces::TIMESTAMP,
    columns::traces::FIRST_START,
    columns::traces::LAST_END,
    columns::traces::TOTAL_COST,
    columns::traces::TOTAL_TOKENS,
];

const OBSERVATION_NUMBERS: [&str; 6] = [
    columns::observations::START,
    columns::observations::END,
    columns::observations::COMPLETION_START,
    columns::observations::TOTAL_COST,
    columns::observations::TOTAL_TOKENS,
    columns::observations::USAGE_TYPES,
];

fn columns_of(table: FacetTable) -> &'static [&'static str] {
    match table {
        FacetTable::Traces => &TRACE_NUMBERS,
        FacetTable::Observations => &OBSERVATION_NUMBERS,
    }
}

fn numbers_of_trace(batch: Columns<'_>, row: usize) -> Result<Numbers, Fault> {
    let integer = |index| known(batch, index, row);
    let latency = integer(1)?.zip(integer(2)?).map(|(first, last)| last.saturating_sub(first));
    Ok(Numbers {
        time: batch.integers(0)?.value(row),
        latency: Some(latency.unwrap_or(0)),
        time_to_first_token: None,
        cost: integer(3)?,
        tokens: Some(batch.counts(4)?.value(row)),
    })
}

fn numbers_of_observation(batch: Columns<'_>, row: usize) -> Result<Numbers, Fault> {
    let start = batch.integers(0)?.value(row);
    let since = |index| Ok::<_, Fault>(known(batch, index, row)?.map(|time| time.saturating_sub(start)));
    let tokens = batch.counts(4)?.value(row);
    Ok(Numbers {
        time: start,
        latency: since(1)?,
        time_to_first_token: since(2)?,
        cost: known(batch, 3, row)?,
        tokens: (!batch.lists(5)?.is_empty(row)).then_some(tokens),
    })
}

/// A number that may be missing.
fn known(batch: Columns<'_>, index: usize, row: usize) -> Result<Option<i64>, Fault> {
    let column = batch.integers(index)?;
    Ok(column.is_valid(row).then(|| column.value(row)))
}
