//! Ledgers of version 1: they open, they stay what they are until they have to hold what version 1 does not know, and
//! then they are of version 2 at once.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use spanstone_model::BodyKind;
use spanstone_store::ledger::{ArchiveChange, DocumentChange, DocumentKind, Ledger, Manifest, v1, v3};
use spanstone_testkit::{Fault, Image, Seed, SimulatedDisk};

use crate::fixtures::{
    Contents, Sent, contents, entries, guard, open, open_read_only, options, power_cycle, sent, verify_disk,
};
use crate::oracle::{Oracle, adding};

/// A ledger as the last build before version 2 wrote it.
fn version_1() -> SimulatedDisk {
    const PACKED: &[u8] = include_bytes!("version-1.ledger.zst");
    SimulatedDisk::from_image(&Image::of(&zstd::stream::decode_all(PACKED).unwrap()))
}

/// What it holds.
fn held() -> Contents {
    let blocks = vec![vec![sent(1, 900), sent(2, 100)], vec![sent(10, 700), sent(11, 5_000)], vec![sent(20, 300)]];
    let documents = [(DocumentKind::Project, "p"), (DocumentKind::User, "u"), (DocumentKind::Setting, "s")];
    let documents = documents.map(|(kind, id)| ((kind, id.to_owned()), id.repeat(3).into_bytes()));
    Contents { blocks, documents: documents.into() }
}

#[test]
fn a_ledger_of_version_1_is_read_written_and_verified_as_one() {
    let disk = version_1();
    let before = disk.image();
    let ledger = open_read_only(&disk).unwrap();
    assert_eq!((ledger.format(), contents(&ledger)), (v1::FORMAT_VERSION, held()));
    let report = verify_disk(&disk);
    assert_eq!(report.findings, []);
    assert_eq!((report.blocks_intact, report.documents_intact, report.segments_intact), (3, 3, 0));
    assert!(disk.image() == before);

    let ledger = open(&disk).unwrap();
    assert_eq!(contents(&ledger), held());
    assert_eq!(ledger.meta().store_id, b"golden");
    assert_eq!(ledger.manifest().unwrap(), Manifest::default());
    assert_eq!((ledger.first_block(), ledger.next_segment_id()), (1, 1));
    assert!(!ledger.discard_blocks(10).unwrap());
    ledger.append_block(&entries(&[sent(30, 100)])).unwrap();
    let (kind, id, content) = (DocumentKind::Setting, "t".to_owned(), b"t".to_vec());
    ledger.write_documents(&[DocumentChange::Put { kind, id, content }]).unwrap();
    ledger.close().unwrap();
    // A build that knows version 1 only could go on with it.
    assert_eq!(open(&disk).unwrap().format(), v1::FORMAT_VERSION);
}

#[test]
fn the_first_change_of_the_archive_makes_it_one_of_version_2_that_holds_the_same() {
    let disk = version_1();
    let ledger = open(&disk).unwrap();
    let meta = ledger.meta().clone();
    ledger.change_archive(&ArchiveChange { cut: Some(1), ..adding([1]) }).unwrap();
    for ledger in [ledger, open(&disk).unwrap()] {
        assert_eq!(ledger.format(), v3::FORMAT_VERSION);
        assert_eq!(ledger.meta(), &meta);
        ledger.round_trip().unwrap();
        let oracle = Oracle {
            blocks: held().blocks,
            cut: 1,
            segments: [(1, adding([1]).add[0].clone())].into(),
            dead: [].into(),
        };
        assert_eq!(Oracle::found(&ledger), oracle.without_cut_blocks());
        oracle.assert_stats(&ledger);
        assert_eq!(ledger.document(DocumentKind::User, "u").unwrap(), Some(b"uuu".to_vec()));
        ledger.close().unwrap();
    }
    assert_eq!(verify_disk(&disk).findings, []);
}

#[test]
fn a_deletion_in_the_journal_makes_it_one_of_version_2() {
    let disk = version_1();
    let ledger = open(&disk).unwrap();
    let mut deletion: Sent = sent(40, 50);
    deletion.0.kind = BodyKind::Deletion;
    ledger.append_block(&entries(std::slice::from_ref(&deletion))).unwrap();
    assert_eq!(ledger.format(), v3::FORMAT_VERSION);
    drop(ledger);
    let ledger = open(&disk).unwrap();
    assert_eq!(ledger.format(), v3::FORMAT_VERSION);
    assert_eq!(ledger.entry(4, 0).unwrap(), deletion);
    assert_eq!(ledger.manifest().unwrap(), Manifest::default());
}

#[test]
fn a_power_cut_at_any_call_of_the_upgrade_leaves_one_version_or_the_other() {
    let upgrade = |disk: &SimulatedDisk| {
        let ledger = guard(disk).and_then(|guard| Ledger::open(guard, &options()).ok());
        ledger.is_some_and(|ledger| ledger.change_archive(&ArchiveChange { cut: Some(2), ..adding([1, 2]) }).is_ok())
    };
    let calls = {
        let disk = version_1();
        assert!(upgrade(&disk));
        disk.calls()
    };
    let mut seen = [false; 2];
    for call in 0..calls {
        let disk = version_1();
        disk.fail_at(call, Fault::PowerCut);
        let acknowledged = upgrade(&disk);
        let after = power_cycle(&disk, &mut Seed::new(call));
        let ledger = open(&after).unwrap();
        let manifest = ledger.manifest().unwrap();
        if ledger.format() == v1::FORMAT_VERSION {
            assert!(!acknowledged);
            assert_eq!((manifest.segments.len(), ledger.first_block()), (0, 1));
            assert_eq!(contents(&ledger), held());
        } else {
            assert_eq!((manifest.segments.len(), ledger.first_block()), (2, 3));
        }
        seen[usize::from(ledger.format() == v3::FORMAT_VERSION)] = true;
        assert_eq!(verify_disk(&after).findings, []);
    }
    assert_eq!(seen, [true; 2]);
}
