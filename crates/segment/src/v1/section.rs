//! Sections: the streams of bytes that a segment consists of, and the chunks that each of them is cut into.
//!
//! Owns the header of a chunk, and the index that says where the chunks of a section are.

use spanstone_guard::PAGE_BYTES;

use super::bytes::{Reader, put_u32, put_u64};
use super::words::TextColumn;
use crate::Table;

/// The pages that a full chunk takes.
pub(crate) const CHUNK_PAGES: u32 = 16;
/// The bytes that a full chunk takes.
pub(crate) const CHUNK_BYTES: usize = CHUNK_PAGES as usize * PAGE_BYTES;
/// The bytes of a chunk before its payload.
pub(crate) const CHUNK_HEADER_BYTES: usize = 32;
/// The payload of every chunk of a section but the last.
pub(crate) const CHUNK_PAYLOAD_BYTES: usize = CHUNK_BYTES - CHUNK_HEADER_BYTES;

const CHUNK_MAGIC: [u8; 4] = *b"SPSC";
const VERSION: u8 = 1;

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Section {
    /// The Parquet data of a table.
    Table(Table),
    /// Where the rows of a table are, by id.
    Keys(Table),
    /// Where the scores of a trace are, by the trace's id.
    TraceKeys,
    /// In which blocks of rows the words of a table's texts are.
    Words(Table, TextColumn),
    /// Where the other sections are.
    Index,
}

impl Section {
    const ALL: [Self; 12] = [
        Self::Table(Table::Traces),
        Self::Table(Table::Observations),
        Self::Table(Table::Scores),
        Self::Keys(Table::Traces),
        Self::Keys(Table::Observations),
        Self::Keys(Table::Scores),
        Self::TraceKeys,
        Self::Words(Table::Traces, TextColumn::Payload),
        Self::Words(Table::Observations, TextColumn::Payload),
        Self::Words(Table::Traces, TextColumn::Metadata),
        Self::Words(Table::Observations, TextColumn::Metadata),
        Self::Index,
    ];

    /// The number that stands for it on disk. Never reused.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Table(table) => table.code(),
            Self::Keys(table) => 16 + table.code(),
            Self::TraceKeys => 32,
            Self::Words(table, TextColumn::Payload) => 64 + table.code(),
            Self::Words(table, TextColumn::Metadata) => 80 + table.code(),
            Self::Index => 48,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.code() == code)
    }

    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table(table) => table.as_str(),
            Self::Keys(Table::Traces) => "keys of traces",
            Self::Keys(Table::Observations) => "keys of observations",
            Self::Keys(Table::Scores) => "keys of scores",
            Self::TraceKeys => "traces of scores",
            Self::Words(Table::Traces, TextColumn::Payload) => "words of traces",
            Self::Words(Table::Traces, TextColumn::Metadata) => "words of the metadata of traces",
            Self::Words(Table::Observations, TextColumn::Payload) => "words of observations",
            Self::Words(Table::Observations, TextColumn::Metadata) => "words of the metadata of observations",
            Self::Words(Table::Scores, _) => "words of scores",
            Self::Index => "section index",
        }
    }
}

/// What a chunk says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkHeader {
    pub(crate) section: Section,
    /// The segment's id.
    pub(crate) segment: u64,
    /// Which chunk of its section it is, from 0.
    pub(crate) index: u32,
}

impl ChunkHeader {
    /// The header of a chunk with this payload, of [`CHUNK_PAYLOAD_BYTES`] at most.
    pub(crate) fn encode(self, payload: &[u8]) -> [u8; CHUNK_HEADER_BYTES] {
        let mut bytes = [0; CHUNK_HEADER_BYTES];
        bytes[0..4].copy_from_slice(&CHUNK_MAGIC);
        bytes[4] = VERSION;
        bytes[5] = self.section.code();
        bytes[8..16].copy_from_slice(&self.segment.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.index.to_le_bytes());
        let length = u32::try_from(payload.len()).expect("a payload fits its chunk");
        bytes[20..24].copy_from_slice(&length.to_le_bytes());
        let crc = chunk_crc(&bytes, payload);
        bytes[28..32].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The payload of a chunk of which this is expected.
    ///
    /// # Errors
    /// Says what is not as expected.
    pub(crate) fn check(self, chunk: &[u8]) -> Result<&[u8], String> {
        let Some((header, rest)) = chunk.split_first_chunk::<CHUNK_HEADER_BYTES>() else {
            return Err(format!("{} bytes are no chunk", chunk.len()));
        };
        let length = u32::from_le_bytes([header[20], header[21], header[22], header[23]]);
        let payload = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let Some(payload) = payload else {
            return Err(format!("a chunk of {} bytes says that it holds {length}", chunk.len()));
        };
        if *header == self.encode(payload) {
            return Ok(payload);
        }
        let crc = u32::from_le_bytes([header[28], header[29], header[30], header[31]]);
        let computed = chunk_crc(header, payload);
        if crc != computed {
            return Err(format!("the checksum of the chunk is {crc:08x}, its bytes have {computed:08x}"));
        }
        Err(format!("the chunk is another one: its header is {header:02x?}"))
    }
}

fn chunk_crc(header: &[u8; CHUNK_HEADER_BYTES], payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header[..28]);
    crc.update(payload);
    crc.finalize()
}

