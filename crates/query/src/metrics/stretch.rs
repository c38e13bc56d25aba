//! Some rows of a stretch of a sealed table, read column by column.
//!
//! Owns that a text is looked at once for all rows that have it, and that columns are read for wanted rows alone.

use std::collections::HashMap;
use std::ops::Range;

use arrow_array::Array as _;
use roaring::RoaringBitmap;
use spanstone_store::segment::{SegmentError, Table};

use super::block::{Many, Said};
use super::hot::keep;
use crate::error::Fault;
use crate::sealed::scan::Scanner;

/// Rows of one stretch.
#[derive(Debug)]
pub(super) struct Stretch<'a> {
    scanner: Scanner<'a>,
    table: Table,
    range: Range<u32>,
    /// The wanted rows, in order.
    rows: Vec<u32>,
    set: RoaringBitmap,
}

impl<'a> Stretch<'a> {
    pub(super) fn new(scanner: Scanner<'a>, table: Table, range: Range<u32>, set: RoaringBitmap) -> Self {
        Self { scanner, table, range, rows: set.iter().collect(), set }
    }

    /// The rows of a table, by stretches.
    pub(super) fn all(scanner: Scanner<'a>, table: Table, rows: &RoaringBitmap) -> Result<Vec<Self>, Fault> {
        let mut stretches = Vec::new();
        for stretch in scanner.segment.stretches(table)? {
            let mut here = RoaringBitmap::new();
            here.insert_range(stretch.rows.clone());
            here &= rows;
            if !here.is_empty() {
                stretches.push(Self::new(scanner, table, stretch.rows, here));
            }
        }
        Ok(stretches)
    }

    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The same as a set.
    pub(super) fn set(&self) -> &RoaringBitmap {
        &self.set
    }

