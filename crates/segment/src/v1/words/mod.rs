//! The words of a column of texts: in which blocks of rows each word is.
//!
//! A block is about a page of the column, so that what a look-up names is what has to be read. `bits` and `part` are the code
//! of the postings, `write` and `read` the index as a whole. Owns what says where everything is.

mod bits;
mod part;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::Words;
pub(crate) use write::WordsWriter;

use part::PartFacts;

use super::bytes::{Reader, put_u32, put_u64};
use super::columns::{any, observations};
use crate::Table;

/// The size of a page of texts, before compression; see `schema`.
const BLOCK_BYTES: usize = super::schema::PAYLOAD_PAGE_BYTES;

/// The most rows of such a page.
const BLOCK_ROWS: usize = 20_000;

const MAGIC: [u8; 4] = *b"SPSW";
const VERSION: u8 = 1;
const FOOTER_BYTES: usize = 32;
const PART_BYTES: u64 = 24;

/// A column of texts that has an index of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextColumn {
    /// Inputs and outputs.
    Payload,
    /// Metadata.
    Metadata,
}

impl TextColumn {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Payload, Self::Metadata];

    /// The tables that have such an index.
    pub(crate) const TABLES: [Table; 2] = [Table::Traces, Table::Observations];

    /// The column's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            // The column has the same name in both tables that have it.
            Self::Payload => observations::PAYLOAD,
            Self::Metadata => any::METADATA,
        }
    }
}

/// What the end of an index says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Footer {
    rows: u32,
    blocks: u32,
    parts: u32,
}

impl Footer {
    /// The length of what comes before it: the first rows of blocks, and the facts of parts.
    fn tail_bytes(self) -> u64 {
        4 * u64::from(self.blocks) + PART_BYTES * u64::from(self.parts)
    }
}

/// The first row of each block, what is said of each part, and the footer.
fn encode_footer(rows: u32, firsts: &[u32], parts: &[PartFacts]) -> Vec<u8> {
    let count = |length: usize| u32::try_from(length).expect("there are no more blocks than rows");
    let mut out = Vec::new();
    firsts.iter().for_each(|first| put_u32(&mut out, *first));
    for part in parts {
        put_u32(&mut out, part.first_block);
        put_u32(&mut out, part.blocks);
        put_u32(&mut out, part.place_bits);
        put_u32(&mut out, part.bucket_bits);
        put_u64(&mut out, part.bytes);
    }
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[VERSION, 0, 0, 0]);
    put_u32(&mut out, rows);
    put_u32(&mut out, count(firsts.len()));
    put_u32(&mut out, count(parts.len()));
    out.extend_from_slice(&[0; 12]);
    out
}

fn decode_footer(bytes: &[u8]) -> Result<Footer, String> {
    let mut reader = Reader::new(bytes);
    let magic = reader.array::<8>()?;
    if magic[..4] != MAGIC || magic[4..] != [VERSION, 0, 0, 0] {
        return Err(format!("an index of words ends with {magic:02x?}"));
    }
    let footer = Footer { rows: reader.u32()?, blocks: reader.u32()?, parts: reader.u32()? };
    if reader.rest() != [0; 12] {
        return Err("reserved bytes are not zero".to_owned());
    }
    Ok(footer)
}

fn decode_tail(bytes: &[u8], footer: &Footer) -> Result<(Vec<u32>, Vec<PartFacts>), String> {
    let mut reader = Reader::new(bytes);
    if footer.blocks > 0 && footer.rows == 0 {
        return Err("it has blocks without rows".to_owned());
    }
    let firsts = (0..footer.blocks).map(|_| reader.u32()).collect::<Result<Vec<_>, _>>()?;
    let in_order = firsts.is_sorted_by(|left, right| left < right);
    let begins = firsts.first().is_none_or(|first| *first == 0) && (footer.rows == 0 || !firsts.is_empty());
    if !in_order || !begins || firsts.last().is_some_and(|last| *last >= footer.rows) {
        return Err("its blocks are not one after another".to_owned());
    }
    let mut parts = Vec::new();
    for _ in 0..footer.parts {
        let facts = PartFacts {
            first_block: reader.u32()?,
            blocks: reader.u32()?,
            place_bits: reader.u32()?,
            bucket_bits: reader.u32()?,
            bytes: reader.u64()?,
        };
        if !facts.is_sound() || facts.first_block + facts.blocks > footer.blocks {
            return Err(format!("there is no part like {facts:?}"));
        }
        parts.push(facts);
    }
    reader.end()?;
    Ok((firsts, parts))
}
