//! Which rows of a segment are among the first of a list.
//!
//! Owns the reading of what rows are ordered by, from the end of the segment where the wanted rows are, and no further than
//! they can be.

use std::cmp::Reverse;

use roaring::RoaringBitmap;
use spanstone_model::{Text, Timestamp};
use spanstone_store::segment::{SegmentError, Table, columns};

use super::columns::Columns;
use super::scan::Scanner;
use crate::error::Fault;
use crate::filter::Column;
use crate::top::{Key, Place, Top};

/// How many rows are looked at first when the newest of a segment are wanted.
const FIRST_ROWS: usize = 128;

/// Looks for the newest rows of a segment's table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Newest<'a> {
    pub(crate) scanner: Scanner<'a>,
    pub(crate) segment: usize,
    pub(crate) table: Table,
    /// Only rows before this time and id.
    pub(crate) before: Option<(Timestamp, &'a str)>,
}

impl Newest<'_> {
    /// Keeps the newest of `rows` that `sift` leaves. It is asked about the newer ones first, and not about those that are
    /// too old to be kept.
    pub(crate) fn keep(
        self,
        mut rows: RoaringBitmap,
        top: &mut Top,
        mut sift: impl FnMut(RoaringBitmap) -> Result<RoaringBitmap, Fault>,
    ) -> Result<(), Fault> {
        let mut stretches = self.scanner.segment.stretches(self.table)?;
        stretches.sort_by_key(|stretch| stretch.time.map(|(_, last)| last));
        for stretch in stretches.into_iter().rev() {
            let is_late = |(first, _): (Timestamp, Timestamp)| self.before.is_some_and(|(before, _)| first > before);
            if stretch.time.is_some_and(|time| is_late(time) || !top.wants_time(time.1)) {
                continue;
            }
            let mut here = RoaringBitmap::new();
            here.insert_range(stretch.rows);
            here &= &rows;
            rows -= &here;
            if here.is_empty() {
                continue;
            }
            let here = sift(here)?;
            match self.table {
                Table::Traces | Table::Scores => self.keep_from_the_end(here, top)?,
                Table::Observations => self.keep_rows(&self.newest_of(&here, top)?, top).map(drop)?,
            }
        }
        Ok(())
    }

    /// The same where `sift` is dear: it is asked about few rows at a time that lie side by side, and not about one more than
    /// it takes. `bounds` are the rows at which a new few begin.
    pub(crate) fn keep_dear(
        self,
        rows: &RoaringBitmap,
        bounds: &[u32],
        top: &mut Top,
        mut sift: impl FnMut(RoaringBitmap) -> Result<RoaringBitmap, Fault>,
    ) -> Result<(), Fault> {
        let mut fews: Vec<(Timestamp, RoaringBitmap)> = Vec::new();
        let mut last = None;
        self.scanner.each_row(self.table, &[self.time()], rows, |row, batch, place| {
            let time = Timestamp::from_micros(batch.integers(0)?.value(place));
            if !top.wants_time(time) || self.before.is_some_and(|(before, _)| time > before) {
                return Ok(());
            }
            let few = bounds.partition_point(|bound| *bound <= row);
            if last != Some(few) {
                last = Some(few);
                fews.push((time, RoaringBitmap::new()));
            }
            if let Some((newest, rows)) = fews.last_mut() {
                *newest = time.max(*newest);
                rows.insert(row);
            }
            Ok(())
        })?;
        fews.sort_by_key(|(newest, _)| Reverse(*newest));
        for (newest, rows) in fews {
            if !top.wants_time(newest) {
                break;
            }
            self.keep_rows(&sift(rows)?, top)?;
        }
        Ok(())
    }

    /// Looks at rows in the order of time from the end, until the rest is too old.
    fn keep_from_the_end(self, mut rows: RoaringBitmap, top: &mut Top) -> Result<(), Fault> {
        let mut count = FIRST_ROWS.max(top.rows_max());
        while !rows.is_empty() {
            let before = rows.len().saturating_sub(count as u64);
            let first = u32::try_from(before).ok().and_then(|rank| rows.select(rank)).unwrap_or(0);
            let tail: RoaringBitmap = rows.range(first..).collect();
            rows.remove_range(first..);
            let oldest = self.keep_rows(&tail, top)?;
            if oldest.is_some_and(|oldest| !top.wants_time(oldest)) {
                break;
            }
            count = count.saturating_mul(2);
        }
        Ok(())
    }

    /// Those of rows in no order of time that may be kept, by their times alone: their ids are the larger part.
    fn newest_of(self, rows: &RoaringBitmap, top: &Top) -> Result<RoaringBitmap, Fault> {
        let mut found: Vec<(Timestamp, u32)> = Vec::new();
        self.scanner.each_row(self.table, &[self.time()], rows, |row, batch, place| {
            let time = Timestamp::from_micros(batch.integers(0)?.value(place));
            if top.wants_time(time) && self.before.is_none_or(|(before, _)| time <= before) {
                found.push((time, row));
            }
            Ok(())
        })?;
        // One row more for each that has the cursor's own time, of which the id decides.
        let undecided = found.iter().filter(|(time, _)| self.before.is_some_and(|(before, _)| *time == before)).count();
        let wanted = top.rows_max().saturating_add(undecided);
        if wanted == 0 || found.len() <= wanted {
            return Ok(found.into_iter().map(|(_, row)| row).collect());
        }
        let (_, (oldest, _), _) = found.select_nth_unstable_by_key(wanted - 1, |(time, _)| Reverse(*time));
        let oldest = *oldest;
        Ok(found.into_iter().filter(|(time, _)| *time >= oldest).map(|(_, row)| row).collect())
    }

    /// Keeps the newest of some rows, and says how old the oldest of them is.
    fn keep_rows(self, rows: &RoaringBitmap, top: &mut Top) -> Result<Option<Timestamp>, Fault> {
        let mut oldest: Option<Timestamp> = None;
        self.scanner.each_row(self.table, &[self.time(), columns::traces::ID], rows, |row, batch, place| {
            let time = Timestamp::from_micros(batch.integers(0)?.value(place));
            oldest = Some(oldest.map_or(time, |oldest| oldest.min(time)));
            if top.wants_time(time) {
                let id = batch.ids(1)?.value(place);
                if self.before.is_none_or(|before| (time, id) < before) {
                    top.push(Key::Time(time), id, Place::Sealed { segment: self.segment, row });
                }
            }
            Ok(())
        })?;
        Ok(oldest)
    }

    fn time(self) -> &'static str {
        match self.table {
            Table::Traces => columns::traces::TIMESTAMP,
            Table::Observations => columns::observations::START,
            Table::Scores => columns::scores::TIMESTAMP,
        }
    }
}

