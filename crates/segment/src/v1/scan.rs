//! Scans of consecutive rows of a table.
//!
//! Owns the order of the columns in a batch, which is that in which they were asked for, and the passage from one row group to
//! the next.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::errors::ParquetError;

use super::fault::{Fault, fenced};
use super::table::{Projection, TableReader, damaged};
use crate::{Batch, Table};

/// Consecutive rows of a table, batch by batch.
#[derive(Debug)]
pub(crate) struct TableScan {
    table: Arc<TableReader>,
    projection: Projection,
    /// Which column of what is read comes first, second, …
    order: Vec<usize>,
    rows: Range<u32>,
    /// The row group that is being read.
    open: Option<OpenGroup>,
}

struct OpenGroup {
    reader: ParquetRecordBatchReader,
    /// The first row that it does not read.
    end: u32,
}

impl fmt::Debug for OpenGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenGroup").field("end", &self.end).finish_non_exhaustive()
    }
}

impl TableScan {
    /// A scan of some columns, in this order; rows that the table does not have are left out.
    pub(crate) fn new(table: Arc<TableReader>, columns: &[&str], rows: Range<u32>) -> Result<Self, Fault> {
        let projection = table.projection(columns)?;
        let names: Vec<_> = projection.names().collect();
        let place = |name: &&str| names.iter().position(|known| known == name);
        let order = columns.iter().map(place).collect::<Option<_>>();
        let order = order.ok_or_else(|| damaged(table.table, format!("it has not all of {columns:?}")))?;
        let end = rows.end.min(table.rows());
        Ok(Self { table, projection, order, rows: rows.start.min(end)..end, open: None })
    }

    /// The next batch; none when all rows were read.
    pub(crate) fn next_batch(&mut self) -> Result<Option<Batch>, Fault> {
        let table = self.table.table;
        while !self.rows.is_empty() {
            if self.open.is_none() {
                self.open = Some(fenced(table, || self.open_group())?);
            }
            let Some(OpenGroup { reader, end }) = &mut self.open else { continue };
            let Some(batch) = fenced(table, || reader.next().transpose().map_err(|error| failed(table, error)))? else {
                if self.rows.start != *end {
                    return Err(damaged(table, format!("row {} is missing", self.rows.start)));
                }
                self.open = None;
                continue;
            };
            let columns = self.projection.complete(batch).and_then(|batch| batch.project(&self.order));
            let columns = columns.map_err(|error| failed(table, error))?;
            let first_row = self.rows.start;
            let count = u32::try_from(columns.num_rows()).ok().filter(|count| *count as usize <= self.rows.len());
            let count = count.ok_or_else(|| damaged(table, "more rows than it says"))?;
            self.rows.start += count;
            return Ok(Some(Batch { first_row, columns }));
        }
        Ok(None)
    }

    /// Opens the row group of the next row.
    fn open_group(&self) -> Result<OpenGroup, Fault> {
        let next = self.rows.start;
        let found = self.table.groups().enumerate().find(|(_, rows)| rows.contains(&next));
        let (group, rows) = found.ok_or_else(|| damaged(self.table.table, format!("no row group has row {next}")))?;
        let end = self.rows.end.min(rows.end);
        let range = within(next, &rows)..within(end, &rows);
        Ok(OpenGroup { reader: self.table.open(group, &rows, vec![range], &self.projection)?, end })
    }
}

fn failed(table: Table, error: arrow_schema::ArrowError) -> Fault {
    Fault::Parquet(table, ParquetError::from(error))
}

fn within(row: u32, rows: &Range<u32>) -> usize {
    (row - rows.start) as usize
}
