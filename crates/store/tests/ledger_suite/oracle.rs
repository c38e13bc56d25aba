//! The archive and the journal in memory: what a ledger has to say about them.

use std::collections::BTreeMap;
use std::fmt;

use roaring::RoaringBitmap;
use spanstone_model::{ProjectId, Timestamp, Week};
use spanstone_segment::{Facts, Header, SegmentKind, Table};
use spanstone_store::ledger::{ArchiveChange, JournalStats, Ledger, LedgerError, SegmentRecord};

use crate::fixtures::{Sent, entries, sent};

/// What a ledger holds of the archive, and of the journal that is not cut.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Oracle {
    /// Every block that there ever was.
    pub(crate) blocks: Vec<Vec<Sent>>,
    pub(crate) cut: u64,
    pub(crate) segments: BTreeMap<u64, SegmentRecord>,
    pub(crate) dead: BTreeMap<(u64, Table), RoaringBitmap>,
}

/// Without the bodies, which are long.
impl fmt::Debug for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = |block: &Vec<Sent>| block.iter().map(|(_, body)| body.len()).collect::<Vec<_>>();
        f.debug_struct("Oracle")
            .field("blocks", &self.blocks.iter().map(lengths).collect::<Vec<_>>())
            .field("cut", &self.cut)
            .field("segments", &self.segments.keys())
            .field("dead", &self.dead)
            .finish()
    }
}

/// How many rows each table of a segment has here.
pub(crate) const ROWS: u32 = 10_000;

/// The record of a segment, different for each number.
pub(crate) fn record(id: u64) -> SegmentRecord {
    let kind = SegmentKind::ALL[usize::try_from(id % 2).unwrap_or(0)];
    let micros = 1_700_000_000_000_000 + i64::try_from(id % 1_000).unwrap_or(0) * 86_400_000_000;
    let day = Timestamp::from_micros(micros);
    let rows = |table| if kind.tables().contains(&table) { ROWS } else { 0 };
    SegmentRecord {
        header: Header {
            id,
            project: ProjectId::from_wire(&format!("project-{}", id % 3)),
            week: Week::of(day),
            kind,
            created_at: Timestamp::from_micros(micros + 5),
        },
        facts: Facts {
            traces: rows(Table::Traces),
            observations: rows(Table::Observations),
            scores: rows(Table::Scores),
            time: Some((day, Timestamp::from_micros(micros + 1))),
            start: (kind == SegmentKind::Traces).then_some((day, Timestamp::from_micros(micros + 2))),
            raw_bytes: id.wrapping_mul(1_000),
            file_bytes: id.wrapping_mul(100),
        },
    }
}

/// The first table of a segment.
pub(crate) fn table_of(id: u64) -> Table {
    record(id).header.kind.tables()[0]
}

/// Rows in no order.
pub(crate) fn rows(seed: u64, count: u32) -> RoaringBitmap {
    let step = 7 + u32::try_from(seed % 50).unwrap_or(0) * 2;
    (0..count).map(|row| row * step % ROWS).collect()
}

/// A change that adds these segments.
pub(crate) fn adding(ids: impl IntoIterator<Item = u64>) -> ArchiveChange {
    ArchiveChange { add: ids.into_iter().map(record).collect(), ..ArchiveChange::default() }
}

impl Oracle {
    /// Appends the block with the next number, of an entry of `length` bytes and a short one.
    pub(crate) fn append(&mut self, ledger: &Ledger, length: usize) -> Result<(), LedgerError> {
        let number = self.blocks.len() as u64 + 1;
        self.blocks.push(vec![sent(number, length), sent(number + 1_000, 100)]);
        assert_eq!(ledger.append_block(&entries(&self.blocks[self.blocks.len() - 1]))?, number);
        Ok(())
    }

    /// Makes a change that is not refused.
    pub(crate) fn change(&mut self, ledger: &Ledger, change: &ArchiveChange) -> Result<(), LedgerError> {
        for id in &change.remove {
            self.segments.remove(id);
            self.dead.retain(|(segment, _), _| segment != id);
        }
        for record in &change.add {
            self.segments.insert(record.header.id, record.clone());
        }
        for (segment, table, rows) in &change.dead {
            self.dead.insert((*segment, *table), rows.clone());
            self.dead.retain(|_, rows| !rows.is_empty());
        }
        self.cut = self.cut.max(change.cut.unwrap_or(0));
        ledger.change_archive(change)
    }

    /// What a ledger says.
    pub(crate) fn found(ledger: &Ledger) -> Self {
        let manifest = ledger.manifest().expect("the manifest can be read");
        assert_eq!(manifest.damaged, []);
        let cut = ledger.first_block() - 1;
        let mut blocks = vec![Vec::new(); usize::try_from(cut).expect("few blocks")];
        for block in ledger.blocks(0) {
            let block = block.expect("the block can be read");
            assert_eq!((block.seq, block.lost.len()), (blocks.len() as u64 + 1, 0));
            let entry = |entry: spanstone_store::ledger::StoredEntry| {
                let body = entry.body().expect("the body is intact");
                (entry.header, body)
            };
            blocks.push(block.entries.into_iter().map(entry).collect());
        }
        assert_eq!(ledger.next_block(), blocks.len() as u64 + 1);
        Self {
            blocks,
            cut,
            segments: manifest.segments.into_iter().map(|record| (record.header.id, record)).collect(),
            dead: manifest.dead.into_iter().collect(),
        }
    }

    /// What is left of it once nobody asks for cut blocks.
    pub(crate) fn without_cut_blocks(&self) -> Self {
        let mut left = self.clone();
        let cut = usize::try_from(self.cut).expect("few blocks");
        left.blocks[..cut].iter_mut().for_each(Vec::clear);
        left
    }

    /// What the ledger has to say about the size of its journal; `stored_bytes` are left out.
    pub(crate) fn assert_stats(&self, ledger: &Ledger) {
        let size = |blocks: &[Vec<Sent>]| {
            let sent = blocks.iter().flatten();
            let bytes: u64 = sent.clone().map(|(_, body)| body.len() as u64).sum();
            (blocks.len() as u64, sent.count() as u64, bytes)
        };
        let JournalStats { blocks, entries, body_bytes, stored_bytes, ever } = ledger.stats();
        let kept = &self.blocks[usize::try_from(self.cut).expect("few blocks")..];
        assert_eq!((blocks, entries, body_bytes), size(kept));
        assert_eq!((ever.blocks, ever.entries, ever.body_bytes), size(&self.blocks));
        assert_eq!(stored_bytes == 0, kept.is_empty());
        assert!(stored_bytes <= ever.stored_bytes);
    }
}

/// Discards until nothing is left to discard; returns how many calls that took.
pub(crate) fn discard_all(ledger: &Ledger, rows_max: usize) -> Result<u32, LedgerError> {
    for calls in 1..10_000 {
        if !ledger.discard_blocks(rows_max)? {
            return Ok(calls);
        }
    }
    panic!("discarding does not end");
}
