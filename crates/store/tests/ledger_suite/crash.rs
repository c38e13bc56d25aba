//! Power cuts at every call to the disk: what was acknowledged is there, and nothing was invented.

use spanstone_store::ledger::{DocumentChange, DocumentKind, Ledger};
use spanstone_testkit::{Fault, Seed, SimulatedDisk};

use crate::fixtures::{Contents, contents, entries, guard, open, options, power_cycle, sent, verify_disk};

/// The write number `number`, applied to a ledger and to the oracle. Returns whether it was acknowledged.
fn write(ledger: &Ledger, oracle: &mut Contents, number: u64) -> bool {
    if number % 3 == 2 {
        let (kind, id, content) = (DocumentKind::Setting, format!("{}", number % 4), number.to_le_bytes().to_vec());
        oracle.documents.insert((kind, id.clone()), content.clone());
        ledger.write_documents(&[DocumentChange::Put { kind, id, content }]).is_ok()
    } else {
        let length = [300, 9_000, 80_000, 1_500][usize::try_from(number % 4).expect("below 4")];
        let block = vec![sent(number, length), sent(number + 1_000, 200)];
        let appended = ledger.append_block(&entries(&block)).is_ok();
        oracle.blocks.push(block);
        appended
    }
}

const WRITES: u64 = 9;

/// Opens a ledger and writes to it, closing it in the middle once. Returns what was acknowledged, and what would
/// be there if the write that failed were there, too.
fn work(disk: &SimulatedDisk) -> (Contents, Contents) {
    let mut acknowledged = Contents::default();
    let mut attempted = Contents::default();
    let mut next = 0;
    for session_end in [WRITES / 2, WRITES] {
        let Some(guard) = guard(disk) else { break };
        let Ok(ledger) = Ledger::open(guard, &options()) else { break };
        while next < session_end {
            if !write(&ledger, &mut attempted, next) {
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

fn assert_holds(disk: &SimulatedDisk, (acknowledged, attempted): &(Contents, Contents)) {
    let ledger = open(disk).expect("the ledger opens after a power cut");
    let found = contents(&ledger);
    assert!(found == *acknowledged || found == *attempted, "something acknowledged is lost, or something was invented");
    // And it can be written to.
    let number = ledger.append_block(&entries(&[sent(77, 5_000)])).expect("writing goes on");
    assert_eq!(ledger.entry(number, 0).expect("the entry is there"), sent(77, 5_000));
    ledger.close().expect("the ledger closes");
    assert_eq!(verify_disk(disk).findings, []);
}

#[test]
fn a_power_cut_at_any_call_keeps_exactly_what_was_acknowledged() {
    let calls = {
        let disk = SimulatedDisk::new();
        let (acknowledged, attempted) = work(&disk);
        assert_eq!(acknowledged, attempted);
        disk.calls()
    };
    for call in 0..calls {
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
fn a_second_power_cut_during_recovery_loses_nothing() {
    let mut seed = Seed::new(4_711);
    for _ in 0..60 {
        let disk = SimulatedDisk::new();
        disk.fail_at(60 + seed.below(400), Fault::PowerCut);
        let outcome = work(&disk);
        let second = power_cycle(&disk, &mut seed);
        second.fail_at(seed.below(60), Fault::PowerCut);
        if let Some(guard) = guard(&second) {
            drop(Ledger::open(guard, &options()));
        }
        assert_holds(&power_cycle(&second, &mut seed), &outcome);
    }
}

#[test]
fn a_failing_call_loses_nothing_that_was_acknowledged() {
    let calls = {
        let disk = SimulatedDisk::new();
        work(&disk);
        disk.calls()
    };
    for call in (0..calls).step_by(2) {
        for fault in [Fault::Eio, Fault::Enospc, Fault::ShortWrite] {
            let disk = SimulatedDisk::new();
            disk.fail_at(call, fault);
            let outcome = work(&disk);
            assert_holds(&power_cycle(&disk, &mut Seed::new(call)), &outcome);
        }
    }
}
