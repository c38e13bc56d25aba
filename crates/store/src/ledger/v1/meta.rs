//! The meta record: which version wrote the ledger, when, and for which store.

use spanstone_model::Timestamp;

use super::fields::{Fields, crc};
use super::{Corrupt, VERSION};

const MAGIC: &[u8; 4] = b"SPNM";
const CRC_OFFSET: usize = 24;
const STORE_ID_BYTES_MAX: usize = 64;

/// The version of the ledger that this folder describes.
pub const FORMAT_VERSION: u32 = 1;

/// The meta record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The version of the ledger. Everything else is known only when it is [`FORMAT_VERSION`].
    pub format: u32,
    /// When the ledger was created.
    pub created_at: Timestamp,
    /// Bytes that the creator chose to tell stores apart; 64 at most.
    pub store_id: Vec<u8>,
}

impl Meta {
    /// The record's bytes. A store id is cut to 64 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let store_id = &self.store_id[..self.store_id.len().min(STORE_ID_BYTES_MAX)];
        let mut bytes = Vec::with_capacity(CRC_OFFSET + 4 + store_id.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, 0, 0, 0]);
        bytes.extend_from_slice(&self.format.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(store_id.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(&self.created_at.micros().to_le_bytes());
        let checksum = crc(&[&bytes, store_id]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(store_id);
        bytes
    }

    /// The version of the ledger that wrote `bytes`: the one field that every version has in the same place.
    ///
    /// # Errors
    /// Fails when `bytes` are no meta record of any version.
    pub fn format_of(bytes: &[u8]) -> Result<u32, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no meta record")?;
        fields.take(4)?;
        fields.u32()
    }

    /// Reads a record of this version.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole record.
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no meta record")?;
        fields.expect(&[VERSION, 0, 0, 0], "the record has an unknown version")?;
        fields.expect(&FORMAT_VERSION.to_le_bytes(), "the ledger has an unknown version")?;
        let id_length = fields.length(STORE_ID_BYTES_MAX, "the store id is too long")?;
        let created_at = fields.i64()?;
        let stored = fields.u32()?;
        let store_id = fields.take(id_length)?;
        fields.end()?;
        if crc(&[&bytes[..CRC_OFFSET], store_id]) != stored {
            return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
        }
        Ok(Self { format: FORMAT_VERSION, created_at: Timestamp::from_micros(created_at), store_id: store_id.to_vec() })
    }
}
