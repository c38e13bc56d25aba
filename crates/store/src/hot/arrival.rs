//! What folding an event needs besides what it says.

use std::sync::Arc;

use spanstone_model::{JournalPlace, Origin, Stamp, Timestamp};

/// The order, the place, the time and the sender of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'a> {
    /// Its place among the events of its entity.
    pub(super) stamp: Stamp,
    /// Where its payloads are.
    pub(super) at: JournalPlace,
    /// When it came.
    pub(super) received_at: Timestamp,
    /// Where it came from; nothing for what we said ourselves.
    pub(super) origin: Option<&'a Arc<Origin>>,
}
