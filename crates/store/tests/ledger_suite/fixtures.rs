//! What the tests of the ledger share: ledgers on guarded simulated disks, entries, and what is in a ledger.

use std::collections::{BTreeMap, BTreeSet};

use spanstone_guard::{Guard, Options as GuardOptions};
use spanstone_model::{BodyKind, EntryHeader, ProjectId, Sender, Timestamp};
use spanstone_store::ledger::verify::{Report, verify};
use spanstone_store::ledger::{DocumentKind, EncodedBody, Ledger, LedgerError, NewEntry, Options};
use spanstone_testkit::{Seed, SimulatedDisk};

/// A request as it was sent.
pub(crate) type Sent = (EntryHeader, Vec<u8>);

/// Everything that a ledger holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The blocks from 1 on.
    pub(crate) blocks: Vec<Vec<Sent>>,
    pub(crate) documents: BTreeMap<(DocumentKind, String), Vec<u8>>,
}

pub(crate) fn options() -> Options {
    Options {
        cache_bytes: 256 * 1024,
        store_id: b"test".to_vec(),
        created_at: Timestamp::from_micros(1_700_000_000_000_000),
        ..Options::default()
    }
}

pub(crate) fn guard(disk: &SimulatedDisk) -> Option<Guard<SimulatedDisk>> {
    Guard::open(disk.clone(), GuardOptions::read_write("ledger.redb")).ok()
}

pub(crate) fn open(disk: &SimulatedDisk) -> Result<Ledger, LedgerError> {
    Ledger::open(guard(disk).expect("the guard opens"), &options())
}

pub(crate) fn open_read_only(disk: &SimulatedDisk) -> Result<Ledger, LedgerError> {
    let guard = Guard::open(disk.clone(), GuardOptions::read_only("ledger.redb")).expect("the guard opens");
    Ledger::open_read_only(guard, &options())
}

/// Verifies the disk as it is, and asserts that doing so changes nothing.
pub(crate) fn verify_disk(disk: &SimulatedDisk) -> Report {
    let before = disk.image();
    let guard = Guard::open(disk.clone(), GuardOptions::read_only("ledger.redb")).expect("the guard opens");
    let report = verify(guard, &options()).expect("verification is possible");
    assert!(disk.image() == before, "verification wrote to the disk");
    report
}

/// A body of `length` bytes that does not compress.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut seed = Seed::new(seed);
    std::iter::repeat_with(|| seed.next_u64().to_le_bytes()).flatten().take(length).collect()
}

/// The entry number `number` of a project, of `length` bytes.
pub(crate) fn sent(number: u64, length: usize) -> Sent {
    let header = EntryHeader {
        project: ProjectId::from_wire(&format!("project-{}", number % 3)),
        kind: BodyKind::ALL[usize::try_from(number % 3).unwrap_or(0)],
        received_at: Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(number).unwrap_or(0)),
        scores_only: number.is_multiple_of(5),
        media_taken: false,
        sender: Sender::default(),
    };
    (header, noise(number, length))
}

pub(crate) fn entries(sent: &[Sent]) -> Vec<NewEntry> {
    sent.iter()
        .map(|(header, body)| NewEntry {
            header: header.clone(),
            body: EncodedBody::encode(body).expect("the body is short"),
        })
        .collect()
}

/// Reads everything, entry by entry and block by block, and asserts that both ways agree and nothing is damaged.
pub(crate) fn contents(ledger: &Ledger) -> Contents {
    let mut contents = Contents::default();
    for block in ledger.blocks(0) {
        let block = block.expect("the block can be read");
        assert_eq!(block.lost, []);
        let read: Vec<Sent> = block
            .entries
            .iter()
            .map(|entry| (entry.header.clone(), entry.body().expect("the body is intact")))
            .collect();
        for (index, entry) in (0..).zip(&read) {
            assert_eq!(&ledger.entry(block.seq, index).expect("the entry can be read"), entry);
        }
        contents.blocks.push(read);
        assert_eq!(block.seq, contents.blocks.len() as u64);
    }
    assert_eq!(ledger.next_block(), contents.blocks.len() as u64 + 1);
    for kind in DocumentKind::ALL {
        let documents = ledger.documents(kind).expect("the documents can be read");
        assert_eq!(documents.damaged, []);
        for (id, content) in documents.intact {
            assert_eq!(ledger.document(kind, &id).expect("the document can be read"), Some(content.clone()));
            contents.documents.insert((kind, id), content);
        }
    }
    contents
}

/// Makes pages beyond healing: those that `after` names, counted from each page in which `pattern` begins. Returns
/// how many.
pub(crate) fn destroy(disk: &SimulatedDisk, pattern: &[u8], after: std::ops::Range<usize>) -> usize {
    let bytes = disk.image().bytes();
    let begins = bytes.windows(pattern.len()).enumerate().filter(|(_, window)| *window == pattern);
    let pages: BTreeSet<usize> = begins.flat_map(|(at, _)| after.clone().map(move |page| at / 4096 + page)).collect();
    for page in &pages {
        for bit in [100, 9_000, 20_000] {
            disk.flip(page * 4096 * 8 + bit);
        }
    }
    pages.len()
}

/// What the row of a part begins with.
pub(crate) fn part_prefix(block: u64, part: u32) -> Vec<u8> {
    let mut prefix = b"SPNP\x01\x01\0\0".to_vec();
    prefix.extend_from_slice(&block.to_le_bytes());
    prefix.extend_from_slice(&part.to_le_bytes());
    prefix
}

/// The disk after it was switched off just now.
pub(crate) fn power_cycle(disk: &SimulatedDisk, seed: &mut Seed) -> SimulatedDisk {
    SimulatedDisk::from_image(&disk.crash(seed))
}

/// The disk as a process leaves it that is killed just now: the operating system still has what was not synced.
pub(crate) fn killed(disk: &SimulatedDisk) -> SimulatedDisk {
    SimulatedDisk::from_image(&disk.image())
}
