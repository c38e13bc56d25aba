//! Damage in the manifest and in cut blocks: it is healed, or named, and it is in nobody else's way.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use redb::{ReadableDatabase, ReadableTableMetadata, TableDefinition};
use spanstone_guard::{Guard, Options as GuardOptions};
use spanstone_segment::Table;
use spanstone_store::ledger::verify::Finding;
use spanstone_store::ledger::{ArchiveChange, Fault, Ledger, LedgerErrorKind, ManifestPart, Options, SegmentRecord};
use spanstone_testkit::SimulatedDisk;

use crate::fixtures::{destroy, guard, open, options, part_prefix, verify_disk};
use crate::oracle::{Oracle, ROWS, adding, discard_all, record, rows, table_of};

fn reopen(disk: &SimulatedDisk) -> Ledger {
    Ledger::open(guard(disk).unwrap(), &Options { instant_recovery: true, ..options() }).unwrap()
}

/// Writes a row past the ledger.
fn put(disk: &SimulatedDisk, table: &str, key: &[u8], row: &[u8]) {
    let database = redb::Builder::new().create_with_backend(guard(disk).unwrap()).unwrap();
    let mut transaction = database.begin_write().unwrap();
    transaction.set_two_phase_commit(true);
    let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(table);
    transaction.open_table(table).unwrap().insert(key, row).unwrap();
    transaction.commit().unwrap();
}

/// How many rows the journal has.
fn journal_rows(disk: &SimulatedDisk) -> u64 {
    let guard = Guard::open(disk.clone(), GuardOptions::read_only("ledger.redb")).unwrap();
    let database = redb::Builder::new().open_read_only_with_backend(guard).unwrap();
    let table: TableDefinition<'_, &[u8; 12], &[u8]> = TableDefinition::new("journal");
    database.begin_read().unwrap().open_table(table).unwrap().len().unwrap()
}

/// What the record of a segment begins with.
fn record_prefix(id: u64) -> Vec<u8> {
    record(id).encode().unwrap()[..16].to_vec()
}

#[test]
fn every_flipped_bit_of_the_manifest_is_healed() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let mut oracle = Oracle::default();
    oracle.append(&ledger, 100).unwrap();
    let dead = vec![(2, Table::Traces, rows(1, 50))];
    oracle.change(&ledger, &ArchiveChange { dead, cut: Some(1), ..adding([1, 2, 3]) }).unwrap();
    ledger.close().unwrap();
    let expected = oracle.without_cut_blocks();

    let bytes = disk.image().bytes();
    let pages = |magic: &[u8]| -> Vec<usize> {
        let found = bytes.windows(magic.len()).enumerate().filter(|(_, window)| *window == magic);
        found.map(|(at, _)| at / 4096).collect()
    };
    let mut manifest = [b"SPNS\x02", b"SPNX\x02", b"SPNA\x02"].map(|magic| pages(magic)).concat();
    manifest.sort_unstable();
    manifest.dedup();
    assert!(manifest.len() >= 3);
    for page in manifest {
        for bit in (page % 7..4096 * 8).step_by(211) {
            let flipped = SimulatedDisk::from_image(&disk.image());
            flipped.flip(page * 4096 * 8 + bit);
            assert_eq!(Oracle::found(&open(&flipped).unwrap()), expected);
        }
    }
}

