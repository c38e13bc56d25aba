//! Every bit of a closed store flipped, one at a time.

use std::time::Instant;

use spanstone_guard::{Finding, PAGE_BYTES, Place, Spot};
use spanstone_testkit::{Fault, Image, Seed, SimulatedDisk};

use crate::fixtures::{CHECKSUM_PAGE, FIRST_DATA_PAGE, Intact, SECOND_HEAD_AREA, for_each, open, read_all, verified};

const PAGE_BITS: usize = PAGE_BYTES * 8;

/// Opens as the server does, reads everything, and returns how many flips were healed. What is read must be the truth.
fn healed(store: &Intact, flipped: &Image, bit: usize) -> u64 {
    let disk = SimulatedDisk::from_image(flipped);
    let (ledger, counters) = open(disk.clone()).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
    let read = read_all(&ledger).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
    assert!(read == store.truth, "bit {bit} changes what is read");
    // Closing would take as long as everything before it, and is not what is tested.
    disk.fail_at(0, Fault::PowerCut);
    let counts = counters.counts();
    assert_eq!(counts.unhealable_pages, 0, "bit {bit}");
    counts.healed()
}

#[test]
fn every_bit_flipped_alone_is_healed_and_counted_and_everything_is_read() {
    let store = Intact::closed();
    assert!(store.live.len() * PAGE_BYTES >= 64 * 1024);
    let bits: Vec<usize> = store.read_bits().into_iter().flatten().collect();
    let begun = Instant::now();
    for_each(bits.len(), |index| {
        let bit = bits[index];
        assert_eq!(healed(&store, &store.flipped(bit), bit), 1, "bit {bit} is not counted once");
    });
    eprintln!(
        "flipped {} bits one at a time, {} live pages among them, in {:?}",
        bits.len(),
        store.live.len(),
        begun.elapsed()
    );
}

#[test]
fn every_bit_that_is_not_read_is_harmless_and_named() {
    const SEED: u64 = 20_261_122;
    const BITS: usize = 3_000;
    let store = Intact::closed();
    let read = store.read_bits();
    let used: Vec<usize> =
        (0..store.image.len() / PAGE_BYTES).filter(|page| !store.image.is_hole(page * PAGE_BYTES)).collect();
    let mut seed = Seed::new(SEED);
    let mut bits = Vec::with_capacity(BITS);
    while bits.len() < BITS {
        // Every other one in a page that holds something, the rest anywhere.
        let page =
            if bits.len() % 2 == 0 { used[below(&mut seed, used.len())] } else { below(&mut seed, store.pages()) };
        let bit = page * PAGE_BITS + below(&mut seed, PAGE_BITS);
        if read.iter().all(|range| !range.contains(&bit)) {
            bits.push(bit);
        }
    }
    for_each(bits.len(), |index| {
        let bit = bits[index];
        let flipped = store.flipped(bit);
        assert_eq!(healed(&store, &flipped, bit), 0, "bit {bit} is read after all");
        let report = verified(&flipped).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert_named(&store, &report.pages.spots, &[bit]);
        assert!(report.records.is_clean() && !report.is_clean());
    });
    eprintln!("flipped {BITS} bits that nothing reads, seed {SEED}");
}

/// All bits of headers and checksum entries, and of the rest one in 97, which visits every byte of it in turn.
#[test]
fn verification_names_the_place_of_a_flip_and_finds_the_records_whole() {
    let store = Intact::closed();
    let few = store.head_bits().into_iter().filter(|range| range.len() == 512).chain(store.entry_bits()).flatten();
    let rest = store.read_bits().into_iter().filter(|range| range.len() > 512).flatten().step_by(97);
    let bits: Vec<usize> = few.chain(rest).collect();
    for_each(bits.len(), |index| {
        let bit = bits[index];
        let report = verified(&store.flipped(bit)).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert_named(&store, &report.pages.spots, &[bit]);
        assert!(report.records.is_clean() && !report.is_clean(), "bit {bit}");
        assert_eq!(report.records.entries_intact, store.truth.blocks.iter().flatten().count() as u64);
    });
    eprintln!("verified with each of {} bits flipped alone", bits.len());
}

/// The pages and copies of a file are verified each for itself, so one flip in each of them at once is as good as one
/// flip at a time, and quick enough for every bit.
#[test]
fn the_page_walk_names_every_bit_with_one_flip_in_every_page_at_a_time() {
    let store = Intact::closed();
    let ranges: Vec<_> =
        store.head_bits().into_iter().filter(|range| range.len() > 512).chain(store.live_bits()).collect();
    let rounds = ranges.iter().map(ExactSizeIterator::len).max().unwrap();
    for_each(rounds, |round| {
        let bits: Vec<usize> =
            ranges.iter().filter(|range| round < range.len()).map(|range| range.start + round).collect();
        let mut flipped = store.image.clone();
        bits.iter().for_each(|bit| flipped.flip(*bit));
        let report = spanstone_guard::verify(&SimulatedDisk::from_image(&flipped), "ledger.redb").unwrap();
        assert_named(&store, &report.spots, &bits);
    });
    eprintln!("{} bits are named", ranges.iter().map(ExactSizeIterator::len).sum::<usize>());
}

fn below(seed: &mut Seed, bound: usize) -> usize {
    usize::try_from(seed.below(bound as u64)).expect("below a usize")
}

fn assert_named(store: &Intact, found: &[Spot], bits: &[usize]) {
    let mut found = found.to_vec();
    found.sort_by_key(|spot| spot.offset);
    let mut expected: Vec<Spot> = bits.iter().map(|bit| spot(store, *bit)).collect();
    expected.sort_by_key(|spot| spot.offset);
    assert_eq!(found, expected);
}

/// What verification says of one flipped bit.
fn spot(store: &Intact, bit: usize) -> Spot {
    let (page, byte) = (bit / PAGE_BITS, bit / 8 % PAGE_BYTES);
    let data = |page: usize| if page == 0 { Place::Reserved } else { Place::Data { page: page as u64 } };
    let in_head = store.head_bits().iter().any(|range| range.contains(&bit));
    let place = match page {
        CHECKSUM_PAGE => data(byte / 4),
        FIRST_DATA_PAGE..SECOND_HEAD_AREA => data(page - FIRST_DATA_PAGE),
        _ if !in_head => Place::Reserved,
        _ => {
            let copy = if page < SECOND_HEAD_AREA { 1 } else { 2 };
            match page % SECOND_HEAD_AREA {
                0 => Place::Header { copy },
                1 | 2 => Place::Head { slot: 'A', copy },
                _ => Place::Head { slot: 'B', copy },
            }
        }
    };
    let flipped = u8::try_from(bit % 8).expect("below 8");
    let finding = if page == CHECKSUM_PAGE {
        Finding::FlippedChecksumBit { bit: flipped }
    } else {
        Finding::FlippedBit { bit: flipped }
    };
    Spot { place, offset: bit as u64 / 8, finding }
}
