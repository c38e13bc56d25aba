//! Bits flipped in what a killed process or a power cut leaves behind.

use std::sync::atomic::{AtomicU64, Ordering};

use spanstone_guard::PAGE_BYTES;
use spanstone_testkit::{Fault, Image, Seed, SimulatedDisk};

use crate::fixtures::{Contents, Intact, entries, for_each, open, read_all, sent, verified, write};

const BITS: usize = 5_000;

fn bit_of_a_used_page(image: &Image, seed: &mut Seed) -> usize {
    let used: Vec<usize> = (0..image.len() / PAGE_BYTES).filter(|page| !image.is_hole(page * PAGE_BYTES)).collect();
    let page = used[usize::try_from(seed.below(used.len() as u64)).unwrap()];
    page * PAGE_BYTES * 8 + usize::try_from(seed.below(PAGE_BYTES as u64 * 8)).unwrap()
}

#[test]
fn a_flip_in_a_store_that_was_not_closed_is_healed_counted_and_named() {
    const SEED: u64 = 1;
    let store = Intact::killed();
    let read = store.read_bits();
    let mut seed = Seed::new(SEED);
    let bits: Vec<usize> = (0..BITS).map(|_| bit_of_a_used_page(&store.image, &mut seed)).collect();
    let met = AtomicU64::new(0);
    for_each(bits.len(), |index| {
        let bit = bits[index];
        let flipped = store.flipped(bit);
        let (ledger, counters) =
            open(SimulatedDisk::from_image(&flipped)).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert_eq!(read_all(&ledger).as_ref(), Ok(&store.truth), "bit {bit}");
        let expected = u64::from(read.iter().any(|range| range.contains(&bit)));
        assert_eq!(counters.counts().healed(), expected, "bit {bit}");
        assert_eq!(counters.counts().unhealable_pages, 0, "bit {bit}");
        met.fetch_add(expected, Ordering::Relaxed);
        let report = verified(&flipped).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert!(report.pages.spots.iter().any(|spot| spot.offset == bit as u64 / 8), "bit {bit} is not named");
        assert!(report.records.is_clean(), "bit {bit}");
    });
    eprintln!("{BITS} bits of a store that was not closed, {} of them read, seed {SEED}", met.into_inner());
}

/// What a power cut in the middle of a commit leaves, and what may be in it.
struct Crashed {
    image: Image,
    acknowledged: Contents,
    attempted: Contents,
}

impl Crashed {
    /// Cuts the power at the call number `calls_ahead` of a commit; `None` if the commit makes fewer calls.
    fn new(calls_ahead: u64, seed: &mut Seed) -> Option<Self> {
        let disk = SimulatedDisk::new();
        let (ledger, _) = open(disk.clone()).unwrap();
        let acknowledged = Contents {
            blocks: (0..3).map(|number| vec![sent(number, 2_000), sent(number + 10, 9_000)]).collect(),
            ..Contents::default()
        };
        write(&ledger, &acknowledged);
        let mut attempted = acknowledged.clone();
        attempted.blocks.push(vec![sent(20, 12_000)]);
        disk.fail_at(disk.calls() + calls_ahead, Fault::PowerCut);
        let refused = ledger.append_block(&entries(&attempted.blocks[3])).is_err();
        refused.then(|| Self { image: disk.crash(seed), acknowledged, attempted })
    }
}

#[test]
fn a_flip_in_what_a_power_cut_left_loses_nothing_that_was_acknowledged() {
    const SEED: u64 = 2;
    let mut seed = Seed::new(SEED);
    let crashes: Vec<Crashed> = (0..100).filter_map(|call| Crashed::new(call, &mut seed)).collect();
    let each = BITS.div_ceil(crashes.len());
    let next_seed = seed.next_u64();
    for_each(crashes.len() * each, |index| {
        let crashed = &crashes[index % crashes.len()];
        let bit = bit_of_a_used_page(&crashed.image, &mut Seed::new(next_seed.wrapping_add(index as u64)));
        let mut image = crashed.image.clone();
        image.flip(bit);
        let (ledger, _) = open(SimulatedDisk::from_image(&image)).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        let read = read_all(&ledger).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert!(read == crashed.acknowledged || read == crashed.attempted, "bit {bit}: something is lost or invented");
        let report = verified(&image).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert!(report.records.is_clean(), "bit {bit}: {:?}", report.records.findings);
    });
    eprintln!("{} bits in {} power cuts, seed {SEED}", crashes.len() * each, crashes.len());
}
