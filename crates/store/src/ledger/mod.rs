//! The ledger: the journal of request bodies, the documents, and the archive's manifest, in one redb database.
//!
//! Owns what is acknowledged: when a write returns, it is on stable storage with its checksums. Refuses to know what a body
//! or a document means, and to touch a segment's file. Invariants: one redb two-phase commit per write; after a failed one nothing is written until the
//! ledger is opened again, except that the next write tries again from the last commit when all that failed was space;
//! whatever is read was verified; damage costs the records it hit and is reported by their names.
//!
//! Nothing here runs by itself: no thread, no timer, no write without a call.

mod archive;
mod backend;
mod discard;
mod documents;
mod error;
mod journal;
mod manifest;
mod open;
mod reads;
mod rows;
mod stats;
pub mod v1;
pub mod v2;
pub mod v3;
pub mod verify;
mod writer;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard, RwLock};
use redb::{ReadTransaction, WriteTransaction};
use spanstone_model::{BodyKind, EntryHeader};

pub use archive::ArchiveChange;
pub use documents::{DamagedDocument, DocumentChange, DocumentKind, Documents};
pub use error::{ArchiveRefusal, LedgerError, LedgerErrorKind, Record};
pub use journal::{Block, NewEntry, StoredEntry};
pub use manifest::{Manifest, ManifestDamage, ManifestPart};
pub use open::Options;
pub use stats::{JournalStats, JournalTotals};
pub use v1::{EncodedBody, Fault, Lost};
pub use v2::{Meta, SegmentRecord};

use discard::Discard;
use journal::Prepared;
use reads::Reads;
use v1::{Parts, Totals};
use v2::ArchiveState;
use writer::Writer;

/// An open ledger. Shared between threads by reference: one write at a time, reads beside it.
#[derive(Debug)]
pub struct Ledger {
    // Readers go first when this is dropped: the writer closes the storage.
    reads: Reads,
    /// `None` when the ledger was opened for reading.
    writer: Option<Writer>,
    /// Held while writing.
    turn: Mutex<()>,
    status: RwLock<Status>,
    next_block: AtomicU64,
    /// The first block of which nothing has been discarded.
    first_kept: AtomicU64,
    next_segment: AtomicU64,
    /// The version of the ledger.
    format: AtomicU32,
    meta: Meta,
    recovered: bool,
}

#[derive(Debug)]
struct Status {
    /// Of the journal, from its very first block on.
    totals: Totals,
    archive: ArchiveState,
    discard: Discard,
    poisoned: Option<LedgerErrorKind>,
}

impl Ledger {
    /// Writes entries as one block and returns its number. On stable storage when it returns.
    ///
    /// # Errors
    /// [`LedgerError::BlockRefused`] leaves everything as it was, and so does a full disk
    /// ([`LedgerErrorKind::Full`]): the next write tries again. Any other failure of the storage poisons the ledger:
    /// whether the block is on disk is then known only after it has been opened again.
    pub fn append_block(&self, entries: &[NewEntry]) -> Result<u64, LedgerError> {
        let writer = self.writer()?;
        let _turn = self.turn(writer)?;
        let prepared = Prepared::new(entries, self.status.read().totals)?;
        let block = self.next_block.load(Ordering::Acquire);
        // Version 1 knows no deletions, and would show what was deleted; version 2 knows no senders, no media that were
        // taken out, and not what was worked out.
        let is_newer = |NewEntry { header, .. }: &NewEntry| {
            let is_own = matches!(header.kind, BodyKind::Deletion | BodyKind::Derived);
            is_own || header.media_taken || !header.sender.is_unknown()
        };
        let upgrades = self.format() < v3::FORMAT_VERSION && entries.iter().any(is_newer);
        let archive = self.status.read().archive;
        self.commit(writer, |transaction| {
            if upgrades {
                archive::create(transaction, &self.meta, &archive)?;
            }
            prepared.write(transaction, block).map_err(|error| LedgerError::storage("writing a journal block", error))
        })?;
        if upgrades {
            self.format.store(v3::FORMAT_VERSION, Ordering::Release);
        }
        self.status.write().totals = prepared.totals;
        self.next_block.store(block + 1, Ordering::Release);
        Ok(block)
    }