#[test]
fn a_damaged_record_costs_its_segment_and_is_named() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let dead = [1, 2, 4].map(|id| (id, table_of(id), rows(id, 30))).to_vec();
    ledger.change_archive(&ArchiveChange { dead, ..adding(1..=5) }).unwrap();
    ledger.close().unwrap();
    let mut cut_short = record(2).encode().unwrap();
    cut_short.pop();
    put(&disk, "segments", &2_u64.to_be_bytes(), &cut_short);
    put(&disk, "segments", &3_u64.to_be_bytes(), &record(9).encode().unwrap());
    let key = |id: u64, table: Table| [id.to_be_bytes().as_slice(), &[table.code()]].concat();
    put(&disk, "dead", &key(4, table_of(4)), b"SPNX");
    put(&disk, "dead", &key(7, Table::Scores), b"");

    let ledger = open(&disk).unwrap();
    let manifest = ledger.manifest().unwrap();
    assert_eq!(manifest.segments, [1, 4, 5].map(record));
    let named: Vec<_> = manifest.damaged.iter().map(|damage| damage.part.clone()).collect();
    let expected = [
        ManifestPart::Segment(2),
        ManifestPart::Segment(3),
        ManifestPart::DeadRows { segment: 4, table: Some(Table::Traces) },
        ManifestPart::DeadRows { segment: 7, table: Some(Table::Scores) },
    ];
    assert_eq!(named, expected);
    // What is known of the rows of a segment whose record is lost is kept: the record may be restored from its file.
    assert_eq!(manifest.dead[&(2, Table::Traces)], rows(2, 30));
    assert!(!manifest.dead.contains_key(&(4, Table::Traces)));
    assert_eq!([1, 2, 3, 4, 5].map(|id| manifest.is_doubtful(id)), [false, true, true, true, false]);
    let report = verify_disk(&disk);
    let reported: Vec<_> = report.findings.iter().filter(|finding| matches!(finding, Finding::Manifest(_))).collect();
    assert_eq!((reported.len(), report.findings_count, report.segments_intact), (4, 4, 3));

    // A damaged segment can be removed, and written anew.
    ledger.change_archive(&ArchiveChange { remove: vec![2, 3, 4], ..ArchiveChange::default() }).unwrap();
    ledger.change_archive(&adding([2])).unwrap();
    let manifest = ledger.manifest().unwrap();
    assert_eq!(manifest.segments, [1, 2, 5].map(record));
    assert_eq!(manifest.damaged.len(), 1);
}

#[test]
fn dead_rows_that_the_segment_does_not_have_are_damage() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    ledger.change_archive(&ArchiveChange { dead: vec![(2, Table::Traces, rows(1, 9))], ..adding([2]) }).unwrap();
    ledger.close().unwrap();
    let shorter = SegmentRecord { facts: spanstone_segment::Facts { traces: 3, ..record(2).facts }, ..record(2) };
    put(&disk, "segments", &2_u64.to_be_bytes(), &shorter.encode().unwrap());
    let manifest = open(&disk).unwrap().manifest().unwrap();
    assert_eq!(manifest.damaged.len(), 1);
    assert!(manifest.is_doubtful(2) && manifest.dead.is_empty());
}

#[test]
fn a_destroyed_page_of_the_manifest_names_the_range_it_held_and_the_rest_goes_on() {
    let disk = SimulatedDisk::new();
    let ledger = reopen(&disk);
    let mut oracle = Oracle::default();
    oracle.append(&ledger, 70_000).unwrap();
    for first in (1..=400).step_by(20) {
        oracle.change(&ledger, &adding(first..first + 20)).unwrap();
    }
    ledger.close().unwrap();
    assert!(destroy(&disk, &record_prefix(200), 0..1) > 0);

    let ledger = reopen(&disk);
    let manifest = ledger.manifest().unwrap();
    let [damage] = manifest.damaged.as_slice() else { panic!("{:?}", manifest.damaged) };
    let ManifestPart::Segments(lost) = damage.part.clone() else { panic!("{damage:?}") };
    assert!(matches!(&damage.fault, Fault::Unreadable(why) if why.contains("`ledger.redb`")));
    assert!(lost.contains(&200) && lost.clone().count() < 60, "{lost:?}");
    let expected: Vec<_> = (1..=400).filter(|id| !lost.contains(id)).map(record).collect();
    assert_eq!(manifest.segments, expected);
    assert!((1..=400).all(|id| manifest.is_doubtful(id) == lost.contains(&id)));

    // What would have to read the page fails; everything else is written, before and after.
    for _ in 0..3 {
        let failed = ledger.change_archive(&ArchiveChange { remove: vec![200], ..adding([999]) }).unwrap_err();
        assert_eq!(failed.kind(), LedgerErrorKind::Damaged, "{failed}");
        assert_eq!(ledger.poisoned(), None);
        oracle.append(&ledger, 3_000).unwrap();
        let id = ledger.next_segment_id();
        ledger.change_archive(&ArchiveChange { cut: Some(id - 400), ..adding([id]) }).unwrap();
    }
    assert_eq!(ledger.manifest().unwrap().segments.len(), expected.len() + 3);
    assert_eq!(ledger.blocks(0).map(|block| block.unwrap().seq).collect::<Vec<_>>(), [4]);
}

