//! The manifest and the cut against an oracle in memory: changes, refusals, numbers and reopenings.

use proptest::prelude::*;
use roaring::RoaringBitmap;
use spanstone_segment::Table;
use spanstone_store::ledger::{ArchiveChange, ArchiveRefusal, Ledger, LedgerError, Options};
use spanstone_testkit::SimulatedDisk;

use crate::fixtures::{entries, guard, open, open_read_only, options, sent, verify_disk};
use crate::oracle::{Oracle, ROWS, adding, discard_all, record, rows, table_of};

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    /// Adds so many segments, removes some of the live ones, kills rows of others, and cuts a part of the journal.
    Change {
        add: usize,
        remove: Vec<prop::sample::Index>,
        dead: Vec<(prop::sample::Index, u32)>,
        cut: Option<prop::sample::Index>,
    },
    Discard(usize),
    Close,
    Drop,
}

fn step() -> impl Strategy<Value = Step> {
    let change = (
        0..4_usize,
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        prop::collection::vec((any::<prop::sample::Index>(), 0..3_000_u32), 0..3),
        prop::option::of(any::<prop::sample::Index>()),
    );
    prop_oneof![
        4 => prop_oneof![3 => 0..3_000_usize, 1 => 3_000..200_000_usize].prop_map(Step::Append),
        4 => change.prop_map(|(add, remove, dead, cut)| Step::Change { add, remove, dead, cut }),
        2 => (1..6_usize).prop_map(Step::Discard),
        1 => Just(Step::Close),
        1 => Just(Step::Drop),
    ]
}

/// A change that is possible, whatever it picks.
fn change(ledger: &Ledger, oracle: &Oracle, step: &Step) -> ArchiveChange {
    let Step::Change { add, remove, dead, cut } = step else { return ArchiveChange::default() };
    let mut live: Vec<u64> = oracle.segments.keys().copied().collect();
    let mut change = adding((0..*add).map(|_| ledger.next_segment_id()));
    for pick in remove {
        if !live.is_empty() {
            change.remove.push(live.swap_remove(pick.index(live.len())));
        }
    }
    live.extend(change.add.iter().map(|record| record.header.id));
    for (pick, count) in dead {
        if !live.is_empty() {
            let segment = live.swap_remove(pick.index(live.len()));
            change.dead.push((segment, table_of(segment), rows(u64::from(*count), *count)));
        }
    }
    change.cut = cut.map(|cut| cut.index(oracle.blocks.len() + 1) as u64);
    change
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_holds_what_was_changed_in_its_archive(
        steps in prop::collection::vec(step(), 1..40),
        instant_recovery in any::<bool>(),
    ) {
        let disk = SimulatedDisk::new();
        let options = Options { instant_recovery, ..options() };
        let reopen = || Ledger::open(guard(&disk).unwrap(), &options).unwrap();
        let mut ledger = reopen();
        let mut oracle = Oracle::default();
        for step in steps {
            match step {
                Step::Append(length) => oracle.append(&ledger, length).unwrap(),
                Step::Change { .. } => {
                    let change = change(&ledger, &oracle, &step);
                    oracle.change(&ledger, &change).unwrap();
                }
                Step::Discard(rows_max) => {
                    ledger.discard_blocks(rows_max).unwrap();
                }
                Step::Close => {
                    ledger.close().unwrap();
                    ledger = reopen();
                }
                Step::Drop => {
                    drop(ledger);
                    ledger = reopen();
                }
            }
            oracle.assert_stats(&ledger);
        }
        let expected = oracle.without_cut_blocks();
        prop_assert_eq!(&Oracle::found(&ledger), &expected);
        let report = verify_disk(&disk);
        prop_assert_eq!(&report.findings, &[]);
        prop_assert_eq!(report.segments_intact, oracle.segments.len() as u64);
        prop_assert_eq!(report.dead_rows_intact, oracle.dead.len() as u64);
        prop_assert_eq!(report.blocks_intact, oracle.blocks.len() as u64 - oracle.cut);
        prop_assert_eq!(&Oracle::found(&open_read_only(&disk).unwrap()), &expected);
        drop(ledger);
        prop_assert_eq!(&Oracle::found(&reopen()), &expected);
        oracle.assert_stats(&reopen());
    }
}

