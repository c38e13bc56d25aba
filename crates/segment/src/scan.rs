//! Reading some columns of many rows.

use std::ops::Range;

use arrow_array::RecordBatch;
use spanstone_model::Timestamp;

use crate::SegmentError;
use crate::v1::scan::TableScan;

/// Rows that were written together, and the times between which they lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The rows.
    pub rows: Range<u32>,
    /// The first and the last of their times (start, for observations); nothing when that is not known.
    pub time: Option<(Timestamp, Timestamp)>,
}

/// Consecutive rows of some columns.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The row that the batch begins with.
    pub first_row: u32,
    /// The columns, in the order in which they were asked for.
    pub columns: RecordBatch,
}

/// The batches of a scan, in the order of their rows; nothing is read before it is asked for. Ends after an error.
#[derive(Debug)]
pub struct Scan {
    file: String,
    table: Option<TableScan>,
}

impl Scan {
    pub(crate) fn new(file: &str, table: TableScan) -> Self {
        Self { file: file.to_owned(), table: Some(table) }
    }
}

impl Iterator for Scan {
    type Item = Result<Batch, SegmentError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.table.as_mut()?.next_batch();
        if !matches!(next, Ok(Some(_))) {
            self.table = None;
        }
        next.map_err(|fault| fault.in_file(&self.file, "reading it")).transpose()
    }
}
