//! The journal, read from its beginning and folded into the hot set.
//!
//! Owns the threads that decode ahead: block `n` goes to thread `n mod threads`, and the results are taken in turn,
//! so the fold sees the blocks in their order. A block or an entry that cannot be read is reported and passed over.

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use spanstone_model::{EntryHeader, Event, EventPayloads};

use crate::ledger::Ledger;
use crate::store::Shared;

/// Decodes journaled requests. Must say the same of the same request every time.
pub trait Decode: std::fmt::Debug + Send + Sync + 'static {
    /// The events of a request, without their payloads.
    fn decode(&self, header: &EntryHeader, body: &[u8]) -> Vec<Event>;

    /// The payloads of the same events, in the same order.
    ///
    /// # Errors
    /// Fails with a text for the log when the request no longer decodes.
    fn payloads(&self, header: &EntryHeader, body: &[u8]) -> Result<Vec<EventPayloads>, String>;
}

/// How many blocks each thread may be ahead of the fold: what bounds the memory of a replay.
const BLOCKS_AHEAD: usize = 1;

/// How many threads decode at the most.
const DECODERS_MAX: usize = 4;

/// The decoded entries of one block: the index of each, its header and its events.
type DecodedBlock = Vec<(u32, EntryHeader, Vec<Event>)>;

/// Folds these blocks into the hot set; false when the store is being closed before that is done.
pub(crate) fn replay(shared: &Shared, blocks: Range<u64>) -> bool {
    let lanes_count = std::thread::available_parallelism().map_or(1, NonZero::get).min(DECODERS_MAX);
    std::thread::scope(|scope| {
        let lanes: Vec<Receiver<DecodedBlock>> = (0..lanes_count)
            .map(|lane| {
                let (sender, receiver) = sync_channel(BLOCKS_AHEAD);
                let blocks = blocks.clone().skip(lane).step_by(lanes_count);
                scope.spawn(move || decode_lane(&shared.ledger, &*shared.decoder, blocks, &sender));
                receiver
            })
            .collect();
        for (block, lane) in blocks.clone().zip(lanes.iter().cycle()) {
            // A lane that ended early has panicked: its thread reports that when the scope ends.
            let Ok(entries) = lane.recv() else { return false };
            for (entry, header, events) in entries {
                shared.fold(&header, (block, entry), events);
            }
            shared.end_block(block);
            if !shared.room.wait_for_ever() {
                return false;
            }
            shared.replayed.fetch_add(1, Ordering::Release);
        }
        true
    })
}

fn decode_lane(
    ledger: &Ledger,
    decoder: &dyn Decode,
    blocks: impl Iterator<Item = u64>,
    decoded: &SyncSender<DecodedBlock>,
) {
    for block in blocks {
        if decoded.send(decode_block(ledger, decoder, block)).is_err() {
            return;
        }
    }
}

fn decode_block(ledger: &Ledger, decoder: &dyn Decode, seq: u64) -> DecodedBlock {
    let block = match ledger.block(seq) {
        Ok(Some(block)) => block,
        Ok(None) => return Vec::new(),
        Err(error) => {
            tracing::error!(block = seq, %error, "a journal block cannot be read and is passed over");
            return Vec::new();
        }
    };
    for lost in &block.lost {
        tracing::error!(block = seq, ?lost, "entries of a journal block cannot be read and are passed over");
    }
    let mut decoded = Vec::with_capacity(block.entries.len());
    for entry in block.entries {
        match entry.body() {
            Ok(body) => {
                let events = decoder.decode(&entry.header, &body);
                decoded.push((entry.index, entry.header, events));
            }
            Err(fault) => {
                tracing::error!(block = seq, entry = entry.index, %fault, "a journal entry cannot be read and is passed over");
            }
        }
    }
    decoded
}
