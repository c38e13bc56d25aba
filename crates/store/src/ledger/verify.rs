//! Verification of a whole ledger, offline and without a write.
//!
//! Owns the walk over every record and the report that names what is damaged. Refuses to heal or to move anything.

use std::ops::Range;
use std::sync::Arc;

use redb::{Builder, ReadableTableMetadata, StorageBackend};
use spanstone_model::EntryHeader;

use super::backend::{CopyOnWrite, Shared};
use super::documents::{self, ALL_KEYS, DocumentKind};
use super::error::{LedgerError, Record, unreadable};
use super::journal::{self, FIRST_BLOCK, JOURNAL};
use super::manifest::{self, ManifestDamage};
use super::open::{self, FoundMeta};
use super::reads::Reads;
use super::v1::{Fault, Found, Lost};
use super::v2::Meta;
use super::{Options, rows};

/// How many findings a report lists; all are counted.
pub const FINDINGS_LISTED_MAX: usize = 10_000;

/// What was found in a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The meta record, if it can be read.
    pub meta: Option<Meta>,
    /// Blocks of which everything is intact.
    pub blocks_intact: u64,
    /// Entries that are intact, in whatever blocks.
    pub entries_intact: u64,
    /// Bytes of the bodies of those entries as they arrived.
    pub body_bytes_intact: u64,
    /// Bytes of the bodies of those entries as stored.
    pub stored_bytes_intact: u64,
    /// Documents that are intact.
    pub documents_intact: u64,
    /// Records of segments that are intact.
    pub segments_intact: u64,
    /// Sets of dead rows that are intact.
    pub dead_rows_intact: u64,
    /// How many findings there are.
    pub findings_count: u64,
    /// The findings, in the order of the walk; the first [`FINDINGS_LISTED_MAX`] of them.
    pub findings: Vec<Finding>,
}

/// Something that is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The meta record.
    Meta {
        /// What is wrong.
        problem: String,
    },
    /// A block of which nothing can be read.
    Block {
        /// Its number.
        block: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// Entries of a block.
    Entries {
        /// The block's number.
        block: u64,
        /// Their numbers in the block.
        entries: Range<u32>,
        /// Whose request the first of them was, of what kind, and when it arrived, if that can be read.
        first: Option<EntryHeader>,
        /// What is wrong.
        fault: Fault,
    },
    /// The end of the journal cannot be found, so later blocks may be missing from the report.
    JournalEnd {
        /// The last block that was read.
        last_block: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// A document.
    Document {
        /// The number of its kind.
        kind_code: u8,
        /// Its kind, if this version knows it.
        kind: Option<DocumentKind>,
        /// Its id.
        id: String,
        /// What is wrong.
        fault: Fault,
    },
    /// The archive's state: which blocks of the journal are needed no more is not known.
    Archive {
        /// What is wrong.
        problem: String,
    },
    /// A part of the archive's manifest.
    Manifest(ManifestDamage),
    /// Documents that cannot be reached, so neither named nor counted.
    Documents {
        /// What is wrong.
        fault: Fault,
    },
    /// The database beneath the records does not pass redb's own check, so that it might not open, or has lost a write.
    Database {
        /// What redb says.
        problem: String,
    },
}

impl Report {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings_count == 0
    }
}

/// Verifies a ledger: every part, entry and document with its checksum, every body by decompressing it, and redb's own
/// checksums. Holds one block in memory at a time, writes nothing, and works on a ledger that was not closed.
///
/// # Errors
/// Fails only when verification is not possible: a later version wrote the ledger, or there is no ledger at all.
pub fn verify(backend: impl StorageBackend, options: &Options) -> Result<Report, LedgerError> {
    let backend: Arc<dyn StorageBackend> = Arc::new(backend);
    let mut verification = Verification {
        reads: Reads::new(Arc::clone(&backend), options.cache_bytes),
        first_block: FIRST_BLOCK,
        report: Report {
            meta: None,
            blocks_intact: 0,
            entries_intact: 0,
            body_bytes_intact: 0,
            stored_bytes_intact: 0,
            documents_intact: 0,
            segments_intact: 0,
            dead_rows_intact: 0,
            findings_count: 0,
            findings: Vec::new(),
        },
    };
    verification.meta()?;
    verification.journal();
    verification.documents();
    verification.manifest();
    verification.database(backend, options);
    Ok(verification.report)
}

struct Verification {
    reads: Reads,
    /// The first block of the journal that is not cut.
    first_block: u64,
    report: Report,
}

impl Verification {
    fn found(&mut self, finding: Finding) {
        self.report.findings_count += 1;
        if self.report.findings.len() < FINDINGS_LISTED_MAX {
            self.report.findings.push(finding);
        }
    }

