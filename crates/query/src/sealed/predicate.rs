//! Conditions, held against the columns of a batch.
//!
//! A row that an earlier condition refused is not looked at again. Conditions on texts are not asked here, but of dictionaries:
//! see `texts`. What a condition means is the filter's: see [`Test`].

use arrow_array::{Array, StringArray};
use roaring::RoaringBitmap;
use spanstone_model::{Cost, DataType, Level, Timestamp};
use spanstone_store::segment::{SegmentError, Table, columns};

use super::columns::Columns;
use super::scan::{Scanner, wanted_of};
use super::source::Source;
use crate::error::Fault;
use crate::filter::{Condition, Test, Value, float, rate, seconds};

/// Conditions over the columns of one table, and what of it must be read for them.
#[derive(Debug)]
pub(super) struct Predicate<'f> {
    parts: Vec<Asks<'f>>,
    columns: Vec<&'static str>,
}

/// What is asked of a row.
#[derive(Debug)]
enum Asks<'f> {
    /// That a condition holds.
    Condition { source: Source, test: &'f Test, places: Vec<usize> },
    /// That a text is part of one of several, in whatever case.
    Search { wanted: String, id: usize, texts: Vec<usize> },
}

impl<'f> Predicate<'f> {
    pub(super) fn new(conditions: impl Iterator<Item = (&'f Condition, Source)>) -> Self {
        let mut predicate = Self { parts: Vec::new(), columns: Vec::new() };
        for (condition, source) in conditions {
            let places = source.columns().into_iter().map(|column| predicate.place_of(column)).collect();
            predicate.parts.push(Asks::Condition { source, test: &condition.test, places });
        }
        predicate
    }

    /// Asks as well that `wanted` is part of an id or of one of some texts, in whatever case.
    pub(super) fn search(&mut self, wanted: &str, id: &'static str, texts: &[&'static str]) {
        let id = self.place_of(id);
        let texts = texts.iter().map(|column| self.place_of(column)).collect();
        self.parts.push(Asks::Search { wanted: wanted.to_lowercase(), id, texts });
    }

    /// Those of `rows` for which it holds.
    pub(super) fn sift(&self, scanner: Scanner<'_>, table: Table, rows: RoaringBitmap) -> Result<RoaringBitmap, Fault> {
        if self.parts.is_empty() || rows.is_empty() {
            return Ok(rows);
        }
        // A filter over nothing but what a table does not have still needs to know how many rows there are.
        let columns = if self.columns.is_empty() { vec![columns::traces::ID] } else { self.columns.clone() };
        let mut passed: Vec<u32> = Vec::new();
        scanner.batches(table, &columns, &rows, |first, batch| {
            let mut wanted = wanted_mask(&rows, first, batch);
            self.parts.iter().try_for_each(|part| part.sift(batch, &mut wanted))?;
            passed.extend((first..).zip(wanted).filter(|(_, wanted)| *wanted).map(|(row, _)| row));
            Ok(())
        })?;
        Ok(RoaringBitmap::from_sorted_iter(passed).unwrap_or_default())
    }

    fn place_of(&mut self, column: &'static str) -> usize {
        self.columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }
}

impl Asks<'_> {
    fn sift(&self, batch: Columns<'_>, wanted: &mut [bool]) -> Result<(), SegmentError> {
        match self {
            Asks::Condition { source, test, places } => sift_values(*source, test, places, batch, wanted)?,
            Asks::Search { wanted: text, id, texts } => {
                let ids = batch.ids(*id)?;
                let texts: Vec<_> = texts.iter().map(|place| batch.texts(*place)).collect::<Result<_, _>>()?;
                let within = |place: &str| place.to_lowercase().contains(text.as_str());
                let found: Vec<Vec<bool>> = texts.iter().map(|texts| of_values(texts.values, within)).collect();
                let in_texts =
                    |row| texts.iter().zip(&found).any(|(texts, found)| texts.key(row).is_some_and(|key| found[key]));
                keep(wanted, |row| in_texts(row) || within(ids.value(row)));
            }
        }
        Ok(())
    }
}

fn wanted_mask(rows: &RoaringBitmap, first: u32, batch: Columns<'_>) -> Vec<bool> {
    let len = batch.len();
    let end = first.saturating_add(u32::try_from(len).unwrap_or(u32::MAX));
    if rows.range_cardinality(first..end) == len as u64 {
        return vec![true; len];
    }
    let mut mask = vec![false; len];
    for row in wanted_of(rows, first, len) {
        mask[(row - first) as usize] = true;
    }
    mask
}

fn keep(wanted: &mut [bool], holds: impl Fn(usize) -> bool) {
    for (row, wanted) in wanted.iter_mut().enumerate() {
        *wanted = *wanted && holds(row);
    }
}

fn of_values(values: &StringArray, holds: impl Fn(&str) -> bool) -> Vec<bool> {
    (0..values.len()).map(|key| holds(values.value(key))).collect()
}

