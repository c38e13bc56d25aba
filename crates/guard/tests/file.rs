//! A guard on a real file, read and written by several threads at once.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod workload;

use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;
use spanstone_guard::{Access, Damage, FileDisk, Guard, Options, PAGE_BYTES, verify};
use spanstone_testkit::SimulatedDisk;
use workload::{commit, open_on, rows, run, states};

const PAGES: u64 = 300;

#[test]
fn readers_see_whole_pages_while_they_are_written_and_synced() {
    let directory = tempfile::tempdir().unwrap();
    let disk = FileDisk::open(&directory.path().join("test.redb"), Access::ReadWrite).unwrap();
    // Room for one checksum page keeps the cache loading and writing back.
    let options = Options { checksum_pages_max: 1, ..Options::read_write("test.redb") };
    let guard = Guard::open(disk, options).unwrap();
    guard.set_len((1024 + PAGES) * 4096).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for reader in 0..3 {
            let (guard, done) = (&guard, &done);
            scope.spawn(move || {
                let mut page = reader;
                let mut bytes = vec![0; 2 * PAGE_BYTES];
                while !done.load(Ordering::Relaxed) {
                    page = (page + 7) % (PAGES - 2);
                    guard.read((1024 - PAGES / 2 + page) * 4096, &mut bytes).unwrap();
                    for whole in bytes.chunks(PAGE_BYTES) {
                        assert!(whole.iter().all(|byte| *byte == whole[0]));
                    }
                }
            });
        }
        for round in 1..=20u8 {
            for page in (0..PAGES).step_by(3) {
                guard.write((1024 - PAGES / 2 + page) * 4096, &vec![round; 3 * PAGE_BYTES]).unwrap();
            }
            guard.sync_data().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(guard.counters().counts().healed(), 0);
}

#[test]
fn a_database_in_a_file_is_there_again_after_it_was_closed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.redb");
    let open = |access| FileDisk::open(&path, access).unwrap();
    {
        let database = open_on(open(Access::ReadWrite)).unwrap();
        (0..5).for_each(|number| commit(&database, number).unwrap());
    }
    {
        let database = open_on(open(Access::ReadWrite)).unwrap();
        assert!(rows(&database).unwrap() == states(5)[5]);
        commit(&database, 5).unwrap();
    }
    assert_eq!(verify(&open(Access::ReadOnly), "test.redb").unwrap().spots, []);
    let guard = Guard::open(open(Access::ReadOnly), Options::read_only("test.redb")).unwrap();
    assert!(guard.write(4096, &[1; 4096]).is_err());
    let database = redb::Builder::new().open_read_only_with_backend(guard).unwrap();
    assert!(rows(&database).unwrap() == states(6)[6]);
}

#[test]
fn damage_reaches_the_caller_of_redb_with_its_place() {
    let disk = SimulatedDisk::new();
    run(disk.clone(), 0..6);
    // Every data page but the first few damaged: the rows cannot all be read, and the error says where.
    let mut image = disk.image();
    for page in 20..60 {
        image.write((74 + page) * PAGE_BYTES, &[0xEE; 64]);
    }
    let guard = Guard::open(SimulatedDisk::from_image(&image), Options::read_only("test.redb")).unwrap();
    let counters = guard.counters();
    let error = redb::Builder::new()
        .open_read_only_with_backend(guard)
        .map_err(redb::Error::from)
        .and_then(|database| rows(&database))
        .unwrap_err();
    let redb::Error::Io(error) = error else { panic!("{error:?}") };
    let damage = Damage::of(&error).unwrap();
    assert_eq!((damage.file.as_str(), damage.len), ("test.redb", 4096));
    assert!((20..60).contains(&damage.page));
    assert_eq!(damage.offset, (74 + damage.page) * 4096);
    assert_eq!(counters.counts().unhealable_pages, 1);
}
