//! Rows by the words of their texts.

use roaring::RoaringBitmap;

use super::Segment;
use crate::v1::fault::Fault;
use crate::words::Wanted;
use crate::{SegmentError, Table, TextColumn};

/// The rows that may have some words in a column of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct WordBlocks {
    /// The rows: all of those that have the words, and others that lie beside them.
    pub rows: RoaringBitmap,
    /// The rows at which pages of the column begin: what lies between two of them is best read at once.
    pub firsts: Vec<u32>,
}

impl Segment {
    /// The sections of the file by name, and how many bytes each has.
    ///
    /// # Errors
    /// The disk fails, or the section index is damaged.
    pub fn sections(&self) -> Result<Vec<(&'static str, u64)>, SegmentError> {
        let sources = self.parts.sources().map_err(|fault| self.failed(fault))?;
        Ok(sources.iter().map(|source| (source.name(), source.bytes())).collect())
    }

    /// Looks up which rows may have all of some words in a column of texts. Nothing when the file is older than such indexes
    /// are, or the index is damaged: then any row may.
    #[must_use]
    pub fn look_up(&self, table: Table, column: TextColumn, words: &Wanted) -> Option<WordBlocks> {
        if words.is_empty() {
            return None;
        }
        let look = || {
            let Some(index) = self.parts.words(table, column)? else {
                // A file that could have an index has too little text for one: it is looked through at once.
                let mut rows = RoaringBitmap::new();
                rows.insert_range(0..self.facts.rows(table));
                return Ok(self.parts.knows_words().then(|| WordBlocks { rows, firsts: vec![0] }));
            };
            let rows = index.rows_with(words.hashes())?;
            Ok(Some(WordBlocks { rows, firsts: index.firsts().to_vec() }))
        };
        look().unwrap_or_else(|fault: Fault| {
            // What the guard could not heal it has counted; here it only costs time.
            tracing::warn!(error = %self.failed(fault), "an index of words cannot be read; the texts are");
            None
        })
    }
}