#[test]
fn dead_rows_on_a_destroyed_page_make_their_segment_doubtful_instead_of_alive() {
    let disk = SimulatedDisk::new();
    let ledger = reopen(&disk);
    // Sets as long as a page, so that each has a page of its own.
    let dead = (1..=20).map(|id| (id, table_of(id), rows(id, ROWS / 2))).collect();
    ledger.change_archive(&ArchiveChange { dead, ..adding(1..=20) }).unwrap();
    ledger.close().unwrap();
    let prefix = [b"SPNX\x02\x01\0\0".as_slice(), &10_u64.to_le_bytes()].concat();
    assert!(destroy(&disk, &prefix, 0..1) > 0);

    let manifest = reopen(&disk).manifest().unwrap();
    assert_eq!(manifest.segments, (1..=20).map(record).collect::<Vec<_>>());
    assert!(manifest.is_doubtful(10));
    for id in 1..=20 {
        assert!(
            manifest.is_doubtful(id) || manifest.dead[&(id, table_of(id))] == rows(id, ROWS / 2),
            "dead rows of segment {id} came to life"
        );
    }
    assert!(manifest.dead.len() >= 16, "{:?}", manifest.damaged);
    let report = verify_disk(&disk);
    assert!(report.findings.iter().any(|finding| matches!(finding, Finding::Manifest(_))));
}

#[test]
fn cut_blocks_that_cannot_be_deleted_are_passed_over() {
    let disk = SimulatedDisk::new();
    let ledger = reopen(&disk);
    let mut oracle = Oracle::default();
    for _ in 0..12 {
        oracle.append(&ledger, 100_000).unwrap();
    }
    ledger.close().unwrap();
    let all = journal_rows(&disk);
    assert!(destroy(&disk, &part_prefix(2, 0), 3..4) > 0);
    assert!(destroy(&disk, &part_prefix(6, 1), 0..1) > 0);

    for rows_max in [1, 7, 1_000] {
        let disk = SimulatedDisk::from_image(&disk.image());
        let ledger = reopen(&disk);
        let mut oracle = oracle.clone();
        oracle.change(&ledger, &ArchiveChange { cut: Some(10), ..ArchiveChange::default() }).unwrap();
        discard_all(&ledger, rows_max).unwrap();
        assert_eq!(ledger.poisoned(), None);
        oracle.append(&ledger, 100_000).unwrap();
        assert_eq!(Oracle::found(&ledger), oracle.without_cut_blocks());
        ledger.close().unwrap();
        let per_block = all / 12;
        let left = journal_rows(&disk) - 3 * per_block;
        assert!((2..=2 * per_block).contains(&left), "{left} rows of cut blocks are left");
        // The next start tries again, and ends again.
        let ledger = reopen(&disk);
        discard_all(&ledger, rows_max).unwrap();
        assert_eq!(Oracle::found(&ledger), oracle.without_cut_blocks());
    }
}

#[test]
fn a_lost_state_of_the_archive_is_no_empty_archive() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let mut oracle = Oracle::default();
    oracle.append(&ledger, 500).unwrap();
    oracle.change(&ledger, &ArchiveChange { cut: Some(1), ..adding([1]) }).unwrap();
    ledger.close().unwrap();
    {
        let database = redb::Builder::new().create_with_backend(guard(&disk).unwrap()).unwrap();
        let mut transaction = database.begin_write().unwrap();
        transaction.set_two_phase_commit(true);
        let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
        transaction.open_table(meta).unwrap().remove("archive").unwrap();
        transaction.commit().unwrap();
    }
    let refused = open(&disk).unwrap_err();
    assert_eq!(refused.kind(), LedgerErrorKind::Damaged);
    assert!(refused.to_string().contains("state of the archive"), "{refused}");
    let report = verify_disk(&disk);
    assert!(matches!(report.findings.as_slice(), [Finding::Archive { .. }]), "{:?}", report.findings);
}
