//! The ledger against an oracle in memory: random writes, reads and reopenings.

use crate::fixtures::{Contents, contents, entries, guard, open, open_read_only, options, sent, verify_disk};
use proptest::prelude::*;
use spanstone_store::ledger::{
    DocumentChange, DocumentKind, JournalStats, Ledger, LedgerError, LedgerErrorKind, NewEntry, Options, v3,
};
use spanstone_testkit::SimulatedDisk;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<usize>),
    Documents(Vec<DocumentChange>),
    Close,
    Drop,
}

fn change() -> impl Strategy<Value = DocumentChange> {
    let kind = (0..4_usize).prop_map(|kind| DocumentKind::ALL[kind]);
    let id = "[a-c]{1,2}|ü{400}";
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (1_000..20_000_usize).prop_map(|length| vec![b'x'; length]),
    ];
    (kind, id, content, 0..3_u8).prop_map(|(kind, id, content, what)| match what {
        0 => DocumentChange::Put { kind, id, content },
        1 => DocumentChange::Create { kind, id, content },
        _ => DocumentChange::Delete { kind, id },
    })
}

fn step() -> impl Strategy<Value = Step> {
    let length = prop_oneof![5 => 0..2_000_usize, 1 => 2_000..150_000_usize];
    prop_oneof![
        4 => prop::collection::vec(length, 1..6).prop_map(Step::Append),
        3 => prop::collection::vec(change(), 0..4).prop_map(Step::Documents),
        1 => Just(Step::Close),
        1 => Just(Step::Drop),
    ]
}

/// What the changes should make of the documents; `None` when they should be refused.
fn changed(oracle: &Contents, changes: &[DocumentChange]) -> Option<Contents> {
    let mut changed = oracle.clone();
    for change in changes.iter().cloned() {
        match change {
            DocumentChange::Put { kind, id, content } => {
                changed.documents.insert((kind, id), content);
            }
            DocumentChange::Create { kind, id, content } => {
                if changed.documents.insert((kind, id), content).is_some() {
                    return None;
                }
            }
            DocumentChange::Delete { kind, id } => {
                changed.documents.remove(&(kind, id));
            }
        }
    }
    Some(changed)
}

fn stats(oracle: &Contents) -> (u64, u64, u64) {
    let sent = oracle.blocks.iter().flatten();
    let bytes = sent.clone().map(|(_, body)| body.len() as u64).sum();
    (oracle.blocks.len() as u64, sent.count() as u64, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_holds_what_was_written_to_it(
        steps in prop::collection::vec(step(), 1..24),
        instant_recovery in any::<bool>(),
    ) {
        let disk = SimulatedDisk::new();
        let options = Options { instant_recovery, ..options() };
        let reopen = || Ledger::open(guard(&disk).unwrap(), &options).unwrap();
        let mut ledger = reopen();
        let mut oracle = Contents::default();
        let mut number = 0;
        for step in steps {
            match step {
                Step::Append(lengths) => {
                    let block: Vec<_> = lengths
                        .into_iter()
                        .map(|length| {
                            number += 1;
                            sent(number, length)
                        })
                        .collect();
                    oracle.blocks.push(block);
                    let written = ledger.append_block(&entries(oracle.blocks.last().unwrap())).unwrap();
                    prop_assert_eq!(written, oracle.blocks.len() as u64);
                }
                Step::Documents(changes) => match (ledger.write_documents(&changes), changed(&oracle, &changes)) {
                    (Ok(()), Some(changed)) => oracle = changed,
                    (Err(error), None) => prop_assert_eq!(error.kind(), LedgerErrorKind::Exists),
                    (outcome, _) => prop_assert!(false, "{:?}", outcome),
                },
                Step::Close => {
                    ledger.close().unwrap();
                    ledger = reopen();
                    prop_assert!(!ledger.recovered());
                }
                Step::Drop => {
                    drop(ledger);
                    ledger = reopen();
                }
            }
            ledger.round_trip().unwrap();
        }
        prop_assert_eq!(&contents(&ledger), &oracle);
        let JournalStats { blocks, entries, body_bytes, .. } = ledger.stats();
        prop_assert_eq!((blocks, entries, body_bytes), stats(&oracle));
        let report = verify_disk(&disk);
        prop_assert_eq!(&report.findings, &[]);
        prop_assert_eq!((report.blocks_intact, report.entries_intact, report.body_bytes_intact), stats(&oracle));
        prop_assert_eq!(report.documents_intact, oracle.documents.len() as u64);
        // Not closed yet: what reads without recovery sees the same.
        prop_assert_eq!(&contents(&open_read_only(&disk).unwrap()), &oracle);
        drop(ledger);
        prop_assert_eq!(&contents(&reopen()), &oracle);
    }
}

#[test]
fn an_idle_ledger_writes_nothing_and_an_open_one_answers() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    ledger.append_block(&entries(&[sent(1, 500)])).unwrap();
    let before = disk.image();
    for _ in 0..10 {
        ledger.round_trip().unwrap();
        contents(&ledger);
    }
    assert!(disk.image() == before);
}