    /// Applies changes to documents, all or none. On stable storage when it returns.
    ///
    /// # Errors
    /// [`LedgerError::DocumentExists`] and [`LedgerError::DocumentRefused`] leave everything as it was, and so does a full
    /// disk. Any other failure of the storage poisons the ledger.
    pub fn write_documents(&self, changes: &[DocumentChange]) -> Result<(), LedgerError> {
        let writer = self.writer()?;
        let _turn = self.turn(writer)?;
        self.commit(writer, |transaction| documents::apply(transaction, changes))
    }

    /// The number that the next block will have; all blocks from 1 up to it were acknowledged.
    #[must_use]
    pub fn next_block(&self) -> u64 {
        self.next_block.load(Ordering::Acquire)
    }

    /// Reads one entry: what is known of the request, and its body. A cut block has its entries until it is discarded.
    ///
    /// # Errors
    /// Fails when there is no such entry, or when it is damaged.
    pub fn entry(&self, block: u64, entry: u32) -> Result<(EntryHeader, Vec<u8>), LedgerError> {
        let missing = LedgerError::NoSuchEntry { block, entry };
        if !self.has_block(block) {
            return Err(missing);
        }
        // What is missing of a block that was discarded meanwhile is not damage.
        self.read_entry(block, entry).map_err(|error| if self.has_block(block) { error } else { missing })
    }

    fn read_entry(&self, block: u64, entry: u32) -> Result<(EntryHeader, Vec<u8>), LedgerError> {
        let damaged = |record| move |fault| LedgerError::Damaged { record, fault };
        let fetch = |part| journal::fetched(self.read(|transaction| journal::part(transaction, block, part)));
        let mut parts = Parts::open(block, fetch).map_err(damaged(Record::Block(block)))?;
        if entry >= parts.entries() {
            return Err(LedgerError::NoSuchEntry { block, entry });
        }
        let frame = parts.entry(entry).map_err(damaged(Record::Entry { block, entry }))?;
        let body = frame.body.restore().map_err(damaged(Record::Entry { block, entry }))?;
        Ok((frame.header, body))
    }

    /// Reads one block, or `None` when there is no block of that number, or it was discarded. Callable from several threads at once; holds the
    /// block's compressed bodies.
    ///
    /// # Errors
    /// Fails when nothing of it can be read; what is lost of a block that can be read in part is in the block.
    pub fn block(&self, seq: u64) -> Result<Option<Block>, LedgerError> {
        if !self.has_block(seq) {
            return Ok(None);
        }
        let fetch = |part| journal::fetched(self.read(|transaction| journal::part(transaction, seq, part)));
        match journal::walk(seq, fetch) {
            Ok(walk) => {
                let block = Block::new(seq, walk);
                // What is missing of a block that was discarded meanwhile is not damage.
                Ok(self.has_block(seq).then_some(block))
            }
            Err(_) if !self.has_block(seq) => Ok(None),
            Err(fault) => Err(LedgerError::Damaged { record: Record::Block(seq), fault }),
        }
    }

    /// Reads the blocks from `from` up to the last one there is now, one at a time, past those that are cut or lost.
    pub fn blocks(&self, from: u64) -> impl Iterator<Item = Result<Block, LedgerError>> {
        (from.max(self.first_block())..self.next_block()).filter_map(|seq| self.block(seq).transpose())
    }

