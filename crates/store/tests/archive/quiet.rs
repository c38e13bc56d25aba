//! Sealing before memory is full: after some time without a write, and when the store is closed.

use std::time::Duration;

use crate::fixtures::{NOON, Setup, World, project, verify};
use crate::wire::{Spec, What, spec};

const MIB: usize = 1024 * 1024;

/// Traces whose rows take more than the 4 MiB from which on it is worth it, and less than a layer.
fn many() -> Vec<Spec> {
    (0..12_000).map(|id| spec(What::Trace, id, 0, NOON + i64::from(id) * 1_000)).collect()
}

fn setup(seal_after: Option<Duration>) -> Setup {
    Setup { hot_bytes_max: 64 * MIB, seal_after, ..Setup::default() }
}

#[test]
fn what_is_in_memory_is_sealed_once_nothing_is_written_any_more() {
    let mut world = World::new(setup(Some(Duration::ZERO)));
    world.write(&project(0), many());
    world.settle();
    let sealed = world.store().counters();
    assert_eq!((sealed.hot.traces, sealed.archive.seals), (0, 1));
    // A few rows more stay where they are.
    world.write(&project(0), vec![spec(What::Trace, 50_000, 0, NOON)]);
    world.settle();
    let after = world.store().counters();
    assert_eq!((after.hot.traces, after.archive.seals), (1, 1));
    world.check(&project(0), "sealed early");
    world.close();
    assert!(verify(&world.folder).is_clean());
}

#[test]
fn nothing_is_sealed_before_it_has_been_quiet_for_as_long_as_it_should() {
    let mut world = World::new(setup(Some(Duration::from_secs(1_000_000))));
    world.write(&project(0), many());
    world.settle();
    assert_eq!(world.store().counters().archive.seals, 0);
}

#[test]
fn a_store_that_was_closed_has_nothing_to_replay() {
    let mut world = World::new(setup(None));
    world.write(&project(0), many());
    world.settle();
    assert_eq!(world.store().counters().archive.seals, 0);
    world.restart();
    world.check(&project(0), "closed and opened");
    let counters = world.store().counters();
    assert_eq!((counters.hot.traces, counters.replayed_blocks, counters.sealed.traces), (0, 0, 12_000));
}

#[test]
fn a_few_rows_are_not_sealed_when_the_store_is_closed() {
    let mut world = World::new(setup(None));
    world.write(&project(0), vec![spec(What::Trace, 1, 0, NOON)]);
    world.restart();
    world.check(&project(0), "closed and opened");
    assert_eq!(world.store().counters().sealed.segments, 0);
}