#[test]
fn a_block_wastes_less_than_a_page_beside_what_it_stores() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let lengths = [60_000, 65_300, 70_000, 100_000, 33_000, 5_000, 9_999, 200_000];
    for (number, length) in (0..160).zip(lengths.into_iter().cycle()) {
        ledger.append_block(&entries(&[sent(number, length)])).unwrap();
    }
    let stored = ledger.stats().stored_bytes;
    ledger.close().unwrap();
    // What a closed file takes besides the blocks: a page for the end of each, the tree, and the guard's checksums.
    let written = disk.image().bytes().chunks(4096).filter(|page| page.iter().any(|byte| *byte != 0)).count();
    let written = written as u64 * 4096;
    assert!(written < stored + 160 * 8192 + 300_000, "{written} bytes for {stored}");
}

#[test]
fn what_cannot_be_stored_is_refused_and_changes_nothing() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let before = disk.image();
    assert!(matches!(ledger.append_block(&[]), Err(LedgerError::BlockRefused { .. })));
    let mut nameless: Vec<NewEntry> = entries(&[sent(1, 10)]);
    nameless[0].header.project = spanstone_model::ProjectId::from_wire("");
    assert!(matches!(ledger.append_block(&nameless), Err(LedgerError::BlockRefused { .. })));
    let long = DocumentChange::Put { kind: DocumentKind::User, id: "u".repeat(2_401), content: Vec::new() };
    assert!(matches!(ledger.write_documents(&[long]), Err(LedgerError::DocumentRefused { .. })));
    assert!(disk.image() == before);
    assert_eq!(ledger.poisoned(), None);
    assert_eq!(ledger.append_block(&entries(&[sent(1, 10)])).unwrap(), 1);
}

#[test]
fn what_is_not_there_is_not_found() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    ledger.append_block(&entries(&[sent(1, 10)])).unwrap();
    for (block, entry) in [(0, 0), (2, 0), (1, 1), (u64::MAX, u32::MAX)] {
        assert!(matches!(ledger.entry(block, entry), Err(LedgerError::NoSuchEntry { .. })));
    }
    assert!(ledger.block(0).unwrap().is_none());
    assert!(ledger.block(2).unwrap().is_none());
    assert_eq!(ledger.document(DocumentKind::Project, "nobody").unwrap(), None);
}

#[test]
fn the_meta_record_keeps_who_created_the_ledger() {
    let disk = SimulatedDisk::new();
    let created = open(&disk).unwrap().meta().clone();
    let other = Options { store_id: b"other".to_vec(), ..Options::default() };
    let reopened = Ledger::open(guard(&disk).unwrap(), &other).unwrap();
    assert_eq!(reopened.meta(), &created);
    assert_eq!(created.store_id, options().store_id);
    assert_eq!(created.created_at, options().created_at);
}

#[test]
fn a_ledger_from_the_future_is_refused_before_anything_is_written() {
    let disk = SimulatedDisk::new();
    let mut record = open(&disk).unwrap().meta().encode(v3::FORMAT_VERSION);
    record[8] = 4;
    {
        let guard = guard(&disk).unwrap();
        let database = redb::Builder::new().create_with_backend(guard).unwrap();
        let mut transaction = database.begin_write().unwrap();
        transaction.set_two_phase_commit(true);
        let meta: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
        transaction.open_table(meta).unwrap().insert("format", record.as_slice()).unwrap();
        transaction.commit().unwrap();
    }
    let before = disk.image();
    let refused = open(&disk).unwrap_err();
    assert!(matches!(refused, LedgerError::NewerFormat { found: 4 }), "{refused}");
    assert!(disk.image() == before);
}

#[test]
fn reads_beside_a_writer_see_every_acknowledged_block() {
    const BLOCKS: u64 = 150;
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    std::thread::scope(|scope| {
        for reader in 0..3_u64 {
            let ledger = &ledger;
            scope.spawn(move || {
                let mut last = 0;
                while last < BLOCKS {
                    last = ledger.next_block() - 1;
                    for block in [last, last.div_ceil(reader + 2)].into_iter().filter(|block| *block > 0) {
                        let expected = [sent(block, 700), sent(block + 1_000, 60_000)];
                        for (entry, expected) in (0..).zip(&expected) {
                            assert_eq!(&ledger.entry(block, entry).unwrap(), expected);
                        }
                    }
                }
            });
        }
        for block in 1..=BLOCKS {
            let number = ledger.append_block(&entries(&[sent(block, 700), sent(block + 1_000, 60_000)])).unwrap();
            assert_eq!(number, block);
            let id = format!("{}", block % 7);
            let kind = DocumentKind::Setting;
            ledger.write_documents(&[DocumentChange::Put { kind, id, content: vec![7; 100] }]).unwrap();
        }
    });
}
