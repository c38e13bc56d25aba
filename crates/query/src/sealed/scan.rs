//! Scans of some rows of a segment.
//!
//! Owns the way from a set of rows to the ranges that are read, and the look at the watch between batches.

use std::ops::Range;

use roaring::RoaringBitmap;
use spanstone_store::segment::{Segment, Table};

use super::columns::Columns;
use crate::Watch;
use crate::error::Fault;

/// How many unwanted rows are read over rather than begun anew behind: decoding a row of a few columns takes some tens of
/// nanoseconds, beginning a scan takes some tens of microseconds.
const GAP_ROWS: u32 = 1_024;

/// Reads columns of one segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanner<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) watch: &'a Watch,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(segment: &'a Segment, watch: &'a Watch) -> Self {
        Self { segment, watch }
    }

    /// Gives the batches that together have all of `rows`, and other rows between them.
    pub(crate) fn batches(
        self,
        table: Table,
        columns: &[&'static str],
        rows: &RoaringBitmap,
        mut each: impl FnMut(u32, Columns<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for range in clusters(rows) {
            for batch in self.segment.scan(table, columns, range)? {
                self.watch.check()?;
                let batch = batch?;
                each(batch.first_row, Columns::new(&batch.columns, self.segment.header().id))?;
            }
        }
        Ok(())
    }

    /// Gives each of `rows`, in order, with its batch and its place there.
    pub(crate) fn each_row(
        self,
        table: Table,
        columns: &[&'static str],
        rows: &RoaringBitmap,
        mut each: impl FnMut(u32, Columns<'_>, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.batches(table, columns, rows, |first, batch| {
            wanted_of(rows, first, batch.len()).try_for_each(|row| each(row, batch, (row - first) as usize))
        })
    }
}

/// Those of `rows` that are in a batch.
pub(crate) fn wanted_of(rows: &RoaringBitmap, first: u32, len: usize) -> impl Iterator<Item = u32> {
    let end = u64::from(first) + len as u64;
    rows.range(first..).take_while(move |row| u64::from(*row) < end)
}

/// The ranges to read for these rows.
fn clusters(rows: &RoaringBitmap) -> Vec<Range<u32>> {
    let mut ranges: Vec<Range<u32>> = Vec::new();
    let mut rest = rows.iter();
    while let Some(run) = rest.next_range() {
        let (from, to) = (*run.start(), run.end().saturating_add(1));
        match ranges.last_mut() {
            Some(last) if from - last.end <= GAP_ROWS => last.end = to,
            _ => ranges.push(from..to),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_rows_are_read_at_once_and_far_ones_apart() {
        let rows: RoaringBitmap = [0, 1, 5, 1_000, 9_000, 9_001].into_iter().collect();
        assert_eq!(clusters(&rows), [0..1_001, 9_000..9_002]);
        assert_eq!(clusters(&RoaringBitmap::new()), []);
        assert_eq!(wanted_of(&rows, 1, 999).collect::<Vec<_>>(), [1, 5]);
    }
}
