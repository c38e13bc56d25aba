//! Power cuts and failing calls at every point of a redb workload: what was acknowledged is there, nothing else is.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod workload;

use spanstone_guard::verify;
use spanstone_testkit::{Fault, Image, Seed, SimulatedDisk, for_each_seed};
use workload::{Rows, commit, open_on, rows, run, states};

const COMMITS: u64 = 12;

/// Asserts that the disk holds the state of one of the two numbers of commits, and that it goes on from there.
fn assert_holds(disk: &SimulatedDisk, acknowledged: u64, states: &[Rows], context: &str) {
    let database = open_on(disk.clone()).unwrap_or_else(|error| panic!("{context}: does not open: {error}"));
    let found = rows(&database).unwrap_or_else(|error| panic!("{context}: cannot be read: {error}"));
    let reached = index(acknowledged);
    let next = (reached + 1).min(states.len() - 1);
    let held = if found == states[reached] { reached } else { next };
    assert!(found == states[held], "{context}: neither the acknowledged state nor the one in flight");
    if held + 1 < states.len() {
        commit(&database, held as u64).unwrap_or_else(|error| panic!("{context}: cannot be written: {error}"));
        assert!(rows(&database).unwrap() == states[held + 1], "{context}: a commit after recovery went wrong");
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

fn calls_of_a_whole_run() -> u64 {
    let disk = SimulatedDisk::new();
    assert_eq!(run(disk.clone(), 0..COMMITS), COMMITS);
    disk.calls()
}

#[test]
fn after_a_power_cut_at_any_call_exactly_the_committed_state_is_there() {
    let states = states(COMMITS);
    let calls = calls_of_a_whole_run();
    for_each_seed(4, |seed| {
        for call in 0..=calls {
            let disk = SimulatedDisk::new();
            disk.fail_at(call, Fault::PowerCut);
            let acknowledged = run(disk.clone(), 0..COMMITS);
            let image = disk.crash(&mut Seed::new(seed * 100_000 + call));
            let context = format!("seed {seed}, call {call} of {calls}, {acknowledged} commits acknowledged");
            assert_holds(&SimulatedDisk::from_image(&image), acknowledged, &states, &context);
        }
    });
}

#[test]
fn a_second_power_cut_during_recovery_changes_nothing() {
    let states = states(COMMITS);
    let calls = calls_of_a_whole_run();
    for_each_seed(150, |seed| {
        let mut random = Seed::new(seed);
        let disk = SimulatedDisk::new();
        disk.fail_at(random.below(calls), Fault::PowerCut);
        let acknowledged = run(disk.clone(), 0..COMMITS);
        let mut image = disk.crash(&mut random);
        for _ in 0..4 {
            let disk = SimulatedDisk::from_image(&image);
            disk.fail_at(random.below(60), Fault::PowerCut);
            drop(open_on(disk.clone()));
            image = disk.crash(&mut random);
        }
        let context = format!("seed {seed}, {acknowledged} commits acknowledged");
        assert_holds(&SimulatedDisk::from_image(&image), acknowledged, &states, &context);
    });
}

#[test]
fn a_failing_call_anywhere_loses_nothing_acknowledged() {
    let states = states(COMMITS);
    let calls = calls_of_a_whole_run();
    for fault in [Fault::Eio, Fault::Enospc, Fault::ShortWrite] {
        for call in 0..calls {
            let disk = SimulatedDisk::new();
            disk.fail_at(call, fault);
            let acknowledged = run(disk.clone(), 0..COMMITS);
            let context = format!("{fault:?} at call {call}, {acknowledged} commits acknowledged");
            assert_holds(&disk, acknowledged, &states, &context);

            let disk = SimulatedDisk::new();
            disk.fail_at(call, fault);
            let acknowledged = run(disk.clone(), 0..COMMITS);
            let image = disk.crash(&mut Seed::new(call));
            assert_holds(&SimulatedDisk::from_image(&image), acknowledged, &states, &context);
        }
    }
}

#[test]
fn a_store_that_was_closed_verifies_without_a_spot() {
    let disk = SimulatedDisk::new();
    run(disk.clone(), 0..COMMITS);
    run(disk.clone(), COMMITS..COMMITS + 3);
    let report = verify(&disk, "test.redb").unwrap();
    assert_eq!(report.spots, []);
    assert_eq!(report.pages, 1024);
}

#[test]
fn what_a_crash_leaves_behind_is_reported_but_never_read() {
    let calls = calls_of_a_whole_run();
    let mut seen = 0;
    for call in (0..calls).step_by(5) {
        let disk = SimulatedDisk::new();
        disk.fail_at(call, Fault::PowerCut);
        run(disk.clone(), 0..COMMITS);
        let image = disk.crash(&mut Seed::new(call * 5 + 4));
        seen += leftovers(&image);
    }
    assert!(seen > 0, "no crash left a mismatching page behind: the test proves nothing");
}

/// Returns how many data pages `verify` reports in a file; asserts that redb meets none of them.
fn leftovers(image: &Image) -> usize {
    use spanstone_guard::{Guard, Options, Place};
    let disk = SimulatedDisk::from_image(image);
    let Ok(report) = verify(&disk, "test.redb") else { return 0 };
    let is_data = |place: Place| matches!(place, Place::Data { .. });
    let guard = Guard::open(disk, Options::read_write("test.redb")).unwrap();
    let met = guard.findings();
    rows(&workload::open(guard).unwrap()).unwrap();
    assert!(met.list().iter().all(|spot| !is_data(spot.place)), "{:?}", met.list());
    report.spots.iter().filter(|spot| is_data(spot.place)).count()
}
