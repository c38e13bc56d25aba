//! The row of the dead: which rows of a segment's table count no more.

use roaring::RoaringBitmap;
use spanstone_segment::Table;

use super::VERSION;
use crate::ledger::v1::Corrupt;
use crate::ledger::v1::fields::{Fields, crc};

const MAGIC: &[u8; 4] = b"SPNX";
const CRC_OFFSET: usize = 24;

/// The longest set, in bytes: more than 60 million rows in no order.
pub const DEAD_ROWS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The rows of a segment's table that are dead.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadRows {
    /// The segment.
    pub segment: u64,
    /// Its table.
    pub table: Table,
    /// The rows.
    pub rows: RoaringBitmap,
}

impl DeadRows {
    /// The row's bytes, or `None` when the set is too long.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let Self { segment, table, rows } = self;
        let length = rows.serialized_size();
        if length > DEAD_ROWS_BYTES_MAX {
            return None;
        }
        let mut set = Vec::with_capacity(length);
        rows.serialize_into(&mut set).ok()?;
        let mut bytes = Vec::with_capacity(CRC_OFFSET + 4 + set.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, table.code(), 0, 0]);
        bytes.extend_from_slice(&segment.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(rows.len()).ok()?.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(set.len()).ok()?.to_le_bytes());
        let checksum = crc(&[&bytes, &set]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(&set);
        Some(bytes)
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole row.
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no set of dead rows")?;
        fields.expect(&[VERSION], "the record has an unknown version")?;
        let table = Table::from_code(fields.u8()?).ok_or(fields.corrupt("the set is of an unknown table"))?;
        fields.expect(&[0, 0], "reserved bytes are set")?;
        let segment = fields.u64()?;
        let count = fields.u32()?;
        let length = fields.length(DEAD_ROWS_BYTES_MAX, "the set is too long")?;
        let stored = fields.u32()?;
        let set = fields.take(length)?;
        fields.end()?;
        if crc(&[&bytes[..CRC_OFFSET], set]) != stored {
            return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
        }
        let rows = RoaringBitmap::deserialize_from(set).map_err(|_| fields.corrupt("this is no set of rows"))?;
        if rows.len() != u64::from(count) {
            return Err(fields.corrupt("the set has another number of rows than its head says"));
        }
        Ok(Self { segment, table, rows })
    }
}
