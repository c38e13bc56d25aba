//! The device against a plain vector of bytes: random writes, reads, lengths, syncs, reopenings and crashes.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use proptest::prelude::*;
use redb::StorageBackend;
use spanstone_guard::{Disk, Guard, Options, PAGE_BYTES, verify};
use spanstone_testkit::{Fault, Seed, SimulatedDisk};

/// Three groups, so that a cache of one checksum page is always busy.
const PAGES_MAX: usize = 2500;

#[derive(Clone, Debug)]
enum Step {
    Write { at: usize, len: usize, fill: u8 },
    Read { at: usize, len: usize },
    SetLen { pages: usize },
    Sync,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    // Offsets gather where things change: the start, and the borders of groups.
    let at = prop_oneof![0..40_000usize, 4_180_000..4_210_000usize, 8_380_000..8_400_000usize, 0..PAGES_MAX * 4096];
    let aligned = at.clone().prop_map(|at| at / PAGE_BYTES * PAGE_BYTES);
    let pages = prop_oneof![0..40usize, 1000..1050usize, 2040..2060usize, 0..PAGES_MAX];
    prop_oneof![
        4 => (prop_oneof![at.clone(), aligned], prop_oneof![1..9000usize, 1..80usize, Just(300_000)], 1..=255u8)
            .prop_map(|(at, len, fill)| Step::Write { at, len, fill }),
        3 => (at, 1..30_000usize).prop_map(|(at, len)| Step::Read { at, len }),
        1 => pages.prop_map(|pages| Step::SetLen { pages }),
        1 => Just(Step::Sync),
        1 => Just(Step::Reopen),
    ]
}

fn options() -> Options {
    Options { checksum_pages_max: 1, ..Options::read_write("model") }
}

/// What a device shows after it is opened: a first page that begins with zeros was never initialised.
fn reopened(model: &[u8]) -> Vec<u8> {
    if model.iter().take(8).all(|byte| *byte == 0) { Vec::new() } else { model.to_vec() }
}

fn content(guard: &Guard<impl Disk>) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(guard.len().unwrap()).unwrap()];
    guard.read(0, &mut bytes).unwrap();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_guard_behaves_like_a_vector(steps in prop::collection::vec(step(), 1..40)) {
        let disk = SimulatedDisk::new();
        let mut guard = Guard::open(disk.clone(), options()).unwrap();
        let mut model = Vec::new();
        for step in steps {
            match step {
                Step::Write { at, len, fill } => {
                    let fits = at + len <= model.len();
                    prop_assert_eq!(guard.write(at as u64, &vec![fill; len]).is_ok(), fits);
                    if fits {
                        model[at..at + len].fill(fill);
                    }
                }
                Step::Read { at, len } => {
                    let mut found = vec![0; len];
                    let fits = at + len <= model.len();
                    prop_assert_eq!(guard.read(at as u64, &mut found).is_ok(), fits);
                    if fits {
                        prop_assert!(found == model[at..at + len]);
                    }
                }
                Step::SetLen { pages } => {
                    guard.set_len((pages * PAGE_BYTES) as u64).unwrap();
                    model.resize(pages * PAGE_BYTES, 0);
                }
                Step::Sync => guard.sync_data().unwrap(),
                Step::Reopen => {
                    guard.sync_data().unwrap();
                    drop(guard);
                    guard = Guard::open(SimulatedDisk::from_image(&disk.image()), options()).unwrap();
                    model = reopened(&model);
                    guard.sync_data().unwrap();
                    prop_assert!(content(&guard) == model);
                    guard = Guard::open(disk.clone(), options()).unwrap();
                }
            }
            prop_assert_eq!(guard.len().unwrap(), model.len() as u64);
        }
        prop_assert!(content(&guard) == model);
        prop_assert_eq!(guard.counters().counts().healed(), 0);
        guard.sync_data().unwrap();
        prop_assert_eq!(verify(&disk, "model").unwrap().spots, []);
    }

    #[test]
    fn length_and_first_page_change_together_in_a_crash(
        changes in prop::collection::vec((1..PAGES_MAX, 1..=255u8), 1..8),
        seed: u64,
    ) {
        let disk = SimulatedDisk::new();
        let guard = Guard::open(disk.clone(), options()).unwrap();
        let mut durable = (0, 0);
        let (last, earlier) = changes.split_last().unwrap();
        for (pages, fill) in earlier {
            guard.set_len((pages * PAGE_BYTES) as u64).unwrap();
            guard.write(0, &[*fill; 600]).unwrap();
            guard.sync_data().unwrap();
            durable = (*pages, *fill);
        }
        guard.set_len((last.0 * PAGE_BYTES) as u64).unwrap();
        guard.write(0, &[last.1; 600]).unwrap();
        let mut random = Seed::new(seed);
        disk.fail_at(disk.calls() + random.below(6), Fault::PowerCut);
        let acknowledged = guard.sync_data().is_ok();
        let image = disk.crash(&mut random);
        let guard = Guard::open(SimulatedDisk::from_image(&image), options()).unwrap();
        let mut first = [0; 600];
        let len = usize::try_from(guard.len().unwrap()).unwrap() / PAGE_BYTES;
        if len > 0 {
            guard.read(0, &mut first).unwrap();
        }
        prop_assert!(first.iter().all(|byte| *byte == first[0]));
        let found = (len, first[0]);
        prop_assert!(found == *last || (!acknowledged && found == durable), "{found:?}, {durable:?}, {last:?}");
    }
}