#[test]
fn what_cannot_be_is_refused_and_leaves_the_archive_as_it_was() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let mut oracle = Oracle::default();
    oracle.append(&ledger, 500).unwrap();
    let dead = vec![(2, Table::Observations, rows(1, 9))];
    oracle.change(&ledger, &ArchiveChange { dead, ..adding([1, 2]) }).unwrap();

    let nameless = {
        let mut change = adding([4]);
        change.add[0].header.project = spanstone_model::ProjectId::from_wire("");
        change
    };
    let dead =
        |segment, table, rows: RoaringBitmap| ArchiveChange { dead: vec![(segment, table, rows)], ..adding([4]) };
    let one = |row| RoaringBitmap::from_iter([row]);
    let refusals = [
        (adding([3, 1]), ArchiveRefusal::Exists { segment: 1 }),
        (adding([3, 3]), ArchiveRefusal::Exists { segment: 3 }),
        (ArchiveChange { remove: vec![1, 3], ..adding([4]) }, ArchiveRefusal::NoSegment { segment: 3 }),
        (adding([0]), ArchiveRefusal::NoNumber { segment: 0 }),
        (adding([u64::MAX]), ArchiveRefusal::NoNumber { segment: u64::MAX }),
        (nameless, ArchiveRefusal::ProjectId { segment: 4 }),
        (dead(3, Table::Traces, one(0)), ArchiveRefusal::NoSegment { segment: 3 }),
        (dead(2, Table::Traces, one(ROWS)), ArchiveRefusal::NoSuchRows { segment: 2, table: Table::Traces }),
        (dead(2, Table::Scores, one(0)), ArchiveRefusal::NoSuchRows { segment: 2, table: Table::Scores }),
        (ArchiveChange { remove: vec![2], ..dead(2, Table::Traces, one(0)) }, ArchiveRefusal::NoSegment { segment: 2 }),
        (ArchiveChange { cut: Some(2), ..adding([4]) }, ArchiveRefusal::CutBehindEnd { block: 2, last: 1 }),
    ];
    for (change, reason) in refusals {
        let refused = ledger.change_archive(&change).unwrap_err();
        assert!(matches!(refused, LedgerError::ArchiveRefused(found) if found == reason), "{refused} for {reason}");
        assert_eq!(Oracle::found(&ledger), oracle);
        assert_eq!(ledger.poisoned(), None);
    }
    assert!(matches!(open_read_only(&disk).unwrap().change_archive(&adding([5])), Err(LedgerError::ReadOnly)));
    oracle.change(&ledger, &adding([3, 4])).unwrap();
    assert_eq!(Oracle::found(&ledger), oracle);
}

#[test]
fn a_number_that_was_live_is_never_given_again() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let ids: Vec<u64> = (0..5).map(|_| ledger.next_segment_id()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    // What is finished first need not have been begun first.
    ledger.change_archive(&adding([4])).unwrap();
    ledger.change_archive(&adding([2])).unwrap();
    ledger.change_archive(&ArchiveChange { remove: vec![2, 4], ..ArchiveChange::default() }).unwrap();
    assert_eq!(ledger.next_segment_id(), 6);
    drop(ledger);
    let ledger = open(&disk).unwrap();
    assert_eq!(ledger.manifest().unwrap().segments, []);
    assert_eq!(ledger.next_segment_id(), 5);
    // Also a number that was not asked for here.
    ledger.change_archive(&adding([90])).unwrap();
    assert_eq!(ledger.next_segment_id(), 91);
    drop(ledger);
    assert_eq!(open(&disk).unwrap().next_segment_id(), 91);
}

#[test]
fn a_cut_block_is_there_until_it_is_discarded_and_its_number_is_not_given_again() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    let mut oracle = Oracle::default();
    for _ in 0..5 {
        oracle.append(&ledger, 150_000).unwrap();
    }
    let cut = |block| ArchiveChange { cut: Some(block), ..ArchiveChange::default() };
    oracle.change(&ledger, &cut(3)).unwrap();
    assert_eq!(ledger.first_block(), 4);
    for block in 1..=5 {
        assert_eq!(ledger.entry(block, 0).unwrap(), sent(block, 150_000));
        assert_eq!(ledger.block(block).unwrap().unwrap().entries.len(), 2);
    }
    // A cut never goes back.
    oracle.change(&ledger, &cut(1)).unwrap();
    assert_eq!(ledger.first_block(), 4);

    // 150,000 bytes are more than two rows, so this leaves a part of block 1.
    assert!(ledger.discard_blocks(2).unwrap());
    assert!(matches!(ledger.entry(1, 0), Err(LedgerError::NoSuchEntry { block: 1, entry: 0 })));
    assert_eq!(ledger.block(1).unwrap(), None);
    assert_eq!(ledger.entry(2, 1).unwrap(), sent(1_002, 100));
    assert!(discard_all(&ledger, 2).unwrap() > 3);
    assert_eq!(ledger.block(3).unwrap(), None);
    let before = disk.image();
    assert!(!ledger.discard_blocks(100).unwrap());
    assert!(disk.image() == before, "discarding nothing wrote to the disk");
    assert_eq!(Oracle::found(&ledger), oracle.without_cut_blocks());

    // With the journal empty, its numbers and totals go on.
    oracle.change(&ledger, &cut(5)).unwrap();
    discard_all(&ledger, 100).unwrap();
    assert_eq!(ledger.blocks(0).count(), 0);
    drop(ledger);
    let ledger = open(&disk).unwrap();
    assert_eq!((ledger.first_block(), ledger.next_block()), (6, 6));
    oracle.assert_stats(&ledger);
    oracle.append(&ledger, 20).unwrap();
    oracle.assert_stats(&ledger);
    assert_eq!(Oracle::found(&ledger), oracle.without_cut_blocks());
    assert_eq!(verify_disk(&disk).findings, []);
}

