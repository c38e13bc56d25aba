//! What is beyond healing costs the records that it hit, and nothing else.

use spanstone_model::EntryHeader;
use spanstone_store::ledger::verify::Finding;
use spanstone_store::ledger::{DocumentChange, DocumentKind, Ledger, LedgerError, LedgerErrorKind, Options, Record};
use spanstone_testkit::{Fault, SimulatedDisk};

use crate::fixtures::{
    Sent, destroy, entries, guard, killed, open, open_read_only, options, part_prefix, sent, verify_disk,
};

/// Three blocks; the second has four entries of 50,000 bytes, so three full parts and a rest.
fn three_blocks() -> Vec<Vec<Sent>> {
    vec![vec![sent(1, 900), sent(2, 100)], (10..14).map(|number| sent(number, 50_000)).collect(), vec![sent(20, 3_000)]]
}

fn written(disk: &SimulatedDisk, blocks: &[Vec<Sent>]) -> Ledger {
    let ledger = open(disk).expect("the ledger opens");
    for block in blocks {
        ledger.append_block(&entries(block)).expect("the block is written");
    }
    ledger
}

fn readable(ledger: &Ledger, block: u64) -> Vec<Option<Sent>> {
    (0..4).map(|entry| ledger.entry(block, entry).ok()).collect()
}

#[test]
fn a_destroyed_page_costs_the_entries_on_it_and_writing_goes_on() {
    let disk = SimulatedDisk::new();
    let blocks = three_blocks();
    written(&disk, &blocks).close().unwrap();
    // The second part holds the end of entry 1 and most of entry 2; one page of it, in the middle, is enough to lose it.
    assert_eq!(destroy(&disk, &part_prefix(2, 1), 7..8), 1);

    let ledger = open(&disk).unwrap();
    let expected: Vec<_> = blocks[1].iter().cloned().map(Some).collect();
    let survivors = [expected[0].clone(), None, None, expected[3].clone()];
    assert_eq!(readable(&ledger, 2), survivors);
    let block = ledger.block(2).unwrap().unwrap();
    assert_eq!(block.entries.iter().map(|entry| entry.index).collect::<Vec<_>>(), [0, 3]);
    assert_eq!(block.lost.len(), 1);
    assert_eq!(block.lost[0].entries, 1..3);
    assert_eq!(block.lost[0].first, Some(blocks[1][1].0.clone()));
    let error = ledger.entry(2, 1).unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Damaged);
    assert!(error.to_string().contains("entry 1 of journal block 2"), "{error}");
    assert!(error.to_string().contains("`ledger.redb`"), "{error}");

    // Everything else is served, and written.
    assert_eq!(ledger.entry(1, 1).unwrap(), blocks[0][1]);
    assert_eq!(ledger.entry(3, 0).unwrap(), blocks[2][0]);
    let next = sent(30, 70_000);
    assert_eq!(ledger.append_block(&entries(std::slice::from_ref(&next))).unwrap(), 4);
    assert_eq!(ledger.entry(4, 0).unwrap(), next);
    assert_eq!(ledger.round_trip().map_err(|error| error.to_string()), Ok(()));
    assert_eq!(ledger.blocks(0).filter(Result::is_ok).count(), 4);
}

#[test]
fn verification_names_what_is_damaged_and_counts_what_is_not() {
    let disk = SimulatedDisk::new();
    let blocks = three_blocks();
    let ledger = written(&disk, &blocks);
    let change = |id: &str, length| DocumentChange::Put {
        kind: DocumentKind::Project,
        id: id.to_owned(),
        content: vec![b'p'; length],
    };
    ledger.write_documents(&[change("large", 9_000), change("small", 10)]).unwrap();
    drop(ledger);
    assert!(destroy(&disk, &part_prefix(2, 0), 3..4) > 0);
    assert!(destroy(&disk, b"large", 2..3) > 0);

    let report = verify_disk(&disk);
    assert_eq!((report.blocks_intact, report.entries_intact, report.documents_intact), (2, 5, 1));
    let lost: Vec<_> = report
        .findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Entries { block, entries, first, .. } => Some((*block, entries.clone(), first.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(lost, [(2, 0..2, None::<EntryHeader>)]);
    assert!(report.findings.iter().any(|finding| matches!(finding, Finding::Documents { .. })));
    assert!(report.findings.iter().any(|finding| matches!(finding, Finding::Database { .. })));
    assert_eq!(report.findings_count, 3, "{:?}", report.findings);
    assert!(!report.is_clean());
}

#[test]
fn a_damaged_document_is_reported_and_the_others_are_read() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let ids = ["a", "b", "c", "d", "e"];
    let changes = ids.map(|id| DocumentChange::Create {
        kind: DocumentKind::User,
        id: id.to_owned(),
        content: id.repeat(6_000).into_bytes(),
    });
    ledger.write_documents(&changes).unwrap();
    ledger.close().unwrap();
    assert!(destroy(&disk, &b"c".repeat(5_000), 0..1) > 0);

    let ledger = open(&disk).unwrap();
    let documents = ledger.documents(DocumentKind::User).unwrap();
    let intact: Vec<_> = documents.intact.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(intact, ["a", "b", "d", "e"]);
    assert_eq!(documents.damaged.len(), 1);
    assert_eq!(ledger.document(DocumentKind::User, "c").unwrap_err().kind(), LedgerErrorKind::Damaged);
    assert_eq!(ledger.document(DocumentKind::User, "e").unwrap(), Some("e".repeat(6_000).into_bytes()));
}

#[test]
fn damage_met_by_recovery_leaves_the_rest_readable() {
    let disk = SimulatedDisk::new();
    let blocks = three_blocks();
    let ledger = written(&disk, &blocks);
    let disk = killed(&disk);
    drop(ledger);
    assert_eq!(destroy(&disk, &part_prefix(2, 1), 7..8), 1);

    let error = open(&disk).unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Damaged, "{error}");
    let ledger = open_read_only(&disk).unwrap();
    assert_eq!(ledger.entry(3, 0).unwrap(), blocks[2][0]);
    assert_eq!(ledger.entry(2, 3).unwrap(), blocks[1][3]);
    assert!(matches!(ledger.append_block(&entries(&blocks[0])), Err(LedgerError::ReadOnly)));
}

