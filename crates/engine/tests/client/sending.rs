//! A client that sends, in the same process.

use std::sync::mpsc::channel;

use spanstone_engine::{Engine, EngineError, IngestRequest, Receipt};
use spanstone_model::EntryHeader;

/// Hands a request in and waits for what becomes of it.
pub(crate) fn send(engine: &Engine, header: EntryHeader, body: Vec<u8>) -> Result<Receipt, EngineError> {
    let (sender, receiver) = channel();
    engine.ingest(IngestRequest { header, body }, move |result| sender.send(result).expect("the test waits for it"));
    receiver.recv().expect("`done` is called")
}
