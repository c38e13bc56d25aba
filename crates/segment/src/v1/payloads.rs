//! The texts of a row, where they were read with it.

use spanstone_model::Text;

use super::cells::{input_and_output, metadata_pieces};
use super::columns::{any, traces};
use super::read::{Cells, Columns};
use crate::SealedPayloads;

/// The columns from which texts are read; none when only the rows were asked for.
pub(crate) struct PayloadColumns<'a> {
    metadata: Option<Cells<'a>>,
    payload: Option<Cells<'a>>,
}

impl<'a> PayloadColumns<'a> {
    pub(crate) fn new(columns: &Columns<'a>) -> Result<Self, String> {
        let cells = |name| if columns.has(name) { columns.cells(name).map(Some) } else { Ok(None) };
        // The column has the same name in both tables that have it.
        Ok(Self { metadata: cells(any::METADATA)?, payload: cells(traces::PAYLOAD)? })
    }

    pub(crate) fn metadata(&self, row: usize) -> Result<Vec<Text>, String> {
        match self.metadata.as_ref().and_then(|cells| cells.get(row)) {
            Some(cell) => Ok(metadata_pieces(cell)?.into_iter().map(Text::from).collect()),
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn row(&self, row: usize) -> Result<SealedPayloads, String> {
        let (input, output) = match self.payload.as_ref().and_then(|cells| cells.get(row)) {
            Some(cell) => input_and_output(cell)?,
            None => (None, None),
        };
        Ok(SealedPayloads {
            input: input.map(Text::from),
            output: output.map(Text::from),
            metadata: self.metadata(row)?,
        })
    }
}
