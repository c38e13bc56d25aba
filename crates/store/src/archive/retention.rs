//! What is kept, and for how long.
//!
//! Owns the rule by which whole segments are dropped: all of whose traces are older than the project's limit, or the oldest
//! ones while the archive takes more bytes than it may. Segments are by week, so what is dropped is a week, or what is
//! left of one; the space returns to the file system at once. Refuses to look at single rows: a trace lives on until the
//! youngest one of its segment is too old.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use spanstone_model::{ProjectId, Timestamp};

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

impl Shared {
    /// Drops what has to go; false when nothing has to.
    pub(super) fn apply_retention(&self) -> Result<bool, StoreError> {
        let state = self.layers.read().sealed.clone();
        let expired = self.retention.lock().expired(&state, self.now());
        self.drop_segments(&expired)
    }

    /// Takes segments out of the manifest and out of sight; false when there are none.
    pub(super) fn drop_segments(&self, segments: &[LiveSegment]) -> Result<bool, StoreError> {
        if segments.is_empty() {
            return Ok(false);
        }
        let remove = segments.iter().map(LiveSegment::id).collect();
        let change = ArchiveChange { remove, ..ArchiveChange::default() };
        match self.ledger.change_archive(&change) {
            // What is dropped gives back more than the reserve.
            Err(error) if error.kind() == LedgerErrorKind::Full && self.archive.reserve.release() => {
                self.ledger.change_archive(&change)?;
            }
            outcome => outcome?,
        }
        let _turn = self.fold_turn.lock();
        let mut layers = self.layers.write();
        let layers = &mut *layers;
        let sealed = Arc::make_mut(&mut layers.sealed);
        for live in segments {
            let project = &live.header().project;
            sealed.remove(project, live.id());
            layers.active_shadow.forget(project, live.id());
            layers.frozen_shadow.forget(project, live.id());
            tracing::info!(%project, segment = live.name(), "dropped a segment");
        }
        self.archive.dropped_segments.fetch_add(segments.len() as u64, Ordering::Relaxed);
        self.archive.succeeded();
        Ok(true)
    }

    /// How long nothing comes of age; `None` when nothing ever does.
    pub(super) fn next_expiry(&self) -> Option<Duration> {
        let state = self.layers.read().sealed.clone();
        let retention = self.retention.lock();
        let next = state.segments().filter_map(|live| retention.expiry(live)).min()?;
        let micros = u64::try_from(next.micros_since(self.now())).unwrap_or(0);
        // A second more, so that it is past when the thread looks.
        Some((Duration::from_micros(micros) + Duration::from_secs(1)).min(SLEEP_MAX))
    }
}
