//! What clients and disks should not do: traces of enormous size, times far from now, files that are gone or garbage.

use std::io;
use std::sync::Arc;

use spanstone_guard::{Access, Disk, Folder};
use spanstone_model::{Timestamp, TraceId};
use spanstone_testkit::{Image, Images, Seed, SimulatedFolder};

use crate::events::Traffic;
use crate::fixtures::{NOON, Setup, World, append, open_folder, project, settle, verify};
use crate::oracle::{Oracle, Request, Seen};
use crate::reading::Reader;
use crate::wire::{Spec, What, events, spec};

const MIB: usize = 1024 * 1024;

/// Writes requests of a thousand events each; the memory that rows take stays bounded meanwhile.
fn write_bounded(world: &mut World, specs: &[Spec]) {
    for specs in specs.chunks(1_000) {
        world.write(&project(0), specs.to_vec());
        let bytes = world.store().counters().hot.bytes;
        let bytes_max = world.setup.hot_bytes_max + 2 * MIB;
        assert!(bytes <= bytes_max, "the rows in memory take {bytes} bytes");
    }
    world.settle();
}

fn assert_clean(world: &World) {
    let report = verify(&world.folder);
    let damaged: Vec<_> = report.archive.segments.iter().filter(|segment| !segment.is_clean()).collect();
    assert!(
        report.is_clean(),
        "{:?} {damaged:#?} {:?} {:?}",
        report.archive.findings,
        report.records,
        report.leftovers
    );
}

#[test]
fn a_trace_of_a_hundred_thousand_observations_fits_into_a_small_memory() {
    let mut world = World::new(Setup { hot_bytes_max: 8 * MIB, ..Setup::default() });
    // They end long after they began, so that what is sealed later did not begin later.
    let late = |id: u32| NOON + i64::from(id.wrapping_mul(2_654_435_761) % 3_600_000) * 1_000;
    let specs: Vec<Spec> = (0..100_000).map(|id| spec(What::Observation, id, 1, late(id))).collect();
    write_bounded(&mut world, &specs);
    world.check(&project(0), "one trace");
    assert!(world.store().counters().archive.compactions > 0);
    world.close();
    assert_clean(&world);
}

#[test]
fn a_hundred_thousand_tiny_traces_fit_into_a_small_memory() {
    let mut world = World::new(Setup { hot_bytes_max: 8 * MIB, ..Setup::default() });
    let specs: Vec<Spec> = (0..100_000).map(|id| spec(What::Trace, id, 0, NOON + i64::from(id) * 1_000)).collect();
    write_bounded(&mut world, &specs);
    world.check(&project(0), "many traces");
    world.close();
    assert_clean(&world);
}

#[test]
fn an_observation_of_twenty_megabytes_is_sealed_and_read() {
    let mut world = World::new(Setup::default());
    let large = |gene| Spec { text_bytes: 20 * 1024 * 1024, gene, ..spec(What::Observation, 1, 1, NOON) };
    let bytes = |spec: Spec| events(&[spec])[0].1.input.as_ref().map_or(0, |text| text.len());
    let large = (0..).map(large).find(|spec| bytes(*spec) > 19 * 1024 * 1024).expect("a gene has a long input");
    world.write(&project(0), vec![large]);
    let small: Vec<Spec> = (2..400).map(|id| spec(What::Observation, id, id % 7, NOON)).collect();
    for specs in small.chunks(20) {
        world.write(&project(0), specs.to_vec());
    }
    world.settle();
    assert!(world.store().counters().archive.seals > 0);
    world.check_lookups(&project(0), &mut Seed::new(0), 40, "a large payload");
}

