//! A client that deletes, in the same process.

use std::sync::mpsc::channel;

use spanstone_engine::Engine;
use spanstone_model::{Deletion, ProjectId, TraceId};

/// Deletes a trace and waits until it is gone.
pub(crate) fn delete_trace(engine: &Engine, project: &ProjectId, trace: &TraceId) {
    let (sender, receiver) = channel();
    let deletions = vec![Deletion::Trace(trace.clone())];
    engine.delete(project, deletions, move |result| sender.send(result).expect("the test waits for it"));
    receiver.recv().expect("`done` is called").expect("the deletion is stored");
}
