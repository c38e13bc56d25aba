//! The fold of one request into the active layer.
//!
//! Owns the turn: one request at a time is folded, and nothing is published meanwhile. What the request touches of older
//! layers is looked up before the lock is taken, so that readers never wait for the disk.

use spanstone_model::{EntryHeader, Event};

use crate::archive::thaw;
use crate::layers::Layers;
use crate::store::Shared;

/// How many bytes of compressed bodies the journal holds before they are sealed, however little memory their rows take:
/// what bounds the journal's file and the time of a start.
const JOURNAL_BYTES_MAX: u64 = 256 * 1024 * 1024;

impl Shared {
    /// Folds the events of the entry at `(block, entry)` of the journal.
    pub(crate) fn fold(&self, header: &EntryHeader, (block, entry): (u64, u32), events: Vec<Event>) {
        let _turn = self.fold_turn.lock();
        let brought = thaw::bring(self, &header.project, &events);
        let mut layers = self.layers.write();
        let layers = &mut *layers;
        layers.whole_through = None;
        if !brought.rows.is_empty() {
            std::sync::Arc::make_mut(&mut layers.sealed).hide(&header.project, &brought.rows);
            layers.active_shadow.add(&header.project, &brought.rows);
        }
        layers.active.thaw(&header.project, brought.thawed);
        layers.active.apply(header, (block, entry), events, &*self.prices);
    }

    /// Takes account of a block that has been folded: freezes the active layer when it is full, or wanted.
    pub(crate) fn end_block(&self, block: u64) {
        let mut layers = self.layers.write();
        layers.whole_through = Some(block);
        let bytes = layers.active.counts().bytes;
        if self.quiet.has_begun(std::mem::replace(&mut layers.bytes_before, bytes), bytes) {
            self.archive.bell.ring();
        }
        if layers.frozen.is_none() {
            // Large payloads fill the journal long before their rows fill the memory.
            let is_full = bytes >= self.room.layer_bytes_max() || self.ledger.stats().stored_bytes >= JOURNAL_BYTES_MAX;
            if (is_full || layers.is_freeze_wanted) && layers.freeze(!is_full) {
                self.archive.bell.ring();
            }
        }
        self.room.set(layers.active.counts().bytes, layers.frozen.is_some());
    }

    /// Freezes the active layer, unless that cannot be now, and says whether it did; writers who wait for room are told.
    pub(crate) fn freeze(&self, layers: &mut Layers, is_early: bool) -> bool {
        let is_frozen = layers.freeze(is_early);
        self.room.set(layers.active.counts().bytes, layers.frozen.is_some());
        is_frozen
    }
}
