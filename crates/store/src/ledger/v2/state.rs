//! The state of the archive: up to where the journal is cut, and which numbers of segments were given.

use super::VERSION;
use crate::ledger::v1::fields::{Fields, crc};
use crate::ledger::v1::{Corrupt, Totals};

const MAGIC: &[u8; 4] = b"SPNA";
const CRC_OFFSET: usize = 56;

/// The state of the archive. There is one, and it is replaced by every change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArchiveState {
    /// How many changes there have been.
    pub changes: u64,
    /// The last block of the journal that is needed no more; 0 if every block is needed.
    pub cut: u64,
    /// How much the journal held up to and including that block.
    pub cut_totals: Totals,
    /// The greatest number that a segment ever had.
    pub segment_max: u64,
}

impl ArchiveState {
    /// The record's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Self { changes, cut, cut_totals: Totals { entries, body_bytes, stored_bytes }, segment_max } = *self;
        let mut bytes = Vec::with_capacity(CRC_OFFSET + 4);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, 0, 0, 0]);
        for number in [changes, cut, entries, body_bytes, stored_bytes, segment_max] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let checksum = crc(&[&bytes]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads a record.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole record.
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no state of an archive")?;
        fields.expect(&[VERSION], "the record has an unknown version")?;
        fields.expect(&[0, 0, 0], "reserved bytes are set")?;
        let (changes, cut) = (fields.u64()?, fields.u64()?);
        let cut_totals = Totals { entries: fields.u64()?, body_bytes: fields.u64()?, stored_bytes: fields.u64()? };
        let segment_max = fields.u64()?;
        let stored = fields.u32()?;
        fields.end()?;
        if crc(&[&bytes[..CRC_OFFSET]]) != stored {
            return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
        }
        // Both are counted up from 0, so the last number that there is stands for damage that the checksum missed.
        if cut == u64::MAX || segment_max == u64::MAX {
            return Err(Corrupt { what: "a number is out of range", offset: 16 });
        }
        Ok(Self { changes, cut, cut_totals, segment_max })
    }
}
