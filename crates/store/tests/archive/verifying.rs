//! What `verify` says of an archive whose manifest forgets that rows are dead.

use roaring::RoaringBitmap;
use spanstone_guard::{Access, Folder, Guard};
use spanstone_store::LEDGER_FILE;
use spanstone_store::ledger::{self, ArchiveChange, Ledger};
use spanstone_store::segment::Table;
use spanstone_testkit::{Images, SimulatedFolder};

use crate::fixtures::{NOON, Setup, World, project, verify};
use crate::wire::{What, spec};

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
