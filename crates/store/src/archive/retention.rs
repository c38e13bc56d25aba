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

    /// When a segment has to go; nothing when it never has to for its age. It goes by the end of its week, so that all
    /// segments of the week go together, and with them every part of a trace.
    fn expiry(&self, live: &LiveSegment) -> Option<Timestamp> {
        let days = self.days_of(&live.header().project)?;
        let last = live.header().week.last();
        Some(Timestamp::from_micros(last.micros().saturating_add(i64::from(days) * MICROS_PER_DAY)))
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
    let age = |live: &LiveSegment| (live.header().week, live.facts().time.map(|(_, youngest)| youngest), live.id());
    staying.sort_by_key(|live| std::cmp::Reverse(age(live)));
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
        self.freeze(&mut layers, true)
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

#[cfg(test)]
mod tests {
    use spanstone_model::Week;
    use spanstone_segment::{Facts, Header, SegmentKind};
    use spanstone_testkit::SimulatedFolder;

    use super::super::file::SegmentFile;
    use super::super::shelf::Shelf;
    use super::super::state::RowSets;
    use super::*;
    use crate::ledger::SegmentRecord;

    /// 2026-11-22, a Sunday: the last day of its week.
    const SUNDAY: i64 = 20_779 * MICROS_PER_DAY;

    /// A segment of a project whose youngest row is of `days` before that Sunday, of so many bytes.
    fn segment(id: u64, project: &str, days: i64, file_bytes: u64) -> LiveSegment {
        let youngest = Timestamp::from_micros(SUNDAY - days * MICROS_PER_DAY);
        let header = Header {
            id,
            project: ProjectId::from_wire(project),
            week: Week::of(youngest),
            kind: SegmentKind::Traces,
            created_at: youngest,
        };
        let facts = Facts { time: Some((youngest, youngest)), file_bytes, ..Facts::default() };
        let shelf = Arc::new(Shelf::new(Arc::new(SimulatedFolder::new())));
        let file = SegmentFile::named(shelf, header.week, id);
        LiveSegment::new(SegmentRecord { header, facts }, file, RowSets::default())
    }

    fn state(segments: impl IntoIterator<Item = LiveSegment>) -> State {
        let mut state = State::default();
        segments.into_iter().for_each(|live| state.add(live));
        state
    }

    fn expired(retention: &Retention, state: &State, now: i64) -> Vec<u64> {
        let expired = retention.expired(state, Timestamp::from_micros(now));
        let mut ids: Vec<u64> = expired.iter().map(LiveSegment::id).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn all_segments_of_a_week_come_of_age_when_its_last_day_does() {
        let retention = Retention { days: Some(10), ..Retention::default() };
        // Two of the week that ends on the Sunday, one of the week before it.
        let state = state([segment(1, "a", 0, 1), segment(2, "a", 6, 1), segment(3, "b", 7, 1)]);
        let over = SUNDAY + MICROS_PER_DAY - 1;
        assert_eq!(expired(&retention, &state, over + 3 * MICROS_PER_DAY - 1), [0; 0]);
        assert_eq!(expired(&retention, &state, over + 3 * MICROS_PER_DAY), [3]);
        assert_eq!(expired(&retention, &state, over + 10 * MICROS_PER_DAY - 1), [3]);
        assert_eq!(expired(&retention, &state, over + 10 * MICROS_PER_DAY), [1, 2, 3]);
    }

    #[test]
    fn the_rule_of_a_project_replaces_the_days_of_all_and_stands_beside_their_bytes() {
        let own = |days, bytes| HashMap::from([(ProjectId::from_wire("a"), ProjectRetention { days, bytes })]);
        let state = state([segment(1, "a", 21, 5), segment(2, "a", 0, 5), segment(3, "b", 21, 5)]);
        let for_all = |projects| Retention { days: Some(15), bytes: Some(1_000), projects };
        let now = SUNDAY + MICROS_PER_DAY;
        assert_eq!(expired(&for_all(own(None, None)), &state, now), [1, 3]);
        assert_eq!(expired(&for_all(own(Some(100), None)), &state, now), [3]);
        assert_eq!(expired(&for_all(own(Some(100), Some(5))), &state, now), [1, 3]);
        assert_eq!(expired(&for_all(own(Some(100), Some(4))), &state, now), [1, 2, 3]);
        assert_eq!(expired(&Retention { bytes: Some(9), ..Retention::default() }, &state, now), [1, 3]);
    }

    #[test]
    fn beyond_the_bytes_the_oldest_weeks_go_first_and_no_more_than_have_to() {
        let limit = |bytes| Retention { bytes: Some(bytes), ..Retention::default() };
        // What was written last is not always what is youngest.
        let state =
            state([segment(1, "a", 1, 10), segment(2, "b", 3, 10), segment(3, "a", 9, 10), segment(4, "b", 8, 10)]);
        assert_eq!(expired(&limit(40), &state, SUNDAY), [0; 0]);
        assert_eq!(expired(&limit(39), &state, SUNDAY), [3]);
        assert_eq!(expired(&limit(29), &state, SUNDAY), [3, 4]);
        assert_eq!(expired(&limit(19), &state, SUNDAY), [2, 3, 4]);
        assert_eq!(expired(&limit(9), &state, SUNDAY), [1, 2, 3, 4]);
    }

    #[test]
    fn the_next_look_is_when_the_oldest_week_comes_of_age_and_never_for_what_memory_holds() {
        let retention = Retention { days: Some(10), ..Retention::default() };
        let state = state([segment(1, "a", 0, 1), segment(2, "a", 7, 1)]);
        // In hours after the end of the Sunday.
        let now = |hours: i64| Timestamp::from_micros(SUNDAY + (24 + hours) * MICROS_PER_DAY / 24 - 1);
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3_600 + 1));
        let is_old = |live: &LiveSegment| live.id() == 2;
        assert_eq!(retention.next_expiry(&state, now(71), |_| false), hours(1));
        assert_eq!(retention.next_expiry(&state, now(71), is_old), hours(1));
        assert_eq!(retention.next_expiry(&state, now(72), |_| false), hours(0));
        assert_eq!(retention.next_expiry(&state, now(230), is_old), hours(10));
        assert_eq!(retention.next_expiry(&state, now(240), |_| true), None);
        assert_eq!(retention.next_expiry(&state, now(-1_000), |_| false), Some(SLEEP_MAX));
        assert_eq!(Retention::default().next_expiry(&state, now(71), |_| false), None);
    }
}
