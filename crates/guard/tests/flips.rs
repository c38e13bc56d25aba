//! Every bit of a small store flipped one at a time: it opens, the data is right, the flip is counted and named.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod workload;

use std::sync::atomic::{AtomicU64, Ordering};

use redb::{Builder, ReadOnlyDatabase, StorageBackend};
use spanstone_guard::{Finding, Guard, Options, PAGE_BYTES, Place, verify};
use spanstone_testkit::{Image, SimulatedDisk};
use workload::{Rows, run, states};

/// Enough commits for 64 KiB of live rows and more.
const COMMITS: u64 = 6;
/// Bytes of a page, of its bits, and the first pages of the parts of a file with one group.
const PAGE_BITS: usize = PAGE_BYTES * 8;
const CHECKSUM_PAGE: usize = 8;
const FIRST_DATA_PAGE: usize = 74;
const SECOND_HEAD_AREA: usize = 1098;

struct Store {
    image: Image,
    rows: Rows,
    /// The device as redb reads it.
    logical: Vec<u8>,
}

impl Store {
    fn new() -> Self {
        let disk = SimulatedDisk::new();
        assert_eq!(run(disk.clone(), 0..COMMITS), COMMITS);
        let image = disk.image();
        let rows = states(COMMITS).pop().unwrap();
        assert!(rows.values().map(Vec::len).sum::<usize>() >= 64 * 1024);
        let logical = logical_bytes(&open(&image, true).0);
        Self { image, rows, logical }
    }

    /// Returns the pages that hold anything.
    fn used_pages(&self) -> Vec<usize> {
        (0..self.image.len() / PAGE_BYTES).filter(|page| !self.image.is_hole(page * PAGE_BYTES)).collect()
    }

    /// Returns whether reading everything meets a bit: it is in a header, a head slot, an entry or a data page within the
    /// logical length.
    fn is_read(&self, bit: usize) -> bool {
        let (page, byte) = (bit / PAGE_BITS, bit / 8 % PAGE_BYTES);
        let logical_pages = self.logical.len() / PAGE_BYTES;
        match page {
            0 | SECOND_HEAD_AREA => byte < 64,
            1 | 3 | 1099 | 1101 => true,
            2 | 4 | 1100 | 1102 => byte < 512,
            CHECKSUM_PAGE => (1..logical_pages).contains(&(byte / 4)),
            page => (FIRST_DATA_PAGE + 1..FIRST_DATA_PAGE + logical_pages).contains(&page),
        }
    }
}

fn open(image: &Image, read_only: bool) -> (Guard<SimulatedDisk>, SimulatedDisk) {
    let disk = SimulatedDisk::from_image(image);
    let options = if read_only { Options::read_only("test.redb") } else { Options::read_write("test.redb") };
    (Guard::open(disk.clone(), options).unwrap(), disk)
}

fn logical_bytes(guard: &Guard<SimulatedDisk>) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(guard.len().unwrap()).unwrap()];
    guard.read(0, &mut bytes).unwrap();
    bytes
}

/// Opens the database without writing and returns all rows.
fn rows_read_only(backend: impl StorageBackend) -> Result<Rows, redb::Error> {
    let database: ReadOnlyDatabase = Builder::new().open_read_only_with_backend(backend)?;
    workload::rows(&database)
}

/// Runs a test for every bit of the used pages, on two threads.
fn for_each_bit(store: &Store, step: usize, test: impl Fn(&Image, usize) + Sync) {
    let pages = store.used_pages();
    std::thread::scope(|scope| {
        for half in pages.chunks(pages.len().div_ceil(2)) {
            scope.spawn(|| {
                for bit in half.iter().flat_map(|page| page * PAGE_BITS..(page + 1) * PAGE_BITS).step_by(step) {
                    let mut flipped = store.image.clone();
                    flipped.flip(bit);
                    test(&flipped, bit);
                }
            });
        }
    });
}

#[test]
fn every_bit_flipped_alone_is_healed_and_counted_where_it_is_read() {
    let store = Store::new();
    let pages = store.used_pages();
    let tested = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for half in pages.chunks(pages.len().div_ceil(2)) {
            scope.spawn(|| {
                for page in half.iter() {
                    let bits = page * PAGE_BITS..(page + 1) * PAGE_BITS;
                    tested.fetch_add(bits.len() as u64, Ordering::Relaxed);
                    match *page {
                        CHECKSUM_PAGE => bits.for_each(|bit| assert_healed(&store, bit)),
                        head if !(CHECKSUM_PAGE..SECOND_HEAD_AREA).contains(&head) => {
                            bits.for_each(|bit| assert_healed(&store, bit));
                        }
                        _ => assert_page_healed(&store, *page, bits),
                    }
                }
            });
        }
    });
    assert!(tested.into_inner() > 800_000);
}

/// Flips a bit of what is read on opening or cached afterwards: opens anew, and reads the whole device.
fn assert_healed(store: &Store, bit: usize) {
    let mut flipped = store.image.clone();
    flipped.flip(bit);
    let (guard, disk) = open(&flipped, true);
    assert!(logical_bytes(&guard) == store.logical, "bit {bit} changes what is read");
    let healed = guard.counters().counts().healed();
    assert_eq!(healed, u64::from(store.is_read(bit)), "bit {bit} is not counted once where it is read");
    assert_eq!(guard.findings().list().len() as u64, healed);
    assert!(disk.image() == flipped, "bit {bit}: a read-only guard wrote");
}

