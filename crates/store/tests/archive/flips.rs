//! Single bits flipped in every file of a small store: it opens, and what it shows is right.

use spanstone_guard::PAGE_BYTES;
use spanstone_testkit::{Images, Seed};

use crate::events::Traffic;
use crate::fixtures::{Setup, World, number, project};
use crate::oracle::Oracle;

/// How many bits are flipped, one at a time; set in the environment for more.
const FLIPS: &str = "SPANSTONE_FLIPS";

fn store() -> (Images, Oracle) {
    let mut world = World::new(Setup { hot_bytes_max: 48 * 1024, ..Setup::default() });
    let (mut traffic, mut seed) = (Traffic::default(), Seed::new(11));
    for _ in 0..40 {
        let specs = traffic.request(&project(0), &world.oracle, &mut seed);
        world.write(&project(0), specs);
    }
    world.settle();
    world.close();
    (world.folder.images(), world.oracle)
}

#[test]
fn a_flipped_bit_in_any_file_changes_nothing_that_is_read() {
    let (images, oracle) = store();
    let expected = oracle.seen(&project(0));
    let mut pages = Vec::new();
    for (name, image) in &images {
        let used = (0..image.len() / PAGE_BYTES).filter(|page| !image.is_hole(page * PAGE_BYTES));
        pages.extend(used.map(|page| (name, page)));
    }
    let (mut seed, flips) = (Seed::new(12), number(FLIPS, 200));
    let (mut healed, mut in_segments) = (0, 0);
    for _ in 0..flips {
        let (name, page) = pages[usize::try_from(seed.below(pages.len() as u64)).expect("small")];
        let bit = page * PAGE_BYTES * 8 + usize::try_from(seed.below(PAGE_BYTES as u64 * 8)).expect("small");
        let context = format!("bit {bit} of {name}");
        let mut flipped = images.clone();
        flipped.get_mut(name).expect("it is there").flip(bit);
        let world = World::reopen(&flipped, Setup::default(), oracle.clone());
        let seen = crate::reading::Reader::new(world.store(), &project(0)).lists();
        seen.assert_is(&expected, &context);
        healed += u64::from(world.store().counters().guard.healed() > 0);
        in_segments += u64::from(name.ends_with(".segment"));
    }
    assert!(healed > 0 && in_segments > 0, "{healed} flips were met in the ledger, {in_segments} were in segments");
}
