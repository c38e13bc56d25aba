//! A small store with everything in it, what it holds, and how the tests open and read it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use spanstone_guard::{Counters, Disk, Folder, Guard, GuardError, Options as GuardOptions, PAGE_BYTES};
use spanstone_model::{BodyKind, EntryHeader, ProjectId, Sender, Timestamp};
use spanstone_store::ledger::{DocumentChange, DocumentKind, EncodedBody, Ledger, NewEntry, Options};
use spanstone_store::{LEDGER_FILE, StoreError, VerifyReport, verify_folder};
use spanstone_testkit::{Image, Seed, SimulatedDisk, SimulatedFolder};

/// Where the parts of a file with one group are, in pages. (`docs/ON_DISK_FORMAT.md`, "Layout".)
pub(crate) const CHECKSUM_PAGE: usize = 8;
pub(crate) const FIRST_DATA_PAGE: usize = 74;
pub(crate) const SECOND_HEAD_AREA: usize = 1098;
/// Bytes of a file header, and of one copy of a head slot.
const HEADER_BYTES: usize = 64;
const SLOT_BYTES: usize = 4608;

/// A request as it was sent.
pub(crate) type Sent = (EntryHeader, Vec<u8>);

/// Everything that a ledger holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The blocks from 1 on.
    pub(crate) blocks: Vec<Vec<Sent>>,
    pub(crate) documents: BTreeMap<(DocumentKind, String), Vec<u8>>,
}

/// As the server opens its ledger.
pub(crate) fn options() -> Options {
    Options {
        instant_recovery: true,
        store_id: b"store".to_vec(),
        created_at: Timestamp::from_micros(1_700_000_000_000_000),
        ..Options::default()
    }
}

/// A batch as an SDK sends it: JSON, with an attachment of `noise_bytes` that hardly compresses.
fn body(number: u64, noise_bytes: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut seed = Seed::new(number);
    let attachment: String = std::iter::repeat_with(|| {
        let digit = usize::try_from(seed.below(64)).expect("below 64");
        char::from(DIGITS[digit])
    })
    .take(noise_bytes)
    .collect();
    format!(
        r#"{{"batch":[{{"id":"event-{number}","type":"generation-create","timestamp":"2026-11-22T10:00:00.{number:03}Z","body":{{"id":"generation-{number}","traceId":"trace-{number}","name":"answer","model":"gpt-4o","input":[{{"role":"system","content":"You answer questions about a warehouse."}},{{"role":"user","content":"How many pallets fit in aisle {number}? data:image/png;base64,{attachment}"}}],"output":{{"role":"assistant","content":"Aisle {number} takes 24 pallets."}},"usage":{{"input":412,"output":31}}}}}}],"metadata":{{"sdk_name":"python","sdk_version":"2.60.10"}}}}"#
    )
    .into_bytes()
}

/// The request number `number`.
pub(crate) fn sent(number: u64, noise_bytes: usize) -> Sent {
    let header = EntryHeader {
        project: ProjectId::from_wire(&format!("project-{}", number % 2)),
        kind: BodyKind::ALL[usize::try_from(number % 3).expect("below 3")],
        received_at: Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(number).expect("small")),
        scores_only: number.is_multiple_of(4),
        media_taken: false,
        sender: Sender::default(),
    };
    (header, body(number, noise_bytes))
}

pub(crate) fn entries(sent: &[Sent]) -> Vec<NewEntry> {
    let entry = |(header, body): &Sent| NewEntry {
        header: header.clone(),
        body: EncodedBody::encode(body).expect("the body is short"),
    };
    sent.iter().map(entry).collect()
}

