//! What requests share.

use std::sync::Arc;
use std::time::Duration;

use spanstone_engine::{Engine, IngestRequest, Receipt};
use spanstone_model::{EntryHeader, Timestamp};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::app::Route;
use crate::auth::throttle::Throttle;
use crate::error::Failure;
use crate::extract::{Body, Budget};
use crate::static_files::StaticFiles;
use crate::traffic::Traffic;

/// How many reads run at once. Each worker has [`BLOCKING_THREADS`], so some are always left for writes.
const READS_MAX: usize = 4;
/// How many threads of a worker may wait for the engine; they end when nothing was to be done for ten seconds.
pub(crate) const BLOCKING_THREADS: usize = READS_MAX + 2;
/// How many may follow what is written at once.
const FOLLOWERS_MAX: usize = 64;
/// How long a read waits for its turn.
const READ_WAIT: Duration = Duration::from_secs(4);

/// What requests share.
pub(crate) struct Context {
    /// The application.
    pub(crate) engine: Arc<Engine>,
    /// The routes.
    pub(crate) routes: Vec<Route>,
    /// The memory for bodies.
    pub(crate) budget: Budget,
    /// What has passed so far.
    pub(crate) traffic: Traffic,
    /// The failed tries to sign in.
    pub(crate) throttle: Throttle,
    /// Held by whoever is being signed in: each try takes 19 MiB and a tenth of a second.
    pub(crate) sign_ins: Mutex<()>,
    /// The viewer's files.
    pub(crate) static_files: StaticFiles,
    /// Where clients reach this server, if that was configured.
    pub(crate) public_url: Option<String>,
    /// Whether cookies are for HTTPS alone.
    pub(crate) secure_cookies: bool,
    /// When this process began to serve.
    pub(crate) started_at: Timestamp,
    /// Says when the server is to stop, for what would go on for ever.
    pub(crate) stopping: watch::Sender<bool>,
    /// Places for those who follow what is written.
    pub(crate) followers: Arc<Semaphore>,
    reads: Arc<Semaphore>,
}

impl Context {
    /// A context for an engine.
    pub(crate) fn new(
        engine: Arc<Engine>,
        static_files: StaticFiles,
        public_url: Option<String>,
        secure_cookies: bool,
    ) -> Self {
        let is_https = public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
        let routes = crate::app::routes();
        Self {
            budget: Budget::new(engine.limits().inflight_body_bytes_max),
            traffic: Traffic::new(routes.len()),
            throttle: Throttle::default(),
            sign_ins: Mutex::new(()),
            static_files,
            public_url,
            secure_cookies: secure_cookies || is_https,
            started_at: engine.now(),
            stopping: watch::Sender::new(false),
            followers: Arc::new(Semaphore::new(FOLLOWERS_MAX)),
            reads: Arc::new(Semaphore::new(READS_MAX)),
            routes,
            engine,
        }
    }

    /// Waits for a turn to read.
    ///
    /// # Errors
    /// Fails when none comes within four seconds: exporters and browsers give up after five.
    pub(crate) async fn place_to_read(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let place = tokio::time::timeout(READ_WAIT, self.reads.clone().acquire_owned()).await;
        let busy = || Failure::unavailable("too much is being read; try again in a moment");
        place.map_err(|_| busy())?.map_err(|_| busy())
    }

    /// Stores a body, and answers when it is on disk; see [`crate::call::Call::store`].
    ///
    /// # Errors
    /// Fails as unpacking, `prepare` and the engine do; then nothing was stored.
    pub(crate) async fn store<T, F>(&self, header: EntryHeader, body: Body, prepare: F) -> Result<(Receipt, T), Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Engine, Vec<u8>) -> Result<(Option<Vec<u8>>, T), Failure> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let engine = self.engine.clone();
        tokio::task::spawn_blocking(move || {
            let unpacked = body.unpack();
            let prepared = unpacked.and_then(|(bytes, room)| Ok((prepare(&engine, bytes)?, room)));
            match prepared {
                // A send fails when the client has gone away: then nobody is there to tell.
                Err(failure) => drop(sender.send(Err(failure))),
                Ok(((None, extra), _)) => drop(sender.send(Ok((Receipt::default(), extra)))),
                Ok(((Some(body), extra), room)) => engine.ingest(IngestRequest { header, body }, move |stored| {
                    drop(room);
                    let answer = stored.map(|receipt| (receipt, extra)).map_err(Failure::from);
                    drop(sender.send(answer));
                }),
            }
        });
        let stored = receiver.await.map_err(|_| Failure::internal("the engine dropped a request"))?;
        if let Ok((receipt, _)) = &stored {
            self.traffic.count_events(receipt.stored, receipt.refused.len());
        }
        stored
    }
}
