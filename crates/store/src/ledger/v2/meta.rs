//! The meta record: when the ledger was created, and for which store.

use spanstone_model::Timestamp;

use super::VERSION;
use crate::ledger::v1::fields::{Fields, crc};
use crate::ledger::v1::{self, Corrupt};

const MAGIC: &[u8; 4] = b"SPNM";
const CRC_OFFSET: usize = 24;
const STORE_ID_BYTES_MAX: usize = 64;

/// The version of the ledger that this folder describes.
pub const FORMAT_VERSION: u32 = 2;
/// The last version whose meta record is this one.
const FORMAT_VERSION_LAST: u32 = 3;

/// What the meta record says, whatever version wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// When the ledger was created.
    pub created_at: Timestamp,
    /// Bytes that the creator chose to tell stores apart; 64 at most.
    pub store_id: Vec<u8>,
}

impl From<v1::Meta> for Meta {
    fn from(meta: v1::Meta) -> Self {
        let v1::Meta { format: _, created_at, store_id } = meta;
        Self { created_at, store_id }
    }
}

impl Meta {
    /// The record's bytes in a ledger of version `format`. A store id is cut to 64 bytes.
    #[must_use]
    pub fn encode(&self, format: u32) -> Vec<u8> {
        let store_id = &self.store_id[..self.store_id.len().min(STORE_ID_BYTES_MAX)];
        let mut bytes = Vec::with_capacity(CRC_OFFSET + 4 + store_id.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, 0, 0, 0]);
        bytes.extend_from_slice(&format.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(store_id.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(&self.created_at.micros().to_le_bytes());
        let checksum = crc(&[&bytes, store_id]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(store_id);
        bytes
    }

    /// Reads a record of this version, or of one that has the same.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole record.
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no meta record")?;
        fields.expect(&[VERSION, 0, 0, 0], "the record has an unknown version")?;
        let unknown = fields.corrupt("the ledger has an unknown version");
        if !(FORMAT_VERSION..=FORMAT_VERSION_LAST).contains(&fields.u32()?) {
            return Err(unknown);
        }
        let id_length = fields.length(STORE_ID_BYTES_MAX, "the store id is too long")?;
        let created_at = fields.i64()?;
        let stored = fields.u32()?;
        let store_id = fields.take(id_length)?;
        fields.end()?;
        if crc(&[&bytes[..CRC_OFFSET], store_id]) != stored {
            return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
        }
        Ok(Self { created_at: Timestamp::from_micros(created_at), store_id: store_id.to_vec() })
    }
}