#[test]
fn times_far_from_now_and_two_thousand_weeks_at_once_are_kept() {
    let mut world = World::new(Setup { hot_bytes_max: 4 * MIB, ..Setup::default() });
    let at = |text| Timestamp::parse(text).expect("a time").micros();
    let odd = ["1970-01-01T00:00:00Z", "2100-02-28T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
    let week = 7 * 86_400_000_000;
    let mut times: Vec<i64> = odd.map(at).to_vec();
    times.extend([Timestamp::MIN.micros(), Timestamp::MAX.micros()]);
    times.extend((0..2_000).map(|number| NOON - number * week));
    let specs: Vec<Spec> = (0..).zip(times).map(|(id, time)| spec(What::Trace, id, id, time)).collect();
    for round in 0..3_u64 {
        for specs in specs.chunks(100) {
            let again = specs.iter().flat_map(|trace| {
                let observation = Spec { what: What::Observation, gene: trace.gene + round, ..*trace };
                let score = Spec { what: What::Score, gene: trace.gene + round, ..*trace };
                [Spec { gene: trace.gene + round, ..*trace }, observation, score]
            });
            let request = again.collect();
            world.write(&project(0), request);
        }
        world.settle();
        world.check(&project(0), "odd times");
    }
    let counters = world.store().counters();
    assert!(counters.archive.seals > 0);
    world.restart();
    world.check(&project(0), "odd times, opened again");
    world.close();
    assert_clean(&world);
}

/// A store with sealed segments, closed, and what it holds. What is not sealed of it speaks of nothing that is.
fn sealed() -> (Images, Oracle) {
    let mut world = World::new(Setup::default());
    let (mut traffic, mut seed) = (Traffic::default(), Seed::new(3));
    for _ in 0..60 {
        let specs = traffic.request(&project(0), &world.oracle, &mut seed);
        world.write(&project(0), specs);
        world.settle();
    }
    world.seal(NOON);
    world.close();
    (world.folder.images(), world.oracle)
}

fn segments(images: &Images) -> Vec<String> {
    let names: Vec<_> = images.keys().filter(|name| name.ends_with(".segment")).cloned().collect();
    assert!(names.len() > 2, "{names:?}");
    names
}

/// Everything in `seen` is as expected; what is missing is not looked for.
fn assert_within(seen: &Seen, expected: &Seen, context: &str) {
    for (id, row) in &seen.observations {
        assert_eq!(expected.observations.get(id), Some(row), "{context}");
    }
    for (id, row) in &seen.scores {
        assert_eq!(expected.scores.get(id), Some(row), "{context}");
    }
    let ids = |seen: &Seen| -> Vec<TraceId> { seen.traces.keys().cloned().collect() };
    assert!(ids(seen).iter().all(|id| expected.traces.contains_key(id)), "{context}");
}

#[test]
fn a_segment_that_is_gone_or_garbage_is_named_and_the_rest_is_served() {
    let (images, oracle) = sealed();
    for (index, name) in segments(&images).into_iter().enumerate() {
        let mut damaged = images.clone();
        match index % 4 {
            0 => drop(damaged.remove(&name)),
            1 => drop(damaged.insert(name.clone(), Image::default())),
            2 => drop(damaged.insert(name.clone(), Image::of(&[0x5A; 40_000]))),
            _ => damaged.get_mut(&name).expect("it is there").set_len(5_000),
        }
        let mut world = World::reopen(&damaged, Setup::default(), oracle.clone());
        let (seen, unreadable) = Reader::new(world.store(), &project(0)).what_is_left();
        assert_eq!(unreadable, std::slice::from_ref(&name));
        assert!(world.store().counters().archive.unreadable > 0, "{name}");
        assert_within(&seen, &oracle.seen(&project(0)), &name);
        // It goes on: a new project has nothing to do with it, and the archivist comes to rest.
        world.write(&project(1), vec![spec(What::Trace, 1, 1, NOON)]);
        settle(world.store());
        world.check(&project(1), &name);
        world.close();
        let report = verify(&SimulatedFolder::from_images(&damaged));
        let named: Vec<_> = report.archive.segments.iter().filter(|it| !it.is_clean()).map(|it| &it.name).collect();
        assert_eq!(named, [&name], "{report:?}");
    }
}

/// A folder in which segments cannot be written to.
#[derive(Debug)]
struct ReadOnlySegments(SimulatedFolder);

impl Folder for ReadOnlySegments {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn Disk>> {
        let exists = || self.0.open(name, Access::ReadOnly).is_ok();
        if access == Access::ReadWrite && name.ends_with(".segment") && exists() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.0.open(name, access)
    }

    fn list(&self, parent: &str) -> io::Result<Vec<String>> {
        self.0.list(parent)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        if self.0.open(name, Access::ReadOnly).is_ok() && name.ends_with(".segment") {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.0.remove(name)
    }

    fn sync_names(&self, parent: &str) -> io::Result<()> {
        self.0.sync_names(parent)
    }
}

#[test]
fn segments_that_are_read_only_are_read_and_take_late_events() {
    let (images, mut oracle) = sealed();
    let folder = Arc::new(ReadOnlySegments(SimulatedFolder::from_images(&images)));
    let store = open_folder(folder.clone(), &Setup::default()).expect("the store opens");
    let (mut traffic, mut seed) = (Traffic { youngest: 10, ..Traffic::default() }, Seed::new(4));
    for _ in 0..40 {
        let specs = traffic.request(&project(0), &oracle, &mut seed);
        let request = Request { project: project(0), received_at: Timestamp::from_micros(NOON + 9_000_000_000), specs };
        append(&store, &request).expect("a request is taken");
        oracle.add(&request);
        assert!(settle(&store), "{:?}", store.archive_failure());
    }
    Reader::new(&store, &project(0)).lists().assert_is(&oracle.seen(&project(0)), "read-only segments");
    drop(store);
    let store =
        open_folder(folder, &Setup::default()).expect("files that cannot be removed do not keep it from opening");
    Reader::new(&store, &project(0)).lists().assert_is(&oracle.seen(&project(0)), "opened again");
}
