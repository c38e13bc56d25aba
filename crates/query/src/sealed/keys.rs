//! Which rows of a segment are among the first of a list.
//!
//! Owns the reading of what rows are ordered by, from the end of the segment where the wanted rows are, and no further than
//! they can be.

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

/// Keeps the newest of these rows; with `before`, only rows before that time and id.
pub(crate) fn newest(
    scanner: Scanner<'_>,
    (segment, table): (usize, Table),
    mut rows: RoaringBitmap,
    before: Option<(Timestamp, &str)>,
    top: &mut Top,
) -> Result<(), Fault> {
    let time = match table {
        Table::Traces => columns::traces::TIMESTAMP,
        Table::Observations => columns::observations::START,
        Table::Scores => columns::scores::TIMESTAMP,
    };
    let columns = [time, columns::traces::ID];
    let mut keep = |rows: &RoaringBitmap, top: &mut Top| -> Result<Option<Timestamp>, Fault> {
        let mut oldest = None;
        scanner.each_row(table, &columns, rows, |row, batch, place| {
            let time = Timestamp::from_micros(batch.integers(0)?.value(place));
            oldest = Some(oldest.map_or(time, |oldest: Timestamp| oldest.min(time)));
            if top.wants_time(time) {
                let id = batch.ids(1)?.value(place);
                if before.is_none_or(|before| (time, id) < before) {
                    top.push(Key::Time(time), id, Place::Sealed { segment, row });
                }
            }
            Ok(())
        })?;
        Ok(oldest)
    };
    let mut stretches = scanner.segment.stretches(table)?;
    stretches.sort_by_key(|stretch| stretch.time.map(|(_, last)| last));
    for stretch in stretches.into_iter().rev() {
        let is_late = |(first, _): (Timestamp, Timestamp)| before.is_some_and(|(before, _)| first > before);
        if stretch.time.is_some_and(|time| is_late(time) || !top.wants_time(time.1)) {
            continue;
        }
        let mut here = RoaringBitmap::new();
        here.insert_range(stretch.rows);
        here &= &rows;
        rows -= &here;
        if table == Table::Observations {
            keep(&here, top)?;
        } else {
            keep_from_the_end(here, top, &mut keep)?;
        }
    }
    Ok(())
}

/// Looks at rows in the order of time from the end, until the rest is too old.
fn keep_from_the_end(
    mut rows: RoaringBitmap,
    top: &mut Top,
    keep: &mut impl FnMut(&RoaringBitmap, &mut Top) -> Result<Option<Timestamp>, Fault>,
) -> Result<(), Fault> {
    let mut count = FIRST_ROWS.max(top.rows_max());
    while !rows.is_empty() {
        let before = rows.len().saturating_sub(count as u64);
        let first = u32::try_from(before).ok().and_then(|rank| rows.select(rank)).unwrap_or(0);
        let tail: RoaringBitmap = rows.range(first..).collect();
        rows.remove_range(first..);
        let oldest = keep(&tail, top)?;
        if oldest.is_some_and(|oldest| !top.wants_time(oldest)) {
            break;
        }
        count = count.saturating_mul(2);
    }
    Ok(())
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
    /// The texts that were needed so far are copied once.
    Text(super::columns::Texts<'b>, Vec<Option<Text>>),
}

impl<'b> Keys<'b> {
    fn of(by: Column, batch: Columns<'b>) -> Result<Self, SegmentError> {
        Ok(match by {
            Column::Timestamp => Self::Time(batch.integers(1)?),
            Column::Public => Self::Flag(batch.flags(1)?),
            by if column_of(by).is_some() => {
                let texts = batch.texts(1)?;
                Self::Text(texts, vec![None; arrow_array::Array::len(texts.values)])
            }
            _ => Self::Id,
        })
    }

    fn get(&mut self, row: usize) -> Key {
        match self {
            Self::Id => Key::Id,
            Self::Time(times) => Key::Time(Timestamp::from_micros(times.value(row))),
            Self::Flag(flags) => Key::Flag(flags.value(row)),
            Self::Text(texts, copies) => Key::Text(
                texts
                    .key(row)
                    .map(|key| copies[key].get_or_insert_with(|| Text::from(texts.values.value(key))).clone()),
            ),
        }
    }
}
