//! The server's life: bind, serve, stop.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{App, FromRequest, HttpRequest, HttpServer, web};
use spanstone_engine::Engine;

use crate::app;
use crate::context::{BLOCKING_THREADS, Context};
use crate::grpc;
use crate::static_files::StaticFiles;

/// How the server is to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen. Port 0 takes any free one; [`run`] tells which.
    pub listen: SocketAddr,
    /// Where to listen for OTLP over gRPC, if anywhere.
    pub grpc_listen: Option<SocketAddr>,
    /// How many threads serve connections; two, or as many as there are cores, unless told.
    pub workers: Option<usize>,
    /// A directory that looks like `web/dist`, to serve the viewer from instead of the binary.
    pub web_root: Option<PathBuf>,
    /// The address that people see, when a proxy stands before the server.
    pub public_url: Option<String>,
    /// Whether session cookies are for HTTPS alone; so they are, too, when `public_url` is one.
    pub secure_cookies: bool,
}

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    /// For HTTP.
    pub http: SocketAddr,
    /// For OTLP over gRPC, if it was asked to.
    pub grpc: Option<SocketAddr>,
}

/// Why a server does not serve.
#[derive(Debug)]
pub enum ServeError {
    /// An address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// Whether it was to be the one for gRPC.
        is_grpc: bool,
        /// Why not.
        source: io::Error,
    },
    /// The runtime cannot be started, or failed.
    Runtime(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, is_grpc: false, source } => write!(f, "cannot listen on {address}: {source}"),
            Self::Listen { address, is_grpc: true, source } => {
                write!(f, "cannot listen on {address} for gRPC: {source}")
            }
            Self::Runtime(source) => write!(f, "cannot serve: {source}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Runtime(source) => Some(source),
        }
    }
}

/// How long an idle connection is kept. Exporters send every five seconds, so it must be clearly longer.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a request may take.
const HEAD_WAIT: Duration = Duration::from_secs(10);
/// How long requests that are being answered may take once the server was told to stop.
const STOP_WAIT_SECONDS: u64 = 10;
/// How many connections a worker holds: each costs about 20 kB.
const CONNECTIONS_MAX: usize = 2_048;

/// Serves until the process is told to stop by SIGINT or SIGTERM, then finishes what is being answered.
///
/// `on_listening` is called once, with the addresses, when connections are accepted.
///
/// # Errors
/// Fails when the address cannot be listened on, or when the runtime cannot be started.
pub fn run(engine: Arc<Engine>, settings: Settings, on_listening: impl FnOnce(Listening)) -> Result<(), ServeError> {
    serve(engine, settings, on_listening, told_to_stop)
}

/// Serves until `stop` is ready, then finishes what is being answered, for at most ten seconds.
///
/// # Errors
/// Fails when the address cannot be listened on, or when the runtime cannot be started.
pub fn run_until(
    engine: Arc<Engine>,
    settings: Settings,
    on_listening: impl FnOnce(Listening),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    serve(engine, settings, on_listening, || stop)
}

/// `stop` is called before `on_listening`, so that what it prepares is in place when others learn of the server.
fn serve<F: Future<Output = ()> + Send + 'static>(
    engine: Arc<Engine>,
    settings: Settings,
    on_listening: impl FnOnce(Listening),
    stop: impl FnOnce() -> F,
) -> Result<(), ServeError> {
    let Settings { listen, grpc_listen, workers, web_root, public_url, secure_cookies } = settings;
    let static_files = web_root.map_or(StaticFiles::Embedded, StaticFiles::Directory);
    let context = Arc::new(Context::new(engine, static_files, public_url, secure_cookies));
    let (listener, http) = bind(listen, false)?;
    let (grpc_listener, grpc) = grpc_listen.map(|address| bind(address, true)).transpose()?.unzip();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // It accepts connections, and serves gRPC; the workers for HTTP have runtimes of their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(ServeError::Runtime)?;
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(async move {
        let stop = stop();
        let stopping = context.stopping.clone();
        let over_grpc = grpc_listener.map(|listener| grpc::serve(listener, context.clone(), stopping.subscribe()));
        let server = HttpServer::new(move || {
            let context = context.clone();
            App::new().default_service(web::to(move |parts: Parts| {
                app::answer(context.clone(), parts.request, parts.payload)
            }))
        });
        let server = server
            .workers(workers.unwrap_or(cores.min(2)).max(1))
            .worker_max_blocking_threads(BLOCKING_THREADS)
            .max_connections(CONNECTIONS_MAX)
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_WAIT)
            .tcp_nodelay(true)
            // A client that closes its side waits for no answer, and what is being looked up for it stops.
            .h1_allow_half_closed(false)
            .shutdown_timeout(STOP_WAIT_SECONDS)
            .shutdown_signal(async move {
                stop.await;
                stopping.send_replace(true);
            })
            .listen(listener)
            .map_err(ServeError::Runtime)?
            .run();
        on_listening(Listening { http, grpc });
        let over_grpc = async {
            if let Some(over_grpc) = over_grpc {
                over_grpc.await;
            }
        };
        futures_util::future::join(server, over_grpc).await.0.map_err(ServeError::Runtime)
    })
}

/// A listener, and the address it has got.
fn bind(address: SocketAddr, is_grpc: bool) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|source| ServeError::Listen { address, is_grpc, source })
}

/// Listens for the signals that stop a process from now on; the future is ready when one came.
fn told_to_stop() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::terminate(), SignalKind::interrupt()].map(|kind| signal(kind).ok())
    };
    async move {
        #[cfg(unix)]
        if let [Some(mut terminate), Some(mut interrupt)] = terminate {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            return;
        }
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals there is no way to be told; the process serves until it is killed.
            std::future::pending::<()>().await;
        }
    }
}

/// A request with its body unread.
struct Parts {
    request: HttpRequest,
    payload: Payload,
}

impl FromRequest for Parts {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self { request: request.clone(), payload: payload.take() }))
    }
}