#[test]
fn instant_recovery_opens_past_damage_and_writes_on() {
    let disk = SimulatedDisk::new();
    let blocks = three_blocks();
    let options = Options { instant_recovery: true, ..options() };
    let ledger = Ledger::open(guard(&disk).unwrap(), &options).unwrap();
    for block in &blocks {
        ledger.append_block(&entries(block)).unwrap();
    }
    let disk = killed(&disk);
    drop(ledger);
    assert_eq!(destroy(&disk, &part_prefix(2, 1), 7..8), 1);

    let ledger = Ledger::open(guard(&disk).unwrap(), &options).unwrap();
    assert_eq!(ledger.entry(3, 0).unwrap(), blocks[2][0]);
    assert_eq!(ledger.append_block(&entries(&blocks[0])).unwrap(), 4);
    assert_eq!(ledger.entry(4, 1).unwrap(), blocks[0][1]);
}

#[test]
fn a_block_with_nothing_left_is_passed_over() {
    let disk = SimulatedDisk::new();
    let blocks = [vec![sent(1, 70_000)], vec![sent(2, 60_000)], vec![sent(3, 70_000)]];
    written(&disk, &blocks).close().unwrap();
    for part in 0..4 {
        assert!(destroy(&disk, &part_prefix(2, part), 0..1) > 0);
    }
    let ledger = open(&disk).unwrap();
    let read: Vec<_> = ledger.blocks(0).map(|block| block.map(|block| block.seq)).collect();
    assert_eq!(read.len(), 3);
    assert_eq!((read[0].as_ref().ok(), read[2].as_ref().ok()), (Some(&1), Some(&3)));
    assert!(matches!(&read[1], Err(LedgerError::Damaged { record: Record::Block(2), .. })));
}

#[test]
fn concurrent_reads_survive_the_damage_that_one_of_them_meets() {
    let disk = SimulatedDisk::new();
    let blocks = three_blocks();
    written(&disk, &blocks).close().unwrap();
    assert_eq!(destroy(&disk, &part_prefix(2, 1), 7..8), 1);
    let ledger = open(&disk).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..60 {
                    assert_eq!(ledger.entry(2, 1).unwrap_err().kind(), LedgerErrorKind::Damaged);
                    assert_eq!(ledger.entry(1, 0).unwrap(), blocks[0][0]);
                    assert_eq!(ledger.entry(2, 3).unwrap(), blocks[1][3]);
                }
            });
        }
    });
}

/// Appends until `fault` has hit a commit, and returns the error and how many blocks were acknowledged.
fn hit(ledger: &Ledger, disk: &SimulatedDisk, calls_ahead: u64, fault: Fault) -> (LedgerError, u64) {
    disk.fail_at(disk.calls() + calls_ahead, fault);
    for number in 1..20 {
        if let Err(error) = ledger.append_block(&entries(&[sent(number, 20_000)])) {
            return (error, number - 1);
        }
    }
    panic!("the fault hit nothing");
}

#[test]
fn after_a_failed_write_nothing_is_written_and_everything_is_read() {
    // A full disk is another matter: see tests/damage/full.rs.
    let kind = LedgerErrorKind::Io;
    for fault in [Fault::Eio, Fault::ShortWrite] {
        for calls_ahead in 0..40 {
            let disk = SimulatedDisk::new();
            let ledger = open(&disk).unwrap();
            let (error, acknowledged) = hit(&ledger, &disk, calls_ahead, fault);
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(ledger.poisoned(), Some(kind));
            assert_eq!(ledger.next_block(), acknowledged + 1);
            let image = disk.image();
            for _ in 0..2 {
                let refused = ledger.append_block(&entries(&[sent(1, 10)])).unwrap_err();
                assert!(matches!(refused, LedgerError::Poisoned { cause } if cause == kind), "{refused}");
            }
            assert_eq!(ledger.round_trip().unwrap_err().kind(), LedgerErrorKind::Poisoned);
            for number in 1..=acknowledged {
                assert_eq!(ledger.entry(number, 0).unwrap(), sent(number, 20_000));
            }
            drop(ledger);
            assert!(disk.image() == image, "a poisoned ledger wrote to the disk");
            let reopened = open(&disk).unwrap();
            for number in 1..=acknowledged {
                assert_eq!(reopened.entry(number, 0).unwrap(), sent(number, 20_000));
            }
        }
    }
}
