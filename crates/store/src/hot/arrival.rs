//! What folding an event needs besides what it says.

use spanstone_model::{JournalPlace, Stamp, Timestamp};

/// The order, the place and the time of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Its place among the events of its entity.
    pub(super) stamp: Stamp,
    /// Where its payloads are.
    pub(super) at: JournalPlace,
    /// When it came.
    pub(super) received_at: Timestamp,
}
