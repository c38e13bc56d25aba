//! A full disk: who asks is told, what was acknowledged stays, and when there is room again writing goes on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use spanstone_guard::{Disk, PAGE_BYTES};
use spanstone_store::ledger::{DocumentChange, DocumentKind, Ledger, LedgerError, LedgerErrorKind};
use spanstone_testkit::{Fault, Seed, SimulatedDisk};

use crate::fixtures::{Contents, Sent, entries, open, read_all, sent, verified};

fn start(disk: impl Disk) -> (Ledger, Contents) {
    let (ledger, _) = open(disk).unwrap();
    let mut contents = Contents::default();
    for number in 0..4 {
        append(&ledger, &mut contents, number).unwrap();
    }
    (ledger, contents)
}

fn block(number: u64) -> Vec<Sent> {
    vec![sent(number, 20_000), sent(number + 100, 300)]
}

/// Appends a block of two requests, and notes it if it was acknowledged.
fn append(ledger: &Ledger, contents: &mut Contents, number: u64) -> Result<(), LedgerError> {
    let block = block(number);
    let seq = ledger.append_block(&entries(&block))?;
    contents.blocks.push(block);
    assert_eq!(seq, contents.blocks.len() as u64);
    Ok(())
}

fn put(ledger: &Ledger, contents: &mut Contents, content: &[u8]) -> Result<(), LedgerError> {
    let (kind, id, content) = (DocumentKind::Setting, "limit".to_owned(), content.to_vec());
    ledger.write_documents(&[DocumentChange::Put { kind, id: id.clone(), content: content.clone() }])?;
    contents.documents.insert((kind, id), content);
    Ok(())
}

/// Asserts that a new start finds one of these contents, after a kill and after any power cut.
fn assert_keeps(disk: &SimulatedDisk, contents: &[&Contents], seed: &mut Seed) {
    for image in [disk.image(), disk.crash(seed), disk.crash(seed)] {
        let (ledger, _) = open(SimulatedDisk::from_image(&image)).unwrap();
        let read = read_all(&ledger).unwrap();
        assert!(contents.contains(&&read), "something acknowledged is lost, or something was invented");
        let report = verified(&image).unwrap();
        assert!(report.records.is_clean(), "{:?}", report.records.findings);
    }
}

#[test]
fn a_write_without_space_is_refused_and_the_next_one_goes_on() {
    let mut seed = Seed::new(5);
    let (mut went_on, mut stopped, mut missed) = (0, 0, 0);
    for calls_ahead in 0..60 {
        let disk = SimulatedDisk::new();
        let (ledger, mut contents) = start(disk.clone());
        disk.fail_at(disk.calls() + calls_ahead, Fault::Enospc);
        let Err(error) = append(&ledger, &mut contents, 10) else {
            missed += 1;
            continue;
        };
        assert_eq!(error.kind(), LedgerErrorKind::Full, "{error}");
        assert_eq!(read_all(&ledger).as_ref(), Ok(&contents));
        match append(&ledger, &mut contents, 11) {
            Ok(()) => {
                went_on += 1;
                put(&ledger, &mut contents, b"after").unwrap();
                append(&ledger, &mut contents, 12).unwrap();
                ledger.round_trip().unwrap();
                assert_eq!(ledger.stats().blocks, contents.blocks.len() as u64);
                assert_keeps(&disk, &[&contents], &mut seed);
            }
            // The space was missing while a sync was under way: whether it was done is known after a new start.
            Err(error) => {
                stopped += 1;
                assert!(matches!(error, LedgerError::Poisoned { cause: LedgerErrorKind::Full }), "{error}");
                let mut attempted = contents.clone();
                attempted.blocks.push(block(10));
                assert_keeps(&disk, &[&contents, &attempted], &mut seed);
            }
        }
        assert_eq!(read_all(&ledger).as_ref(), Ok(&contents));
    }
    eprintln!("a full disk at 60 calls: {went_on} went on, {stopped} stopped, {missed} were no writes");
    assert!(went_on > 0);
}

