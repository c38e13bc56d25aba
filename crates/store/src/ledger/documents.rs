//! Documents: everything small that is read and replaced as a whole.

use std::fmt;
use std::ops::RangeInclusive;

use redb::{ReadTransaction, TableDefinition, WriteTransaction};

use super::error::{LedgerError, Record};
use super::rows::{self, Bytes, End, Half, Run};
use super::v1::{Corrupt, Document, Fault};

pub(super) const DOCUMENTS: Bytes = TableDefinition::new("documents");

/// What a document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A project.
    Project,
    /// A key to the API of a project.
    ApiKey,
    /// A person who may sign in.
    User,
    /// A setting of the server.
    Setting,
    /// A model that a project brought, with its prices.
    Model,
    /// A comment on a trace, an observation or a session.
    Comment,
    /// What scores of a certain kind may say.
    ScoreConfig,
    /// What is known of a medium in a project, besides its content.
    Medium,
    /// A model that a project had, for as long as what it priced may be replayed.
    PastModel,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Project,
        Self::ApiKey,
        Self::User,
        Self::Setting,
        Self::Model,
        Self::Comment,
        Self::ScoreConfig,
        Self::Medium,
        Self::PastModel,
    ];

    /// The number that stands for it on disk. Never reused.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Project => 1,
            Self::ApiKey => 2,
            Self::User => 3,
            Self::Setting => 4,
            Self::Model => 5,
            Self::Comment => 6,
            Self::ScoreConfig => 7,
            Self::Medium => 9,
            Self::PastModel => 10,
        }
    }

    /// The kind that a number stands for.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Project => "project",
            Self::ApiKey => "API key",
            Self::User => "user",
            Self::Setting => "setting",
            Self::Model => "model",
            Self::Comment => "comment",
            Self::ScoreConfig => "score configuration",
            Self::Medium => "medium",
            Self::PastModel => "former model",
        })
    }
}

/// A change to one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentChange {
    /// Creates it, or replaces what it said.
    Put {
        /// Its kind.
        kind: DocumentKind,
        /// Its id.
        id: String,
        /// What it says.
        content: Vec<u8>,
    },
    /// Creates it; fails when it exists.
    Create {
        /// Its kind.
        kind: DocumentKind,
        /// Its id.
        id: String,
        /// What it says.
        content: Vec<u8>,
    },
    /// Removes it, if it exists.
    Delete {
        /// Its kind.
        kind: DocumentKind,
        /// Its id.
        id: String,
    },
}

/// The documents of a kind, in order of their ids, and those that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    /// Ids and contents.
    pub intact: Vec<(String, Vec<u8>)>,
    /// What is damaged.
    pub damaged: Vec<DamagedDocument>,
}

/// A document that could not be read, or a run of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedDocument {
    /// Its id; `None` when the row itself could not be reached.
    pub id: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

pub(super) fn apply(transaction: &WriteTransaction, changes: &[DocumentChange]) -> Result<(), LedgerError> {
    let failed = |error: redb::Error| LedgerError::storage("writing documents", error);
    let mut table = transaction.open_table(DOCUMENTS).map_err(|error| failed(error.into()))?;
    for change in changes {
        match change {
            DocumentChange::Put { kind, id, content } => {
                let row = encode(*kind, id, content)?;
                table.insert(key(*kind, id).as_slice(), row.as_slice()).map_err(|error| failed(error.into()))?;
            }
            DocumentChange::Create { kind, id, content } => {
                let row = encode(*kind, id, content)?;
                let replaced =
                    table.insert(key(*kind, id).as_slice(), row.as_slice()).map_err(|error| failed(error.into()))?;
                if replaced.is_some() {
                    return Err(LedgerError::DocumentExists { kind: *kind, id: id.clone() });
                }
            }
            DocumentChange::Delete { kind, id } => {
                table.remove(key(*kind, id).as_slice()).map_err(|error| failed(error.into()))?;
            }
        }
    }
    Ok(())
}

fn encode(kind: DocumentKind, id: &str, content: &[u8]) -> Result<Vec<u8>, LedgerError> {
    let document = Document { kind: kind.code(), id, content };
    document.encode().ok_or_else(|| LedgerError::DocumentRefused { kind, id: id.to_owned(), bytes: content.len() })
}

/// The bytes of one row, if there is one.
pub(super) fn row(transaction: &ReadTransaction, kind: DocumentKind, id: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = transaction.open_table(DOCUMENTS)?;
    let row = table.get(key(kind, id).as_slice())?;
    Ok(row.map(|row| row.value().to_vec()))
}

/// Reads a row that was found under a key.
pub(super) fn content(kind: DocumentKind, id: &str, row: &[u8]) -> Result<Vec<u8>, LedgerError> {
    decode(kind.code(), id.as_bytes(), row)
        .map_err(|fault| LedgerError::Damaged { record: Record::Document { kind, id: id.to_owned() }, fault })
}

fn decode(kind: u8, id: &[u8], row: &[u8]) -> Result<Vec<u8>, Fault> {
    let document = Document::decode(row)?;
    if document.kind == kind && document.id.as_bytes() == id {
        Ok(document.content.to_vec())
    } else {
        Err(Fault::Corrupt(Corrupt { what: "this document belongs to another key", offset: 5 }))
    }
}

/// The keys of a kind's documents.
pub(super) fn keys_of(kind: DocumentKind) -> RangeInclusive<[u8; 2]> {
    // An id has at least one byte, and none begins with 0xFF, which UTF-8 does not use.
    [kind.code(), 0]..=[kind.code(), 0xFF]
}

/// The keys of all documents, also of kinds that only a later version knows.
pub(super) const ALL_KEYS: RangeInclusive<[u8; 2]> = [0, 0]..=[0xFF, 0xFF];

/// Reads the rows of a range of keys from one end.
pub(super) fn half(
    transaction: &ReadTransaction,
    keys: &RangeInclusive<[u8; 2]>,
    end: End,
) -> Result<Half, redb::Error> {
    rows::half(transaction, DOCUMENTS, &(keys.start().as_slice()..=keys.end().as_slice()), end)
}

/// Decodes rows: the code of each one's kind, its id, and what it says; and why some could not be reached.
pub(super) fn decode_run(run: Run) -> (Vec<DecodedRow>, Option<Fault>) {
    let decoded = run.rows.into_iter().map(|(key, row)| {
        let (kind, id) = key.split_first().map_or((0, [].as_slice()), |(kind, id)| (*kind, id));
        let content = decode(kind, id, &row);
        (kind, String::from_utf8_lossy(id).into_owned(), content)
    });
    (decoded.collect(), run.gap.map(|gap| gap.fault))
}

/// The code of a document's kind, its id, and what it says.
pub(super) type DecodedRow = (u8, String, Result<Vec<u8>, Fault>);

impl Documents {
    pub(super) fn new(run: Run) -> Self {
        let mut documents = Self::default();
        let (rows, broken) = decode_run(run);
        for (_, id, content) in rows {
            match content {
                Ok(content) => documents.intact.push((id, content)),
                Err(fault) => documents.damaged.push(DamagedDocument { id: Some(id), fault }),
            }
        }
        if let Some(fault) = broken {
            documents.damaged.push(DamagedDocument { id: None, fault });
        }
        documents
    }
}

fn key(kind: DocumentKind, id: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + id.len());
    key.push(kind.code());
    key.extend_from_slice(id.as_bytes());
    key
}