/// Conditions on anything but a single text of a dictionary or a list of them.
fn sift_values(
    source: Source,
    test: &Test,
    places: &[usize],
    batch: Columns<'_>,
    wanted: &mut [bool],
) -> Result<(), SegmentError> {
    match source {
        Source::Id(_) => {
            let ids = batch.ids(places[0])?;
            keep(wanted, |row| test.holds(Value::Text(Some(ids.value(row)))));
        }
        Source::Time(_) => {
            let times = batch.integers(places[0])?;
            let time = |row| times.is_valid(row).then(|| Timestamp::from_micros(times.value(row)));
            keep(wanted, |row| test.holds(Value::Time(time(row))));
        }
        Source::Flag(_) => {
            let flags = batch.flags(places[0])?;
            keep(wanted, |row| test.holds(Value::Flag(flags.value(row))));
        }
        Source::Root { .. } => {
            let (parents, marks) = (batch.texts(places[0])?, batch.flags(places[1])?);
            keep(wanted, |row| test.holds(Value::Flag(parents.keys.is_null(row) || marks.value(row))));
        }
        Source::Same { .. } => {
            let (ids, texts) = (batch.ids(places[0])?, batch.texts(places[1])?);
            keep(wanted, |row| test.holds(Value::Flag(texts.get(row) == Some(ids.value(row)))));
        }
        Source::HasText(_) => {
            let texts = batch.texts(places[0])?;
            keep(wanted, |row| test.holds(Value::Flag(texts.keys.is_valid(row))));
        }
        Source::True { .. } => {
            let (types, numbers) = (batch.texts(places[0])?, batch.floats(places[1])?);
            let is_true = |row| types.get(row) == Some(DataType::Boolean.as_str()) && numbers.value(row) == 1.0;
            keep(wanted, |row| test.holds(Value::Flag(is_true(row))));
        }
        Source::WorstLevel(_) => {
            let counts: Vec<_> = places.iter().map(|place| batch.counts(*place)).collect::<Result<_, _>>()?;
            let levels = Level::ALL.into_iter().zip(counts).rev();
            let worst = |row: usize| levels.clone().find(|(_, counts)| counts.value(row) > 0).map(|(level, _)| level);
            keep(wanted, |row| test.holds(Value::Text(worst(row).map(Level::as_str))));
        }
        Source::No => keep(wanted, |_| test.holds(Value::Flag(false))),
        Source::Nothing => keep(wanted, |_| test.holds(Value::Text(None))),
        Source::Text(_) | Source::List(_) => {}
        Source::Length(_)
        | Source::Count(_)
        | Source::Known(_)
        | Source::Money(_)
        | Source::MoneySum(_)
        | Source::Version(_)
        | Source::Number(_)
        | Source::Seconds { .. }
        | Source::Latency { .. }
        | Source::Rate { .. }
        | Source::Total { .. } => sift_numbers(source, test, places, batch, wanted)?,
    }
    Ok(())
}

fn sift_numbers(
    source: Source,
    test: &Test,
    places: &[usize],
    batch: Columns<'_>,
    wanted: &mut [bool],
) -> Result<(), SegmentError> {
    let holds = |number: Option<f64>| test.holds(Value::Number(number));
    match source {
        Source::Count(_) => {
            let counts = batch.counts(places[0])?;
            keep(wanted, |row| holds(Some(float(counts.value(row)))));
        }
        Source::Length(_) => {
            let lists = batch.lists(places[0])?;
            keep(wanted, |row| holds(Some(float(lists.len(row)))));
        }
        Source::Known(_) => {
            let counts = batch.counts(places[0])?;
            keep(wanted, |row| holds(Some(counts.value(row)).filter(|count| *count > 0).map(float)));
        }
        Source::Total { .. } => {
            let (counts, types) = (batch.counts(places[0])?, batch.lists(places[1])?);
            keep(wanted, |row| holds((!types.is_empty(row)).then(|| float(counts.value(row)))));
        }
        Source::Money(_) | Source::MoneySum(_) => {
            let amounts = batch.integers(places[0])?;
            let unknown = matches!(source, Source::MoneySum(_)).then_some(0.0);
            let dollars = |row| Cost::from_picodollars(amounts.value(row)).dollars();
            keep(wanted, |row| holds(if amounts.is_valid(row) { Some(dollars(row)) } else { unknown }));
        }
        Source::Version(_) => {
            let versions = batch.rows(places[0])?;
            keep(wanted, |row| holds(versions.is_valid(row).then(|| f64::from(versions.value(row)))));
        }
        Source::Number(_) => {
            let numbers = batch.floats(places[0])?;
            keep(wanted, |row| holds(numbers.is_valid(row).then(|| numbers.value(row))));
        }
        Source::Seconds { .. } | Source::Latency { .. } => {
            let (from, to) = (batch.integers(places[0])?, batch.integers(places[1])?);
            let unknown = matches!(source, Source::Latency { .. }).then_some(0.0);
            let passed = |row| seconds_between(from.value(row), to.value(row));
            keep(wanted, |row| holds(if to.is_valid(row) { Some(passed(row)) } else { unknown }));
        }
        Source::Rate { .. } => {
            let (counts, from, to) = (batch.counts(places[0])?, batch.integers(places[1])?, batch.integers(places[2])?);
            let passed = |row| to.is_valid(row).then(|| seconds_between(from.value(row), to.value(row)));
            keep(wanted, |row| holds(rate(float(counts.value(row)), passed(row))));
        }
        Source::Id(_)
        | Source::Text(_)
        | Source::Time(_)
        | Source::Flag(_)
        | Source::List(_)
        | Source::WorstLevel(_)
        | Source::Root { .. }
        | Source::HasText(_)
        | Source::Same { .. }
        | Source::True { .. }
        | Source::No
        | Source::Nothing => {}
    }
    Ok(())
}

/// The seconds between two times in microseconds, as answers show them.
fn seconds_between(from: i64, to: i64) -> f64 {
    seconds(Timestamp::from_micros(to).millis_since(Timestamp::from_micros(from)))
}
