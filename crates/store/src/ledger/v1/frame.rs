//! The frame of an entry: whose it is, when it came, and the compressed body.
//!
//! Version 2 of the frame, which a ledger of version 3 may have, says who sent it as well.

use spanstone_model::{BodyKind, EntryHeader, ProjectId, Timestamp};

use super::body::{Size, StoredBody};
use super::fields::{Fields, crc};
use super::{Corrupt, VERSION};
use crate::ledger::v3::sender;

const MAGIC: &[u8; 4] = b"SPNE";
const FLAG_SCORES_ONLY: u8 = 1;
const FLAG_MEDIA_TAKEN: u8 = 2;
const ENCODING_ZSTD: u8 = 1;
const CRC_OFFSET: usize = 32;
/// The part of a frame's head whose length does not depend on the project's id.
pub(super) const FRAME_FIXED_BYTES: usize = CRC_OFFSET + 4;

/// The version of a frame that says who sent it.
const VERSION_WITH_SENDER: u8 = 2;

/// The longest id of a project, in bytes: 800 UTF-16 units of three bytes each.
pub const PROJECT_ID_BYTES_MAX: usize = 2_400;
/// The longest body of an entry, in bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The longest body as stored: zstd adds less than a 128th to what it cannot compress.
pub(super) const STORED_BYTES_MAX: usize = BODY_BYTES_MAX + BODY_BYTES_MAX / 128;

/// What precedes the body in a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameHead {
    /// What is known of the request.
    pub header: EntryHeader,
    /// The body's lengths and checksum.
    pub size: Size,
}

/// An entry's frame, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What is known of the request.
    pub header: EntryHeader,
    /// Its body, still compressed.
    pub body: StoredBody,
}

impl FrameHead {
    /// The head's bytes, or `None` when the project's id is empty or too long.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let EntryHeader { project, kind, received_at, scores_only, media_taken, sender } = &self.header;
        let project = project.as_str().as_bytes();
        if project.is_empty() || project.len() > PROJECT_ID_BYTES_MAX {
            return None;
        }
        let project_length = u16::try_from(project.len()).ok()?;
        let sender = sender::encode(sender);
        let sender_length = u16::try_from(sender.len()).ok()?;
        let version = if sender.is_empty() { VERSION } else { VERSION_WITH_SENDER };
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(*scores_only, FLAG_SCORES_ONLY) | flag(*media_taken, FLAG_MEDIA_TAKEN);
        let mut bytes = Vec::with_capacity(FRAME_FIXED_BYTES + project.len() + sender.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[version, kind.code(), flags, ENCODING_ZSTD]);
        bytes.extend_from_slice(&received_at.micros().to_le_bytes());
        bytes.extend_from_slice(&project_length.to_le_bytes());
        bytes.extend_from_slice(&sender_length.to_le_bytes());
        bytes.extend_from_slice(&self.size.stored_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.size.body_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.size.body_crc.to_le_bytes());
        let checksum = crc(&[&bytes, project, &sender]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(project);
        bytes.extend_from_slice(&sender);
        Some(bytes)
    }

    /// How long the head is whose first [`FRAME_FIXED_BYTES`] are `fixed`. The checksum has not been verified.
    pub(super) fn length(fixed: &[u8]) -> Result<usize, Corrupt> {
        let mut fields = Fields::new(fixed);
        fields.expect(MAGIC, "this is no entry")?;
        fields.take(12)?;
        let wrong = fields.corrupt("the project id's length is out of range");
        let project_length = usize::from(fields.u16()?);
        if project_length == 0 || project_length > PROJECT_ID_BYTES_MAX {
            return Err(wrong);
        }
        let sender_length = usize::from(fields.u16()?);
        Ok(FRAME_FIXED_BYTES + project_length + sender_length)
    }

    /// Reads a head.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole head.
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no entry")?;
        let has_sender = match fields.u8()? {
            VERSION => false,
            VERSION_WITH_SENDER => true,
            _ => return Err(Corrupt { what: "the record has an unknown version", offset: MAGIC.len() }),
        };
        let kind = BodyKind::from_code(fields.u8()?).ok_or(fields.corrupt("the body has an unknown kind"))?;
        let flags = fields.u8()?;
        if flags & !(FLAG_SCORES_ONLY | FLAG_MEDIA_TAKEN) != 0 {
            return Err(fields.corrupt("an unknown flag is set"));
        }
        fields.expect(&[ENCODING_ZSTD], "the body has an unknown encoding")?;
        let received_at = fields.i64()?;
        let project_length = usize::from(fields.u16()?);
        if project_length == 0 || project_length > PROJECT_ID_BYTES_MAX {
            return Err(fields.corrupt("the project id's length is out of range"));
        }
        let wrong = fields.corrupt("the sender's length contradicts the version");
        let sender_length = usize::from(fields.u16()?);
        if has_sender != (sender_length > 0) {
            return Err(wrong);
        }
        let stored_bytes = fields.u32()?;
        let body_bytes = fields.u32()?;
        let body_crc = fields.u32()?;
        let stored_crc = fields.u32()?;
        let project = fields.take(project_length)?;
        let wrong_sender = fields.corrupt("the sender is not what was written");
        let sender = fields.take(sender_length)?;
        fields.end()?;
        if crc(&[&bytes[..CRC_OFFSET], project, sender]) != stored_crc {
            return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
        }
        let too_long = |bytes: u32, max: usize| usize::try_from(bytes).map_or(true, |bytes| bytes > max);
        if too_long(stored_bytes, STORED_BYTES_MAX) || too_long(body_bytes, BODY_BYTES_MAX) {
            return Err(fields.corrupt("the body is too long"));
        }
        let project = std::str::from_utf8(project).map_err(|_| fields.corrupt("the project's id is not UTF-8"))?;
        Ok(Self {
            header: EntryHeader {
                project: ProjectId::from_wire(project),
                kind,
                received_at: Timestamp::from_micros(received_at),
                scores_only: flags & FLAG_SCORES_ONLY != 0,
                media_taken: flags & FLAG_MEDIA_TAKEN != 0,
                sender: sender::decode(sender).ok_or(wrong_sender)?,
            },
            size: Size { stored_bytes, body_bytes, body_crc },
        })
    }
}