    fn meta(&mut self) -> Result<(), LedgerError> {
        match open::read_meta(&self.reads) {
            Ok(Some(FoundMeta { format, meta })) => {
                self.report.meta = Some(meta);
                self.archive(format);
            }
            Ok(None) => {
                return Err(LedgerError::Damaged { record: Record::Meta, fault: Fault::Missing });
            }
            Err(newer @ LedgerError::NewerFormat { .. }) => return Err(newer),
            Err(error) => self.found(Finding::Meta { problem: error.to_string() }),
        }
        Ok(())
    }

    fn archive(&mut self, format: u32) {
        match open::read_archive(&self.reads, format) {
            Ok(archive) => self.first_block = archive.cut + 1,
            Err(error) => self.found(Finding::Archive { problem: error.to_string() }),
        }
    }

    fn journal(&mut self) {
        match self.reads.run(journal::last) {
            Ok(None) => {}
            Ok(Some((last_block, _))) => {
                for block in self.first_block..=last_block {
                    self.block(block);
                }
            }
            Err(error) => self.journal_without_end(&unreadable(&error)),
        }
    }

    /// Walks as many blocks as there can be: no more than the journal has rows, if that number can be read.
    fn journal_without_end(&mut self, fault: &Fault) {
        let rows = self.reads.run(|transaction| Ok(transaction.open_table(JOURNAL)?.len()?));
        let mut last_block = self.first_block - 1;
        for block in self.first_block..self.first_block.saturating_add(rows.unwrap_or(0)) {
            if self.reads.run(|transaction| journal::part(transaction, block, 0)).is_ok_and(|row| row.is_none()) {
                break;
            }
            self.block(block);
            last_block = block;
        }
        self.found(Finding::JournalEnd { last_block, fault: fault.clone() });
    }

    fn block(&mut self, block: u64) {
        let findings_before = self.report.findings_count;
        let reads = &self.reads;
        let fetch = |part| journal::fetched(reads.run(|transaction| journal::part(transaction, block, part)));
        let walk = match journal::walk(block, fetch) {
            Ok(walk) => walk,
            Err(fault) => return self.found(Finding::Block { block, fault }),
        };
        let mut lost = Vec::new();
        for found in walk {
            match found {
                Found::Lost(run) => lost.push(run),
                Found::Entry { index, frame } => match frame.body.restore() {
                    Ok(body) => {
                        self.report.entries_intact += 1;
                        self.report.body_bytes_intact += body.len() as u64;
                        self.report.stored_bytes_intact += frame.body.stored_len() as u64;
                    }
                    Err(fault) => lost.push(Lost { entries: index..index + 1, first: Some(frame.header), fault }),
                },
            }
        }
        for Lost { entries, first, fault } in lost {
            self.found(Finding::Entries { block, entries, first, fault });
        }
        if self.report.findings_count == findings_before {
            self.report.blocks_intact += 1;
        }
    }

    fn documents(&mut self) {
        let half = |end| self.reads.run(|transaction| documents::half(transaction, &ALL_KEYS, end));
        let (rows, broken) = match rows::both_ends(half) {
            Ok(run) => documents::decode_run(run),
            Err(error) => (Vec::new(), Some(unreadable(&error))),
        };
        for (kind_code, id, content) in rows {
            match content {
                Ok(_) => {
                    self.report.documents_intact += 1;
                }
                Err(fault) => {
                    let kind = DocumentKind::from_code(kind_code);
                    self.found(Finding::Document { kind_code, kind, id, fault });
                }
            }
        }
        if let Some(fault) = broken {
            self.found(Finding::Documents { fault });
        }
    }

    fn manifest(&mut self) {
        let half = |table, end| self.reads.run(|transaction| rows::half(transaction, table, &manifest::ALL_KEYS, end));
        match manifest::read(half) {
            Ok(manifest) => {
                self.report.segments_intact += manifest.segments.len() as u64;
                self.report.dead_rows_intact += manifest.dead.len() as u64;
                for damage in manifest.damaged {
                    self.found(Finding::Manifest(damage));
                }
            }
            Err(error) => self.found(Finding::Archive { problem: error.to_string() }),
        }
    }

    /// Lets redb open, recover and check a copy that is thrown away.
    fn database(&mut self, backend: Arc<dyn StorageBackend>, options: &Options) {
        let opened = Builder::new()
            .set_cache_size(options.cache_bytes)
            .set_check_integrity_on_open(true)
            .create_with_backend(CopyOnWrite::new(Shared::new(backend)));
        if let Err(error) = opened {
            self.found(Finding::Database { problem: error.to_string() });
        }
    }
}
