//! A part of an index: in which blocks of rows each word is, sorted by the words' hashes.
//!
//! Owns the code of one part. A word stands there by the upper bits of its hash, as many as keep words apart well enough:
//! two words that share them share their blocks, and a look at the texts tells them apart.

use super::bits::{BitReader, BitWriter};

/// How many bits more than its number of words a part keeps of each hash: one word in some thousand that is not there seems
/// to be.
const SPARE_BITS: u32 = 10;
/// How many of the upper bits of a hash a part can keep.
const PLACE_BITS_MAX: u32 = 40;
/// The words of a bucket, as a power of two: 64 to 128.
const BUCKET_WORDS_LOG: u32 = 7;

/// A word in a block, as it is collected: the upper 40 bits of its hash, and the number of the block in the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting(u64);

/// The bits of a posting that are the block's number.
const BLOCK_BITS: u32 = 64 - PLACE_BITS_MAX;
/// The most blocks of a part.
pub(super) const BLOCKS_MAX: u32 = (1 << BLOCK_BITS) - 1;

impl Posting {
    pub(super) fn new(hash: u64, block: u32) -> Self {
        debug_assert!(block <= BLOCKS_MAX, "a part has fewer blocks");
        Self((hash >> BLOCK_BITS << BLOCK_BITS) | u64::from(block))
    }

    /// The upper bits of its hash.
    fn place(self, bits: u32) -> u64 {
        self.0 >> (64 - bits)
    }

    fn block(self) -> u32 {
        u32::try_from(self.0 & u64::from(BLOCKS_MAX)).expect("a few bits")
    }
}

/// What is said of a part where parts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartFacts {
    /// The first of its blocks.
    pub(super) first_block: u32,
    /// How many blocks it has.
    pub(super) blocks: u32,
    /// How many bits of a hash it keeps.
    pub(super) place_bits: u32,
    /// How many of these choose a bucket.
    pub(super) bucket_bits: u32,
    /// The length of its directory of buckets and its buckets, in bytes.
    pub(super) bytes: u64,
}

impl PartFacts {
    /// The bucket of a hash.
    pub(super) fn bucket_of(self, hash: u64) -> u64 {
        if self.bucket_bits == 0 { 0 } else { hash >> (64 - self.bucket_bits) }
    }

    /// What is left of a hash in its bucket.
    fn remainder_of(self, place: u64) -> u64 {
        place & ((1 << (self.place_bits - self.bucket_bits)) - 1)
    }

    /// The length of the directory in bytes.
    pub(super) fn directory_bytes(self) -> u64 {
        4 * ((1 << self.bucket_bits) + 1)
    }

    /// Whether its numbers can be.
    pub(super) fn is_sound(self) -> bool {
        (1..=PLACE_BITS_MAX).contains(&self.place_bits)
            && self.bucket_bits <= self.place_bits
            && self.bucket_bits <= 32
            && (1..=BLOCKS_MAX).contains(&self.blocks)
            && self.first_block.checked_add(self.blocks).is_some()
            && self.bytes >= self.directory_bytes()
    }
}

/// The bytes of a part, and what is said of it. Postings come in any order, some of them twice.
pub(super) fn encode(postings: &mut Vec<Posting>, first_block: u32, blocks: u32) -> (PartFacts, Vec<u8>) {
    postings.sort_unstable();
    postings.dedup();
    let words = postings.chunk_by(|left, right| left.place(PLACE_BITS_MAX) == right.place(PLACE_BITS_MAX)).count();
    let word_bits = u32::try_from(words).map_or(u32::BITS, |words| u32::BITS - words.leading_zeros());
    let place_bits = (word_bits + SPARE_BITS).min(PLACE_BITS_MAX);
    let bucket_bits = word_bits.saturating_sub(BUCKET_WORDS_LOG);
    let mut facts = PartFacts { first_block, blocks, place_bits, bucket_bits, bytes: 0 };
    let mut directory: Vec<u8> = Vec::new();
    let mut out = BitWriter::default();
    let mut rest = &postings[..];
    for bucket in 0..1_u64 << bucket_bits {
        put_offset(&mut directory, out.len());
        let in_bucket = |posting: &Posting| posting.place(place_bits) >> (place_bits - bucket_bits) == bucket;
        let (here, after) = rest.split_at(rest.partition_point(in_bucket));
        rest = after;
        put_bucket(&mut out, here, facts);
    }
    put_offset(&mut directory, out.len());
    directory.extend_from_slice(&out.into_bytes());
    facts.bytes = directory.len() as u64;
    postings.clear();
    (facts, directory)
}

