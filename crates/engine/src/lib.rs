//! The application without HTTP: ingest, reads and accounts over one data directory.
//!
//! Owns the way of a request through decoding, the journal and the hot set, the reading of payloads back out of the
//! journal, projects, keys and users. Refuses HTTP, configuration and the environment: it is given options.

mod accounts;
mod clock;
mod comments;
mod counting;
mod deletion;
mod documents;
mod error;
mod ingest;
mod media;
mod metadata;
mod own;
mod password;
mod payloads;
mod prices;
mod random;
mod reads;
mod score_configs;
mod search;
mod session;
mod setup;
mod tail;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use spanstone_ingest::Keep;
use spanstone_model::{EntryHeader, Event, EventPayloads, Limits, Timestamp};
use spanstone_store::{Decode, Price, Store, StoreError, StoreOptions};

pub use accounts::{Access, ApiKey, AuthError, Credential, NewKey, Organization, Principal, Project};
pub use clock::system_clock;
pub use comments::{Comment, CommentQuery, CommentedObject, NewComment};
pub use counting::Counting;
pub use error::{EngineError, ErrorKind};
pub use ingest::{IngestRequest, Receipt};
pub use media::{
    AnnouncedMedium, LinkSignature, LinkUse, MediumState, MediumUpload, ProjectMedium, UploadError, UploadFailure,
};
pub use prices::{CostReport, CostSource, ListedModel, RepriceStep, Repriced};
pub use reads::{ObservationItem, Reads, ScoreItem, TraceDetail, TraceItem};
pub use score_configs::{Category, ConfigDataType, ScoreConfig, ScoreConfigChange, ScoreRule};
pub use session::{SessionToken, SignInError, User};
pub use setup::{NewUser, Setup, SetupReport};
pub use spanstone_ingest as wire;
pub use spanstone_pricing as pricing;
pub use spanstone_query as query;
pub use spanstone_store::hot::SessionRow;
pub use spanstone_store::media::Content as MediaContent;
pub use spanstone_store::{ArchiveCounts, ArchiveStats, Counters, ProjectRetention, Retention, WeekStats};
pub use tail::{Subscription, TraceListener};

/// What an engine is opened with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory that holds everything; created if it is not there.
    pub data_dir: PathBuf,
    /// The limits on requests and answers.
    pub limits: Limits,
    /// What is kept, and for how long.
    pub retention: Retention,
    /// Whether media that come as base64 are taken out of payloads.
    pub extract_media: bool,
    /// Tells the time.
    pub clock: fn() -> Timestamp,
}

impl Options {
    /// The usual limits, everything kept, payloads as they are.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>, clock: fn() -> Timestamp) -> Self {
        let (limits, retention) = (Limits::default(), Retention::default());
        Self { data_dir: data_dir.into(), limits, retention, extract_media: false, clock }
    }
}

/// After how long without a write memory is sealed: long enough that steps of a trace that follow each other are sealed
/// together, short enough that a server at rest has its memory back soon.
const SEAL_AFTER: Duration = Duration::from_secs(10);

/// The application over one data directory.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    accounts: accounts::Accounts,
    prices: Arc<prices::PriceBook>,
    waiting: counting::Waiting,
    comments: comments::Comments,
    score_configs: score_configs::ScoreConfigs,
    tail: Arc<tail::Tail>,
    /// What segments were found to come to.
    rollups: query::Rollups,
    /// Where the traces of sealed scores were found.
    placements: query::Placements,
    arriving: media::Arriving,
    extract_media: bool,
    limits: Arc<Limits>,
    clock: fn() -> Timestamp,
}

impl Engine {
    /// Opens the data directory: locks it, checks its files' headers, reads the accounts, and begins to replay the
    /// journal in the background.
    ///
    /// # Errors
    /// Fails when another process holds the directory, or when its files cannot be read at all.
    pub fn open(options: Options) -> Result<Self, EngineError> {
        Self::open_with(options, Store::open)
    }

    /// Opens the data directory for projects, keys and users alone: nothing else is read, and nothing else is written.
    ///
    /// # Errors
    /// Fails when another process holds the directory, or when its files cannot be read at all.
    pub fn open_accounts(options: Options) -> Result<Self, EngineError> {
        Self::open_with(options, |options, decoder, _| Store::open_documents(options, decoder))
    }