/// A disk that has room for what it holds and, while it is full, for nothing else.
#[derive(Clone, Debug, Default)]
struct SmallDisk {
    disk: SimulatedDisk,
    full: Arc<AtomicBool>,
    /// Then there is no room to overwrite what it holds, either.
    copies_on_write: bool,
}

impl Disk for SmallDisk {
    fn len(&self) -> io::Result<u64> {
        self.disk.len()
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.disk.read_exact_at(offset, out)
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let image = self.disk.image();
        let first = usize::try_from(offset).unwrap() / PAGE_BYTES;
        let mut pages = first..first + data.len().div_ceil(PAGE_BYTES);
        if self.full.load(Ordering::Relaxed)
            && pages.any(|page| self.copies_on_write || image.is_hole(page * PAGE_BYTES))
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.disk.write_all_at(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync_data()
    }
}

#[test]
fn while_the_disk_is_full_everything_is_read_and_when_there_is_room_writing_goes_on() {
    let disk = SmallDisk::default();
    let (ledger, mut contents) = start(disk.clone());
    let mut refused = 0;
    for round in 1..20 {
        disk.full.store(true, Ordering::Relaxed);
        // What was freed by earlier commits is still there to be used.
        let mut attempts = 0;
        let error = loop {
            attempts += 1;
            match append(&ledger, &mut contents, round * 100 + attempts) {
                Ok(()) => assert!(attempts < 50, "a full disk takes everything"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), LedgerErrorKind::Full, "{error}");
        for _ in 0..3 {
            let again = append(&ledger, &mut contents, round).unwrap_err();
            assert_eq!(again.kind(), LedgerErrorKind::Full, "{again}");
            refused += 1;
        }
        assert_eq!(read_all(&ledger).as_ref(), Ok(&contents));
        disk.full.store(false, Ordering::Relaxed);
        // Readiness comes back by itself: nobody has to send anything first.
        ledger.round_trip().unwrap();
        append(&ledger, &mut contents, round + 50).unwrap();
        put(&ledger, &mut contents, &round.to_le_bytes()).unwrap();
        assert_keeps(&disk.disk, &[&contents], &mut Seed::new(round));
    }
    ledger.close().unwrap();
    assert!(verified(&disk.disk.image()).unwrap().is_clean());
    eprintln!("refused {refused} times, {} blocks kept", contents.blocks.len());
}

#[test]
fn readers_go_on_while_writers_meet_a_full_disk() {
    let disk = SmallDisk::default();
    let (ledger, mut contents) = start(disk.clone());
    let kept = contents.blocks.clone();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for (block, sent) in (1..).zip(&kept) {
                        assert_eq!(ledger.entry(block, 0).unwrap(), sent[0]);
                    }
                }
            });
        }
        for round in 0..30 {
            disk.full.store(round % 3 < 2, Ordering::Relaxed);
            if let Err(error) = append(&ledger, &mut contents, 1_000 + round) {
                assert_eq!(error.kind(), LedgerErrorKind::Full, "{error}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    disk.full.store(false, Ordering::Relaxed);
    append(&ledger, &mut contents, 2_000).unwrap();
    assert_eq!(read_all(&ledger).as_ref(), Ok(&contents));
}

/// Where even overwriting takes space, opening again meets the full disk in a sync, and after that only a new start may write.
#[test]
fn on_a_disk_that_copies_on_write_nothing_is_lost_and_a_new_start_goes_on() {
    let disk = SmallDisk { copies_on_write: true, ..SmallDisk::default() };
    let (ledger, mut contents) = start(disk.clone());
    disk.full.store(true, Ordering::Relaxed);
    let error = append(&ledger, &mut contents, 10).unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Full, "{error}");
    for number in 11..14 {
        append(&ledger, &mut contents, number).unwrap_err();
        assert_eq!(read_all(&ledger).as_ref(), Ok(&contents));
    }
    ledger.round_trip().unwrap_err();
    disk.full.store(false, Ordering::Relaxed);
    drop(ledger);
    assert_keeps(&disk.disk, &[&contents], &mut Seed::new(6));
    let (ledger, _) = open(disk).unwrap();
    append(&ledger, &mut contents, 14).unwrap();
    assert_eq!(read_all(&ledger).as_ref(), Ok(&contents));
}
