//! The header page: logical page 0, written last, so that a segment counts only when it is whole.

use spanstone_guard::PAGE_BYTES;
use spanstone_model::{ProjectId, Timestamp, Week};

use super::bytes::{Reader, put_u32, put_u64};
use crate::{Facts, Header, SegmentKind};

/// The first bytes of a segment.
pub(crate) const MAGIC: [u8; 8] = *b"SPANSEGM";
/// The version of segments that this folder writes. In version 1 the columns of each table were always the same ones, so that
/// older builds refuse what has others; from version 2 on they are found by name.
pub(crate) const VERSION: u32 = 2;
/// The oldest version that it reads.
pub(crate) const VERSION_OLDEST: u32 = 1;
/// The longest project id in bytes: 800 UTF-16 units of three bytes each.
pub(crate) const PROJECT_BYTES_MAX: usize = 2_400;

const FIXED_BYTES: usize = 116;
const HAS_TIME: u8 = 1;
const HAS_START: u8 = 2;

/// What the header page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderPage {
    /// The version of the segment.
    pub(crate) version: u32,
    pub(crate) header: Header,
    pub(crate) facts: Facts,
    /// The page at which the section index begins.
    pub(crate) index_page: u32,
    /// The length of the section index in bytes.
    pub(crate) index_bytes: u32,
}

impl HeaderPage {
    /// The bytes of the page. The project's id has [`PROJECT_BYTES_MAX`] at most.
    pub(crate) fn encode(&self) -> [u8; PAGE_BYTES] {
        let Self { version, header, facts, index_page, index_bytes } = self;
        let project = header.project.as_str().as_bytes();
        let mut bytes = Vec::with_capacity(PAGE_BYTES);
        bytes.extend_from_slice(&MAGIC);
        put_u32(&mut bytes, *version);
        let flags = if facts.time.is_some() { HAS_TIME } else { 0 } | if facts.start.is_some() { HAS_START } else { 0 };
        bytes.extend_from_slice(&[header.kind.code(), flags, header.week.number(), 0]);
        put_u64(&mut bytes, header.id);
        put_u64(&mut bytes, header.created_at.micros().cast_unsigned());
        put_u32(&mut bytes, header.week.year().cast_unsigned());
        put_u32(&mut bytes, u32::try_from(project.len()).expect("the writer checked the length"));
        for number in [facts.traces, facts.observations, facts.scores, *index_page, *index_bytes, 0] {
            put_u32(&mut bytes, number);
        }
        for range in [facts.time, facts.start] {
            let (first, last) = range.unwrap_or_default();
            put_u64(&mut bytes, first.micros().cast_unsigned());
            put_u64(&mut bytes, last.micros().cast_unsigned());
        }
        put_u64(&mut bytes, facts.raw_bytes);
        put_u64(&mut bytes, facts.file_bytes);
        debug_assert_eq!(bytes.len(), FIXED_BYTES - 4);
        let crc = crc_of(&bytes, project);
        put_u32(&mut bytes, crc);
        bytes.extend_from_slice(project);
        let mut page = [0; PAGE_BYTES];
        page[..bytes.len()].copy_from_slice(&bytes);
        page
    }

    /// What a page of a version that can be read says.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn decode(page: &[u8; PAGE_BYTES]) -> Result<Self, String> {
        let (fixed, rest) = page.split_at(FIXED_BYTES);
        let mut reader = Reader::new(&fixed[MAGIC.len()..]);
        let version = reader.u32()?;
        let [kind, flags, week, _] = reader.array()?;
        let id = reader.u64()?;
        let created_at = Timestamp::from_micros(reader.i64()?);
        let year = reader.u32()?.cast_signed();
        let project_bytes = reader.u32()?;
        let [traces, observations, scores, index_page, index_bytes, _] =
            [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?];
        let time = read_range(&mut reader, flags & HAS_TIME != 0)?;
        let start = read_range(&mut reader, flags & HAS_START != 0)?;
        let (raw_bytes, file_bytes) = (reader.u64()?, reader.u64()?);
        let crc = reader.u32()?;
        let project = usize::try_from(project_bytes).ok().and_then(|length| rest.get(..length));
        let project = project.ok_or_else(|| format!("a project id of {project_bytes} bytes"))?;
        let computed = crc_of(&fixed[..FIXED_BYTES - 4], project);
        if crc != computed {
            return Err(format!("its checksum is {crc:08x}, its bytes have {computed:08x}"));
        }
        let project = std::str::from_utf8(project).map_err(|error| format!("the project's id: {error}"))?;
        let header = Header {
            id,
            project: ProjectId::from_wire(project),
            week: Week::new(year, week).ok_or_else(|| format!("there is no week {week} in {year}"))?,
            kind: SegmentKind::from_code(kind).ok_or_else(|| format!("there is no kind {kind} of segments"))?,
            created_at,
        };
        let facts = Facts { traces, observations, scores, time, start, raw_bytes, file_bytes };
        let found = Self { version, header, facts, index_page, index_bytes };
        // Whatever this version leaves zero must be zero.
        if found.encode() == *page { Ok(found) } else { Err("it holds more than this version writes".to_owned()) }
    }
}

fn read_range(reader: &mut Reader<'_>, is_there: bool) -> Result<Option<(Timestamp, Timestamp)>, String> {
    let range = (Timestamp::from_micros(reader.i64()?), Timestamp::from_micros(reader.i64()?));
    Ok(is_there.then_some(range))
}

fn crc_of(fixed: &[u8], project: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(fixed);
    crc.update(project);
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header_page() -> impl Strategy<Value = HeaderPage> {
        let time = || (Timestamp::MIN.micros()..=Timestamp::MAX.micros()).prop_map(Timestamp::from_micros);
        let range = move || prop::option::of((time(), time()));
        let header = (any::<u64>(), ".{0,800}", time(), prop::sample::select(SegmentKind::ALL.to_vec()), time());
        let header = header.prop_map(|(id, project, week, kind, created_at)| Header {
            id,
            project: ProjectId::from_wire(&project.chars().take(600).collect::<String>()),
            week: Week::of(week),
            kind,
            created_at,
        });
        (header, prop::array::uniform5(any::<u32>()), range(), range(), prop::array::uniform2(any::<u64>())).prop_map(
            |(header, [traces, observations, scores, index_page, index_bytes], time, start, bytes)| {
                let [raw_bytes, file_bytes] = bytes;
                let facts = Facts { traces, observations, scores, time, start, raw_bytes, file_bytes };
                HeaderPage { version: VERSION, header, facts, index_page, index_bytes }
            },
        )
    }

    proptest! {
        #[test]
        fn a_header_page_reads_back(page in header_page()) {
            let bytes = page.encode();
            prop_assert_eq!(&bytes[..12], b"SPANSEGM\x02\0\0\0");
            prop_assert_eq!(HeaderPage::decode(&bytes), Ok(page));
        }

        #[test]
        fn a_flipped_bit_in_a_header_page_is_noticed(page in header_page(), bit in 12 * 8..PAGE_BYTES * 8) {
            let mut bytes = page.encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(HeaderPage::decode(&bytes).is_err());
        }
    }
}
