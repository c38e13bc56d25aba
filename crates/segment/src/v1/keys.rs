//! Rows by id: a filter that knows almost every id that is not there, and a sorted list of hashes that knows the rows of
//! the others.
//!
//! Owns the hash of an id, which is the same for ever. A row that is found is a candidate: the caller compares the id.

use std::io::{self, Write};

use twox_hash::XxHash64;

use super::bytes::{Reader, put_u32};
use super::source::Source;

/// Bits of the filter for each key. With 12 bits, about one absent key in 180 passes; 10 let twice as many pass.
const FILTER_BITS_PER_KEY: u64 = 12;
/// Words of 32 bits in a block of the filter.
const BLOCK_WORDS: usize = 8;
/// Entries of the list between two fences: one page.
const FENCE_ENTRIES: usize = 512;
const ENTRY_BYTES: usize = 8;
const HEADER_BYTES: usize = 24;
const MAGIC: [u8; 4] = *b"SPSK";
const VERSION: u8 = 1;

/// One multiplier for each word of a block, those of Parquet's split-block Bloom filter.
const SALTS: [u32; BLOCK_WORDS] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// The hash of an id: XXH64 with seed 0.
pub(crate) fn hash_of(id: &str) -> u64 {
    XxHash64::oneshot(0, id.as_bytes())
}

/// The half of a hash that places a key in filter and list.
pub(crate) fn place_of(hash: u64) -> u32 {
    u32::try_from(hash >> 32).expect("32 bits are left")
}

/// The block of a filter that a key belongs to.
fn block_of(hash: u64, blocks: usize) -> usize {
    let block = (u64::from(place_of(hash)) * blocks as u64) >> 32;
    usize::try_from(block).expect("less than the number of blocks")
}

/// The bits of a block that stand for a key.
fn bits_of(hash: u64) -> [u32; BLOCK_WORDS] {
    let low = u32::try_from(hash & u64::from(u32::MAX)).expect("32 bits are left");
    SALTS.map(|salt| 1 << (low.wrapping_mul(salt) >> 27))
}

/// The ids of a table as they are collected.
#[derive(Debug, Default)]
pub(crate) struct KeyList {
    keys: Vec<(u64, u32)>,
}

impl KeyList {
    /// Adds the row of an id; an id may have several.
    pub(crate) fn push(&mut self, id: &str, row: u32) {
        self.keys.push((hash_of(id), row));
    }

    /// Writes filter, fences and list.
    pub(crate) fn write(mut self, out: &mut impl Write) -> io::Result<()> {
        // What is written of a hash is its place, so that is what the order goes by.
        self.keys.sort_unstable_by_key(|(hash, row)| (place_of(*hash), *row));
        let count = u32::try_from(self.keys.len()).map_err(io::Error::other)?;
        let blocks = u64::from(count).saturating_mul(FILTER_BITS_PER_KEY).div_ceil(BLOCK_WORDS as u64 * 32);
        let blocks = usize::try_from(blocks).map_err(io::Error::other)?;
        let mut filter = vec![0; blocks * BLOCK_WORDS];
        for (hash, _) in &self.keys {
            let block = block_of(*hash, blocks) * BLOCK_WORDS;
            for (word, bit) in filter[block..block + BLOCK_WORDS].iter_mut().zip(bits_of(*hash)) {
                *word |= bit;
            }
        }
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&[VERSION, 0, 0, 0]);
        put_u32(&mut header, count);
        put_u32(&mut header, u32::try_from(blocks).map_err(io::Error::other)?);
        header.resize(HEADER_BYTES, 0);
        out.write_all(&header)?;
        for word in filter {
            out.write_all(&word.to_le_bytes())?;
        }
        for (hash, _) in self.keys.iter().step_by(FENCE_ENTRIES) {
            out.write_all(&place_of(*hash).to_le_bytes())?;
        }
        for (hash, row) in self.keys {
            out.write_all(&place_of(hash).to_le_bytes())?;
            out.write_all(&row.to_le_bytes())?;
        }
        Ok(())
    }
}

/// The ids of a table as they are looked up: filter and fences in memory, the list on disk.
#[derive(Debug)]
pub(crate) struct Keys {
    source: Source,
    filter: Box<[u32]>,
    fences: Box<[u32]>,
    count: u32,
}

