//! Power cuts and failing disks at every call: a change of the archive happened whole, or not at all.

use spanstone_segment::Table;
use spanstone_store::ledger::{ArchiveChange, Ledger, LedgerError, Options};
use spanstone_testkit::{Fault, Seed, SimulatedDisk};

use crate::fixtures::{guard, options, power_cycle, verify_disk};
use crate::oracle::{Oracle, adding, discard_all, rows};

fn reopen(disk: &SimulatedDisk) -> Option<Ledger> {
    Ledger::open(guard(disk)?, &Options { instant_recovery: true, ..options() }).ok()
}

const STEPS: u64 = 8;

/// The step number `number`, applied to a ledger and to the oracle.
fn step(ledger: &Ledger, oracle: &mut Oracle, number: u64) -> Result<(), LedgerError> {
    match number {
        0 | 1 | 3 => oracle.append(ledger, 90_000),
        2 => oracle.change(ledger, &ArchiveChange { cut: Some(1), ..adding([1, 2]) }),
        4 => {
            let dead = vec![(2, Table::Traces, rows(1, 2_000)), (2, Table::Observations, rows(2, 10))];
            oracle.change(ledger, &ArchiveChange { dead, cut: Some(2), ..ArchiveChange::default() })
        }
        5 => {
            let dead = vec![(4, Table::Traces, rows(3, 4))];
            oracle.change(ledger, &ArchiveChange { remove: vec![1, 2], dead, cut: Some(3), ..adding([3, 4]) })
        }
        6 => discard_all(ledger, 2).map(drop),
        _ => oracle.append(ledger, 200),
    }
}

/// Opens a ledger and changes it, closing it in the middle once. Returns what was acknowledged, and what would be there if
/// the step that failed had happened, too.
fn work(disk: &SimulatedDisk) -> (Oracle, Oracle) {
    let mut acknowledged = Oracle::default();
    let mut attempted = Oracle::default();
    let mut next = 0;
    for session_end in [STEPS / 2, STEPS] {
        let Some(ledger) = reopen(disk) else { break };
        while next < session_end {
            if step(&ledger, &mut attempted, next).is_err() {
                return (acknowledged, attempted);
            }
            acknowledged = attempted.clone();
            next += 1;
        }
        if ledger.close().is_err() {
            break;
        }
    }
    (acknowledged, attempted)
}

fn assert_holds(disk: &SimulatedDisk, (acknowledged, attempted): &(Oracle, Oracle)) {
    let ledger = reopen(disk).expect("the ledger opens");
    let found = Oracle::found(&ledger);
    let expected = [acknowledged.without_cut_blocks(), attempted.without_cut_blocks()];
    assert!(expected.contains(&found), "a change is lost, or happened in part");
    // And it goes on: what is cut goes, what is not stays, and the next number is a new one.
    let mut oracle = found;
    discard_all(&ledger, 3).expect("discarding goes on");
    let id = ledger.next_segment_id();
    assert!(oracle.segments.keys().all(|live| *live < id));
    oracle.change(&ledger, &adding([id])).expect("changing goes on");
    oracle.append(&ledger, 5_000).expect("writing goes on");
    assert_eq!(Oracle::found(&ledger), oracle);
    ledger.close().expect("the ledger closes");
    assert_eq!(verify_disk(disk).findings, []);
}

fn calls() -> u64 {
    let disk = SimulatedDisk::new();
    let (acknowledged, attempted) = work(&disk);
    assert_eq!(acknowledged, attempted);
    assert_eq!((acknowledged.cut, acknowledged.segments.len(), acknowledged.dead.len()), (3, 2, 1));
    disk.calls()
}

#[test]
fn a_power_cut_at_any_call_leaves_every_change_whole_or_undone() {
    for call in 0..calls() {
        let disk = SimulatedDisk::new();
        disk.fail_at(call, Fault::PowerCut);
        let outcome = work(&disk);
        let mut seed = Seed::new(call);
        for _ in 0..2 {
            assert_holds(&power_cycle(&disk, &mut seed), &outcome);
        }
    }
}

#[test]
fn a_failing_call_leaves_every_change_whole_or_undone() {
    for call in (0..calls()).step_by(2) {
        for fault in [Fault::Eio, Fault::Enospc, Fault::ShortWrite] {
            let disk = SimulatedDisk::new();
            disk.fail_at(call, fault);
            let outcome = work(&disk);
            assert_holds(&power_cycle(&disk, &mut Seed::new(call)), &outcome);
        }
    }
}

#[test]
fn a_full_disk_refuses_a_change_and_takes_it_once_there_is_room() {
    let (mut taken, mut poisoned) = (0, 0);
    for calls_ahead in 0..60 {
        let disk = SimulatedDisk::new();
        let ledger = reopen(&disk).expect("the ledger opens");
        let mut oracle = Oracle::default();
        oracle.append(&ledger, 20_000).expect("there is room");
        let before = oracle.clone();
        let change = ArchiveChange { cut: Some(1), ..adding([1, 2]) };
        disk.fail_at(disk.calls() + calls_ahead, Fault::Enospc);
        if ledger.change_archive(&change).is_ok() {
            continue;
        }
        oracle.assert_stats(&ledger);
        let seen = Oracle::found(&ledger);
        let changed = oracle.change(&ledger, &change);
        let after = reopen(&power_cycle(&disk, &mut Seed::new(1))).expect("the ledger opens");
        if changed.is_ok() {
            taken += 1;
            assert_eq!(seen, before);
            assert_eq!(Oracle::found(&ledger), oracle.without_cut_blocks());
            oracle.assert_stats(&ledger);
            assert_eq!(Oracle::found(&after), oracle.without_cut_blocks());
        } else {
            // The disk was full in the middle of a sync: only a new start knows what is there.
            poisoned += 1;
            assert!(matches!(changed, Err(LedgerError::Poisoned { .. })));
            assert!([before, oracle.without_cut_blocks()].contains(&Oracle::found(&after)));
        }
    }
    assert!(taken > 5 && poisoned > 0, "{taken} taken, {poisoned} poisoned");
}