    /// What a document says, or `None` when there is none.
    ///
    /// # Errors
    /// Fails when it is damaged or cannot be reached.
    pub fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.read(|transaction| documents::row(transaction, kind, id))
            .map_err(|error| LedgerError::storage("reading a document", error))?
            .map(|row| documents::content(kind, id, &row))
            .transpose()
    }

    /// Every document of a kind, in order of their ids, and what is damaged among them.
    ///
    /// # Errors
    /// Fails when the documents cannot be reached at all.
    pub fn documents(&self, kind: DocumentKind) -> Result<Documents, LedgerError> {
        let keys = documents::keys_of(kind);
        let run = rows::both_ends(|end| self.read(|transaction| documents::half(transaction, &keys, end)))
            .map_err(|error| LedgerError::storage("reading documents", error))?;
        Ok(Documents::new(run))
    }

    /// Checks that the store answers: reads the header and the meta record from the storage and verifies them. For a
    /// writable ledger it also checks that the last write succeeded. Writes nothing, so it may be called while idle;
    /// only when the disk was full at the last write it makes an empty commit, to see whether it still is.
    ///
    /// # Errors
    /// Fails with what is wrong.
    pub fn round_trip(&self) -> Result<(), LedgerError> {
        if let (Some(writer), Some(_)) = (&self.writer, self.poisoned()) {
            let _turn = self.turn(writer)?;
            self.commit(writer, |_| Ok(()))?;
        }
        let found =
            self.read(open::meta_row).map_err(|error| LedgerError::storage("reading the meta record", error))?;
        if open::decode_meta(found.as_deref())?.meta == self.meta {
            Ok(())
        } else {
            Err(LedgerError::Damaged {
                record: Record::Meta,
                fault: Fault::Body("it is not the record that was there when the ledger was opened"),
            })
        }
    }

    /// The failure of the last write, if it failed: nothing has been written since.
    #[must_use]
    pub fn poisoned(&self) -> Option<LedgerErrorKind> {
        self.status.read().poisoned
    }

    /// The meta record.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The version of the ledger on disk.
    #[must_use]
    pub fn format(&self) -> u32 {
        self.format.load(Ordering::Acquire)
    }

    /// Whether the ledger had not been closed and was recovered when it was opened.
    #[must_use]
    pub fn recovered(&self) -> bool {
        self.recovered
    }

    /// Closes the ledger, so that it opens without recovery next time. Dropping it does the same and ignores errors.
    ///
    /// # Errors
    /// Fails when the storage does. Nothing that was acknowledged depends on it.
    pub fn close(self) -> Result<(), LedgerError> {
        let Self { reads, writer, .. } = self;
        drop(reads);
        writer.map_or(Ok(()), Writer::close)
    }

    fn has_block(&self, block: u64) -> bool {
        (self.first_kept.load(Ordering::Acquire)..self.next_block()).contains(&block)
    }

    fn writer(&self) -> Result<&Writer, LedgerError> {
        self.writer.as_ref().ok_or(LedgerError::ReadOnly)
    }

    /// Waits for the turn to write, and for a writer that can.
    fn turn(&self, writer: &Writer) -> Result<MutexGuard<'_, ()>, LedgerError> {
        let turn = self.turn.lock();
        match self.poisoned() {
            None => {}
            Some(LedgerErrorKind::Full) if writer.may_reopen() => self.write_again(writer)?,
            Some(cause) => return Err(LedgerError::Poisoned { cause }),
        }
        Ok(turn)
    }

    /// Opens the writer's database anew after a full disk.
    fn write_again(&self, writer: &Writer) -> Result<(), LedgerError> {
        let reopened = writer.reopen(&self.reads).and_then(|()| {
            let archive = open::read_archive(&self.reads, self.format())?;
            Ok((archive, open::end_of_journal(&self.reads, &archive)?.0))
        });
        let mut status = self.status.write();
        match reopened {
            Ok((archive, end)) if archive == status.archive && end == self.next_block() => {
                status.poisoned = None;
                Ok(())
            }
            // What was refused is there after all: the hot set does not know it, a new start will.
            Ok(_) => {
                status.poisoned = Some(LedgerErrorKind::Other);
                Err(LedgerError::Poisoned { cause: LedgerErrorKind::Other })
            }
            Err(error) => {
                status.poisoned = Some(error.kind());
                Err(error)
            }
        }
    }

    /// Runs `work` as [`Self::commit`] does, and sees to it that damage which `work` met is in nobody else's way: redb is given
    /// up by damage as by a full disk, and what was damaged is not what others write.
    fn commit_past_damage(
        &self,
        writer: &Writer,
        work: impl FnOnce(&WriteTransaction) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let outcome = self.commit(writer, work);
        if matches!(&outcome, Err(LedgerError::Storage { kind: LedgerErrorKind::Damaged, .. }))
            && writer.may_reopen()
            && let Err(error) = self.write_again(writer)
        {
            tracing::error!(%error, "the ledger cannot be opened again after damage was found");
        }
        outcome
    }

    /// Runs `work` in a durable transaction. The caller holds the turn.
    fn commit(
        &self,
        writer: &Writer,
        work: impl FnOnce(&WriteTransaction) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let _panic = PoisonOnPanic(&self.status);
        let outcome = writer.commit(work);
        if let Err(LedgerError::Storage { kind, .. }) = &outcome {
            self.status.write().poisoned = Some(*kind);
        }
        outcome
    }

    /// Reads from the last commit, beside the writer.
    fn read<T>(&self, read: impl Fn(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, redb::Error> {
        let _pin = self.writer.as_ref().map(Writer::pin);
        self.reads.run(read)
    }
}

/// Nobody knows how far a write came that panicked.
struct PoisonOnPanic<'a>(&'a RwLock<Status>);

impl Drop for PoisonOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.write().poisoned = Some(LedgerErrorKind::Io);
        }
    }
}
