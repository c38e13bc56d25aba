//! A store in a simulated folder beside the oracle that was told the same.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use spanstone_guard::Folder;
use spanstone_model::{BodyKind, EntryHeader, ProjectId, Sender, Timestamp};
use spanstone_store::{
    EncodedBody, Retention, Store, StoreError, StoreErrorKind, StoreOptions, VerifyReport, verify_folder,
};
use spanstone_testkit::{Fault, Images, Seed, SimulatedFolder};

use crate::oracle::{Oracle, Request};
use crate::reading::Reader;
use crate::tariff::Tariff;
use crate::wire::{Decoder, Spec, What, encode, events, spec};

/// A Wednesday.
pub(crate) const NOON: i64 = 1_763_553_600_000_000;

/// How long a test waits for the archivist before it says that it never ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the store of a test is opened.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) hot_bytes_max: usize,
    pub(crate) retention: Retention,
    pub(crate) clock: fn() -> Timestamp,
    pub(crate) seal_after: Option<Duration>,
}

impl Default for Setup {
    /// A layer freezes every few dozen events.
    fn default() -> Self {
        Self { hot_bytes_max: 96 * 1024, retention: Retention::default(), clock: noon, seal_after: None }
    }
}

fn noon() -> Timestamp {
    Timestamp::from_micros(NOON)
}

pub(crate) fn project(number: u64) -> ProjectId {
    ProjectId::from_wire(&format!("project-{number}"))
}

/// Opens the store in a folder.
pub(crate) fn open(folder: &SimulatedFolder, setup: &Setup) -> Result<Store, StoreError> {
    open_folder(Arc::new(folder.clone()), setup)
}

/// Opens the store in any folder.
pub(crate) fn open_folder(folder: Arc<dyn Folder>, setup: &Setup) -> Result<Store, StoreError> {
    Store::open_folder(folder, options(setup), Arc::new(Decoder), Arc::new(Tariff))
}

pub(crate) fn options(setup: &Setup) -> StoreOptions {
    StoreOptions {
        data_dir: "simulated".into(),
        journal_block_bytes_max: 8 << 20,
        hot_bytes_max: setup.hot_bytes_max,
        seal_after: setup.seal_after,
        payload_cache_bytes_max: 64 * 1024,
        reserve_bytes: 64 * 1024,
        retention: setup.retention.clone(),
        clock: setup.clock,
        new_store_id: b"store".to_vec(),
    }
}

/// Two senders take turns.
pub(crate) fn sender(received_at: Timestamp) -> Sender {
    let version = if received_at.micros() % 2 == 0 { "1" } else { "2" };
    Sender::new(Some("pk"), Some("python"), Some(version))
}

/// Hands a request in without waiting for the answer.
pub(crate) fn hand_in(store: &Store, request: &Request, done: impl FnOnce(Result<(), StoreError>) + Send + 'static) {
    let header = EntryHeader {
        sender: sender(request.received_at),
        ..EntryHeader::new(request.project.clone(), BodyKind::LangfuseBatch, request.received_at)
    };
    let body = EncodedBody::encode(&encode(&request.specs)).expect("the body is short");
    let events = events(&request.specs).into_iter().map(|(event, _)| event).collect();
    store.append(header, body, events, Box::new(done));
}

/// Hands a request in and waits for the answer.
pub(crate) fn append(store: &Store, request: &Request) -> Result<(), StoreError> {
    let (sender, receiver) = channel();
    hand_in(store, request, move |outcome| sender.send(outcome).expect("the test waits for the answer"));
    receiver.recv().expect("every request is answered")
}

/// Waits until the archivist has nothing left to do, or meets a failure: then false.
pub(crate) fn settle(store: &Store) -> bool {
    let before = store.counters().archive.failures;
    let deadline = Instant::now() + PATIENCE;
    while !store.settle(Duration::from_millis(20)) {
        let counters = store.counters();
        // One that was met before, too: a ledger that takes nothing more is not tried again.
        if counters.archive.failures > before || store.archive_failure().is_some() {
            return false;
        }
        assert!(Instant::now() < deadline, "the archivist never comes to rest: {counters:?}");
    }
    true
}

/// Has the archivist try again what failed, until it has nothing left to do; false when the ledger takes nothing more.
pub(crate) fn settle_at_last(store: &Store, setup: &Setup) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !settle(store) {
        let failure = store.archive_failure();
        if failure.as_ref().is_some_and(|failure| failure.kind() == StoreErrorKind::Broken) {
            return false;
        }
        assert!(Instant::now() < deadline, "the archivist fails again and again: {failure:?}");
        store.set_retention(setup.retention.clone());
    }
    true
}

/// What is wrong with the store in a folder that nobody has open.
pub(crate) fn verify(folder: &SimulatedFolder) -> VerifyReport {
    let folder: Arc<dyn Folder> = Arc::new(folder.clone());
    verify_folder(&folder, Path::new("simulated")).expect("the store can be verified")
}