    fn open_with(
        options: Options,
        open: impl FnOnce(StoreOptions, Arc<dyn Decode>, Arc<dyn Price>) -> Result<Store, StoreError>,
    ) -> Result<Self, EngineError> {
        let limits = Arc::new(options.limits);
        let store_options = StoreOptions {
            data_dir: options.data_dir,
            journal_block_bytes_max: limits.journal_block_bytes_max,
            hot_bytes_max: limits.hot_bytes_max,
            seal_after: Some(SEAL_AFTER),
            payload_cache_bytes_max: limits.payload_cache_bytes_max,
            reserve_bytes: limits.reserve_bytes,
            retention: options.retention,
            clock: options.clock,
            new_store_id: random::bytes::<16>().to_vec(),
        };
        let prices = Arc::new(prices::PriceBook::default());
        let store = open(store_options, Arc::new(Journaled { prices: prices.clone() }), prices.clone())?;
        // The store replays meanwhile and waits for the tables, so there are some in any case.
        let (tables, failed) = match prices::Tables::load(&store) {
            Ok(tables) => (tables, None),
            Err(error) => (prices::Tables::none(), Some(error)),
        };
        prices.open(tables);
        if let Some(error) = failed {
            return Err(error);
        }
        let accounts = accounts::Accounts::load(&store)?;
        let comments = comments::Comments::load(&store)?;
        let score_configs = score_configs::ScoreConfigs::load(&store)?;
        Ok(Self {
            store,
            accounts,
            prices,
            waiting: counting::Waiting::default(),
            comments,
            score_configs,
            tail: Arc::default(),
            rollups: query::Rollups::default(),
            placements: query::Placements::default(),
            arriving: media::Arriving::default(),
            extract_media: options.extract_media,
            limits,
            clock: options.clock,
        })
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A fresh id: a random UUID as text.
    #[must_use]
    pub fn new_id(&self) -> String {
        random::uuid()
    }

    /// Goes to the disk and back: reads and verifies a row of the ledger, and sees that the hot set is complete and
    /// the journal still takes entries.
    ///
    /// # Errors
    /// Fails when any of it does.
    pub fn ready(&self) -> Result<(), EngineError> {
        Ok(self.store.round_trip()?)
    }

    /// What the store has counted since it was opened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.store.counters()
    }

    /// What the archive holds, by project and week.
    #[must_use]
    pub fn archive_stats(&self) -> ArchiveStats {
        self.store.archive_stats()
    }

    /// Waits until the archive has nothing left to do; false when that takes longer than `patience`.
    #[must_use]
    pub fn settle(&self, patience: Duration) -> bool {
        self.store.settle(patience)
    }

    /// Waits until everything that was handed in is on disk, and closes the store.
    pub fn close(self) {
        self.store.close();
    }
}

/// What journaled requests say.
#[derive(Debug)]
struct Journaled {
    prices: Arc<prices::PriceBook>,
}

impl Decode for Journaled {
    /// A request that was accepted once decodes again; should a later version read it otherwise, the request is passed
    /// over and reported, never fatal.
    fn decode(&self, header: &EntryHeader, body: &[u8]) -> Vec<Event> {
        let hint_keys = self.prices.hint_keys(&header.project);
        match spanstone_ingest::decode_journaled(header, body, Keep::Skeleton, &hint_keys) {
            Ok(decoded) => decoded.events,
            Err(refusal) => {
                tracing::error!(project = %header.project, received_at = %header.received_at, %refusal, "a journaled request no longer decodes");
                Vec::new()
            }
        }
    }

    fn payloads(&self, header: &EntryHeader, body: &[u8]) -> Result<Vec<EventPayloads>, String> {
        let decoded = spanstone_ingest::decode_journaled(header, body, Keep::Payloads, &[]);
        let mut decoded = decoded.map_err(|refusal| refusal.to_string())?;
        if header.media_taken {
            // They were stored before the request was journaled.
            spanstone_ingest::media::take_out(&mut decoded.events);
        }
        Ok(decoded.events.into_iter().map(|event| event.change.into_payloads()).collect())
    }
}