/// Keeps the first of these traces in the order of a column.
pub(crate) fn by_column(
    scanner: Scanner<'_>,
    segment: usize,
    rows: &RoaringBitmap,
    by: Column,
    top: &mut Top,
) -> Result<(), Fault> {
    let column = column_of(by);
    let columns: Vec<_> = [columns::traces::ID].into_iter().chain(column).collect();
    scanner.batches(Table::Traces, &columns, rows, |first, batch| {
        let ids = batch.ids(0)?;
        let mut keys = Keys::of(by, batch)?;
        for row in super::scan::wanted_of(rows, first, batch.len()) {
            let place = (row - first) as usize;
            top.push(keys.get(place), ids.value(place), Place::Sealed { segment, row });
        }
        Ok(())
    })
}

/// The column that an order is by; nothing when it is by id.
fn column_of(by: Column) -> Option<&'static str> {
    Some(match by {
        Column::Name => columns::traces::NAME,
        Column::UserId => columns::traces::USER_ID,
        Column::SessionId => columns::traces::SESSION_ID,
        Column::Release => columns::traces::RELEASE,
        Column::Version => columns::traces::VERSION,
        Column::Public => columns::traces::PUBLIC,
        Column::Timestamp => columns::traces::TIMESTAMP,
        _ => return None,
    })
}

/// What the rows of a batch are ordered by.
enum Keys<'b> {
    Id,
    Time(&'b arrow_array::Int64Array),
    Flag(&'b arrow_array::BooleanArray),
    /// The texts that were needed so far are copied once; last, what stands for a missing one.
    Text(super::columns::Texts<'b>, Vec<Option<Text>>, Option<Text>),
}

impl<'b> Keys<'b> {
    fn of(by: Column, batch: Columns<'b>) -> Result<Self, SegmentError> {
        Ok(match by {
            Column::Timestamp => Self::Time(batch.integers(1)?),
            Column::Public => Self::Flag(batch.flags(1)?),
            by if column_of(by).is_some() => {
                let texts = batch.texts(1)?;
                let copies = vec![None; arrow_array::Array::len(texts.values)];
                Self::Text(texts, copies, (by == Column::Name).then(Text::default))
            }
            _ => Self::Id,
        })
    }

    fn get(&mut self, row: usize) -> Key {
        match self {
            Self::Id => Key::Id,
            Self::Time(times) => Key::Time(Timestamp::from_micros(times.value(row))),
            Self::Flag(flags) => Key::Flag(flags.value(row)),
            Self::Text(texts, copies, missing) => Key::Text(match texts.key(row) {
                Some(key) => Some(copies[key].get_or_insert_with(|| Text::from(texts.values.value(key))).clone()),
                None => missing.clone(),
            }),
        }
    }
}
