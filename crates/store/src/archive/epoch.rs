//! Who still reads the journal as it was.
//!
//! A reader collects rows, whose payloads may be in the journal, and reads the payloads afterwards. When those blocks are
//! sealed meanwhile, they must stay until the reader is done. Owns the count of such readers: a snapshot holds the
//! epoch in which it was taken, and blocks that an epoch cut are discarded once every earlier one has ended.

use std::sync::Arc;
use std::sync::Weak;

/// The time between two cuts of the journal.
#[derive(Debug)]
pub(crate) struct Epoch {
    /// Rung when the last reader of this epoch is done.
    pub(crate) done: Arc<super::archivist::Bell>,
}

impl Drop for Epoch {
    fn drop(&mut self) {
        self.done.ring();
    }
}

/// The epochs that have been closed, and may have readers.
#[derive(Debug, Default)]
pub(crate) struct ClosedEpochs(Vec<Weak<Epoch>>);

impl ClosedEpochs {
    pub(crate) fn close(&mut self, epoch: &Arc<Epoch>) {
        self.0.push(Arc::downgrade(epoch));
    }

    /// Whether none of them has a reader any more.
    pub(crate) fn are_over(&mut self) -> bool {
        self.0.retain(|epoch| epoch.strong_count() > 0);
        self.0.is_empty()
    }
}