impl Keys {
    /// Loads filter and fences.
    pub(crate) fn load(source: &Source) -> io::Result<Self> {
        let checking = source.checking();
        let (count, blocks) = decode_header(&checking.read(0, HEADER_BYTES)?).map_err(damaged)?;
        let fences = (count as usize).div_ceil(FENCE_ENTRIES);
        let words = blocks as usize * BLOCK_WORDS;
        let expected = (HEADER_BYTES + (words + fences) * 4) as u64 + u64::from(count) * ENTRY_BYTES as u64;
        if expected != source.bytes() {
            let what = format!("{count} keys and {blocks} blocks take {expected} bytes, not {}", source.bytes());
            return Err(damaged(what));
        }
        let bytes = checking.read(HEADER_BYTES as u64, (words + fences) * 4)?;
        let mut numbers = bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let filter = numbers.by_ref().take(words).collect();
        Ok(Self { source: source.clone(), filter, fences: numbers.collect(), count })
    }

    /// What it holds in memory, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        (self.filter.len() + self.fences.len()) * 4
    }

    /// The rows that may have one of some ids, in order, each with the number of that id; usually none or one for each. Each page of the list is read
    /// once, however many ids are on it.
    pub(crate) fn candidates(&self, ids: &[&str]) -> io::Result<Vec<(u32, usize)>> {
        let hashes = ids.iter().enumerate().map(|(number, id)| (hash_of(id), number));
        let mut wanted: Vec<(u32, usize)> =
            hashes.filter(|(hash, _)| self.may_hold(*hash)).map(|(hash, number)| (place_of(hash), number)).collect();
        wanted.sort_unstable();
        let mut rows = Vec::new();
        let mut read: Option<(usize, Vec<(u32, u32)>)> = None;
        for (place, number) in wanted {
            // Equal entries may begin on the page before the first fence that reaches them.
            let mut page = self.fences.partition_point(|fence| *fence < place).saturating_sub(1);
            while self.fences.get(page).is_some_and(|fence| *fence <= place) {
                let entries = match read.take() {
                    Some((known, entries)) if known == page => entries,
                    _ => self.page(page)?,
                };
                let equal = entries.iter().filter(|(entry, _)| *entry == place);
                rows.extend(equal.map(|(_, row)| (*row, number)));
                read = Some((page, entries));
                page += 1;
            }
        }
        rows.sort_unstable();
        Ok(rows)
    }

    /// Whether the filter lets a hash pass.
    pub(crate) fn may_hold(&self, hash: u64) -> bool {
        let blocks = self.filter.len() / BLOCK_WORDS;
        if blocks == 0 {
            return false;
        }
        let block = block_of(hash, blocks) * BLOCK_WORDS;
        self.filter[block..block + BLOCK_WORDS].iter().zip(bits_of(hash)).all(|(word, bit)| word & bit != 0)
    }

    /// The entries of a page of the list.
    pub(crate) fn page(&self, page: usize) -> io::Result<Vec<(u32, u32)>> {
        let first = page * FENCE_ENTRIES;
        let count = (self.count as usize).saturating_sub(first).min(FENCE_ENTRIES);
        let start = HEADER_BYTES + self.memory_bytes() + first * ENTRY_BYTES;
        let bytes = self.source.read(start as u64, count * ENTRY_BYTES)?;
        let entry = |entry: &[u8]| {
            let (place, row) = entry.split_at(4);
            let number = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            (number(place), number(row))
        };
        Ok(bytes.chunks_exact(ENTRY_BYTES).map(entry).collect())
    }

    /// How many pages the list has.
    pub(crate) fn pages(&self) -> usize {
        self.fences.len()
    }
}

fn decode_header(bytes: &[u8]) -> Result<(u32, u32), String> {
    let mut reader = Reader::new(bytes);
    let magic = reader.array::<8>()?;
    if magic[..4] != MAGIC || magic[4..] != [VERSION, 0, 0, 0] {
        return Err(format!("keys begin with {magic:02x?}"));
    }
    let found = (reader.u32()?, reader.u32()?);
    if reader.rest() != [0; 8] {
        return Err("reserved bytes are not zero".to_owned());
    }
    Ok(found)
}