/// What the store of these tests holds.
pub(crate) fn truth() -> Contents {
    let blocks = [vec![1_500, 0], vec![13_000], vec![5_000, 200]];
    let mut number = 0;
    let blocks = blocks.map(|block| {
        let sent = block.into_iter().map(|noise_bytes| {
            number += 1;
            sent(number, noise_bytes)
        });
        sent.collect()
    });
    let mut documents = BTreeMap::new();
    for (kind, name) in DocumentKind::ALL.into_iter().zip(["project", "key", "user", "setting"]) {
        for number in 0..2_u8 {
            let content = format!(r#"{{"name":"{name} {number}","note":"{}"}}"#, "n".repeat(usize::from(number) * 900));
            documents.insert((kind, format!("{name}-{number}")), content.into_bytes());
        }
    }
    Contents { blocks: blocks.to_vec(), documents }
}

/// Writes everything to a new ledger, replacing and deleting documents on the way.
pub(crate) fn write(ledger: &Ledger, truth: &Contents) {
    let mut documents = truth.documents.iter();
    for block in &truth.blocks {
        ledger.append_block(&entries(block)).expect("the block is written");
        let put = |content: &[u8]| {
            let change = |((kind, id), _): (&(DocumentKind, String), &Vec<u8>)| DocumentChange::Put {
                kind: *kind,
                id: id.clone(),
                content: content.to_vec(),
            };
            documents.clone().take(3).map(change).collect::<Vec<_>>()
        };
        ledger.write_documents(&put(b"an earlier version")).expect("documents are written");
        let changes: Vec<_> = documents
            .by_ref()
            .take(3)
            .map(|((kind, id), content)| DocumentChange::Put { kind: *kind, id: id.clone(), content: content.clone() })
            .chain([DocumentChange::Delete { kind: DocumentKind::Setting, id: "gone".to_owned() }])
            .collect();
        ledger.write_documents(&changes).expect("documents are written");
    }
}

/// Opens for writing, as the server does.
pub(crate) fn open<D: Disk>(disk: D) -> Result<(Ledger, Arc<Counters>), StoreError> {
    open_with(disk, GuardOptions::read_write(LEDGER_FILE), |guard| Ledger::open(guard, &options()))
}

/// Opens for reading.
pub(crate) fn open_read_only<D: Disk>(disk: D) -> Result<(Ledger, Arc<Counters>), StoreError> {
    open_with(disk, GuardOptions::read_only(LEDGER_FILE), |guard| Ledger::open_read_only(guard, &options()))
}

fn open_with<D: Disk, E: Into<StoreError>>(
    disk: D,
    options: GuardOptions,
    open: impl FnOnce(Guard<D>) -> Result<Ledger, E>,
) -> Result<(Ledger, Arc<Counters>), StoreError> {
    let file = |source: GuardError| StoreError::File { path: LEDGER_FILE.into(), source };
    let guard = Guard::open(disk, options).map_err(file)?;
    let counters = guard.counters();
    Ok((open(guard).map_err(Into::into)?, counters))
}

/// Verifies as `spanstone verify` does, and asserts that doing so changes nothing.
pub(crate) fn verified(image: &Image) -> Result<VerifyReport, StoreError> {
    let folder = SimulatedFolder::from_images(&[(LEDGER_FILE.to_owned(), image.clone())].into());
    let shared: Arc<dyn Folder> = Arc::new(folder.clone());
    let report = verify_folder(&shared, Path::new(""));
    assert!(folder.images()[LEDGER_FILE] == *image, "verification wrote to the disk");
    report
}

/// Reads every entry and every document. Damage that it meets is an error, in words.
pub(crate) fn read_all(ledger: &Ledger) -> Result<Contents, String> {
    let mut contents = Contents::default();
    for block in ledger.blocks(0) {
        let block = block.map_err(|error| error.to_string())?;
        if let Some(lost) = block.lost.first() {
            return Err(format!("block {}: {lost:?}", block.seq));
        }
        let mut read = Vec::with_capacity(block.entries.len());
        for entry in block.entries {
            read.push((entry.header.clone(), entry.body().map_err(|fault| fault.to_string())?));
        }
        contents.blocks.push(read);
    }
    for kind in DocumentKind::ALL {
        let documents = ledger.documents(kind).map_err(|error| error.to_string())?;
        if let Some(damaged) = documents.damaged.first() {
            return Err(format!("{kind}: {damaged:?}"));
        }
        contents.documents.extend(documents.intact.into_iter().map(|(id, content)| ((kind, id), content)));
    }
    Ok(contents)
}

/// A store on which nothing is wrong.
pub(crate) struct Intact {
    pub(crate) image: Image,
    pub(crate) truth: Contents,
    /// The data pages, physical, that opening and reading everything reads.
    pub(crate) live: BTreeSet<usize>,
}

impl Intact {
    /// A store that was closed.
    pub(crate) fn closed() -> Self {
        let (disk, ledger, truth) = Self::written();
        ledger.close().expect("the ledger closes");
        Self::of(disk.image(), truth)
    }

    /// A store whose process was killed after its last acknowledgement.
    pub(crate) fn killed() -> Self {
        let (disk, ledger, truth) = Self::written();
        let image = disk.image();
        drop(ledger);
        Self::of(image, truth)
    }

    fn written() -> (SimulatedDisk, Ledger, Contents) {
        let disk = SimulatedDisk::new();
        let (ledger, _) = open(disk.clone()).expect("a new ledger opens");
        let truth = truth();
        write(&ledger, &truth);
        (disk, ledger, truth)
    }

    fn of(image: Image, truth: Contents) -> Self {
        assert!(verified(&image).expect("it verifies").is_clean());
        let disk = Watched { disk: SimulatedDisk::from_image(&image), read: Arc::default() };
        let read = Arc::clone(&disk.read);
        let (ledger, _) = open(disk).expect("the ledger opens");
        assert_eq!(read_all(&ledger).as_ref(), Ok(&truth));
        let data = FIRST_DATA_PAGE + 1..FIRST_DATA_PAGE + 1024;
        let live = read.lock().iter().copied().filter(|page| data.contains(page)).collect();
        drop(ledger);
        Self { image, truth, live }
    }

    /// The ranges of bits in file headers and head slots.
    pub(crate) fn head_bits(&self) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        for area in [0, SECOND_HEAD_AREA] {
            for (page, bytes) in [(area, HEADER_BYTES), (area + 1, SLOT_BYTES), (area + 3, SLOT_BYTES)] {
                ranges.push(bits(page * PAGE_BYTES..page * PAGE_BYTES + bytes));
            }
        }
        ranges
    }

    /// The ranges of bits in the checksum entries of live pages.
    pub(crate) fn entry_bits(&self) -> Vec<Range<usize>> {
        let entry = |page: &usize| CHECKSUM_PAGE * PAGE_BYTES + (page - FIRST_DATA_PAGE) * 4;
        self.live.iter().map(|page| bits(entry(page)..entry(page) + 4)).collect()
    }

    /// The ranges of bits in live pages.
    pub(crate) fn live_bits(&self) -> Vec<Range<usize>> {
        self.live.iter().map(|page| bits(page * PAGE_BYTES..(page + 1) * PAGE_BYTES)).collect()
    }

    /// Every bit that opening and reading everything reads.
    pub(crate) fn read_bits(&self) -> Vec<Range<usize>> {
        [self.head_bits(), self.entry_bits(), self.live_bits()].concat()
    }

    /// How many pages the file has.
    pub(crate) fn pages(&self) -> usize {
        self.image.len() / PAGE_BYTES
    }

    /// The image with one bit flipped.
    pub(crate) fn flipped(&self, bit: usize) -> Image {
        let mut image = self.image.clone();
        image.flip(bit);
        image
    }
}

fn bits(bytes: Range<usize>) -> Range<usize> {
    bytes.start * 8..bytes.end * 8
}

/// A disk that remembers which pages were read.
#[derive(Debug)]
struct Watched {
    disk: SimulatedDisk,
    read: Arc<Mutex<BTreeSet<usize>>>,
}

impl Disk for Watched {
    fn len(&self) -> io::Result<u64> {
        self.disk.len()
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let first = usize::try_from(offset).expect("a small disk") / PAGE_BYTES;
        self.read.lock().extend(first..first + out.len().div_ceil(PAGE_BYTES));
        self.disk.read_exact_at(offset, out)
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk.write_all_at(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync_data()
    }
}

/// Runs a test for each of `count` things, on two threads.
pub(crate) fn for_each(count: usize, test: impl Fn(usize) + Sync) {
    const AT_ONCE: usize = 64;
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let start = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                    if start >= count {
                        return;
                    }
                    (start..count.min(start + AT_ONCE)).for_each(&test);
                }
            });
        }
    });
}
