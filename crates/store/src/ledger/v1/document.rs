//! The row of a document.

use super::fields::{Fields, crc};
use super::{Corrupt, VERSION};

const MAGIC: &[u8; 4] = b"SPND";
const CRC_OFFSET: usize = 12;

/// The longest id of a document, in bytes: 800 UTF-16 units of three bytes each.
pub const DOCUMENT_ID_BYTES_MAX: usize = 2_400;
/// The longest content of a document, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A document's row, borrowed from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document<'a> {
    /// The number of its kind.
    pub kind: u8,
    /// Its id within the kind.
    pub id: &'a str,
    /// What it says.
    pub content: &'a [u8],
}

impl<'a> Document<'a> {
    /// The row's bytes, or `None` when the id is empty or a limit is exceeded.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        if self.id.is_empty() || self.id.len() > DOCUMENT_ID_BYTES_MAX || self.content.len() > DOCUMENT_BYTES_MAX {
            return None;
        }
        let id_length = u16::try_from(self.id.len()).ok()?;
        let length = u32::try_from(self.content.len()).ok()?;
        let mut bytes = Vec::with_capacity(CRC_OFFSET + 4 + self.id.len() + self.content.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, self.kind]);
        bytes.extend_from_slice(&id_length.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        let checksum = crc(&[&bytes, self.id.as_bytes(), self.content]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(self.content);
        Some(bytes)
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole row.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no document")?;
        fields.expect(&[VERSION], "the record has an unknown version")?;
        let kind = fields.u8()?;
        let id_length = usize::from(fields.u16()?);
        if id_length == 0 || id_length > DOCUMENT_ID_BYTES_MAX {
            return Err(fields.corrupt("the id's length is out of range"));
        }
        let length = fields.length(DOCUMENT_BYTES_MAX, "the content is too long")?;
        let stored = fields.u32()?;
        let id = fields.take(id_length)?;
        let content = fields.take(length)?;
        fields.end()?;
        if crc(&[&bytes[..CRC_OFFSET], id, content]) != stored {
            return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
        }
        let id = std::str::from_utf8(id).map_err(|_| fields.corrupt("the id is not UTF-8"))?;
        Ok(Self { kind, id, content })
    }
}