fn put_offset(directory: &mut Vec<u8>, offset: usize) {
    // A part has so few postings that its bytes can be counted in 32 bits.
    let offset = u32::try_from(offset).expect("a part is much smaller than 4 GiB");
    directory.extend_from_slice(&offset.to_le_bytes());
}

fn put_bucket(out: &mut BitWriter, postings: &[Posting], facts: PartFacts) {
    let words = postings.chunk_by(|left, right| left.place(facts.place_bits) == right.place(facts.place_bits));
    let count = words.clone().count();
    out.gamma(u32::try_from(count).expect("a part has fewer postings") + 1);
    let mut next = 0;
    let mut blocks: Vec<u32> = Vec::new();
    for word in words {
        let remainder = facts.remainder_of(word[0].place(facts.place_bits));
        out.rice(remainder - next, SPARE_BITS);
        next = remainder + 1;
        blocks.clear();
        blocks.extend(word.iter().map(|posting| posting.block()));
        // Hashes that differ only below the kept bits follow each other, so blocks may not be in order.
        blocks.sort_unstable();
        blocks.dedup();
        put_blocks(out, &blocks, facts.blocks);
    }
    out.align();
}

/// How many blocks of how many are listed, and whether these are those with the word or those without it.
fn listed(with: u32, blocks: u32) -> (u32, bool) {
    if with <= blocks - with { (with, true) } else { (blocks - with, false) }
}

/// The Rice parameter for this many numbers below a bound, evenly spread.
fn parameter(listed: u32, blocks: u32) -> u32 {
    let between = u64::from(blocks - listed) * 69 / 100 / u64::from(listed.max(1));
    u64::BITS - between.leading_zeros()
}

fn put_blocks(out: &mut BitWriter, with: &[u32], blocks: u32) {
    let count = u32::try_from(with.len()).expect("no more blocks than there are");
    out.gamma(count);
    let (listed, are_with) = listed(count, blocks);
    let parameter = parameter(listed, blocks);
    let mut next = 0;
    let mut put = |block: u32| {
        out.rice(u64::from(block - next), parameter);
        next = block + 1;
    };
    if are_with {
        with.iter().for_each(|block| put(*block));
    } else {
        let mut known = with.iter().peekable();
        (0..blocks).filter(|block| known.next_if_eq(&block).is_none()).for_each(put);
    }
}

/// The blocks with a word, counted in the whole index, as a bucket says; none when the word is not there.
pub(super) fn blocks_in(bucket: &[u8], facts: PartFacts, hash: u64) -> Result<Vec<u32>, String> {
    let mut reader = BitReader::new(bucket);
    let wanted = facts.remainder_of(hash >> (64 - facts.place_bits));
    let count = reader.gamma()? - 1;
    let mut next = 0_u64;
    for _ in 0..count {
        let remainder = next.checked_add(reader.rice(SPARE_BITS)?).ok_or("a hash that is too large")?;
        next = remainder.checked_add(1).ok_or("a hash that is too large")?;
        if remainder > wanted {
            break;
        }
        if remainder == wanted {
            return read_blocks(&mut reader, facts);
        }
        skip_blocks(&mut reader, facts)?;
    }
    Ok(Vec::new())
}

fn counts(reader: &mut BitReader<'_>, facts: PartFacts) -> Result<(u32, bool), String> {
    let with = reader.gamma()?;
    if with > facts.blocks {
        return Err(format!("a word is in {with} blocks of {}", facts.blocks));
    }
    Ok(listed(with, facts.blocks))
}