/// Chunks of a section that follow each other in the file. All but the last of a section are full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The logical page that it begins at.
    pub(crate) page: u32,
    /// How many chunks it has.
    pub(crate) chunks: u32,
}

/// Where a section is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    /// Its length in bytes, without the headers of its chunks.
    pub(crate) bytes: u64,
    runs: Vec<Run>,
}

impl Extent {
    /// A section whose chunks follow each other from a page on.
    pub(crate) fn consecutive(page: u32, bytes: u32) -> Self {
        let chunks = bytes.div_ceil(u32::try_from(CHUNK_PAYLOAD_BYTES).expect("a chunk is small"));
        Self { bytes: u64::from(bytes), runs: vec![Run { page, chunks }] }
    }

    /// Appends a chunk.
    pub(crate) fn push(&mut self, page: u32, payload_bytes: usize) {
        self.bytes += payload_bytes as u64;
        match self.runs.last_mut() {
            Some(run) if run.page + run.chunks * CHUNK_PAGES == page => run.chunks += 1,
            _ => self.runs.push(Run { page, chunks: 1 }),
        }
    }

    /// The page at which a chunk begins.
    pub(crate) fn page_of(&self, chunk: u32) -> Option<u32> {
        let mut before = 0;
        for run in &self.runs {
            if chunk.checked_sub(before)? < run.chunks {
                return run.page.checked_add((chunk - before).checked_mul(CHUNK_PAGES)?);
            }
            before += run.chunks;
        }
        None
    }

    /// How many chunks there are.
    pub(crate) fn chunks(&self) -> u32 {
        self.runs.iter().map(|run| run.chunks).sum()
    }

    /// The payload of a chunk in bytes.
    pub(crate) fn payload_bytes(&self, chunk: u32) -> usize {
        let before = u64::from(chunk) * CHUNK_PAYLOAD_BYTES as u64;
        let rest = self.bytes.saturating_sub(before);
        usize::try_from(rest).unwrap_or(usize::MAX).min(CHUNK_PAYLOAD_BYTES)
    }

    /// Checks that the chunks have room for exactly the bytes and lie within a device of `pages` pages.
    fn check(&self, pages: u32) -> Result<(), String> {
        let chunks: u64 = self.runs.iter().map(|run| u64::from(run.chunks)).sum();
        if chunks != self.bytes.div_ceil(CHUNK_PAYLOAD_BYTES as u64) {
            return Err(format!("{} bytes are not in {chunks} chunks", self.bytes));
        }
        for run in &self.runs {
            // The last chunk of a section may be shorter than this; it has one page at least.
            let last = (u64::from(run.chunks).max(1) - 1) * u64::from(CHUNK_PAGES);
            if run.chunks == 0 || run.page == 0 || u64::from(run.page) + last >= u64::from(pages) {
                return Err(format!("there are no {} chunks from page {} on", run.chunks, run.page));
            }
        }
        Ok(())
    }
}

