//! What a row of any table ends with, as far as it was read: what folding needs, and its texts.

use spanstone_model::{PayloadRef, Stamp, Text, Timestamp};

use super::cells::{decode_stamps, input_and_output, metadata_pieces};
use super::columns::{any, traces};
use super::read::{Cells, Columns};
use crate::SealedPayloads;

/// The columns that a table ends with; none where less was asked for.
pub(crate) struct PayloadColumns<'a> {
    fold: Option<Cells<'a>>,
    stamps: Option<Cells<'a>>,
    metadata: Option<Cells<'a>>,
    payload: Option<Cells<'a>>,
}

impl<'a> PayloadColumns<'a> {
    pub(crate) fn new(columns: &Columns<'a>) -> Result<Self, String> {
        let cells = |name| if columns.has(name) { columns.cells(name).map(Some) } else { Ok(None) };
        Ok(Self {
            fold: cells(any::FOLD)?,
            stamps: cells(any::METADATA_STAMPS)?,
            metadata: cells(any::METADATA)?,
            // The column has the same name in both tables that have it.
            payload: cells(traces::PAYLOAD)?,
        })
    }

    /// What folding further events into the row needs.
    pub(crate) fn fold(&self, row: usize) -> Box<[u8]> {
        self.fold.as_ref().and_then(|cells| cells.get(row)).unwrap_or_default().into()
    }

    /// What the row of this time refers to as its metadata.
    pub(crate) fn stamped(&self, row: usize, time: Timestamp) -> Result<Vec<(Stamp, PayloadRef)>, String> {
        match self.stamps.as_ref().and_then(|cells| cells.get(row)) {
            Some(cell) => decode_stamps(cell, time),
            None => Ok(Vec::new()),
        }
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
