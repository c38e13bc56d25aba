//! What is kept, and for how long.
//!
//! Owns the rule by which whole segments are dropped: those of weeks that are over for longer than the project's limit, or
//! the oldest ones while the archive takes more bytes than it may. The space returns to the file system at once. Refuses
//! to look at single rows: a trace lives on until the last of its week is too old.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use spanstone_model::{ProjectId, Timestamp};

use super::Archive;
use super::state::{LiveSegment, State};
use crate::StoreError;
use crate::ledger::{ArchiveChange, LedgerErrorKind};
use crate::store::Shared;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The longest sleep before the next look at the clock.
const SLEEP_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// For how many days traces and scores are kept; for ever without.
    pub days: Option<u32>,
    /// How many bytes the files of the archive may take; as many as there are without.
    pub bytes: Option<u64>,
    /// What is different for single projects.
    pub projects: HashMap<ProjectId, ProjectRetention>,
}

/// What is different for one project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProjectRetention {
    /// For how many days its traces and scores are kept, instead of what is the rule for all.
    pub days: Option<u32>,
    /// How many bytes its segments may take.
    pub bytes: Option<u64>,
}

impl Retention {
    fn days_of(&self, project: &ProjectId) -> Option<u32> {
        self.projects.get(project).and_then(|own| own.days).or(self.days)
    }

    /// When a segment has to go; nothing when it never has to for its age.
    fn expiry(&self, live: &LiveSegment) -> Option<Timestamp> {
        let days = self.days_of(&live.header().project)?;
        let (_, youngest) = live.facts().time?;
        Some(Timestamp::from_micros(youngest.micros().saturating_add(i64::from(days) * MICROS_PER_DAY)))
    }

    /// The segments that have to go at `now`.
    fn expired(&self, state: &State, now: Timestamp) -> Vec<LiveSegment> {
        let is_old = |live: &&LiveSegment| self.expiry(live).is_some_and(|expiry| expiry <= now);
        let mut expired: Vec<_> = state.segments().filter(is_old).cloned().collect();
        for (project, segments) in state.projects() {
            if let Some(bytes) = self.projects.get(project).and_then(|own| own.bytes) {
                expire_bytes(segments.all(), bytes, &mut expired);
            }
        }
        if let Some(bytes) = self.bytes {
            expire_bytes(state.segments(), bytes, &mut expired);
        }
        expired
    }

    /// How long nothing comes of age. What came of age and memory holds on to is not waited for: it goes when memory is
    /// sealed, which rings the bell.
    fn next_expiry(&self, state: &State, now: Timestamp, is_held: impl Fn(&LiveSegment) -> bool) -> Option<Duration> {
        let expiry = |live: &LiveSegment| self.expiry(live).filter(|at| *at > now || !is_held(live));
        let next = state.segments().filter_map(expiry).min()?;
        let micros = u64::try_from(next.micros_since(now)).unwrap_or(0);
        // A second more, so that it is past when the thread looks.
        Some((Duration::from_micros(micros) + Duration::from_secs(1)).min(SLEEP_MAX))
    }
}

/// Adds the oldest of `segments` to the expired ones until those that stay take `bytes_max` at the most.
fn expire_bytes<'a>(segments: impl Iterator<Item = &'a LiveSegment>, bytes_max: u64, expired: &mut Vec<LiveSegment>) {
    let mut staying: Vec<_> = segments.filter(|live| !expired.iter().any(|gone| gone.id() == live.id())).collect();
    staying.sort_by_key(|live| std::cmp::Reverse(live.facts().time.map(|(_, youngest)| youngest)));
    let mut bytes: u64 = staying.iter().map(|live| live.facts().file_bytes).sum();
    while bytes > bytes_max
        && let Some(oldest) = staying.pop()
    {
        bytes -= oldest.facts().file_bytes;
        expired.push(oldest.clone());
    }
}

/// What retention asks for next.
enum Step {
    /// Nothing, or nothing that can be done now.
    Nothing,
    /// The active layer has to be sealed before something can go.
    Freeze,
    /// These segments have to go.
    Drop(Vec<LiveSegment>),
}

