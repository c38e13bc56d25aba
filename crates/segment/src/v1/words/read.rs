//! Looking words up.

use std::io;

use roaring::RoaringBitmap;

use super::part::{PartFacts, blocks_in};
use super::{FOOTER_BYTES, decode_footer, decode_tail};
use crate::v1::source::Source;

/// An index that words are looked up in: what says where everything is is in memory, the rest on disk.
#[derive(Debug)]
pub(crate) struct Words {
    source: Source,
    /// The first row of each block.
    firsts: Box<[u32]>,
    rows: u32,
    /// Each part with the place of its first byte.
    parts: Box<[(u64, PartFacts)]>,
}

impl Words {
    /// Loads what says where everything is, of a table with this many rows.
    pub(crate) fn load(source: &Source, rows: u32) -> io::Result<Self> {
        let checking = source.checking();
        let footer_place = source.bytes().checked_sub(FOOTER_BYTES as u64);
        let footer_place = footer_place.ok_or_else(|| damaged(format!("an index of {} bytes", source.bytes())))?;
        let footer = decode_footer(&checking.read(footer_place, FOOTER_BYTES)?).map_err(damaged)?;
        if footer.rows != rows {
            return Err(damaged(format!("it has the words of {} rows, the table has {rows}", footer.rows)));
        }
        let tail = footer_place.checked_sub(footer.tail_bytes());
        let tail = tail.ok_or_else(|| damaged("its directory is longer than it".to_owned()))?;
        let length = usize::try_from(footer.tail_bytes()).map_err(io::Error::other)?;
        let (firsts, facts) = decode_tail(&checking.read(tail, length)?, &footer).map_err(damaged)?;
        let mut parts = Vec::with_capacity(facts.len());
        let mut place = 0;
        for facts in facts {
            parts.push((place, facts));
            place =
                u64::checked_add(place, facts.bytes).ok_or_else(|| damaged("a part that is too long".to_owned()))?;
        }
        if place != tail {
            return Err(damaged(format!("its parts take {place} bytes, not {tail}")));
        }
        Ok(Self { source: source.clone(), firsts: firsts.into(), rows, parts: parts.into() })
    }

    /// What it holds in memory, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.firsts) + size_of_val(&*self.parts)
    }

    /// The first row of each block.
    pub(crate) fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// The rows of the blocks that may have all of some words.
    pub(crate) fn rows_with(&self, hashes: &[u64]) -> io::Result<RoaringBitmap> {
        let mut common: Option<RoaringBitmap> = None;
        for hash in hashes {
            let mut blocks = RoaringBitmap::new();
            for (place, facts) in &self.parts {
                blocks.extend(self.blocks_of_part(*place, *facts, *hash)?);
            }
            let blocks = common.map_or(blocks.clone(), |common| common & blocks);
            if blocks.is_empty() {
                return Ok(blocks);
            }
            common = Some(blocks);
        }
        let mut rows = RoaringBitmap::new();
        for block in common.into_iter().flatten() {
            let first = self.firsts.get(block as usize).copied();
            let first = first.ok_or_else(|| damaged(format!("a word is in block {block}, which is not there")))?;
            rows.insert_range(first..self.firsts.get(block as usize + 1).copied().unwrap_or(self.rows));
        }
        Ok(rows)
    }

    fn blocks_of_part(&self, place: u64, facts: PartFacts, hash: u64) -> io::Result<Vec<u32>> {
        let entry = self.source.read(place + 4 * facts.bucket_of(hash), 8)?;
        let offset = |bytes: &[u8]| u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let (from, to) = (offset(&entry[..4]), offset(&entry[4..]));
        let end = facts.bytes - facts.directory_bytes();
        if from > to || to > end {
            return Err(damaged(format!("a bucket from {from} to {to} of {end} bytes")));
        }
        let length = usize::try_from(to - from).map_err(io::Error::other)?;
        let bucket = self.source.read(place + facts.directory_bytes() + from, length)?;
        blocks_in(&bucket, facts, hash).map_err(damaged)
    }
}

fn damaged(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
