//! The record of a live segment.

use spanstone_model::{ProjectId, Timestamp, Week};
use spanstone_segment::{Facts, Header, SegmentKind};

use super::VERSION;
use crate::ledger::v1::fields::{Fields, crc};
use crate::ledger::v1::{Corrupt, PROJECT_ID_BYTES_MAX};

const MAGIC: &[u8; 4] = b"SPNS";
const CRC_OFFSET: usize = 92;
const FLAG_TIME: u8 = 1;
const FLAG_START: u8 = 2;

/// A live segment: which one it is, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Which segment it is.
    pub header: Header,
    /// What it holds.
    pub facts: Facts,
}

/// The first and the last of some times.
type Span = Option<(Timestamp, Timestamp)>;

impl SegmentRecord {
    /// The record's bytes, or `None` when the project's id is empty or too long.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let Header { id, project, week, kind, created_at } = &self.header;
        let Facts { traces, observations, scores, time, start, raw_bytes, file_bytes } = self.facts;
        let project = project.as_str().as_bytes();
        if project.is_empty() || project.len() > PROJECT_ID_BYTES_MAX {
            return None;
        }
        let project_length = u16::try_from(project.len()).ok()?;
        let flag = |span: Span, flag| if span.is_some() { flag } else { 0 };
        let mut bytes = Vec::with_capacity(CRC_OFFSET + 4 + project.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[
            VERSION,
            kind.code(),
            week.number(),
            flag(time, FLAG_TIME) | flag(start, FLAG_START),
        ]);
        bytes.extend_from_slice(&id.to_le_bytes());
        bytes.extend_from_slice(&created_at.micros().to_le_bytes());
        bytes.extend_from_slice(&week.year().to_le_bytes());
        for rows in [traces, observations, scores] {
            bytes.extend_from_slice(&rows.to_le_bytes());
        }
        for span in [time, start] {
            let (first, last) = span.map_or((0, 0), |(first, last)| (first.micros(), last.micros()));
            bytes.extend_from_slice(&first.to_le_bytes());
            bytes.extend_from_slice(&last.to_le_bytes());
        }
        bytes.extend_from_slice(&raw_bytes.to_le_bytes());
        bytes.extend_from_slice(&file_bytes.to_le_bytes());
        bytes.extend_from_slice(&project_length.to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        let checksum = crc(&[&bytes, project]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(project);
        Some(bytes)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// Fails when `bytes` are anything but one whole record.
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut fields = Fields::new(bytes);
        fields.expect(MAGIC, "this is no record of a segment")?;
        fields.expect(&[VERSION], "the record has an unknown version")?;
        let kind = SegmentKind::from_code(fields.u8()?).ok_or(fields.corrupt("the segment has an unknown kind"))?;
        let week = fields.u8()?;
        let flags = fields.u8()?;
        if flags & !(FLAG_TIME | FLAG_START) != 0 {
            return Err(fields.corrupt("an unknown flag is set"));
        }
        let id = fields.u64()?;
        let created_at = Timestamp::from_micros(fields.i64()?);
        let year = fields.i32()?;
        let week = Week::new(year, week).ok_or(fields.corrupt("there is no such week"))?;
        let (traces, observations, scores) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let time = span(&mut fields, flags & FLAG_TIME != 0)?;
        let start = span(&mut fields, flags & FLAG_START != 0)?;
        let (raw_bytes, file_bytes) = (fields.u64()?, fields.u64()?);
        let project_length = usize::from(fields.u16()?);
        if project_length == 0 || project_length > PROJECT_ID_BYTES_MAX {
            return Err(fields.corrupt("the project id's length is out of range"));
        }
        fields.expect(&[0, 0], "reserved bytes are set")?;
        let stored = fields.u32()?;
        let project = fields.take(project_length)?;
        fields.end()?;
        if crc(&[&bytes[..CRC_OFFSET], project]) != stored {
            return Err(Corrupt { what: "the checksum does not match", offset: CRC_OFFSET });
        }
        let project = std::str::from_utf8(project).map_err(|_| fields.corrupt("the project's id is not UTF-8"))?;
        Ok(Self {
            header: Header { id, project: ProjectId::from_wire(project), week, kind, created_at },
            facts: Facts { traces, observations, scores, time, start, raw_bytes, file_bytes },
        })
    }
}

fn span(fields: &mut Fields<'_>, is_given: bool) -> Result<Span, Corrupt> {
    let (first, last) = (fields.i64()?, fields.i64()?);
    if is_given {
        Ok(Some((Timestamp::from_micros(first), Timestamp::from_micros(last))))
    } else if (first, last) == (0, 0) {
        Ok(None)
    } else {
        Err(fields.corrupt("times are set that are not given"))
    }
}
