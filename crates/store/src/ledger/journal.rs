//! The journal: blocks of request bodies, in the order in which they were acknowledged.

use std::ops::RangeInclusive;

use spanstone_model::EntryHeader;

use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use super::error::{LedgerError, unreadable};
use super::v1::{
    EncodedBody, Fault, Found, FrameHead, KEY_BYTES, Lost, PARTS_MAX, Part, Parts, Piece, StoredBody, Totals, Walk,
    assemble, payload_lengths,
};

pub(super) const JOURNAL: TableDefinition<'static, &[u8; KEY_BYTES], &[u8]> = TableDefinition::new("journal");

/// The number of the first block of a journal.
pub(super) const FIRST_BLOCK: u64 = 1;

/// How many blocks back the totals are looked for when the last blocks are damaged.
const TOTALS_BLOCKS_BACK_MAX: u64 = 64;

/// A request body to be journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// What is known of the request.
    pub header: EntryHeader,
    /// Its body.
    pub body: EncodedBody,
}

/// A block, read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub seq: u64,
    /// Its entries that can be read, in order. Where some are lost, the numbers have gaps.
    pub entries: Vec<StoredEntry>,
    /// Its entries that are lost.
    pub lost: Vec<Lost>,
}

/// An entry, read from the journal; its body has not been decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its number in the block.
    pub index: u32,
    /// What is known of the request.
    pub header: EntryHeader,
    body: StoredBody,
}

impl StoredEntry {
    /// Decompresses the body and checks it against what arrived.
    ///
    /// # Errors
    /// Fails when it is anything else.
    pub fn body(&self) -> Result<Vec<u8>, Fault> {
        self.body.restore()
    }
}

impl Block {
    pub(super) fn new(seq: u64, walk: impl Iterator<Item = Found>) -> Self {
        let mut block = Self { seq, entries: Vec::new(), lost: Vec::new() };
        for found in walk {
            match found {
                Found::Entry { index, frame } => {
                    block.entries.push(StoredEntry { index, header: frame.header, body: frame.body });
                }
                Found::Lost(lost) => block.lost.push(lost),
            }
        }
        block
    }
}

/// The entries of a block, ready to be written.
pub(super) struct Prepared<'a> {
    pieces: Vec<Piece<'a>>,
    pub(super) totals: Totals,
}

impl<'a> Prepared<'a> {
    /// Builds the frames of `entries` and adds them to the totals of the journal so far.
    pub(super) fn new(entries: &'a [NewEntry], mut totals: Totals) -> Result<Self, LedgerError> {
        let refused = |reason| LedgerError::BlockRefused { reason };
        if entries.is_empty() {
            return Err(refused("it has no entries"));
        }
        if u32::try_from(entries.len()).is_err() {
            return Err(refused("it has too many entries"));
        }
        let mut pieces = Vec::with_capacity(entries.len());
        for NewEntry { header, body } in entries {
            let stored = body.stored();
            let head = FrameHead { header: header.clone(), size: body.size() };
            let head = head.encode().ok_or(refused("a project's id has a wrong length"))?;
            pieces.push(Piece { head, stored });
            totals.entries += 1;
            totals.body_bytes += u64::from(body.size().body_bytes);
            totals.stored_bytes += stored.len() as u64;
        }
        if u32::try_from(payload_lengths(&pieces).len()).map_or(true, |parts| parts > PARTS_MAX) {
            return Err(refused("it is larger than a GiB"));
        }
        Ok(Self { pieces, totals })
    }

    pub(super) fn write(&self, transaction: &WriteTransaction, block: u64) -> Result<(), redb::Error> {
        let mut table = transaction.open_table(JOURNAL)?;
        assemble(block, &self.pieces, self.totals, |part, bytes| {
            table.insert(&key(block, part), bytes)?;
            Ok(())
        })
    }
}

/// The bytes of one part.
pub(super) fn part(transaction: &ReadTransaction, block: u64, part: u32) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = transaction.open_table(JOURNAL)?;
    let row = table.get(&key(block, part))?;
    Ok(row.map(|row| row.value().to_vec()))
}

