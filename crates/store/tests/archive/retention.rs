//! What is dropped for its age while it is still spoken of: it goes whole, nothing that stays loses anything by it, and the
//! archivist comes to rest.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use spanstone_guard::{Access, Disk, Folder};
use spanstone_model::{Timestamp, Week};
use spanstone_store::{ArchiveCounts, Retention};
use spanstone_testkit::SimulatedFolder;

use crate::fixtures::{NOON, Setup, World, project, settle, settle_at_last, verify};
use crate::oracle::Seen;
use crate::reading::Reader;
use crate::wire::{Spec, What, spec};

const DAY: i64 = 86_400_000_000;

const DAYS_KEPT: u32 = 30;

/// What is old: in no test before the clock moved on by this.
const OLD: i64 = NOON - 20 * DAY;
const LATER: i64 = 20 * DAY;

/// A clock for one test.
macro_rules! clock {
    ($now:ident, $tell:ident) => {
        static $now: AtomicI64 = AtomicI64::new(NOON);
        fn $tell() -> Timestamp {
            Timestamp::from_micros($now.load(Ordering::Relaxed))
        }
    };
}

fn setup(clock: fn() -> Timestamp) -> Setup {
    let retention = Retention { days: Some(DAYS_KEPT), ..Retention::default() };
    Setup { hot_bytes_max: 192 * 1024, retention, clock, seal_after: None }
}

/// Everything that one may say of ten old traces, with a gene of its own for each round.
fn old_news(round: u64) -> Vec<Spec> {
    let whats = [What::Trace, What::Observation, What::Score];
    let old = (1..=10).flat_map(|id| whats.map(|what| spec(what, id, id, OLD)));
    old.map(|spec| Spec { gene: spec.gene + round * 1_000, ..spec }).collect()
}

/// What of `seen` is of the week of what is old.
fn old(seen: &Seen) -> usize {
    let is_old = |time| Week::of(time) == Week::of(Timestamp::from_micros(OLD));
    seen.traces.values().filter(|it| is_old(it.row.timestamp)).count()
        + seen.observations.values().filter(|it| is_old(it.row.start)).count()
        + seen.scores.values().filter(|it| is_old(it.row.timestamp)).count()
}

fn seen(world: &World) -> Seen {
    Reader::new(world.store(), &project(0)).lists()
}

/// Panics unless everything young is as it was written and nothing old is there.
fn assert_only_young(world: &World, context: &str) {
    let mut expected = world.oracle.seen(&project(0));
    let is_young = |time: Timestamp| time.micros() > OLD + DAY;
    expected.traces.retain(|_, it| is_young(it.row.timestamp));
    expected.observations.retain(|_, it| is_young(it.row.start));
    expected.scores.retain(|_, it| is_young(it.row.timestamp));
    seen(world).assert_is(&expected, context);
}

fn counts(world: &World) -> ArchiveCounts {
    world.store().counters().archive
}

/// Panics when the archivist does anything though nothing has changed.
fn assert_rests(world: &World) {
    let (before, calls) = (counts(world), world.folder.calls());
    for _ in 0..10 {
        world.look_again();
    }
    assert_eq!((counts(world), world.folder.calls()), (before, calls));
}

#[test]
fn what_comes_of_age_while_memory_refers_to_it_is_sealed_and_goes_whole() {
    clock!(NOW, now);
    let mut world = World::new(setup(now));
    world.write(&project(0), old_news(0));
    world.seal(NOON);
    // The rows are taken over, their payloads stay where they are sealed.
    world.write(&project(0), old_news(1));
    world.settle();
    assert_eq!(old(&seen(&world)), 30);
    let seals = counts(&world).seals;
    NOW.store(NOON + LATER, Ordering::Relaxed);
    world.look_again();
    assert_only_young(&world, "after they came of age");
    assert_eq!(counts(&world).seals, seals + 1);
    assert_rests(&world);
    // What is sealed from here on lacks nothing.
    world.seal(NOON + LATER);
    assert_only_young(&world, "sealed again");
    assert_eq!((counts(&world).failures, counts(&world).unreadable), (0, 0));
    world.restart();
    assert_only_young(&world, "opened again");
    world.close();
    assert!(verify(&world.folder).is_clean());
}

#[test]
fn a_store_that_was_closed_replays_late_news_before_it_drops_what_they_speak_of() {
    clock!(NOW, now);
    let mut world = World::new(setup(now));
    world.write(&project(0), old_news(0));
    world.seal(NOON);
    world.write(&project(0), old_news(1));
    world.close();
    NOW.store(NOON + LATER, Ordering::Relaxed);
    world.open_again();
    assert!(world.store().view(&project(0), |_| ()).is_ok(), "the journal is replayed");
    world.look_again();
    assert_only_young(&world, "after the start");
    assert_eq!((counts(&world).seals, counts(&world).failures), (1, 0));
    assert_rests(&world);
}

