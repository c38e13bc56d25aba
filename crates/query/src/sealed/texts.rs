//! Conditions on texts and lists of texts, asked of what a segment's columns have in their dictionaries.
//!
//! Owns the speed of the most frequent filters: a condition is asked once for each text, stretches without a fitting text are
//! passed over, and rows are told apart by the numbers of their texts.

use roaring::RoaringBitmap;
use spanstone_store::segment::{Coded, SegmentError, Table};

use super::scan::Scanner;
use super::source::Source;
use crate::error::Fault;
use crate::filter::{Condition, Test, Value};

/// A condition on a column of texts or of lists of texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextCondition<'f> {
    test: &'f Test,
    column: &'static str,
    is_list: bool,
}

impl<'f> TextCondition<'f> {
    /// The condition on such a column; nothing when it is on another.
    pub(super) fn new(condition: &'f Condition, source: Source) -> Option<Self> {
        match source {
            Source::Text(column) => Some(Self { test: &condition.test, column, is_list: false }),
            Source::List(column) => Some(Self { test: &condition.test, column, is_list: true }),
            _ => None,
        }
    }

    /// Those of `rows` for which it holds.
    pub(super) fn sift(self, scanner: Scanner<'_>, table: Table, rows: &RoaringBitmap) -> Result<RoaringBitmap, Fault> {
        let mut passed = RoaringBitmap::new();
        for stretch in scanner.segment.stretches(table)? {
            let mut here = RoaringBitmap::new();
            here.insert_range(stretch.rows.clone());
            here &= rows;
            if here.is_empty() {
                continue;
            }
            scanner.watch.check()?;
            let coded = scanner.segment.coded(table, self.column, stretch.rows)?;
            passed |= if self.is_list { self.sift_lists(coded, &here)? } else { self.sift_texts(coded, &here)? };
        }
        Ok(passed)
    }

    fn sift_texts(self, coded: Coded, rows: &RoaringBitmap) -> Result<RoaringBitmap, SegmentError> {
        let test = self.test;
        let verdicts: Vec<bool> = coded.texts()?.iter().map(|text| test.holds(Value::Text(Some(text)))).collect();
        let missing = test.holds(Value::Text(None));
        if !missing && !verdicts.contains(&true) {
            return Ok(RoaringBitmap::new());
        }
        let verdict = |codes: &[u32]| codes.first().map_or(missing, |code| verdicts[*code as usize]);
        passing(coded, rows, verdict)
    }

    fn sift_lists(self, coded: Coded, rows: &RoaringBitmap) -> Result<RoaringBitmap, SegmentError> {
        let test = self.test;
        // The texts that are asked for become numbers, each in the place of its option.
        let texts = coded.texts()?;
        let numbers = test.options().iter().map(|option| texts.iter().position(|text| text == option.as_str()));
        let numbers: Vec<Option<u32>> =
            numbers.map(|place| place.and_then(|place| u32::try_from(place).ok())).collect();
        let none_can = match test {
            Test::AnyOf(_) => numbers.iter().all(Option::is_none),
            Test::AllOf(_) => numbers.iter().any(Option::is_none),
            _ => false,
        };
        if none_can {
            return Ok(RoaringBitmap::new());
        }
        passing(coded, rows, |codes| {
            let contains = |option: usize| numbers[option].is_some_and(|number| codes.contains(&number));
            test.holds_list(codes.is_empty(), contains)
        })
    }
}

/// Those of some rows whose numbers pass.
fn passing(coded: Coded, rows: &RoaringBitmap, passes: impl Fn(&[u32]) -> bool) -> Result<RoaringBitmap, SegmentError> {
    let mut passed: Vec<u32> = Vec::new();
    coded.each_row(rows, |row, codes| {
        if passes(codes) {
            passed.push(row);
        }
    })?;
    Ok(RoaringBitmap::from_sorted_iter(passed).unwrap_or_default() & rows)
}
