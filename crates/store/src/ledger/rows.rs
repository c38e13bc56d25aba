//! Rows of a table of bytes, read from both ends past what cannot be reached.

use std::ops::RangeInclusive;

use redb::{ReadTransaction, TableDefinition, TableError};

use super::error::unreadable;
use super::v1::Fault;

/// A table whose keys and values are bytes.
pub(super) type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// A row as it was found: its key and its bytes.
pub(super) type Row = (Vec<u8>, Vec<u8>);

/// The rows of a range of keys, in order.
#[derive(Default)]
pub(super) struct Run {
    pub(super) rows: Vec<Row>,
    /// What could not be reached, unless everything could.
    pub(super) gap: Option<Gap>,
}

/// Rows that could not be reached.
pub(super) struct Gap {
    /// The last key before them, if there is one.
    pub(super) after: Option<Vec<u8>>,
    /// The first key behind them, if there is one.
    pub(super) before: Option<Vec<u8>>,
    /// Why.
    pub(super) fault: Fault,
}

/// Which end of a range of keys to read from.
#[derive(Clone, Copy)]
pub(super) enum End {
    First,
    Last,
}

/// Rows from one end of a range of keys up to the first that cannot be reached.
pub(super) struct Half {
    rows: Vec<Row>,
    /// Why it ends, unless it ends because there are no more.
    broken: Option<Fault>,
}

/// Reads a range of keys; `read` reads it from one end.
pub(super) fn both_ends(read: impl Fn(End) -> Result<Half, redb::Error>) -> Result<Run, redb::Error> {
    let Half { mut rows, broken } = read(End::First)?;
    let Some(fault) = broken else { return Ok(Run { rows, gap: None }) };
    let after = rows.last().map(|(key, _)| key.clone());
    let is_behind = |(key, _): &Row| after.as_ref().is_none_or(|after| key > after);
    let mut behind: Vec<Row> = read(End::Last)?.rows.into_iter().take_while(is_behind).collect();
    behind.reverse();
    let before = behind.first().map(|(key, _)| key.clone());
    rows.append(&mut behind);
    Ok(Run { rows, gap: Some(Gap { after, before, fault }) })
}

/// Reads the rows of a range of keys from one end. A table that does not exist is empty.
pub(super) fn half(
    transaction: &ReadTransaction,
    table: Bytes,
    keys: &RangeInclusive<&[u8]>,
    end: End,
) -> Result<Half, redb::Error> {
    let mut half = Half { rows: Vec::new(), broken: None };
    let table = match transaction.open_table(table) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(half),
        table => table?,
    };
    let mut range = match table.range::<&[u8]>(keys.clone()) {
        Ok(range) => range,
        Err(error) => {
            half.broken = Some(unreadable(&error.into()));
            return Ok(half);
        }
    };
    loop {
        let next = match end {
            End::First => range.next(),
            End::Last => range.next_back(),
        };
        match next {
            None => return Ok(half),
            Some(Ok((key, row))) => half.rows.push((key.value().to_vec(), row.value().to_vec())),
            Some(Err(error)) => {
                half.broken = Some(unreadable(&error.into()));
                return Ok(half);
            }
        }
    }
}