fn damaged(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use proptest::prelude::*;
    use redb::backends::InMemoryBackend;

    use super::super::section::Section;
    use super::super::sink::Pages;
    use super::*;
    use crate::Table;

    fn rows_with(keys: &Keys, id: &str) -> Vec<u32> {
        keys.candidates(&[id]).expect("memory").into_iter().map(|(row, _)| row).collect()
    }

    fn keys_of<'a>(rows: impl IntoIterator<Item = (&'a str, u32)>) -> (Keys, Vec<u8>) {
        let pages = Arc::new(Pages::new(Box::new(InMemoryBackend::new()), 7));
        let mut sink = pages.section(Section::Keys(Table::Scores));
        let mut list = KeyList::default();
        rows.into_iter().for_each(|(id, row)| list.push(id, row));
        list.write(&mut sink).expect("memory");
        let (section, extent) = sink.finish().expect("memory");
        let device: Arc<dyn redb::StorageBackend> = Arc::from(pages.into_device());
        let source = Source::new(device, 7, section, Arc::new(extent));
        let bytes = source.checking().read(0, usize::try_from(source.bytes()).expect("small")).expect("memory");
        (Keys::load(&source).expect("what was written"), bytes)
    }

    /// Computed with the reference implementation of XXH64: it must stay so for ever.
    #[test]
    fn the_hash_of_an_id_does_not_change() {
        assert_eq!(hash_of(""), 0xef46_db37_51d8_e999);
        assert_eq!(hash_of("a"), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(hash_of("abc"), 0x44bc_2cf5_ad77_0999);
    }

    #[test]
    fn the_bytes_of_keys_do_not_change() {
        let (_, bytes) = keys_of([("a", 3)]);
        let mut expected = b"SPSK\x01\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        let low = 0xa98c_6e5b_u32;
        expected.extend(SALTS.iter().flat_map(|salt| (1_u32 << (low.wrapping_mul(*salt) >> 27)).to_le_bytes()));
        let place = 0xd24e_c4f1_u32.to_le_bytes();
        expected.extend(place);
        expected.extend(place);
        expected.extend([3, 0, 0, 0]);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn few_absent_ids_pass_the_filter() {
        let ids: Vec<_> = (0..50_000).map(|number| format!("id {number}")).collect();
        let (keys, _) = keys_of(ids.iter().map(String::as_str).zip(0..));
        let passed = (0..50_000).filter(|number| keys.may_hold(hash_of(&format!("absent {number}")))).count();
        assert!((50..400).contains(&passed), "{passed} of 50,000");
        assert!(ids.iter().all(|id| keys.may_hold(hash_of(id))));
    }

    /// Of 200,000 ids, about five pairs share the half of their hash that is written.
    #[test]
    fn entries_are_in_the_order_of_place_and_row() {
        let ids: Vec<_> = (0..200_000).map(|number| format!("id {}", 200_000 - number)).collect();
        let (keys, _) = keys_of(ids.iter().map(String::as_str).zip(0..));
        let entries: Vec<_> = (0..keys.pages()).flat_map(|page| keys.page(page).expect("memory")).collect();
        assert!(entries.is_sorted());
        assert!(entries.windows(2).any(|pair| pair[0].0 == pair[1].0), "no two places are the same");
    }

    #[test]
    fn the_rows_of_an_id_may_fill_many_pages() {
        let rows = (0..3_000).map(|row| (if row % 3 == 1 { "some" } else { "many" }, row));
        let (keys, _) = keys_of(rows.chain([("one", 3_000)]));
        assert_eq!(rows_with(&keys, "many"), (0..3_000).filter(|row| row % 3 != 1).collect::<Vec<_>>());
        assert_eq!(rows_with(&keys, "some").len(), 1_000);
        assert_eq!(rows_with(&keys, "one"), [3_000]);
        assert_eq!(rows_with(&keys, "none"), Vec::<u32>::new());
    }

    proptest! {
        #[test]
        fn every_row_of_an_id_is_found(rows in prop::collection::vec("[a-d]{1,3}", 0..700), absent in "[e-z]{1,3}") {
            let (keys, _) = keys_of(rows.iter().map(String::as_str).zip(0..));
            let mut expected: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
            for (id, row) in rows.iter().zip(0..) {
                expected.entry(id).or_default().insert(row);
            }
            for (id, rows) in expected {
                prop_assert_eq!(rows_with(&keys, id), rows.into_iter().collect::<Vec<_>>());
            }
            // Other ids may be candidates only where the upper half of their hash is the same.
            let found = rows_with(&keys, &absent);
            prop_assert!(found.iter().all(|row| place_of(hash_of(&rows[*row as usize])) == place_of(hash_of(&absent))));
        }
    }
}
