//! Reading some columns of many rows.

use arrow_array::RecordBatch;

use crate::SegmentError;

/// Consecutive rows of some columns.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The row that the batch begins with.
    pub first_row: u32,
    /// The columns, in the order in which they were asked for.
    pub columns: RecordBatch,
}

/// The batches of a scan, in the order of their rows; nothing is read before it is asked for.
#[derive(Debug)]
pub struct Scan {}

impl Iterator for Scan {
    type Item = Result<Batch, SegmentError>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}