/// The number of the last block and of its last part.
pub(super) fn last(transaction: &ReadTransaction) -> Result<Option<(u64, u32)>, redb::Error> {
    let table = transaction.open_table(JOURNAL)?;
    let last = table.last()?;
    Ok(last.map(|(key, _)| parse_key(key.value())))
}

/// A place in the journal: a block, and one of its parts.
pub(super) type RowPlace = (u64, u32);

/// The first row from `from` on that belongs to a block up to `last_block`.
pub(super) fn first_row(
    transaction: &ReadTransaction,
    from: RowPlace,
    last_block: u64,
) -> Result<Option<RowPlace>, redb::Error> {
    let table = transaction.open_table(JOURNAL)?;
    let [start, end] = keys_of(from, last_block);
    let first = table.range::<&[u8; KEY_BYTES]>(&start..=&end)?.next().transpose()?;
    Ok(first.map(|(key, _)| parse_key(key.value())))
}

/// Removes rows from `from` on that belong to blocks up to `last_block`, at most `rows_max`, and tells `removed` the
/// place of each. Returns where the rest begins, if there may be more.
pub(super) fn remove_rows(
    transaction: &WriteTransaction,
    from: RowPlace,
    last_block: u64,
    rows_max: usize,
    mut removed: impl FnMut(RowPlace),
) -> Result<Option<RowPlace>, redb::Error> {
    let mut table = transaction.open_table(JOURNAL)?;
    let mut from = from;
    for _ in 0..rows_max {
        let [start, end] = keys_of(from, last_block);
        let first = table.range::<&[u8; KEY_BYTES]>(&start..=&end)?.next().transpose()?;
        let Some(place) = first.map(|(key, _)| parse_key(key.value())) else { return Ok(None) };
        table.remove(&key(place.0, place.1))?;
        removed(place);
        from = place;
    }
    Ok(Some(from))
}

/// The totals of the last of these blocks that can be read, with `read` reading one of its parts: all carry the same.
pub(super) fn last_totals(
    blocks: RangeInclusive<u64>,
    read: impl Fn(u64) -> Result<Option<Vec<u8>>, redb::Error>,
) -> Option<Totals> {
    let earliest = (*blocks.start()).max(blocks.end().saturating_sub(TOTALS_BLOCKS_BACK_MAX));
    (earliest..=*blocks.end()).rev().find_map(|block| read(block).ok().flatten().and_then(totals))
}

/// A walk over a block, with `fetch` reading one part.
pub(super) fn walk<F>(block: u64, fetch: F) -> Result<Walk<F>, Fault>
where
    F: FnMut(u32) -> Result<Vec<u8>, Fault>,
{
    Parts::open(block, fetch).map(Walk::new)
}

/// The totals that a part carries, if it is intact.
fn totals(bytes: Vec<u8>) -> Option<Totals> {
    Part::decode(bytes).ok().map(|part| part.head.totals)
}

/// What a read of a row gave, as a walk wants it.
pub(super) fn fetched(outcome: Result<Option<Vec<u8>>, redb::Error>) -> Result<Vec<u8>, Fault> {
    match outcome {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Fault::Missing),
        Err(error) => Err(unreadable(&error)),
    }
}

/// The first and the last key of the rows from `from` on that belong to blocks up to `last_block`.
fn keys_of(from: RowPlace, last_block: u64) -> [[u8; KEY_BYTES]; 2] {
    [key(from.0, from.1), key(last_block, u32::MAX)]
}

fn key(block: u64, part: u32) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    key[..8].copy_from_slice(&block.to_be_bytes());
    key[8..].copy_from_slice(&part.to_be_bytes());
    key
}

fn parse_key(key: &[u8; KEY_BYTES]) -> (u64, u32) {
    let (mut block, mut part) = ([0; 8], [0; 4]);
    block.copy_from_slice(&key[..8]);
    part.copy_from_slice(&key[8..]);
    (u64::from_be_bytes(block), u32::from_be_bytes(part))
}
