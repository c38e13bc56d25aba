//! What a reader sees at one moment: the active layer, the frozen one, and the live segments.
//!
//! Owns the hand-over between them: the active layer is frozen when it is full, the frozen one is sealed by the
//! archivist, and each step happens under one lock, so that no read sees a row twice or not at all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::StoreError;
use crate::archive::epoch::Epoch;
use crate::archive::{LiveSegment, Shadow, State};
use crate::hot::{HotCounts, Layer};

/// How long a writer waits for room in memory before it is sent away.
const ROOM_WAIT: Duration = Duration::from_secs(4);

/// Everything that a read may see.
#[derive(Debug)]
pub(crate) struct Layers {
    /// What has been written since the last layer was frozen.
    pub(crate) active: Layer,
    /// What is being sealed.
    pub(crate) frozen: Option<Arc<Frozen>>,
    /// What has been sealed.
    pub(crate) sealed: Arc<State>,
    /// Held by readers, see [`crate::archive::epoch`].
    pub(crate) epoch: Arc<Epoch>,
    /// The sealed rows that the active layer has taken over or deleted.
    pub(crate) active_shadow: Shadow,
    /// Those that the frozen layer has.
    pub(crate) frozen_shadow: Shadow,
    /// The last block of the journal of which the active layer holds events; nothing while one is being folded, since the
    /// journal can only be cut between blocks.
    pub(crate) whole_through: Option<u64>,
    /// Whether the active layer is to be frozen before it is full.
    pub(crate) is_freeze_wanted: bool,
    /// How many bytes the active layer took after the block before.
    pub(crate) bytes_before: usize,
}

/// A layer that changes no more.
#[derive(Debug)]
pub(crate) struct Frozen {
    pub(crate) layer: Layer,
    /// The last journal block that it holds events of: with it and everything before it, the journal can go once this
    /// is sealed.
    pub(crate) through: u64,
    /// Whether it was frozen before it was full.
    pub(crate) is_early: bool,
}

impl Layers {
    /// What there is before the journal is replayed, which is cut up to and including the block `cut`.
    pub(crate) fn new(sealed: State, epoch: Arc<Epoch>, cut: u64) -> Self {
        Self {
            active: Layer::default(),
            frozen: None,
            sealed: Arc::new(sealed),
            epoch,
            active_shadow: Shadow::default(),
            frozen_shadow: Shadow::default(),
            whole_through: Some(cut),
            is_freeze_wanted: false,
            bytes_before: 0,
        }
    }

    /// Begins a new active layer, if no block is being folded and no layer is frozen: the old one is complete then, and is
    /// to be sealed. Says whether it did.
    pub(crate) fn freeze(&mut self, is_early: bool) -> bool {
        let (Some(through), None) = (self.whole_through, &self.frozen) else { return false };
        let layer = std::mem::take(&mut self.active);
        self.frozen_shadow = std::mem::take(&mut self.active_shadow);
        self.frozen = Some(Arc::new(Frozen { layer, through, is_early }));
        (self.is_freeze_wanted, self.bytes_before) = (false, 0);
        true
    }

    /// Whether a layer in memory refers to rows of this segment: they are where their payloads are.
    pub(crate) fn refers_to(&self, segment: &LiveSegment) -> bool {
        let refers = |shadow: &Shadow| shadow.has_rows_of(&segment.header().project, segment.id());
        refers(&self.active_shadow) || refers(&self.frozen_shadow)
    }

    pub(crate) fn counts(&self) -> HotCounts {
        let frozen = self.frozen.as_ref().map(|frozen| frozen.layer.counts()).unwrap_or_default();
        self.active.counts().plus(frozen)
    }
}

/// The room that is left in memory, and who waits for some.
#[derive(Debug)]
pub(crate) struct Room {
    /// How many bytes the active layer may take before it is frozen: half of what both may.
    layer_bytes_max: usize,
    taken: Mutex<Taken>,
    freed: Condvar,
}

#[derive(Debug, Default, Clone, Copy)]
struct Taken {
    active_bytes: usize,
    has_frozen: bool,
    is_stopping: bool,
}

impl Room {
    pub(crate) fn new(hot_bytes_max: usize) -> Self {
        Self { layer_bytes_max: hot_bytes_max / 2, taken: Mutex::default(), freed: Condvar::new() }
    }

    pub(crate) fn layer_bytes_max(&self) -> usize {
        self.layer_bytes_max
    }

    pub(crate) fn set(&self, active_bytes: usize, has_frozen: bool) {
        let mut taken = self.taken.lock();
        (taken.active_bytes, taken.has_frozen) = (active_bytes, has_frozen);
        self.freed.notify_all();
    }

    /// Nobody waits any longer: the store is being closed.
    pub(crate) fn stop(&self) {
        self.taken.lock().is_stopping = true;
        self.freed.notify_all();
    }

    /// Waits until there is room.
    pub(crate) fn wait(&self) -> Result<(), StoreError> {
        self.wait_until(Some(Instant::now() + ROOM_WAIT))
    }

    /// Waits until there is room, however long it takes; false when the store is being closed.
    pub(crate) fn wait_for_ever(&self) -> bool {
        self.wait_until(None).is_ok()
    }

    fn wait_until(&self, deadline: Option<Instant>) -> Result<(), StoreError> {
        let mut taken = self.taken.lock();
        while taken.has_frozen && taken.active_bytes >= self.layer_bytes_max {
            if taken.is_stopping {
                return Err(StoreError::Stopped);
            }
            let timed_out = match deadline {
                Some(deadline) => self.freed.wait_until(&mut taken, deadline).timed_out(),
                None => {
                    self.freed.wait(&mut taken);
                    false
                }
            };
            if timed_out {
                return Err(StoreError::HotSetFull { bytes: taken.active_bytes, bytes_max: self.layer_bytes_max });
            }
        }
        Ok(())
    }
}