#[test]
fn the_whole_set_of_dead_rows_replaces_the_one_before_and_an_empty_one_is_none() {
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    ledger.change_archive(&adding([2])).unwrap();
    let kill = |rows| ArchiveChange { dead: vec![(2, Table::Traces, rows)], ..ArchiveChange::default() };
    for (seed, count) in [(1, 3), (2, 5_000), (3, 1)] {
        ledger.change_archive(&kill(rows(seed, count))).unwrap();
        let manifest = ledger.manifest().unwrap();
        assert_eq!(manifest.dead.len(), 1);
        assert_eq!(manifest.dead[&(2, Table::Traces)], rows(seed, count));
    }
    ledger.change_archive(&kill(RoaringBitmap::new())).unwrap();
    assert!(ledger.manifest().unwrap().dead.is_empty());
    assert_eq!(ledger.manifest().unwrap().segments, [record(2)]);
}

#[test]
fn discarding_goes_on_beside_appends_and_reads() {
    const BLOCKS: u64 = 200;
    let disk = SimulatedDisk::new();
    let ledger = open(&disk).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for block in 1..=BLOCKS {
                ledger.append_block(&entries(&[sent(block, 80_000)])).unwrap();
            }
        });
        scope.spawn(|| {
            while ledger.first_block() <= BLOCKS {
                let cut = ledger.next_block() - 1;
                ledger.change_archive(&ArchiveChange { cut: Some(cut), ..ArchiveChange::default() }).unwrap();
                while ledger.discard_blocks(3).unwrap() {}
            }
        });
        for block in 1..=BLOCKS {
            while ledger.next_block() <= block {
                std::thread::yield_now();
            }
            // It is whole, or it is gone: never damaged.
            match ledger.entry(block, 0) {
                Ok(entry) => assert_eq!(entry, sent(block, 80_000)),
                Err(error) => assert!(matches!(error, LedgerError::NoSuchEntry { .. }), "{error}"),
            }
            assert!(ledger.block(block).unwrap().is_none_or(|block| block.lost.is_empty()));
        }
    });
    assert_eq!((ledger.first_block(), ledger.next_block()), (BLOCKS + 1, BLOCKS + 1));
}

#[test]
fn the_file_does_not_grow_while_blocks_come_and_go() {
    let disk = SimulatedDisk::new();
    let options = Options { instant_recovery: true, ..options() };
    let ledger = Ledger::open(guard(&disk).unwrap(), &options).unwrap();
    // Each round writes 2.5 MB and cuts it; half of it is discarded after the next round has begun.
    for round in 0..60_u64 {
        for number in 0..25 {
            let length = [30_000, 100_000, 170_000][usize::try_from(number % 3).unwrap()];
            ledger.append_block(&entries(&[sent(number, length)])).unwrap();
            ledger.discard_blocks(4).unwrap();
        }
        let cut = Some(ledger.next_block() - 1);
        let remove = if round > 3 { vec![round - 3] } else { Vec::new() };
        let dead = vec![(round + 1, table_of(round + 1), rows(round, 5_000))];
        ledger.change_archive(&ArchiveChange { cut, remove, dead, ..adding([round + 1]) }).unwrap();
    }
    let written = disk.image().bytes().chunks(4096).filter(|page| page.iter().any(|byte| *byte != 0)).count();
    let ever = ledger.stats().ever.stored_bytes;
    assert!(ever > 140_000_000);
    // Two rounds that overlap are 5 MB; redb rounds what it allocates up to powers of two.
    assert!(written * 4096 < 14_000_000, "{} bytes hold what was written in the last two rounds", written * 4096);
    assert!(disk.image().len() < 20_000_000, "{}", disk.image().len());
}