/// Retention ends a week while everything in it was deleted, and memory has only the deletions.
#[test]
fn deletions_of_what_comes_of_age_keep_nothing_on_the_disk() {
    clock!(NOW, now);
    let mut world = World::new(setup(now));
    world.write(&project(0), old_news(0));
    world.seal(NOON);
    let deletions = old_news(0).into_iter().filter(|spec| spec.what == What::Trace);
    world.write(&project(0), deletions.map(|spec| Spec { what: What::DeleteTrace, ..spec }).collect());
    NOW.store(NOON + LATER, Ordering::Relaxed);
    world.look_again();
    assert_only_young(&world, "after they came of age");
    let weeks = world.store().archive_stats().weeks;
    let weeks: BTreeSet<_> = weeks.keys().map(|(_, week)| *week).collect();
    assert_eq!(weeks, BTreeSet::from([Week::of(Timestamp::from_micros(NOON))]));
    assert_rests(&world);
}

/// A folder in which a new segment is only begun while the gate is open.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub(crate) folder: SimulatedFolder,
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    is_closed: bool,
    is_reached: bool,
}

impl Gate {
    pub(crate) fn of(folder: SimulatedFolder) -> Self {
        Self { folder, ..Self::default() }
    }

    pub(crate) fn close(&self) {
        *self.state.lock().expect("nobody panics with it") = GateState { is_closed: true, is_reached: false };
    }

    pub(crate) fn open(&self) {
        self.state.lock().expect("nobody panics with it").is_closed = false;
        self.changed.notify_all();
    }

    /// Waits until somebody waits before the gate.
    pub(crate) fn wait_until_reached(&self) {
        let state = self.state.lock().expect("nobody panics with it");
        let patience = Duration::from_secs(60);
        let (state, _) =
            self.changed.wait_timeout_while(state, patience, |state| !state.is_reached).expect("nobody panics with it");
        assert!(state.is_reached, "nothing is sealed");
    }

    fn pass(&self) {
        let mut state = self.state.lock().expect("nobody panics with it");
        state.is_reached = true;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| state.is_closed).expect("nobody panics with it"));
    }
}

impl Folder for Gate {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn Disk>> {
        let is_new = || self.folder.open(name, Access::ReadOnly).is_err();
        if access == Access::ReadWrite && name.ends_with(".segment") && is_new() {
            self.pass();
        }
        self.folder.open(name, access)
    }

    fn list(&self, parent: &str) -> io::Result<Vec<String>> {
        self.folder.list(parent)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }

    fn sync_names(&self, parent: &str) -> io::Result<()> {
        self.folder.sync_names(parent)
    }
}

#[test]
fn news_that_come_in_while_the_last_news_are_sealed_wait_until_memory_is_full() {
    clock!(NOW, now);
    let gate = Arc::new(Gate::default());
    let mut world = World::behind(gate.clone(), gate.folder.clone(), setup(now));
    world.write(&project(0), old_news(0));
    world.seal(NOON);
    world.write(&project(0), old_news(1));
    world.settle();
    gate.close();
    NOW.store(NOON + LATER, Ordering::Relaxed);
    world.store().set_retention(world.setup.retention.clone());
    gate.wait_until_reached();
    // Taken over from the layer that is being sealed.
    world.write(&project(0), old_news(2));
    gate.open();
    world.settle();
    // Still all there, with every payload: the rows are in memory, and refer to the segments that were just written.
    world.check(&project(0), "held by memory");
    assert_eq!(counts(&world).seals, 2);
    assert_rests(&world);
    world.seal(NOON + LATER);
    assert_only_young(&world, "let go of");
    assert_eq!((counts(&world).seals, counts(&world).failures), (3, 0));
    assert_rests(&world);
}

/// A folder on a disk that may be full, but for the ledger.
#[derive(Debug, Default)]
struct FullForSegments {
    folder: SimulatedFolder,
    is_full: Arc<AtomicBool>,
}

#[derive(Debug)]
struct FullDisk(Arc<dyn Disk>, Arc<AtomicBool>);

impl Disk for FullDisk {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(offset, out)
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if self.1.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write_all_at(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

impl Folder for FullForSegments {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn Disk>> {
        let disk = self.folder.open(name, access)?;
        Ok(if name.ends_with(".segment") { Arc::new(FullDisk(disk, self.is_full.clone())) } else { disk })
    }

    fn list(&self, parent: &str) -> io::Result<Vec<String>> {
        self.folder.list(parent)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }

    fn sync_names(&self, parent: &str) -> io::Result<()> {
        self.folder.sync_names(parent)
    }
}

#[test]
fn what_comes_of_age_goes_even_when_the_disk_is_too_full_to_seal_what_waits() {
    clock!(NOW, now);
    let full = Arc::new(FullForSegments::default());
    let mut world = World::behind(full.clone(), full.folder.clone(), setup(now));
    world.write(&project(0), old_news(0));
    world.seal(NOON);
    full.is_full.store(true, Ordering::Relaxed);
    NOW.store(NOON + LATER, Ordering::Relaxed);
    // Until a layer waits to be sealed.
    for id in 1.. {
        world.write(&project(0), vec![spec(What::Trace, id + 2_000_000, 0, NOON + LATER)]);
        if !settle(world.store()) {
            break;
        }
    }
    assert_only_young(&world, "on a full disk");
    assert_eq!((counts(&world).seals, counts(&world).dropped_segments), (1, 2));
    full.is_full.store(false, Ordering::Relaxed);
    assert!(settle_at_last(world.store(), &world.setup));
    assert_only_young(&world, "with room again");
    assert_eq!(counts(&world).seals, 2);
}