/// A number that whoever runs the tests by hand may set.
pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A store and the oracle that was told the same.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) folder: SimulatedFolder,
    pub(crate) setup: Setup,
    pub(crate) oracle: Oracle,
    /// The folder as the store sees it.
    opened: Arc<dyn Folder>,
    store: Option<Store>,
    received: i64,
    /// How many requests were taken since the world began.
    pub(crate) requests: u64,
    /// The number of the next trace that only fills the memory.
    pub(crate) filler: u32,
}

impl World {
    pub(crate) fn new(setup: Setup) -> Self {
        let folder = SimulatedFolder::new();
        Self::behind(Arc::new(folder.clone()), folder, setup)
    }

    /// A new store that sees `folder` through another one.
    pub(crate) fn behind(opened: Arc<dyn Folder>, folder: SimulatedFolder, setup: Setup) -> Self {
        Self::of(opened, folder, setup, Oracle::default(), NOON)
    }

    fn of(opened: Arc<dyn Folder>, folder: SimulatedFolder, setup: Setup, oracle: Oracle, received: i64) -> Self {
        let store =
            open_folder(opened.clone(), &setup).unwrap_or_else(|error| panic!("the store does not open: {error}"));
        Self { folder, setup, oracle, opened, store: Some(store), received, requests: 0, filler: 1_000_000 }
    }

    /// Opens what another world left.
    pub(crate) fn reopen(images: &Images, setup: Setup, oracle: Oracle) -> Self {
        let folder = SimulatedFolder::from_images(images);
        Self::of(Arc::new(folder.clone()), folder, setup, oracle, NOON + 1_000_000_000)
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().expect("the store is open")
    }

    /// A request that arrives now; every third one at the same microsecond as the one before.
    pub(crate) fn request(&mut self, project: &ProjectId, specs: Vec<Spec>) -> Request {
        self.received += i64::from(!specs.len().is_multiple_of(3)) * 1_000;
        Request { project: project.clone(), received_at: Timestamp::from_micros(self.received), specs }
    }

    /// Writes events, which have to be taken.
    pub(crate) fn write(&mut self, project: &ProjectId, specs: Vec<Spec>) {
        let request = self.request(project, specs);
        append(self.store(), &request).unwrap_or_else(|error| panic!("a request is refused: {error}"));
        self.oracle.add(&request);
        self.requests += 1;
    }

    /// Compares everything that a reader sees of a project with the oracle.
    pub(crate) fn check(&self, project: &ProjectId, context: &str) {
        let expected = self.oracle.seen(project);
        Reader::new(self.store(), project).lists().assert_is(&expected, context);
    }

    /// The same, and the look-ups by id of one row in so many.
    pub(crate) fn check_lookups(&self, project: &ProjectId, seed: &mut Seed, one_in: u64, context: &str) {
        let reader = Reader::new(self.store(), project);
        let seen = reader.lists();
        seen.assert_is(&self.oracle.seen(project), context);
        reader.check_lookups(&seen, seed, one_in);
    }

    pub(crate) fn settle(&self) {
        assert!(settle(self.store()), "the archivist fails: {:?}", self.store().archive_failure());
    }

    /// Has everything sealed that is in memory, by writing traces of this time until it is full, and says which.
    pub(crate) fn seal(&mut self, time: i64) -> Vec<Spec> {
        let (seals, mut fillers) = (self.store().counters().archive.seals, Vec::new());
        while self.store().counters().archive.seals == seals {
            let filler = spec(What::Trace, self.filler, self.filler, time);
            self.write(&project(0), vec![filler]);
            fillers.push(filler);
            self.filler += 1;
            self.settle();
        }
        fillers
    }

    /// Replaces the rules of what is kept.
    pub(crate) fn set_retention(&mut self, retention: Retention) {
        self.store().set_retention(retention.clone());
        self.setup.retention = retention;
    }

    /// Has the archivist look at the clock, and waits until it has come to rest.
    pub(crate) fn look_again(&self) {
        self.store().set_retention(self.setup.retention.clone());
        self.settle();
    }

    /// Closes the store.
    pub(crate) fn close(&mut self) {
        self.store.take().expect("the store is open").close();
    }

    /// Closes the store and opens it again.
    pub(crate) fn restart(&mut self) {
        self.close();
        self.open_again();
    }

    /// Opens the store that was closed.
    pub(crate) fn open_again(&mut self) {
        self.store = Some(open_folder(self.opened.clone(), &self.setup).expect("the store opens again"));
    }

    /// Cuts the power now; what is left is opened by whoever wants it.
    pub(crate) fn cut_power(&mut self, seed: &mut Seed) -> Images {
        self.folder.fail_at(self.folder.calls(), Fault::PowerCut);
        self.store = None;
        self.folder.crash(seed)
    }
}
