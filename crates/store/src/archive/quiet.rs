//! Sealing before memory is full: when nothing has been written for a while, and when the store is closed.
//!
//! Owns when that is worth it. What is in memory has to be replayed by the next start, and keeps its memory; once sealed,
//! it costs neither. A few rows are left where they are, so that a store with little to do makes no small segments.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::StoreError;
use crate::store::Shared;

/// How many bytes the rows in memory take at the least when they are sealed early: some thousand observations, which a
/// start replays in some hundredths of a second.
const BYTES_MIN: usize = 4 * 1024 * 1024;

/// When something was last written.
#[derive(Debug)]
pub(crate) struct Quiet {
    seal_after: Option<Duration>,
    last_write: Mutex<Instant>,
}

/// Whether it is quiet.
pub(super) enum Sealing {
    /// What was in memory is to be sealed now.
    Now,
    /// Not before this time has passed without a write.
    After(Duration),
    /// There is too little to seal.
    Never,
}

impl Quiet {
    pub(crate) fn new(seal_after: Option<Duration>) -> Self {
        Self { seal_after, last_write: Mutex::new(Instant::now()) }
    }

    /// Takes account of a write, by which memory grew from `before` to `now` bytes. Whether whoever waits for quiet has
    /// something to wait for since.
    pub(crate) fn has_begun(&self, before: usize, now: usize) -> bool {
        if self.seal_after.is_none() {
            return false;
        }
        *self.last_write.lock() = Instant::now();
        before < BYTES_MIN && now >= BYTES_MIN
    }
}

impl Shared {
    /// Freezes the active layer when it is worth sealing and nothing was written for long enough.
    pub(super) fn freeze_when_quiet(&self) -> Sealing {
        let Some(seal_after) = self.quiet.seal_after else { return Sealing::Never };
        if !self.is_ready() || self.layers.read().active.counts().bytes < BYTES_MIN {
            return Sealing::Never;
        }
        let left = seal_after.saturating_sub(self.quiet.last_write.lock().elapsed());
        if !left.is_zero() {
            return Sealing::After(left);
        }
        // A request that is being folded has looked at the layers as they are.
        let _turn = self.fold_turn.lock();
        if self.freeze(&mut self.layers.write(), false) { Sealing::Now } else { Sealing::After(seal_after) }
    }

    /// Seals what is worth it, after the last write. What cannot be sealed is in the journal.
    pub(crate) fn seal_before_close(&self) {
        if !self.is_ready() || self.ledger.poisoned().is_some() {
            return;
        }
        if let Err(error) = self.try_seal_all() {
            tracing::warn!(%error, "what is in memory could not be sealed before closing; the next start replays it");
        }
    }

    fn try_seal_all(&self) -> Result<(), StoreError> {
        if self.layers.read().counts().bytes < BYTES_MIN {
            return Ok(());
        }
        self.seal_frozen()?;
        if self.freeze(&mut self.layers.write(), false) {
            self.seal_frozen()?;
        }
        self.discard_cut_blocks()?;
        Ok(())
    }
}
