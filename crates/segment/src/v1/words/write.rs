//! Writing an index while the rows are written.
//!
//! Owns what it costs: memory for the words of one block and for the postings of one part, and next to no work for text that
//! has just been seen, as the history that a chat repeats in every turn.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, Write};

use hashbrown::HashSet;

use super::part::{self, PartFacts, Posting};
use super::{BLOCK_BYTES, BLOCK_ROWS, TextColumn, encode_footer};
use crate::v1::cells::{input_and_output, metadata_pieces};
use crate::words::{each_hash, reading, seen_before};

/// The most postings of a part: 16 MiB of memory while they are collected. More make fewer parts, which costs a little less
/// on disk: what says that a word is there stands once in every part.
const POSTINGS_MAX: usize = 2 * 1024 * 1024;
/// The most different words of a block that are collected before they become postings.
const BLOCK_WORDS_MAX: usize = 256 * 1024;
/// A column of fewer bytes in a table of fewer rows has no index: to look through it takes no longer. In a larger table even a
/// column without any text has one, which says so.
const INDEXED_BYTES_MIN: usize = 32 * 1024;
const INDEXED_ROWS_MIN: u32 = 2_048;
/// With how many of the texts before it a text is compared.
const RECENT_TEXTS: usize = 4;
/// How much of a text is kept to compare the next ones with.
const RECENT_BYTES_MAX: usize = 256 * 1024;

/// An index that is being written: of one column of texts of one table.
#[derive(Debug)]
pub(crate) struct WordsWriter<W> {
    out: W,
    column: TextColumn,
    /// Words of the block, by their hashes.
    words: HashSet<u64, BuildHasherDefault<AsItIs>>,
    recent: VecDeque<String>,
    /// Rows of the block.
    block_rows: usize,
    /// Bytes of the block as Parquet counts them.
    block_bytes: usize,
    /// Bytes of all blocks.
    bytes: usize,
    /// The first row of each block; the last one is being collected.
    firsts: Vec<u32>,
    rows: u32,
    postings: Vec<Posting>,
    /// The first block of the part that is being collected.
    part_begins: u32,
    parts: Vec<PartFacts>,
}

impl<W: Write> WordsWriter<W> {
    pub(crate) fn new(out: W, column: TextColumn) -> Self {
        Self {
            out,
            column,
            words: HashSet::default(),
            recent: VecDeque::new(),
            block_rows: 0,
            block_bytes: 0,
            bytes: 0,
            firsts: Vec::new(),
            rows: 0,
            postings: Vec::new(),
            part_begins: 0,
            parts: Vec::new(),
        }
    }

    /// Appends the cell of the next row.
    ///
    /// # Errors
    /// What is written to fails; the cell is not what the column holds.
    pub(crate) fn add(&mut self, cell: Option<&[u8]>) -> io::Result<()> {
        if self.block_rows == 0 {
            self.firsts.push(self.rows);
        }
        self.rows += 1;
        self.block_rows += 1;
        let Some(cell) = cell else { return Ok(()) };
        self.block_bytes += 4 + cell.len();
        self.bytes += cell.len();
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        match self.column {
            TextColumn::Payload => {
                let (input, output) = input_and_output(cell).map_err(wrong)?;
                input.into_iter().chain(output).try_for_each(|text| self.add_text(text))
            }
            TextColumn::Metadata => {
                metadata_pieces(cell).map_err(wrong)?.into_iter().try_for_each(|text| self.add_text(text))
            }
        }
    }

    /// Whether the block has the size of a page: Parquet ends a page after the batch in which it grows to its size, so the
    /// caller ends the block there, too.
    pub(crate) fn is_full(&self) -> bool {
        self.block_bytes >= BLOCK_BYTES || self.block_rows >= BLOCK_ROWS
    }

    /// Ends a block, if one has begun.
    ///
    /// # Errors
    /// What is written to fails.
    pub(crate) fn end_block(&mut self) -> io::Result<()> {
        if self.block_rows == 0 {
            return Ok(());
        }
        (self.block_rows, self.block_bytes) = (0, 0);
        self.recent.clear();
        self.flush_words()
    }

    /// Writes what is left and what says where everything is. Nothing is written when there are so few texts that to look
    /// through all of them is as quick.
    ///
    /// # Errors
    /// What is written to fails.
    pub(crate) fn finish(mut self) -> io::Result<Option<W>> {
        self.end_block()?;
        if self.bytes < INDEXED_BYTES_MIN && self.rows < INDEXED_ROWS_MIN {
            return Ok(None);
        }
        let blocks = u32::try_from(self.firsts.len()).map_err(io::Error::other)?;
        self.end_part(blocks, blocks)?;
        self.out.write_all(&encode_footer(self.rows, &self.firsts, &self.parts))?;
        Ok(Some(self.out))
    }

    fn add_text(&mut self, text: &str) -> io::Result<()> {
        let text = reading(text);
        let seen = self.recent.iter().map(|recent| seen_before(&text, recent)).max().unwrap_or(0);
        let words = &mut self.words;
        each_hash(&text[seen..], |hash| {
            words.insert(hash);
        });
        if self.recent.len() == RECENT_TEXTS {
            self.recent.pop_front();
        }
        self.recent.push_back(beginning(text));
        if self.words.len() >= BLOCK_WORDS_MAX {
            self.recent.clear();
            self.flush_words()?;
        }
        Ok(())
    }

    /// Makes postings of the words of the block.
    fn flush_words(&mut self) -> io::Result<()> {
        let block = u32::try_from(self.firsts.len()).map_err(io::Error::other)?.saturating_sub(1);
        if block - self.part_begins >= part::BLOCKS_MAX {
            self.end_part(block, block)?;
        }
        let number = block - self.part_begins;
        self.postings.extend(self.words.drain().map(|hash| Posting::new(hash, number)));
        if self.postings.len() >= POSTINGS_MAX {
            // The rest of the block, if there is one, begins the next part.
            self.end_part(block + 1, if self.block_rows > 0 { block } else { block + 1 })?;
        }
        Ok(())
    }

    /// Writes the postings collected so far, of the blocks before `end`; the next part begins with the block `next`.
    fn end_part(&mut self, end: u32, next: u32) -> io::Result<()> {
        if !self.postings.is_empty() {
            let (facts, bytes) = part::encode(&mut self.postings, self.part_begins, end - self.part_begins);
            self.out.write_all(&bytes)?;
            self.parts.push(facts);
        }
        self.part_begins = next;
        Ok(())
    }
}

/// What of a text is kept to compare the next ones with.
fn beginning(text: Cow<'_, str>) -> String {
    if text.len() <= RECENT_BYTES_MAX {
        return text.into_owned();
    }
    text[..text.floor_char_boundary(RECENT_BYTES_MAX)].to_owned()
}

/// A hash is its own hash.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
