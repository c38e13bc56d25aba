//! The thread behind the archive: seals, compacts, drops what is too old, and otherwise sleeps.
//!
//! Owns the order of its work: a full layer is sealed before anything else, so that writers wait as short as possible,
//! and long work is done in pieces between which it looks for a full layer. Nothing runs by the clock, except that
//! retention by age wakes it when the oldest segment comes of age, and a write when nothing has followed it for a while.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::compact::Compaction;
use super::quiet::Sealing;
use crate::store::Shared;
use crate::{StoreError, StoreErrorKind};

/// How long it waits before it tries again what failed, at first and at the most: twice as long after each failure.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// How many rows of the journal are discarded at once: 8 MiB in 64 KiB rows, so that a commit waits some tens of
/// milliseconds at the most.
const DISCARDED_ROWS: usize = 128;

/// How many times in a row: together more rows than a sealed layer had, so that discarding keeps up with sealing.
const DISCARDS: usize = 8;

/// Wakes the thread.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: Mutex<Rung>,
    heard: Condvar,
}

#[derive(Debug, Default, Clone, Copy)]
struct Rung {
    work: bool,
    stop: bool,
    /// Whether the thread has found nothing to do since the bell was last rung.
    idle: bool,
}

impl Bell {
    /// Says that there may be something to do.
    pub(crate) fn ring(&self) {
        let mut rung = self.rung.lock();
        (rung.work, rung.idle) = (true, false);
        self.heard.notify_all();
    }

    /// Waits until the thread has nothing left to do; false when it still had at the deadline.
    pub(crate) fn wait_until_idle(&self, deadline: Instant) -> bool {
        let mut rung = self.rung.lock();
        while !rung.idle {
            if self.heard.wait_until(&mut rung, deadline).timed_out() {
                return rung.idle;
            }
        }
        true
    }

    fn stop(&self) {
        self.rung.lock().stop = true;
        self.heard.notify_all();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.rung.lock().stop
    }

    /// Waits until there may be something to do, at most for `patience`; false when it is time to end.
    fn wait(&self, patience: Option<Duration>, is_done: bool) -> bool {
        let mut rung = self.rung.lock();
        if is_done && !rung.work {
            rung.idle = true;
            self.heard.notify_all();
        }
        if !rung.work && !rung.stop {
            match patience {
                Some(patience) => drop(self.heard.wait_for(&mut rung, patience)),
                None => self.heard.wait(&mut rung),
            }
        }
        rung.work = false;
        !rung.stop
    }
}

/// The thread.
#[derive(Debug)]
pub(crate) struct Archivist {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

/// What one look for work found.
enum Found {
    /// Something was done; there may be more.
    Work,
    /// Nothing to do before this time has passed, or until the bell rings.
    Nothing(Option<Duration>),
}

impl Archivist {
    /// Nobody: what there is to do stays undone.
    pub(crate) fn none(shared: &Shared) -> Self {
        Self { bell: shared.archive.bell.clone(), thread: None }
    }

    pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<Self> {
        let bell = shared.archive.bell.clone();
        let shared = shared.clone();
        let thread = std::thread::Builder::new().name("archivist".to_owned()).spawn(move || run(&shared))?;
        Ok(Self { bell, thread: Some(thread) })
    }

    /// Lets the thread end the piece of work it is at, and waits for it.
    pub(crate) fn stop(&mut self) {
        self.bell.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the archivist ended in a panic");
        }
    }
}

fn run(shared: &Shared) {
    let mut compaction = None;
    let mut retry_after = RETRY_AFTER.0;
    while !shared.archive.bell.is_stopping() {
        let (patience, is_done) = match work(shared, &mut compaction) {
            Ok(Found::Work) => {
                retry_after = RETRY_AFTER.0;
                continue;
            }
            Ok(Found::Nothing(patience)) => (patience, true),
            Err(error) => {
                compaction = None;
                shared.archive.failed(error);
                let patience = retry_after;
                retry_after = (retry_after * 2).min(RETRY_AFTER.1);
                // A ledger that takes nothing more is not asked again: each time would write the segments anew.
                (shared.ledger.poisoned().is_none().then_some(patience), false)
            }
        };
        if !shared.archive.bell.wait(patience, is_done) {
            break;
        }
    }
}

fn work(shared: &Shared, compaction: &mut Option<Compaction>) -> Result<Found, StoreError> {
    let has_sealed = match shared.seal_frozen() {
        // What is too old may give back the space that sealing needs.
        Err(error) if error.kind() == StoreErrorKind::Full && shared.make_space()? => true,
        outcome => outcome?,
    };
    // After every seal, even when the next layer waits: what was cut must make room for what comes, or the journal's file
    // grows, and it does not shrink again.
    let has_more = shared.discard_cut_blocks()?;
    if has_sealed || has_more {
        return Ok(Found::Work);
    }
    // Before the next step of a compaction, which may be long, so that the disk is not filled meanwhile.
    if shared.apply_retention()? {
        return Ok(Found::Work);
    }
    if let Some(mut running) = compaction.take() {
        if !shared.has_inputs_of(&running) {
            // One of them was dropped, or everything in it deleted.
            return Ok(Found::Work);
        }
        if running.step(shared)? {
            *compaction = Some(running);
        } else {
            shared.publish_compaction(running)?;
        }
        return Ok(Found::Work);
    }
    *compaction = Compaction::pick(shared)?;
    if compaction.is_some() {
        return Ok(Found::Work);
    }
    let quiet = match shared.freeze_when_quiet() {
        Sealing::Now => return Ok(Found::Work),
        Sealing::After(time) => Some(time),
        Sealing::Never => None,
    };
    Ok(Found::Nothing(shared.next_expiry().into_iter().chain(quiet).min()))
}

impl Shared {
    /// Deletes some of the journal's blocks that are cut and that no reader needs; whether there may be more.
    pub(super) fn discard_cut_blocks(&self) -> Result<bool, StoreError> {
        let mut has_more = self.archive.epochs_are_over();
        for _ in 0..DISCARDS {
            has_more = has_more && self.ledger.discard_blocks(DISCARDED_ROWS)?;
        }
        Ok(has_more)
    }
}