impl Shared {
    /// Does what has to be done next; false when there is nothing to be done now.
    ///
    /// No segment goes while rows in memory refer to it, whose payloads would be gone with it: what holds on to it is
    /// sealed first, in segments of its own week, and goes together with it.
    pub(super) fn apply_retention(&self) -> Result<bool, StoreError> {
        // What the journal still holds may refer to any segment.
        if !self.is_ready() || self.expired().is_empty() {
            return Ok(false);
        }
        // From here on no row is taken over from a segment, until those that go are out of sight.
        let turn = self.fold_turn.lock();
        match self.next_step() {
            Step::Nothing => Ok(false),
            Step::Freeze => Ok(self.freeze_early()),
            Step::Drop(segments) => {
                self.drop_segments(&segments)?;
                drop(turn);
                self.archive.succeeded();
                Ok(true)
            }
        }
    }

    /// Drops what can be dropped without sealing anything before; false when that is nothing. For a disk that is too full to
    /// seal.
    pub(super) fn make_space(&self) -> Result<bool, StoreError> {
        if !self.is_ready() {
            return Ok(false);
        }
        let turn = self.fold_turn.lock();
        let (_, free) = self.held_and_free(self.expired());
        if free.is_empty() {
            return Ok(false);
        }
        self.drop_segments(&free)?;
        drop(turn);
        self.archive.succeeded();
        Ok(true)
    }

    fn expired(&self) -> Vec<LiveSegment> {
        let state = self.layers.read().sealed.clone();
        self.retention.lock().expired(&state, self.now())
    }

    /// Those that a layer in memory refers to, and the others. Stays so while the caller holds the turn to fold.
    fn held_and_free(&self, segments: Vec<LiveSegment>) -> (Vec<LiveSegment>, Vec<LiveSegment>) {
        let layers = self.layers.read();
        segments.into_iter().partition(|live| layers.refers_to(live))
    }

    fn next_step(&self) -> Step {
        let (held, free) = self.held_and_free(self.expired());
        // Late news may follow each other so closely that every seal leaves something in memory that refers to what it
        // wrote. That stays until memory is full, or sealing would never end.
        if held.iter().any(|live| !self.archive.is_early(live.id())) {
            Step::Freeze
        } else if free.is_empty() {
            Step::Nothing
        } else {
            Step::Drop(free)
        }
    }

    /// Has the active layer sealed before it is full: now, or when the block that is being folded is complete. Says whether
    /// there is something to seal now.
    fn freeze_early(&self) -> bool {
        let mut layers = self.layers.write();
        layers.is_freeze_wanted = layers.frozen.is_none();
        if !layers.is_freeze_wanted {
            return true;
        }
        let is_frozen = layers.freeze(true);
        self.room.set(layers.active.counts().bytes, is_frozen);
        is_frozen
    }

    /// Takes segments out of the manifest and out of sight. The caller holds the turn to fold.
    fn drop_segments(&self, segments: &[LiveSegment]) -> Result<(), StoreError> {
        let remove = segments.iter().map(LiveSegment::id).collect();
        let change = ArchiveChange { remove, ..ArchiveChange::default() };
        match self.ledger.change_archive(&change) {
            // What is dropped gives back more than the reserve.
            Err(error) if error.kind() == LedgerErrorKind::Full && self.archive.reserve.release() => {
                self.ledger.change_archive(&change)?;
            }
            outcome => outcome?,
        }
        let mut layers = self.layers.write();
        let sealed = Arc::make_mut(&mut layers.sealed);
        for live in segments {
            let project = &live.header().project;
            sealed.remove(project, live.id());
            tracing::info!(%project, segment = live.name(), "dropped a segment");
        }
        self.archive.dropped_segments.fetch_add(segments.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// How long nothing comes of age; `None` when nothing ever does.
    pub(super) fn next_expiry(&self) -> Option<Duration> {
        let now = self.now();
        let layers = self.layers.read();
        self.retention.lock().next_expiry(&layers.sealed, now, |live| layers.refers_to(live))
    }
}

impl Archive {
    /// Takes note of the segments of a seal that was early, and forgets those that are gone.
    pub(super) fn note_early(&self, new: &[LiveSegment], live: &State) {
        let mut early = self.early.lock();
        let live: HashSet<u64> = live.segments().map(LiveSegment::id).collect();
        early.retain(|id| live.contains(id));
        early.extend(new.iter().map(LiveSegment::id));
    }

    fn is_early(&self, segment: u64) -> bool {
        self.early.lock().contains(&segment)
    }
}