/// The bytes of the section index.
pub(crate) fn encode_index(sections: &[(Section, Extent)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_u32(&mut bytes, u32::try_from(sections.len()).expect("there are a few sections"));
    for (section, extent) in sections {
        bytes.push(section.code());
        bytes.extend_from_slice(&[0; 3]);
        put_u32(&mut bytes, u32::try_from(extent.runs.len()).expect("runs are fewer than pages"));
        put_u64(&mut bytes, extent.bytes);
        for run in &extent.runs {
            put_u32(&mut bytes, run.page);
            put_u32(&mut bytes, run.chunks);
        }
    }
    bytes
}

/// The sections of a segment whose file has `pages` pages.
///
/// # Errors
/// Says what is wrong with the index.
pub(crate) fn decode_index(bytes: &[u8], pages: u32) -> Result<Vec<(Section, Extent)>, String> {
    let mut reader = Reader::new(bytes);
    let mut sections = Vec::new();
    for _ in 0..reader.u32()? {
        let code = reader.u8()?;
        let section = Section::from_code(code).ok_or_else(|| format!("there is no section of kind {code}"))?;
        if reader.take(3)? != [0; 3] {
            return Err("reserved bytes are not zero".to_owned());
        }
        let runs = reader.u32()?;
        let mut extent = Extent { bytes: reader.u64()?, runs: Vec::new() };
        for _ in 0..runs {
            extent.runs.push(Run { page: reader.u32()?, chunks: reader.u32()? });
        }
        extent.check(pages).map_err(|what| format!("{}: {what}", section.name()))?;
        if sections.iter().any(|(known, _)| *known == section) {
            return Err(format!("{} is there twice", section.name()));
        }
        sections.push((section, extent));
    }
    reader.end()?;
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_numbers_of_sections_are_their_own() {
        for section in Section::ALL {
            assert_eq!(Section::from_code(section.code()), Some(section));
        }
    }

    #[test]
    fn a_chunk_is_taken_for_no_other() {
        let header = ChunkHeader { section: Section::Keys(Table::Traces), segment: 5, index: 2 };
        let payload = b"some bytes";
        let mut chunk = header.encode(payload).to_vec();
        chunk.extend_from_slice(payload);
        chunk.resize(4_096, 0);
        assert_eq!(header.check(&chunk), Ok(&payload[..]));
        for other in [
            ChunkHeader { section: Section::Keys(Table::Scores), ..header },
            ChunkHeader { segment: 6, ..header },
            ChunkHeader { index: 3, ..header },
        ] {
            assert!(other.check(&chunk).is_err_and(|what| what.contains("another one")));
        }
        for bit in 0..(CHUNK_HEADER_BYTES + payload.len()) * 8 {
            let mut flipped = chunk.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(header.check(&flipped).is_err(), "bit {bit}");
        }
        assert!(header.check(&chunk[..20]).is_err());
    }

    fn extent() -> impl Strategy<Value = Extent> {
        prop::collection::vec((1..20_u32, 0..1_000_u32), 0..6).prop_flat_map(|runs| {
            let mut extent = Extent::default();
            let mut page = 1;
            for (chunks, gap) in runs {
                page += gap;
                for _ in 0..chunks {
                    extent.push(page, CHUNK_PAYLOAD_BYTES);
                    page += CHUNK_PAGES;
                }
            }
            (Just(extent), 0..CHUNK_PAYLOAD_BYTES as u64).prop_map(|(mut extent, short)| {
                extent.bytes = extent.bytes.saturating_sub(short);
                extent
            })
        })
    }

    proptest! {
        #[test]
        fn an_index_reads_back(extents in prop::collection::vec(extent(), 0..7)) {
            let sections: Vec<_> = Section::ALL.into_iter().zip(extents).collect();
            prop_assert_eq!(decode_index(&encode_index(&sections), 100_000), Ok(sections));
        }

        #[test]
        fn no_index_makes_the_reader_panic(extents in prop::collection::vec(extent(), 0..7), flips: Vec<(usize, u8)>) {
            let sections: Vec<_> = Section::ALL.into_iter().zip(extents).collect();
            let mut bytes = encode_index(&sections);
            for (place, value) in flips {
                let length = bytes.len();
                bytes[place % length] = value;
            }
            for (_, extent) in decode_index(&bytes, 100_000).unwrap_or_default() {
                let last = extent.chunks().checked_sub(1);
                prop_assert!(last.is_none_or(|last| extent.page_of(last).is_some_and(|page| page < 100_000)));
                prop_assert_eq!(extent.page_of(extent.chunks()), None);
            }
        }
    }

    #[test]
    fn sections_beyond_the_file_are_refused() {
        let sections = [(Section::Index, Extent::consecutive(10, 70_000))];
        assert!(decode_index(&encode_index(&sections), 27).is_ok());
        assert!(decode_index(&encode_index(&sections), 26).is_err_and(|what| what.contains("page 10")));
    }
}
