//! A part: one row of the journal, recognisable alone.

use super::fields::{Fields, crc};
use super::{Corrupt, VERSION};

const MAGIC: &[u8; 4] = b"SPNP";
const KIND_JOURNAL: u8 = 1;
const LENGTH_OFFSET: usize = 36;
const CRC_OFFSET: usize = 64;
/// What precedes the payload.
pub(super) const PART_HEAD_BYTES: usize = CRC_OFFSET + 4;

/// redb's page size, which cannot be configured.
const PAGE_BYTES: usize = 4_096;
/// The bytes of a journal key: block (8), part (4).
pub(crate) const KEY_BYTES: usize = 12;
/// What redb adds to the one value in a leaf of its own: page type and count of pairs (4), where the value ends (4),
/// and the key. The length of keys is fixed, so it is not stored. (`RawLeafBuilder::required_bytes` in redb 4.6.)
const LEAF_OVERHEAD_BYTES: usize = 4 + 4 + KEY_BYTES;
/// The largest leaf that a part fills: 4 KiB times a power of two.
const LEAF_BYTES_MAX: usize = 16 * PAGE_BYTES;

/// The largest payload of a part: with it, redb's leaf is exactly 64 KiB.
pub const PART_PAYLOAD_BYTES_MAX: usize = payload_bytes(LEAF_BYTES_MAX);

/// The most parts of a block: a GiB, four times the longest body.
pub(crate) const PARTS_MAX: u32 = 16_384;

const fn payload_bytes(leaf_bytes: usize) -> usize {
    leaf_bytes - LEAF_OVERHEAD_BYTES - PART_HEAD_BYTES
}

/// How much of a block of which `rest` bytes are left the next part takes: the payload of the largest leaf that it fills,
/// or all of it when it does not fill the smallest.
pub(super) fn next_payload_bytes(rest: usize) -> usize {
    let mut leaf_bytes = LEAF_BYTES_MAX;
    while leaf_bytes >= PAGE_BYTES {
        if payload_bytes(leaf_bytes) <= rest {
            return payload_bytes(leaf_bytes);
        }
        leaf_bytes /= 2;
    }
    rest
}

/// How much the journal holds, up to and including some block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Entries.
    pub entries: u64,
    /// Bytes of their bodies as they arrived.
    pub body_bytes: u64,
    /// Bytes of their bodies as stored.
    pub stored_bytes: u64,
}

/// What a part says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartHead {
    /// The block it belongs to.
    pub block: u64,
    /// Its number in the block, from 0.
    pub part: u32,
    /// How many parts the block has.
    pub parts: u32,
    /// How many entries the block has.
    pub entries: u32,
    /// The first entry whose frame begins in this part or later.
    pub first_entry: u32,
    /// Where the first frame that begins in this part begins in the payload; the payload's length if none does.
    pub first_frame: u32,
    /// The journal's size with this block.
    pub totals: Totals,
}

impl PartHead {
    /// Writes the head in front of the payload that `bytes` hold from [`PART_HEAD_BYTES`] on.
    pub(super) fn write(&self, bytes: &mut [u8]) {
        let (head, payload) = bytes.split_at_mut(PART_HEAD_BYTES);
        let length = u32::try_from(payload.len()).expect("a part's payload is less than 64 KiB");
        let mut fields = Vec::with_capacity(PART_HEAD_BYTES);
        fields.extend_from_slice(MAGIC);
        fields.extend_from_slice(&[VERSION, KIND_JOURNAL, 0, 0]);
        fields.extend_from_slice(&self.block.to_le_bytes());
        for number in [self.part, self.parts, self.entries, self.first_entry, self.first_frame, length] {
            fields.extend_from_slice(&number.to_le_bytes());
        }
        let Totals { entries, body_bytes, stored_bytes } = self.totals;
        for number in [entries, body_bytes, stored_bytes] {
            fields.extend_from_slice(&number.to_le_bytes());
        }
        let checksum = crc(&[&fields, payload]);
        fields.extend_from_slice(&checksum.to_le_bytes());
        head.copy_from_slice(&fields);
    }
}

/// A part that has been read and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it says about itself.
    pub head: PartHead,
    bytes: Vec<u8>,
}

impl Part {
    /// Reads a part, taking its bytes.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole part.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, Corrupt> {
        let head = decode_head(&bytes)?;
        Ok(Self { head, bytes })
    }

    /// Cuts parts laid end to end at the lengths that they give, without looking at anything else. What is left over
    /// becomes the last piece.
    pub(super) fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let length = bytes
                .get(LENGTH_OFFSET..LENGTH_OFFSET + 4)
                .and_then(|field| Fields::new(field).length(PART_PAYLOAD_BYTES_MAX, "").ok())
                .map_or(bytes.len(), |payload| PART_HEAD_BYTES + payload);
            let (piece, rest) = bytes.split_at(length.min(bytes.len()));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }

    /// The piece of the block's frames that it holds.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.bytes[PART_HEAD_BYTES..]
    }
}

fn decode_head(bytes: &[u8]) -> Result<PartHead, Corrupt> {
    let mut fields = Fields::new(bytes);
    fields.expect(MAGIC, "this is no journal part")?;
    fields.expect(&[VERSION], "the record has an unknown version")?;
    fields.expect(&[KIND_JOURNAL, 0, 0], "the part has an unknown kind")?;
    let block = fields.u64()?;
    let part = fields.u32()?;
    let parts = fields.u32()?;
    let entries = fields.u32()?;
    let first_entry = fields.u32()?;
    let first_frame = fields.u32()?;
    let length = fields.length(PART_PAYLOAD_BYTES_MAX, "the payload is too long")?;
    let totals = Totals { entries: fields.u64()?, body_bytes: fields.u64()?, stored_bytes: fields.u64()? };
    let stored = fields.u32()?;
    let payload = fields.take(length)?;
    fields.end()?;
    if crc(&[&bytes[..CRC_OFFSET], payload]) != stored {
        return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
    }
    let consistent = part < parts
        && parts <= PARTS_MAX
        && first_entry <= entries
        && usize::try_from(first_frame).is_ok_and(|offset| offset <= length);
    if !consistent {
        return Err(Corrupt { what: "the numbers contradict each other", offset: 16 });
    }
    Ok(PartHead { block, part, parts, entries, first_entry, first_frame, totals })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_largest_leaves_that_the_rest_of_a_block_fills() {
        let mut rest = 2 * 65_448 + 8_104 + 17;
        let mut lengths = Vec::new();
        while rest > 0 {
            let next = next_payload_bytes(rest);
            lengths.push(next);
            rest -= next;
        }
        assert_eq!(lengths, [65_448, 65_448, 8_104, 17]);
        assert_eq!(PART_PAYLOAD_BYTES_MAX + PART_HEAD_BYTES + LEAF_OVERHEAD_BYTES, 65_536);
    }
}