/// Flips the bits of a data page one after the other, and reads the page each time.
fn assert_page_healed(store: &Store, page: usize, bits: std::ops::Range<usize>) {
    let (guard, disk) = open(&store.image, true);
    let at = (page - FIRST_DATA_PAGE) * PAGE_BYTES;
    let mut found = vec![0; PAGE_BYTES];
    for (number, bit) in (1..).zip(bits) {
        disk.flip(bit);
        if store.is_read(bit) {
            guard.read(at as u64, &mut found).unwrap();
            assert!(found == store.logical[at..at + PAGE_BYTES], "bit {bit} changes what is read");
            assert_eq!(guard.counters().counts().healed_pages, number);
        }
        disk.flip(bit);
    }
}

#[test]
fn redb_opens_and_reads_every_row_whichever_byte_has_a_flipped_bit() {
    let store = Store::new();
    for_each_bit(&store, 9, |flipped, bit| {
        let (guard, _) = open(flipped, true);
        let found = rows_read_only(guard).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert!(found == store.rows, "bit {bit} changes the rows");
    });
}

#[test]
fn healing_writes_the_file_back_as_it_was() {
    let store = Store::new();
    for_each_bit(&store, 101, |flipped, bit| {
        let (guard, disk) = open(flipped, false);
        assert!(logical_bytes(&guard) == store.logical, "bit {bit} changes what is read");
        let in_slot = (1..=4).contains(&(bit / PAGE_BITS % SECOND_HEAD_AREA));
        if store.is_read(bit) && !in_slot {
            assert!(disk.image() == store.image, "bit {bit} was not written back");
        }
    });
}

/// A slot is made whole by a new generation, so its bytes differ; what counts is that nothing is left to heal.
#[test]
fn a_healed_file_verifies_without_a_spot() {
    let store = Store::new();
    for_each_bit(&store, 4099, |flipped, bit| {
        let (guard, disk) = open(flipped, false);
        logical_bytes(&guard);
        if store.is_read(bit) {
            assert_eq!(verify(&disk, "test.redb").unwrap().spots, [], "bit {bit}");
        }
    });
}

#[test]
fn verify_names_every_flip() {
    let store = Store::new();
    for_each_bit(&store, 1123, |flipped, bit| {
        let report = verify(&SimulatedDisk::from_image(flipped), "test.redb").unwrap();
        assert_named(&report.spots, bit);
    });
    // One flip in every page of the group at once: pages are independent, so each is one flip alone.
    for round in (0..PAGE_BITS).step_by(229) {
        let mut flipped = store.image.clone();
        let bits: Vec<usize> = (FIRST_DATA_PAGE..FIRST_DATA_PAGE + 1024)
            .map(|page| page * PAGE_BITS + (round + page * 101) % PAGE_BITS)
            .collect();
        bits.iter().for_each(|bit| flipped.flip(*bit));
        let report = verify(&SimulatedDisk::from_image(&flipped), "test.redb").unwrap();
        assert_eq!(report.spots.len(), bits.len());
        for (spot, bit) in report.spots.iter().zip(&bits) {
            assert_named(std::slice::from_ref(spot), *bit);
        }
    }
}

fn assert_named(spots: &[spanstone_guard::Spot], bit: usize) {
    let [spot] = spots else { panic!("bit {bit}: {spots:?}") };
    let flipped = u8::try_from(bit % 8).unwrap();
    assert_eq!(spot.offset, bit as u64 / 8, "bit {bit}: {spot}");
    let expected = match spot.place {
        Place::Data { .. } | Place::Reserved if bit / PAGE_BITS == CHECKSUM_PAGE => {
            Finding::FlippedChecksumBit { bit: flipped }
        }
        Place::Header { .. } | Place::Head { .. } | Place::Reserved | Place::Data { .. } => {
            Finding::FlippedBit { bit: flipped }
        }
    };
    assert_eq!(spot.finding, expected);
}

#[test]
fn two_flips_in_a_page_are_an_error_that_names_it_and_other_pages_stay_readable() {
    let store = Store::new();
    let mut image = store.image.clone();
    image.flip((FIRST_DATA_PAGE + 5) * PAGE_BITS + 100);
    image.flip((FIRST_DATA_PAGE + 5) * PAGE_BITS + 20_000);
    let (guard, _) = open(&image, false);
    let mut page = vec![0; PAGE_BYTES];
    let error = guard.read(5 * 4096, &mut page).unwrap_err();
    let damage = spanstone_guard::Damage::of(&error).unwrap();
    assert_eq!(
        damage.to_string(),
        "page 5 of `test.redb` is damaged beyond healing (bytes 323584 to 327679 of the file)"
    );
    guard.read(6 * 4096, &mut page).unwrap();
    assert_eq!(page, store.logical[6 * 4096..7 * 4096]);
    assert_eq!(guard.counters().counts().unhealable_pages, 1);

    // Overwritten whole, the page is good again; what was there is not read.
    guard.write(5 * 4096, &page).unwrap();
    let mut back = vec![0; PAGE_BYTES];
    guard.read(5 * 4096, &mut back).unwrap();
    assert_eq!(back, page);
}
