//! A store whose file was cut short, at every 512th byte.

use spanstone_guard::PAGE_BYTES;
use spanstone_store::{StoreError, StoreErrorKind};
use spanstone_testkit::{Image, SimulatedDisk};

use crate::fixtures::{Contents, Intact, for_each, open, open_read_only, read_all, sent, verified, write};

/// The message of an error has to name the file, what is wrong with it, and what can be done.
fn assert_helps(error: &StoreError, cut: usize) {
    let text = error.to_string();
    let remedies = ["restore it from a backup", "open it for writing once to create the store"];
    let helps = text.contains("`ledger.redb`") && remedies.iter().any(|remedy| text.contains(remedy));
    assert!(helps, "cut at {cut}: {text}");
    assert_eq!(error.kind(), StoreErrorKind::Damaged, "cut at {cut}: {text}");
}

/// Cuts at every 512th byte. All but the first cut must be refused, in a way that helps and changes nothing.
fn cut_everywhere(image: &Image) {
    let sectors = image.len() / 512;
    for_each(sectors, |sector| {
        let cut = sector * 512;
        let mut image = image.clone();
        image.set_len(cut);
        assert_helps(&verified(&image).expect_err("a cut file does not verify"), cut);
        let disk = SimulatedDisk::from_image(&image);
        assert_helps(&open_read_only(disk.clone()).expect_err("a cut file does not open"), cut);
        match open(disk.clone()) {
            Err(error) => assert_helps(&error, cut),
            // An empty file is how every ledger begins; that a directory had one is for `Store::open` to remember.
            Ok((ledger, _)) => {
                assert_eq!((cut, read_all(&ledger)), (0, Ok(Contents::default())));
                return;
            }
        }
        assert!(disk.image() == image, "cut at {cut}: what is left was changed");
    });
    eprintln!("cut a file of {} bytes in {sectors} places", image.len());
}

#[test]
fn a_file_cut_anywhere_is_refused_with_what_is_wrong_and_left_as_it_is() {
    cut_everywhere(&Intact::closed().image);
}

#[test]
fn a_file_of_two_groups_cut_anywhere_is_refused_too() {
    let disk = SimulatedDisk::new();
    let (ledger, _) = open(disk.clone()).unwrap();
    write(&ledger, &Contents { blocks: vec![vec![sent(1, 6_000_000)]], ..Contents::default() });
    ledger.close().unwrap();
    assert!(disk.image().len() > 1106 * PAGE_BYTES);
    cut_everywhere(&disk.image());
}

#[test]
fn a_file_that_grew_beyond_its_content_is_read_whole() {
    let store = Intact::closed();
    for beyond in [512, 4096, 100_000, 5_000_000] {
        let mut image = store.image.clone();
        image.set_len(image.len() + beyond);
        let (ledger, _) = open(SimulatedDisk::from_image(&image)).unwrap();
        assert_eq!(read_all(&ledger).as_ref(), Ok(&store.truth));
    }
}