    pub(super) fn scanner(&self) -> Scanner<'a> {
        self.scanner
    }

    /// Whether each of the wanted rows is in a set.
    pub(super) fn are_in(&self, set: &RoaringBitmap) -> Vec<bool> {
        self.rows.iter().map(|row| set.contains(*row)).collect()
    }

    pub(super) fn keep(&mut self, wanted: &[bool]) {
        if wanted.contains(&false) {
            keep(&mut self.rows, wanted);
            self.set = RoaringBitmap::from_sorted_iter(self.rows.iter().copied()).unwrap_or_default();
        }
    }

    /// A column of texts, as the numbers that `number` gives them.
    pub(super) fn texts(
        &self,
        column: &'static str,
        number: &mut dyn FnMut(Said<'_>) -> u64,
    ) -> Result<Vec<u64>, Fault> {
        let coded = self.scanner.segment.coded(self.table, column, self.range.clone())?;
        let texts = coded.texts()?;
        let texts: Vec<&str> = texts.iter().collect();
        let mut known: Vec<Option<u64>> = vec![None; texts.len()];
        let mut nothing = None;
        let mut found = Vec::with_capacity(self.rows.len());
        self.scanner.watch.check()?;
        coded.each_row(&self.set, |row, codes| {
            if self.rows.get(found.len()) == Some(&row) {
                let code = codes.first().map(|code| *code as usize);
                found.push(match code {
                    Some(code) => *known[code].get_or_insert_with(|| number(Said::Text(texts[code]))),
                    None => *nothing.get_or_insert_with(|| number(Said::Nothing)),
                });
            }
        })?;
        self.complete(column, found)
    }

    /// A column of lists of texts, as the numbers that `number` gives whole lists.
    pub(super) fn lists(
        &self,
        column: &'static str,
        number: &mut dyn FnMut(Said<'_>) -> u64,
    ) -> Result<Vec<u64>, Fault> {
        let coded = self.scanner.segment.coded(self.table, column, self.range.clone())?;
        let texts = coded.texts()?;
        let texts: Vec<&str> = texts.iter().collect();
        let mut known: HashMap<Vec<u32>, u64> = HashMap::new();
        let mut found = Vec::with_capacity(self.rows.len());
        self.scanner.watch.check()?;
        coded.each_row(&self.set, |row, codes| {
            if self.rows.get(found.len()) == Some(&row) {
                let of_list = known.get(codes).copied().unwrap_or_else(|| {
                    let list: Vec<&str> = codes.iter().map(|code| texts[*code as usize]).collect();
                    let fresh = number(Said::List(&list));
                    known.insert(codes.to_vec(), fresh);
                    fresh
                });
                found.push(of_list);
            }
        })?;
        self.complete(column, found)
    }

    /// A column of lists of texts, as the numbers that `number` gives each text.
    pub(super) fn items(
        &self,
        column: &'static str,
        number: &mut dyn FnMut(&str) -> Option<u32>,
    ) -> Result<Many, Fault> {
        let coded = self.scanner.segment.coded(self.table, column, self.range.clone())?;
        let texts = coded.texts()?;
        let texts: Vec<&str> = texts.iter().collect();
        let mut known: Vec<Option<Option<u32>>> = vec![None; texts.len()];
        let mut many = Many::default();
        self.scanner.watch.check()?;
        coded.each_row(&self.set, |row, codes| {
            if self.rows.get(many.ends.len()) == Some(&row) {
                for code in codes {
                    let code = *code as usize;
                    many.push_bare(*known[code].get_or_insert_with(|| number(texts[code])));
                }
                many.end_row();
            }
        })?;
        if many.ends.len() == self.rows.len() { Ok(many) } else { Err(self.damaged(column)) }
    }

    /// A column of ids, as the numbers that `number` gives them.
    pub(super) fn ids(&self, column: &'static str, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let mut found = Vec::with_capacity(self.rows.len());
        self.scanner.batches(self.table, &[column], &self.set, |first, batch| {
            let ids = batch.ids(0)?;
            let places = self.within(first, batch.len()).iter().map(|row| (row - first) as usize);
            found.extend(places.map(|place| number(Said::Text(ids.value(place)))));
            Ok(())
        })?;
        self.complete(column, found)
    }

    /// Columns of whole numbers.
    pub(super) fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        let mut found: Vec<Vec<Option<i64>>> = columns.iter().map(|_| Vec::with_capacity(self.rows.len())).collect();
        self.scanner.batches(self.table, columns, &self.set, |first, batch| {
            let rows = self.within(first, batch.len());
            for (index, found) in found.iter_mut().enumerate() {
                batch.wholes(index)?.append_to(rows.iter().map(|row| (row - first) as usize), found);
            }
            Ok(())
        })?;
        columns.iter().zip(found).map(|(column, found)| self.complete(column, found)).collect()
    }

    /// A column of numbers.
    pub(super) fn reals(&self, column: &'static str) -> Result<Vec<Option<f64>>, Fault> {
        let mut found = Vec::with_capacity(self.rows.len());
        self.scanner.batches(self.table, &[column], &self.set, |first, batch| {
            let floats = batch.floats(0)?;
            let places = self.within(first, batch.len()).iter().map(|row| (row - first) as usize);
            found.extend(places.map(|place| (!floats.is_null(place)).then(|| floats.value(place))));
            Ok(())
        })?;
        self.complete(column, found)
    }

    /// Columns of types and of their amounts; types to which `number` gives none are left out.
    pub(super) fn split(
        &self,
        types: &'static str,
        amounts: &'static str,
        number: &mut dyn FnMut(&str) -> Option<u32>,
    ) -> Result<Many, Fault> {
        let mut many = Many::default();
        self.scanner.batches(self.table, &[types, amounts], &self.set, |first, batch| {
            let ((types, texts), (lists, wholes)) = (batch.lists_of_texts(0)?, batch.lists_of_wholes(1)?);
            let mut known: Vec<Option<Option<u32>>> = vec![None; texts.values.len()];
            for row in self.within(first, batch.len()) {
                let place = (row - first) as usize;
                for (kind, amount) in types.items(place).zip(lists.items(place)) {
                    if let (Some(key), Some(amount)) = (texts.key(kind), wholes.get(amount)) {
                        let given = *known[key].get_or_insert_with(|| number(texts.values.value(key)));
                        many.push(given, amount);
                    }
                }
                many.end_row();
            }
            Ok(())
        })?;
        if many.ends.len() == self.rows.len() { Ok(many) } else { Err(self.damaged(types)) }
    }

    /// The wanted rows of a batch.
    fn within(&self, first: u32, len: usize) -> &[u32] {
        let from = self.rows.partition_point(|row| *row < first);
        let here = &self.rows[from..];
        &here[..here.partition_point(|row| ((row - first) as usize) < len)]
    }

    /// A column, if it has a value for each row.
    fn complete<T>(&self, column: &str, found: Vec<T>) -> Result<Vec<T>, Fault> {
        if found.len() == self.rows.len() { Ok(found) } else { Err(self.damaged(column)) }
    }

    fn damaged(&self, column: &str) -> Fault {
        Fault::Segment(SegmentError::Damaged {
            file: format!("{:016x}", self.scanner.segment.header().id),
            place: format!("column `{column}`"),
            what: "it does not have every row".to_owned(),
        })
    }
}
