//! The options as flags. Every field is optional: what a flag does not say, another source does.

use std::path::PathBuf;

use clap::Args;

use super::{Days, DiskSize, HotSize, Listen, LogFilter, LogFormat, PublicUrl, Size};

/// The options of the server.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct Options {
    /// Configuration file (TOML); `spanstone config default` prints one [env: SPANSTONE_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Directory that holds everything Spanstone keeps [env: SPANSTONE_DATA_DIR] [default: ./spanstone-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Address and port to listen on [env: SPANSTONE_LISTEN] [default: 127.0.0.1:3000]
    ///
    /// The default is reachable from this machine only; 0.0.0.0:3000 listens on every interface. Langfuse's
    /// variables HOSTNAME (when it is an IP address) and PORT count, too, where SPANSTONE_LISTEN is not set.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<Listen>,

    /// Address and port to listen on for OTLP over gRPC [env: SPANSTONE_GRPC_LISTEN] [default: (off)]
    ///
    /// For exporters that speak nothing else; their port by convention is 4317. There is no TLS.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) grpc_listen: Option<Listen>,

    /// Address under which people reach the server, if a proxy stands before it [env: SPANSTONE_PUBLIC_URL]
    ///
    /// It is what `serve` prints. When it begins with https://, sign-in cookies are for https only. Langfuse's
    /// variable NEXTAUTH_URL counts, too, where SPANSTONE_PUBLIC_URL is not set.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,

    /// Take images and other files that come as base64 out of inputs, outputs and metadata [env: SPANSTONE_EXTRACT_MEDIA]
    ///
    /// Each is stored once, and a reference stands in its place, as Langfuse's SDKs write it for what they upload
    /// themselves. Off unless told otherwise. Langfuse's variable LANGFUSE_OTEL_MEDIA_UPLOAD_ENABLED counts, too, where
    /// SPANSTONE_EXTRACT_MEDIA is not set.
    #[arg(long, value_name = "true|false")]
    pub(crate) extract_media: Option<bool>,

    /// Serve the web viewer from this directory instead of from the binary [env: SPANSTONE_WEB_ROOT]
    ///
    /// For work on the viewer itself: point it at `web/dist` of the sources and reload the page after each change.
    #[arg(long, value_name = "DIR")]
    pub(crate) web_root: Option<PathBuf>,

    /// What to log: a level, or levels by module [env: SPANSTONE_LOG] [default: info,actix_server=warn]
    #[arg(long, value_name = "FILTER")]
    pub(crate) log: Option<LogFilter>,

    /// How to log: text or json [env: SPANSTONE_LOG_FORMAT] [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,

    /// Largest body of an ingestion batch [env: SPANSTONE_BATCH_BODY_BYTES] [default: 4500 kB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub(crate) batch_body_bytes: Option<Size>,

    /// Largest body of an OTLP request, inflated [env: SPANSTONE_OTLP_BODY_BYTES] [default: 64 MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub(crate) otlp_body_bytes: Option<Size>,

    /// Request bodies in memory at once [env: SPANSTONE_INFLIGHT_BODY_BYTES] [default: 128 MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub(crate) inflight_body_bytes: Option<Size>,

    /// Decoded requests kept for reading [env: SPANSTONE_PAYLOAD_CACHE_BYTES] [default: 16 MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub(crate) payload_cache_bytes: Option<Size>,

    /// Memory for the newest traces, before they are sealed [env: SPANSTONE_HOT_BYTES] [default: 64 MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub(crate) hot_bytes: Option<HotSize>,

    /// Days to keep traces and scores [env: SPANSTONE_RETENTION_DAYS] [default: (for ever)]
    ///
    /// What is older goes by whole weeks. Single projects can have their own number, in the configuration file.
    #[arg(long, value_name = "DAYS", help_heading = "Retention")]
    pub(crate) retention_days: Option<Days>,

    /// Disk space for what is sealed; beyond it the oldest goes [env: SPANSTONE_RETENTION_BYTES] [default: (unbounded)]
    #[arg(long, value_name = "SIZE", help_heading = "Retention")]
    pub(crate) retention_bytes: Option<DiskSize>,
}

/// The options of a command that works on a data directory, without a server.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct DataDirOptions {
    /// Configuration file to take the data directory from [env: SPANSTONE_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The server's data directory [env: SPANSTONE_DATA_DIR] [default: ./spanstone-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

impl From<DataDirOptions> for Options {
    fn from(options: DataDirOptions) -> Self {
        let DataDirOptions { config, data_dir } = options;
        Self { config, data_dir, ..Self::default() }
    }
}