fn skip_blocks(reader: &mut BitReader<'_>, facts: PartFacts) -> Result<(), String> {
    let (listed, _) = counts(reader, facts)?;
    let parameter = parameter(listed, facts.blocks);
    (0..listed).try_for_each(|_| reader.rice(parameter).map(drop))
}

fn read_blocks(reader: &mut BitReader<'_>, facts: PartFacts) -> Result<Vec<u32>, String> {
    let (listed, are_with) = counts(reader, facts)?;
    let parameter = parameter(listed, facts.blocks);
    let mut blocks = Vec::with_capacity(listed as usize);
    let mut next = 0_u64;
    for _ in 0..listed {
        let block = next.checked_add(reader.rice(parameter)?).and_then(|block| u32::try_from(block).ok());
        let block = block.filter(|block| *block < facts.blocks).ok_or("a block that is not there")?;
        blocks.push(block);
        next = u64::from(block) + 1;
    }
    if !are_with {
        let mut without = blocks.iter().peekable();
        blocks = (0..facts.blocks).filter(|block| without.next_if_eq(&block).is_none()).collect();
    }
    Ok(blocks.into_iter().map(|block| facts.first_block + block).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    /// Looks a hash up in the bytes of a part.
    fn look_up(facts: PartFacts, bytes: &[u8], hash: u64) -> Result<Vec<u32>, String> {
        let (directory, buckets) = bytes.split_at(usize::try_from(facts.directory_bytes()).expect("small"));
        let offset = |index: u64| {
            let place = usize::try_from(index * 4).expect("small");
            u32::from_le_bytes(directory[place..place + 4].try_into().expect("four bytes")) as usize
        };
        let bucket = facts.bucket_of(hash);
        blocks_in(&buckets[offset(bucket)..offset(bucket + 1)], facts, hash)
    }

    proptest! {
        #[test]
        fn every_word_is_in_the_blocks_that_it_was_collected_in(
            words in prop::collection::vec((any::<u64>(), prop::collection::btree_set(0..60_u32, 1..60)), 0..300),
            first in 0..1_000_u32,
        ) {
            let mut postings: Vec<Posting> = words
                .iter()
                .flat_map(|(hash, blocks)| blocks.iter().map(|block| Posting::new(*hash, *block)))
                .collect();
            postings.reverse();
            let (facts, bytes) = encode(&mut postings, first, 60);
            prop_assert!(facts.is_sound());
            let mut by_place: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
            for (hash, blocks) in &words {
                by_place.entry(hash >> (64 - facts.place_bits)).or_default().extend(blocks);
            }
            for (hash, _) in &words {
                let expected: Vec<u32> =
                    by_place[&(hash >> (64 - facts.place_bits))].iter().map(|block| first + block).collect();
                prop_assert_eq!(look_up(facts, &bytes, *hash), Ok(expected));
                let other = hash ^ (1 << (64 - facts.place_bits));
                if !by_place.contains_key(&(other >> (64 - facts.place_bits))) {
                    prop_assert_eq!(look_up(facts, &bytes, other), Ok(Vec::new()));
                }
            }
        }

        #[test]
        fn no_bucket_makes_a_reader_panic(bucket: Vec<u8>, hash: u64, blocks in 1..100_u32, place_bits in 1..41_u32) {
            let facts = PartFacts { first_block: 0, blocks, place_bits, bucket_bits: place_bits / 2, bytes: 1 << 40 };
            let _ = blocks_in(&bucket, facts, hash);
        }
    }

    #[test]
    fn a_word_that_is_everywhere_takes_next_to_nothing() {
        let everywhere = |blocks: u32| {
            let mut postings: Vec<_> = (0..blocks).map(|block| Posting::new(7 << 60, block)).collect();
            encode(&mut postings, 0, blocks).1.len()
        };
        assert!(everywhere(2_000) <= everywhere(1) + 4);
    }
}
