//! Conditions on the texts of sealed rows.
//!
//! Owns that no text is read of a row that something cheaper has refused, nor the input of one whose metadata is asked for.

use roaring::RoaringBitmap;
use spanstone_store::segment::{Table, columns, input_and_output, metadata_pieces};

use super::scan::Scanner;
use crate::contents::{ContentConditions, Contents};
use crate::error::Fault;

impl ContentConditions<'_> {
    /// Those of the rows of a table whose own texts pass.
    pub(crate) fn sift(
        &self,
        scanner: Scanner<'_>,
        table: Table,
        mut rows: RoaringBitmap,
        contents: &dyn Contents,
    ) -> Result<RoaringBitmap, Fault> {
        if self.ask_payloads() {
            rows = sift_cells(scanner, table, columns::observations::PAYLOAD, &rows, |cell| {
                let (input, output) = cell.map_or(Ok((None, None)), input_and_output)?;
                Ok(self.hold_for_payloads(input, output))
            })?;
        }
        if self.ask_metadata() {
            rows = sift_cells(scanner, table, columns::any::METADATA, &rows, |cell| {
                let pieces = cell.map_or(Ok(Vec::new()), metadata_pieces)?;
                Ok(self.hold_for_pieces(&pieces, contents))
            })?;
        }
        Ok(rows)
    }
}

/// Those of some rows whose cell in a column of bytes passes.
pub(crate) fn sift_cells(
    scanner: Scanner<'_>,
    table: Table,
    column: &'static str,
    rows: &RoaringBitmap,
    mut passes: impl FnMut(Option<&[u8]>) -> Result<bool, String>,
) -> Result<RoaringBitmap, Fault> {
    let mut passed = RoaringBitmap::new();
    scanner.each_row(table, &[column], rows, |row, batch, place| {
        let passes = passes(batch.cells(0)?.get(place)).map_err(|what| batch.damaged(0, what))?;
        if passes {
            passed.insert(row);
        }
        Ok(())
    })?;
    Ok(passed)
}
