//! Flipped bits in a real file under a whole store: lock, guard, ledger, replay and reads.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use spanstone_guard::PAGE_BYTES;
use spanstone_model::{
    Change, EntryHeader, Event, EventPayloads, Patch, ProjectId, Stamp, StampKind, TraceChange, TraceId,
};
use spanstone_store::NoPrices;
use spanstone_store::hot::LayeredView;
use spanstone_store::{Decode, DocumentKind, LEDGER_FILE, Retention, Store, StoreError, StoreOptions, verify};
use spanstone_testkit::{Image, Seed};

use crate::fixtures::{Contents, Intact, options};

const FLIPS: usize = 200;
const SEED: u64 = 3;

fn trace_id(body: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(body))
}

/// A trace for every request, named after its body.
#[derive(Debug)]
struct OneTraceEach;

impl Decode for OneTraceEach {
    fn decode(&self, header: &EntryHeader, body: &[u8]) -> Vec<Event> {
        let change = TraceChange {
            id: TraceId::from_wire(&trace_id(body)),
            timestamp: header.received_at,
            environment: "default".into(),
            name: Patch::Keep,
            user_id: Patch::Keep,
            session_id: Patch::Keep,
            release: Patch::Keep,
            version: Patch::Keep,
            tags: vec![],
            public: None,
            input: None,
            output: None,
            metadata: None,
            explicit: true,
        };
        let stamp = Stamp::new(header.received_at, StampKind::Create);
        vec![Event { stamp, change: Change::Trace(Box::new(change)) }]
    }

    fn payloads(&self, _: &EntryHeader, _: &[u8]) -> Result<Vec<EventPayloads>, String> {
        Ok(vec![EventPayloads::default()])
    }
}

fn open(dir: &Path) -> Result<Store, StoreError> {
    let options = StoreOptions {
        data_dir: dir.to_owned(),
        journal_block_bytes_max: 1024 * 1024,
        hot_bytes_max: usize::MAX,
        seal_after: None,
        payload_cache_bytes_max: 1024 * 1024,
        reserve_bytes: 0,
        retention: Retention::default(),
        clock: || options().created_at,
        new_store_id: options().store_id,
    };
    Store::open(options, Arc::new(OneTraceEach), Arc::new(NoPrices))
}

/// Replaces the ledger's file by these bytes.
fn put(image: &Image, dir: &Path) {
    let path = dir.join(LEDGER_FILE);
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap();
    file.set_len(image.len() as u64).unwrap();
    for at in (0..image.len()).step_by(PAGE_BYTES).filter(|at| !image.is_hole(*at)) {
        let mut page = [0; PAGE_BYTES];
        image.read(at, &mut page);
        file.write_all_at(&page, at as u64).unwrap();
    }
}

/// Asserts that the hot set has a trace for every request, and that every request and document reads as it was.
fn assert_reads(store: &Store, truth: &Contents) {
    let sent = truth.blocks.iter().flatten();
    let expected: BTreeSet<(ProjectId, String)> =
        sent.map(|(header, body)| (header.project.clone(), trace_id(body))).collect();
    let projects: BTreeSet<ProjectId> = expected.iter().map(|(project, _)| project.clone()).collect();
    let mut replayed = BTreeSet::new();
    for project in &projects {
        let traces = |view: LayeredView<'_>| -> Vec<_> {
            view.traces().map(|trace| (project.clone(), trace.trace().id.as_str().to_owned())).collect()
        };
        replayed.extend(store.view(project, traces).unwrap().0);
    }
    assert_eq!(replayed, expected);
    for (block, sent) in (1..).zip(&truth.blocks) {
        for (entry, sent) in (0..).zip(sent) {
            assert_eq!(&store.entry(block, entry).unwrap(), sent);
        }
    }
    for kind in DocumentKind::ALL {
        let documents = store.documents(kind).unwrap();
        assert_eq!(documents.damaged, []);
        let expected: Vec<_> = truth
            .documents
            .iter()
            .filter(|((of, _), _)| *of == kind)
            .map(|((_, id), it)| (id.clone(), it.clone()))
            .collect();
        assert_eq!(documents.intact, expected);
        for (id, content) in expected {
            assert_eq!(store.document(kind, &id).unwrap(), Some(content));
        }
    }
    store.round_trip().unwrap();
}

/// A bit that is read, or, once in four times, any bit of a page that holds something.
fn draw(store: &Intact, read: &[usize], seed: &mut Seed) -> usize {
    let index = |seed: &mut Seed, bound: usize| usize::try_from(seed.below(bound as u64)).unwrap();
    if !seed.one_in(4) {
        return read[index(seed, read.len())];
    }
    let used: Vec<usize> = (0..store.pages()).filter(|page| !store.image.is_hole(page * PAGE_BYTES)).collect();
    used[index(seed, used.len())] * PAGE_BYTES * 8 + index(seed, PAGE_BYTES * 8)
}

#[test]
fn a_store_on_a_real_file_replays_and_reads_right_past_a_flip_and_counts_it() {
    let intact = Intact::closed();
    let ranges = intact.read_bits();
    let read: Vec<usize> = ranges.iter().cloned().flatten().collect();
    let mut seed = Seed::new(SEED);
    let dir = tempfile::tempdir().unwrap();
    let mut met = 0;
    for _ in 0..FLIPS {
        let bit = draw(&intact, &read, &mut seed);
        put(&intact.flipped(bit), dir.path());
        let report = verify(dir.path()).unwrap();
        assert!(report.pages.spots.iter().any(|spot| spot.offset == bit as u64 / 8), "bit {bit} is not named");

        let store = open(dir.path()).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert_reads(&store, &intact.truth);
        let expected = u64::from(ranges.iter().any(|range| range.contains(&bit)));
        met += expected;
        let counters = store.counters();
        assert_eq!((counters.guard.healed(), counters.guard.unhealable_pages), (expected, 0), "bit {bit}");
        assert_eq!(counters.replayed_blocks, intact.truth.blocks.len() as u64);

        let second = open(dir.path()).expect_err("two stores on one directory");
        assert!(matches!(second, StoreError::Locked { holder: Some(pid), .. } if pid == std::process::id()));
        store.close();
        if expected == 1 {
            assert!(verify(dir.path()).unwrap().is_clean(), "bit {bit} is not healed on disk");
        }
    }
    eprintln!("{FLIPS} flips in a real file, {met} of them read, seed {SEED}");
}
