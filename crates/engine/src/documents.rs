//! Documents of the ledger, most of them JSON.
//!
//! Owns how they are read and written; each of their kinds says itself what is in it. A document that does not read is an
//! error that names it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use spanstone_store::{DocumentChange, DocumentKind, Store};

use crate::EngineError;

/// Every document of a kind that can be read. A damaged one is reported and left out: it must not lock everybody
/// else out.
pub(crate) fn read_all<T: DeserializeOwned>(store: &Store, kind: DocumentKind) -> Result<Vec<T>, EngineError> {
    let documents = store.documents(kind)?;
    for damaged in &documents.damaged {
        let id = damaged.id.as_deref().unwrap_or("unknown");
        tracing::error!(%kind, id, fault = %damaged.fault, "a document is damaged and left out");
    }
    documents.intact.into_iter().map(|(id, bytes)| parse(kind, id, &bytes)).collect()
}

/// One document; nothing when there is none.
pub(crate) fn read_one<T: DeserializeOwned>(
    store: &Store,
    kind: DocumentKind,
    id: &str,
) -> Result<Option<T>, EngineError> {
    store.document(kind, id)?.map(|bytes| parse(kind, id.to_owned(), &bytes)).transpose()
}

fn parse<T: DeserializeOwned>(kind: DocumentKind, id: String, bytes: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(bytes).map_err(|source| EngineError::Document { kind, id, source })
}

/// Creates a document or replaces what it said, at once.
pub(crate) fn write<T: Serialize>(
    store: &Store,
    kind: DocumentKind,
    id: &str,
    document: &T,
) -> Result<(), EngineError> {
    Ok(store.write_documents(&[put(kind, id, document)?])?)
}

/// What creates a document or replaces what it said.
pub(crate) fn put<T: Serialize>(kind: DocumentKind, id: &str, document: &T) -> Result<DocumentChange, EngineError> {
    match serde_json::to_vec(document) {
        Ok(content) => Ok(put_bytes(kind, id, content)),
        Err(source) => Err(EngineError::Document { kind, id: id.to_owned(), source }),
    }
}

/// What creates a document that is no JSON, or replaces it.
pub(crate) fn put_bytes(kind: DocumentKind, id: &str, content: Vec<u8>) -> DocumentChange {
    DocumentChange::Put { kind, id: id.to_owned(), content }
}

/// What deletes a document.
pub(crate) fn delete(kind: DocumentKind, id: &str) -> DocumentChange {
    DocumentChange::Delete { kind, id: id.to_owned() }
}
