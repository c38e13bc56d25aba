//! Reading some columns of many rows.

use arrow_array::RecordBatch;

use crate::SegmentError;
use crate::v1::table::TableScan;

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
