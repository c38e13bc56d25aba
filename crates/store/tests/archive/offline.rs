//! What is said of a store that no server has open, and what is left alone in it.

use std::path::Path;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_guard::{Access, Folder, Guard};
use spanstone_store::ledger::{self, ArchiveChange, Ledger};
use spanstone_store::segment::Table;
use spanstone_store::{
    DocumentChange, DocumentKind, LEDGER_FILE, OfflineStats, Store, StoreErrorKind, WeekStats, stats_of_folder,
};
use spanstone_testkit::{Images, Seed, SimulatedFolder, for_each_seed};

use crate::events::Traffic;
use crate::fixtures::{NOON, Setup, World, append, options, project, verify};
use crate::wire::{Decoder, What, spec};

fn stats(folder: &SimulatedFolder) -> OfflineStats {
    stats_of_folder(folder, Path::new("simulated")).expect("the ledger is read")
}

/// A store that was sealed, took so many requests more, and lost its power while nothing was under way; and what it held.
fn killed(seed: &mut Seed, requests: usize) -> (Images, World, Vec<WeekStats>) {
    let mut world = World::new(Setup::default());
    let mut traffic = Traffic::default();
    let mut write = |world: &mut World, seed: &mut Seed| {
        let specs = traffic.request(&project(0), &world.oracle, seed);
        world.write(&project(0), specs);
        world.settle();
    };
    (0..40).for_each(|_| write(&mut world, seed));
    // Nothing in memory refers to what is sealed from here on, and everything that is dead is so on disk.
    world.seal(NOON);
    let held = world.store().archive_stats().weeks.into_values().collect();
    (0..requests).for_each(|_| write(&mut world, seed));
    (world.cut_power(seed), world, held)
}

#[test]
fn a_store_that_was_killed_is_counted_as_it_was_acknowledged() {
    for_each_seed(12, |number| {
        let seed = &mut Seed::new(number);
        let requests = usize::try_from(seed.below(6)).expect("small");
        let (images, world, held) = killed(seed, requests);
        let folder = SimulatedFolder::from_images(&images);
        let stats = stats(&folder);
        assert_eq!(stats.archive.weeks.values().copied().collect::<Vec<_>>(), held);
        assert_eq!(stats.damaged, [""; 0]);
        // A seal cuts the journal behind the request that made the layer full.
        assert_eq!(stats.journal.entries, requests as u64);
        assert_eq!((stats.journal.ever.entries, stats.journal.ever.blocks), (world.requests, world.requests));
        assert_eq!(stats.reserve_bytes, 64 * 1024);
        assert!(stats.ledger_bytes > 0);
        assert_eq!(folder.changes(), 0, "nothing is written");
    });
}

#[test]
fn a_store_that_is_opened_for_its_documents_is_left_as_it_was_but_for_them() {
    let seed = &mut Seed::new(1);
    let (images, mut world, _) = killed(seed, 5);
    let folder = SimulatedFolder::from_images(&images);
    let before = stats(&folder);
    // Half of it is in the journal: an ordinary start would seal it.
    let setup = Setup { hot_bytes_max: 1024, ..Setup::default() };
    let shared: Arc<dyn Folder> = Arc::new(folder.clone());
    let store = Store::open_documents_of_folder(shared, options(&setup), Arc::new(Decoder)).expect("it opens");
    let (kind, id) = (DocumentKind::ApiKey, "key".to_owned());
    let put = DocumentChange::Put { kind, id: id.clone(), content: b"a key".to_vec() };
    store.write_documents(&[put]).expect("it is written");
    assert_eq!(store.document(kind, &id).expect("it is read"), Some(b"a key".to_vec()));
    let request = world.request(&project(0), vec![spec(What::Trace, 1, 1, NOON)]);
    let refused = append(&store, &request).expect_err("nobody takes it");
    assert_eq!(refused.kind(), StoreErrorKind::Broken);
    store.close();
    let after = stats(&folder);
    assert_eq!((after.archive, after.journal), (before.archive, before.journal));
    let names = |images: &Images| images.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&folder.images()), names(&images));

    let world = World::reopen(&folder.images(), Setup::default(), world.oracle.clone());
    assert_eq!(world.store().document(kind, &id).expect("it is read"), Some(b"a key".to_vec()));
    world.check(&project(0), "opened by a server again");
}

/// A store in which late news superseded rows of every table, closed.
fn with_dead_rows() -> Images {
    let mut world = World::new(Setup { hot_bytes_max: 192 * 1024, ..Setup::default() });
    let whats = [What::Trace, What::Observation, What::Score];
    let specs = |ids: std::ops::Range<u32>| ids.flat_map(|id| whats.map(|what| spec(what, id, id, NOON))).collect();
    world.write(&project(0), specs(0..30));
    world.seal(NOON);
    // Few enough that nothing is compacted for it.
    world.write(&project(0), specs(0..3));
    world.seal(NOON);
    world.close();
    assert!(verify(&world.folder).is_clean());
    world.folder.images()
}

#[test]
fn a_trace_an_observation_and_a_score_that_are_live_twice_are_named() {
    let images = with_dead_rows();
    for table in Table::ALL {
        let folder = SimulatedFolder::from_images(&images);
        let disk = folder.open(LEDGER_FILE, Access::ReadWrite).expect("it is there");
        let guard = Guard::open(disk, spanstone_guard::Options::read_write(LEDGER_FILE)).expect("it opens");
        let ledger = Ledger::open(guard, &ledger::Options::default()).expect("it opens");
        let manifest = ledger.manifest().expect("it is read");
        let dead: Vec<_> = manifest.dead.into_iter().filter(|((_, of), _)| *of == table).collect();
        assert!(!dead.is_empty(), "late news superseded {table}");
        let rows: u64 = dead.iter().map(|(_, rows)| rows.len()).sum();
        let revived = dead.into_iter().map(|((segment, table), _)| (segment, table, RoaringBitmap::new())).collect();
        ledger.change_archive(&ArchiveChange { dead: revived, ..ArchiveChange::default() }).expect("it is written");
        ledger.close().expect("it closes");
        let report = verify(&folder);
        let expected = format!("has more than one live row in {table}");
        let findings = &report.archive.findings;
        assert_eq!((rows, findings.len()), (3, 3), "{findings:?}");
        assert!(findings.iter().all(|finding| finding.ends_with(&expected)), "{findings:?}");
        assert!(!report.is_clean());
    }
}
