//! Changes to the archive: one transaction for what becomes live, what goes, what is dead, and where the journal is cut.

use std::sync::atomic::Ordering;

use redb::{ReadableTable, WriteTransaction};
use roaring::RoaringBitmap;
use spanstone_segment::Table;

use super::documents::DOCUMENTS;
use super::error::{ArchiveRefusal, LedgerError, Record};
use super::journal::{self, JOURNAL};
use super::manifest::{self, DEAD, Manifest, SEGMENTS, dead_key, has_rows, segment_key};
use super::open::{META, META_KEY};
use super::reads::Reads;
use super::v1::Fault;
use super::v2::{ArchiveState, DeadRows, Meta, SegmentRecord};
use super::v3::FORMAT_VERSION;
use super::{Ledger, Status, rows};

/// Where the archive's state is, in the table of the meta record: a ledger that can be opened has both.
const STATE_KEY: &str = "archive";

/// What changes in the archive, all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArchiveChange {
    /// Segments that become live.
    pub add: Vec<SegmentRecord>,
    /// Segments that are live no more; what is known of their dead rows goes with them.
    pub remove: Vec<u64>,
    /// Dead rows: for each table named here the whole set, in place of what it was.
    pub dead: Vec<(u64, Table, RoaringBitmap)>,
    /// The journal's blocks up to and including this one are needed no more.
    pub cut: Option<u64>,
}

impl Ledger {
    /// Changes the archive: all of it or nothing, on stable storage when it returns. A ledger of version 1 is one of version 2
    /// from then on.
    ///
    /// # Errors
    /// [`LedgerError::ArchiveRefused`] leaves everything as it was, and so do a full disk and damage in the manifest. Any
    /// other failure of the storage poisons the ledger.
    pub fn change_archive(&self, change: &ArchiveChange) -> Result<(), LedgerError> {
        let prepared = PreparedChange::new(change)?;
        let writer = self.writer()?;
        let _turn = self.turn(writer)?;
        let state = self.state_after(change)?;
        self.commit_past_damage(writer, |transaction| {
            if self.format() < FORMAT_VERSION {
                create(transaction, &self.meta, &state)?;
            }
            prepared.write(transaction)?;
            write_state(transaction, &state)
        })?;
        self.status.write().archive = state;
        self.next_segment.fetch_max(state.segment_max + 1, Ordering::AcqRel);
        self.format.store(FORMAT_VERSION, Ordering::Release);
        Ok(())
    }

    /// What is in the archive, as one change left it, and what of that is damaged.
    ///
    /// # Errors
    /// Fails when the manifest cannot be reached at all.
    pub fn manifest(&self) -> Result<Manifest, LedgerError> {
        // No change comes between the reads.
        let _turn = self.turn.lock();
        manifest::read(|table, end| self.read(|transaction| rows::half(transaction, table, &manifest::ALL_KEYS, end)))
            .map_err(|error| LedgerError::storage("reading the manifest", error))
    }

    /// A number for a new segment: one that no live segment ever had. Each call gives another one. A number that no change made
    /// live is given again after the ledger was opened anew.
    #[must_use]
    pub fn next_segment_id(&self) -> u64 {
        self.next_segment.fetch_add(1, Ordering::AcqRel)
    }

    /// The number of the first block that is not cut.
    #[must_use]
    pub fn first_block(&self) -> u64 {
        self.status.read().archive.cut + 1
    }

    /// The archive's state after a change. The caller holds the turn.
    fn state_after(&self, change: &ArchiveChange) -> Result<ArchiveState, LedgerError> {
        let Status { totals, archive, .. } = &*self.status.read();
        let added = change.add.iter().map(|record| record.header.id).max();
        let mut state = ArchiveState {
            changes: archive.changes + 1,
            segment_max: archive.segment_max.max(added.unwrap_or(0)),
            ..*archive
        };
        let last = self.next_block() - 1;
        match change.cut {
            Some(block) if block > last => return Err(ArchiveRefusal::CutBehindEnd { block, last }.into()),
            Some(block) if block > archive.cut => {
                let part = |block| self.read(|transaction| journal::part(transaction, block, 0));
                let at_end = (block == last).then_some(*totals);
                state.cut = block;
                state.cut_totals = at_end
                    .or_else(|| journal::last_totals(archive.cut + 1..=block, part))
                    .unwrap_or(archive.cut_totals);
            }
            _ => {}
        }
        Ok(state)
    }
}

