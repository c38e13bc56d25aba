//! Files that were cut, overwritten, or never were guard files: they open or say what is wrong, and never panic.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod workload;

use proptest::prelude::*;
use redb::StorageBackend;
use spanstone_guard::{Guard, GuardError, Options, verify};
use spanstone_testkit::{Image, SimulatedDisk};
use workload::{open_on, rows, run, states};

const COMMITS: u64 = 6;

fn store() -> Image {
    let disk = SimulatedDisk::new();
    assert_eq!(run(disk.clone(), 0..COMMITS), COMMITS);
    disk.image()
}

#[test]
fn a_file_cut_anywhere_says_so() {
    let image = store();
    let whole = image.len();
    for len in (512..whole).step_by(512) {
        let mut cut = image.clone();
        cut.set_len(len);
        let disk = SimulatedDisk::from_image(&cut);
        assert!(verify(&disk, "test.redb").is_err(), "cut at {len}");
        match Guard::open(disk.clone(), Options::read_write("test.redb")) {
            Err(GuardError::Truncated { expected, found, .. }) => {
                assert_eq!((expected, found), (whole as u64, len as u64));
            }
            other => panic!("cut at {len}: {other:?}"),
        }
        assert!(disk.image() == cut, "cut at {len}: a file that was refused was changed");
    }
}

#[test]
fn a_head_area_that_is_gone_is_restored_from_the_other() {
    let image = store();
    for area in [0, 1098 * 4096] {
        let mut damaged = image.clone();
        damaged.write(area, &[0xA5; 8 * 4096]);
        let disk = SimulatedDisk::from_image(&damaged);
        assert!(rows(&open_on(disk.clone()).unwrap()).unwrap() == states(COMMITS)[6]);
        let report = verify(&disk, "test.redb").unwrap();
        assert!(report.spots.iter().all(|spot| spot.place == spanstone_guard::Place::Reserved), "{report:?}");
    }
}

#[test]
fn both_copies_of_the_last_head_gone_is_refused_and_leaves_the_file_alone() {
    let image = store();
    for damage in [[0; 4608], [0xFF; 4608]] {
        let refused: Vec<bool> = [1, 3]
            .into_iter()
            .map(|slot| {
                let mut damaged = image.clone();
                damaged.write(slot * 4096, &damage);
                damaged.write((1098 + slot) * 4096, &damage);
                let disk = SimulatedDisk::from_image(&damaged);
                let result = Guard::open(disk.clone(), Options::read_write("test.redb"));
                assert!(disk.image() == damaged);
                matches!(result, Err(GuardError::HeadDamaged { .. }))
            })
            .collect();
        assert_eq!(refused, [true, true]);
    }
}

#[test]
fn other_files_are_refused_and_left_alone() {
    for bytes in [vec![7; 100], vec![b'x'; 4096], vec![0xFF; 5_000_000]] {
        let disk = SimulatedDisk::from_image(&Image::of(&bytes));
        let error = Guard::open(disk.clone(), Options::read_write("notes.txt")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`notes.txt` is not a Spanstone store file, or both of its headers are destroyed; restore it from a backup"
        );
        assert_eq!(disk.image().bytes(), bytes);
    }
    let empty = Guard::open(SimulatedDisk::new(), Options::read_only("ledger.redb"));
    assert!(matches!(empty, Err(GuardError::Empty { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40_000), len in 0usize..5_000_000) {
        let mut image = Image::of(&bytes);
        image.set_len(len);
        let disk = SimulatedDisk::from_image(&image);
        let _ = verify(&disk, "test.redb");
        let _ = open_on(disk);
    }

    #[test]
    fn damage_anywhere_never_panics_and_never_invents_rows(
        areas in prop::collection::vec((0usize..4_500_000, 1usize..6000, any::<u8>()), 1..6),
        near_head in any::<bool>(),
    ) {
        thread_local!(static STORE: Image = store());
        let mut image = STORE.with(Image::clone);
        for (offset, size, fill) in areas {
            let offset = if near_head { offset % 600_000 } else { offset };
            let size = size.min(image.len() - offset.min(image.len()));
            image.write(offset, &vec![fill; size]);
        }
        let disk = SimulatedDisk::from_image(&image);
        let _ = verify(&disk, "test.redb");
        if let Ok(guard) = Guard::open(disk.clone(), Options::read_only("test.redb")) {
            let _ = guard.len();
        }
        if let Ok(database) = open_on(disk)
            && let Ok(found) = rows(&database)
        {
            prop_assert!(found == states(COMMITS)[6]);
        }
    }
}
