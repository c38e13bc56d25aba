//! Conditions on the texts of sealed rows.
//!
//! Owns that no text is read of a row that something cheaper has refused, nor the input of one whose metadata is asked for.

use roaring::RoaringBitmap;
use spanstone_store::segment::words::{Wanted, reading};
use spanstone_store::segment::{Table, TextColumn, columns, input_and_output, metadata_pieces};

use super::scan::Scanner;
use crate::contents::{ContentConditions, Contents};
use crate::error::Fault;
use crate::filter::{Test, TextMatch};

impl ContentConditions<'_> {
    /// Takes out the rows of a table whose own texts cannot pass, as far as an index of words says so. Returns the rows at
    /// which a page of the texts begins, if that is known.
    pub(crate) fn look_up(&self, scanner: Scanner<'_>, table: Table, rows: &mut RoaringBitmap) -> Vec<u32> {
        let mut firsts = Vec::new();
        let columns =
            [(TextColumn::Metadata, self.words_of_metadata()), (TextColumn::Payload, self.words_of_payloads())];
        for (column, words) in columns.into_iter().filter(|(_, words)| !words.is_empty()) {
            if let Some(blocks) = scanner.segment.look_up(table, column, &words) {
                *rows &= blocks.rows;
                firsts = blocks.firsts;
            }
        }
        firsts
    }

    /// The words without which no input and output pass.
    fn words_of_payloads(&self) -> Wanted {
        let mut words = Wanted::default();
        for test in self.input.iter().chain(&self.output) {
            match test {
                Test::Words(phrase) => words.add(phrase.text()),
                Test::Text(TextMatch::Equals, text) => words.add(&reading(text)),
                _ => {}
            }
        }
        words
    }

    /// The words without which no metadata passes: those of the names that must be there, and of whole values.
    fn words_of_metadata(&self) -> Wanted {
        let mut words = Wanted::default();
        for test in &self.metadata {
            let Test::At(name, test) = test else { continue };
            match &**test {
                Test::IsNull | Test::Blank(_) => continue,
                Test::Text(TextMatch::Equals, value) => words.add_certain(value),
                _ => {}
            }
            words.add(name);
        }
        words
    }

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