/// A change, ready to be written.
pub(super) struct PreparedChange<'a> {
    add: Vec<(u64, Vec<u8>)>,
    remove: &'a [u64],
    /// Each set, and its row.
    dead: Vec<(DeadRows, Vec<u8>)>,
}

impl<'a> PreparedChange<'a> {
    pub(super) fn new(change: &'a ArchiveChange) -> Result<Self, LedgerError> {
        let mut add = Vec::with_capacity(change.add.len());
        for record in &change.add {
            let id = record.header.id;
            // The last number is kept free, so that there is always a next one.
            if id == 0 || id == u64::MAX {
                return Err(ArchiveRefusal::NoNumber { segment: id }.into());
            }
            let bytes = record.encode().ok_or(ArchiveRefusal::ProjectId { segment: id })?;
            add.push((id, bytes));
        }
        let mut dead = Vec::with_capacity(change.dead.len());
        for (segment, table, rows) in &change.dead {
            let (segment, table) = (*segment, *table);
            let set = DeadRows { segment, table, rows: rows.clone() };
            let row = set.encode().ok_or(ArchiveRefusal::DeadRowsTooLong { segment, table })?;
            dead.push((set, row));
        }
        Ok(Self { add, remove: &change.remove, dead })
    }

    pub(super) fn write(&self, transaction: &WriteTransaction) -> Result<(), LedgerError> {
        let mut segments = transaction.open_table(SEGMENTS).map_err(failed)?;
        let mut dead = transaction.open_table(DEAD).map_err(failed)?;
        for id in self.remove {
            if segments.remove(segment_key(*id).as_slice()).map_err(failed)?.is_none() {
                return Err(ArchiveRefusal::NoSegment { segment: *id }.into());
            }
            for table in Table::ALL {
                dead.remove(dead_key(*id, table).as_slice()).map_err(failed)?;
            }
        }
        for (id, bytes) in &self.add {
            if segments.insert(segment_key(*id).as_slice(), bytes.as_slice()).map_err(failed)?.is_some() {
                return Err(ArchiveRefusal::Exists { segment: *id }.into());
            }
        }
        for (DeadRows { segment, table, rows }, row) in &self.dead {
            let (segment, table) = (*segment, *table);
            let record = segments.get(segment_key(segment).as_slice()).map_err(failed)?;
            let record = record.ok_or(ArchiveRefusal::NoSegment { segment })?;
            let record = SegmentRecord::decode(record.value())
                .map_err(|fault| LedgerError::Damaged { record: Record::Segment(segment), fault: fault.into() })?;
            if !has_rows(&record, table, rows) {
                return Err(ArchiveRefusal::NoSuchRows { segment, table }.into());
            }
            let key = dead_key(segment, table);
            if rows.is_empty() {
                dead.remove(key.as_slice()).map_err(failed)?;
            } else {
                dead.insert(key.as_slice(), row.as_slice()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// Writes what makes a ledger one of this version: its meta record, its tables, and the archive's state.
pub(super) fn create(transaction: &WriteTransaction, meta: &Meta, state: &ArchiveState) -> Result<(), LedgerError> {
    for table in [SEGMENTS, DEAD, DOCUMENTS] {
        transaction.open_table(table).map_err(failed)?;
    }
    transaction.open_table(JOURNAL).map_err(failed)?;
    let mut table = transaction.open_table(META).map_err(failed)?;
    table.insert(META_KEY, meta.encode(FORMAT_VERSION).as_slice()).map_err(failed)?;
    drop(table);
    write_state(transaction, state)
}

/// Replaces the archive's state.
pub(super) fn write_state(transaction: &WriteTransaction, state: &ArchiveState) -> Result<(), LedgerError> {
    let mut table = transaction.open_table(META).map_err(failed)?;
    table.insert(STATE_KEY, state.encode().as_slice()).map_err(failed)?;
    Ok(())
}

/// The archive's state, in a ledger of this version.
pub(super) fn read_state(reads: &Reads) -> Result<ArchiveState, LedgerError> {
    let damaged = |fault| LedgerError::Damaged { record: Record::Archive, fault };
    let row = reads
        .run(|transaction| Ok(transaction.open_table(META)?.get(STATE_KEY)?.map(|row| row.value().to_vec())))
        .map_err(|error| LedgerError::storage("reading the archive's state", error))?;
    let row = row.ok_or_else(|| damaged(Fault::Missing))?;
    ArchiveState::decode(&row).map_err(|corrupt| damaged(corrupt.into()))
}

fn failed(error: impl Into<redb::Error>) -> LedgerError {
    LedgerError::storage("changing the archive", error)
}
