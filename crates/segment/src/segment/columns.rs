//! Columns instead of rows.

use std::ops::Range;

use super::Segment;
use crate::v1::scan::TableScan;
use crate::{Coded, Scan, SegmentError, Stretch, Table};

impl Segment {
    /// Reads some columns of consecutive rows, batch by batch. A batch has the columns in the order in which they were
    /// asked for. Rows that the table does not have are left out.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a column that the table does not have.
    pub fn scan(&self, table: Table, columns: &[&'static str], rows: Range<u32>) -> Result<Scan, SegmentError> {
        let open = || TableScan::new(self.parts.table(table)?, columns, rows);
        Ok(Scan::new(&self.name, open().map_err(|fault| self.failed(fault))?))
    }

    /// A column of texts or of lists of texts in a stretch, to be read by numbers that stand for the texts.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a column that the table does not have, or one of anything else; rows that
    /// are no stretch.
    pub fn coded(&self, table: Table, column: &'static str, stretch: Range<u32>) -> Result<Coded, SegmentError> {
        let open = || self.parts.table(table)?.coded(column, &stretch);
        match open().map_err(|fault| self.failed(fault))? {
            Some(coded) => Ok(Coded::stored(&self.name, table, stretch, coded)),
            None => Coded::numbered(&self.name, table, stretch.clone(), self.scan(table, &[column], stretch)?),
        }
    }

    /// The stretches of a table's rows, which together are all of them: what lies outside of a wanted time need not be
    /// scanned.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn stretches(&self, table: Table) -> Result<Vec<Stretch>, SegmentError> {
        let reader = self.parts.table(table).map_err(|fault| self.failed(fault))?;
        let stretch = |(group, rows)| Stretch { rows, time: reader.time_of(group) };
        Ok(reader.groups().enumerate().map(stretch).collect())
    }
}
