//! Flags, environment and file become one [`Config`], in which every value knows where it came from.
//!
//! Owns the order of precedence and nothing else: pure, no disk, no process environment.

use std::fmt::{self, Display};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use spanstone_model::Limits;

use super::{
    ConfigError, Environment, File, HotSize, Init, Listen, LogFilter, LogFormat, Options, PublicUrl, Retention, Size,
};

/// Everything worth knowing, without the web server's greeting.
const DEFAULT_LOG: &str = "info,actix_server=warn";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag.
    Flag(&'static str),
    /// An environment variable, or several that make up one value.
    Variable(String),
    /// The configuration file.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Every option in effect.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The directory that holds everything.
    pub(crate) data_dir: Setting<PathBuf>,
    /// Where to listen.
    pub(crate) listen: Setting<Listen>,
    /// Where to listen for OTLP over gRPC, if anywhere.
    pub(crate) grpc_listen: Setting<Option<Listen>>,
    /// The address that people see, when it is not the listener's.
    pub(crate) public_url: Setting<Option<PublicUrl>>,
    /// Whether base64 is taken out of payloads.
    pub(crate) extract_media: Setting<bool>,
    /// A directory to serve the viewer from, instead of the embedded files.
    pub(crate) web_root: Setting<Option<PathBuf>>,
    /// Which log lines are written.
    pub(crate) log: Setting<LogFilter>,
    /// How they look.
    pub(crate) log_format: Setting<LogFormat>,
    /// The largest body of an ingestion batch.
    pub(crate) batch_body_bytes: Setting<Size>,
    /// The largest body of an OTLP request, inflated.
    pub(crate) otlp_body_bytes: Setting<Size>,
    /// How many bytes of request bodies may be in memory at once.
    pub(crate) inflight_body_bytes: Setting<Size>,
    /// How many bytes of decoded requests are kept for reading.
    pub(crate) payload_cache_bytes: Setting<Size>,
    /// How many bytes of memory the newest traces may take.
    pub(crate) hot_bytes: Setting<HotSize>,
    /// What is kept, and for how long.
    pub(crate) retention: Retention,
    /// What the first start creates.
    pub(crate) init: Init,
}

impl Config {
    /// The limits in effect: those that are options, and the defaults of the others.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            batch_body_bytes_max: self.batch_body_bytes.value.0,
            otlp_body_bytes_max: self.otlp_body_bytes.value.0,
            inflight_body_bytes_max: self.inflight_body_bytes.value.0,
            payload_cache_bytes_max: self.payload_cache_bytes.value.0,
            hot_bytes_max: self.hot_bytes.value.0.0,
            ..Limits::default()
        }
    }

    /// What is kept, as the store takes it.
    pub(crate) fn kept(&self) -> spanstone_engine::Retention {
        self.retention.rules(self.init.retention())
    }

    /// Every option as text: its name in the file, its value with secrets redacted, its origin.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String, &Origin)> {
        let Self {
            data_dir,
            listen,
            grpc_listen,
            public_url,
            extract_media,
            web_root,
            log,
            log_format,
            batch_body_bytes,
            otlp_body_bytes,
            inflight_body_bytes,
            payload_cache_bytes,
            hot_bytes,
            retention,
            init,
        } = self;
        fn row<'a, T>(
            name: &'static str,
            setting: &'a Setting<T>,
            show: impl FnOnce(&T) -> String,
        ) -> (&'static str, String, &'a Origin) {
            (name, show(&setting.value), &setting.origin)
        }
        let mut rows = vec![
            row("data_dir", data_dir, |path| path.display().to_string()),
            row("listen", listen, Listen::to_string),
            row("grpc_listen", grpc_listen, |listen| listen.map_or_else(|| "(off)".to_owned(), |it| it.to_string())),
            row("public_url", public_url, |url| match url {
                Some(url) => url.to_string(),
                None => "(that of the listener)".to_owned(),
            }),
            row("extract_media", extract_media, bool::to_string),
            row("web_root", web_root, |path| match path {
                Some(path) => path.display().to_string(),
                None => "(embedded)".to_owned(),
            }),
            row("log.filter", log, LogFilter::to_string),
            row("log.format", log_format, LogFormat::to_string),
            row("limits.batch_body_bytes", batch_body_bytes, Size::to_string),
            row("limits.otlp_body_bytes", otlp_body_bytes, Size::to_string),
            row("limits.inflight_body_bytes", inflight_body_bytes, Size::to_string),
            row("limits.payload_cache_bytes", payload_cache_bytes, Size::to_string),
            row("limits.hot_bytes", hot_bytes, HotSize::to_string),
        ];
        rows.extend(retention.rows());
        rows.extend(init.rows());
        rows
    }
}

/// What is asked in order, after the flag: the environment, then the file.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    environment: &'a Environment,
    file: Option<&'a Path>,
}

impl Sources<'_> {
    fn variable<T>(&self, name: &'static str) -> Result<Option<Setting<T>>, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        let Some(text) = self.environment.get(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) => Ok(Some(Setting { value, origin: Origin::Variable(name.to_owned()) })),
            Err(reason) => {
                Err(ConfigError::Variable { name, value: text.to_owned(), reason: T::Err::to_string(&reason) })
            }
        }
    }

    pub(super) fn of_file<T>(&self, value: Option<T>) -> Option<Setting<T>> {
        let origin = Origin::File(self.file?.to_owned());
        Some(Setting { value: value?, origin })
    }

    /// The value of the first source that has one; `variables` are asked in order.
    pub(super) fn first<T>(
        &self,
        flag: Option<(&'static str, T)>,
        variables: &[&'static str],
        file: Option<T>,
    ) -> Result<Option<Setting<T>>, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        if let Some((name, value)) = flag {
            return Ok(Some(Setting { value, origin: Origin::Flag(name) }));
        }
        for name in variables {
            if let Some(setting) = self.variable(name)? {
                return Ok(Some(setting));
            }
        }
        Ok(self.of_file(file))
    }
}

/// Decides every option from its sources: flag > environment > file > default.
///
/// # Errors
/// Names the environment variable whose value does not fit. Flags and the file were checked when they were read.
pub(crate) fn resolve(
    options: &Options,
    environment: &Environment,
    file: Option<(&File, &Path)>,
) -> Result<Config, ConfigError> {
    let sources = Sources { environment, file: file.map(|(_, path)| path) };
    let file = file.map(|(file, _)| file.clone()).unwrap_or_default();
    let Options {
        config: _,
        data_dir,
        listen,
        grpc_listen,
        public_url,
        extract_media,
        web_root,
        log,
        log_format,
        batch_body_bytes,
        otlp_body_bytes,
        inflight_body_bytes,
        payload_cache_bytes,
        hot_bytes,
        retention_days,
        retention_bytes,
    } = options.clone();
    let limits = Limits::default();
    let size = |flag: &'static str, value: Option<Size>, variable, file, default| {
        let found = sources.first(value.map(|value| (flag, value)), &[variable], file)?;
        Ok::<_, ConfigError>(found.or_default(Size(default)))
    };
    Ok(Config {
        data_dir: sources
            .first(data_dir.map(|path| ("--data-dir", path)), &["SPANSTONE_DATA_DIR"], file.data_dir)?
            .or_default(PathBuf::from("./spanstone-data")),
        listen: resolve_listen(sources, listen, file.listen)?,
        grpc_listen: sources
            .first(grpc_listen.map(|listen| ("--grpc-listen", listen)), &["SPANSTONE_GRPC_LISTEN"], file.grpc_listen)?
            .optional(),
        public_url: sources
            .first(
                public_url.map(|url| ("--public-url", url)),
                &["SPANSTONE_PUBLIC_URL", "NEXTAUTH_URL"],
                file.public_url,
            )?
            .optional(),
        extract_media: sources
            .first(
                extract_media.map(|extract| ("--extract-media", extract)),
                &["SPANSTONE_EXTRACT_MEDIA", "LANGFUSE_OTEL_MEDIA_UPLOAD_ENABLED"],
                file.extract_media,
            )?
            .or_default(false),
        web_root: sources
            .first(web_root.map(|path| ("--web-root", path)), &["SPANSTONE_WEB_ROOT"], file.web_root)?
            .optional(),
        log: sources
            .first(log.map(|filter| ("--log", filter)), &["SPANSTONE_LOG"], file.log.filter)?
            .or_default(DEFAULT_LOG.parse().expect("it is a filter")),
        log_format: sources
            .first(log_format.map(|format| ("--log-format", format)), &["SPANSTONE_LOG_FORMAT"], file.log.format)?
            .or_default(LogFormat::Text),
        batch_body_bytes: size(
            "--batch-body-bytes",
            batch_body_bytes,
            "SPANSTONE_BATCH_BODY_BYTES",
            file.limits.batch_body_bytes,
            limits.batch_body_bytes_max,
        )?,
        otlp_body_bytes: size(
            "--otlp-body-bytes",
            otlp_body_bytes,
            "SPANSTONE_OTLP_BODY_BYTES",
            file.limits.otlp_body_bytes,
            limits.otlp_body_bytes_max,
        )?,
        inflight_body_bytes: size(
            "--inflight-body-bytes",
            inflight_body_bytes,
            "SPANSTONE_INFLIGHT_BODY_BYTES",
            file.limits.inflight_body_bytes,
            limits.inflight_body_bytes_max,
        )?,
        payload_cache_bytes: size(
            "--payload-cache-bytes",
            payload_cache_bytes,
            "SPANSTONE_PAYLOAD_CACHE_BYTES",
            file.limits.payload_cache_bytes,
            limits.payload_cache_bytes_max,
        )?,
        hot_bytes: sources
            .first(hot_bytes.map(|size| ("--hot-bytes", size)), &["SPANSTONE_HOT_BYTES"], file.limits.hot_bytes)?
            .or_default(HotSize(Size(limits.hot_bytes_max))),
        retention: Retention::resolve(sources, retention_days, retention_bytes, file.retention)?,
        init: Init::resolve(sources, file.init)?,
    })
}

/// The listener, where Langfuse's `HOSTNAME` and `PORT` each replace their half of what the file or the default
/// says. A `HOSTNAME` that is no IP address is the machine's name, set by a shell or by Docker, and says nothing.
fn resolve_listen(
    sources: Sources<'_>,
    flag: Option<Listen>,
    file: Option<Listen>,
) -> Result<Setting<Listen>, ConfigError> {
    let own = sources.first(flag.map(|listen| ("--listen", listen)), &["SPANSTONE_LISTEN"], None)?;
    if let Some(own) = own {
        return Ok(own);
    }
    let below = sources.of_file(file).or_default(Listen(SocketAddr::from(([127, 0, 0, 1], 3000))));
    let Listen(mut address) = below.value;
    let mut names = Vec::new();
    if let Some(ip) = sources.environment.get("HOSTNAME").and_then(|name| name.parse::<IpAddr>().ok()) {
        address.set_ip(ip);
        names.push("HOSTNAME");
    }
    if let Some(port) = sources.variable::<u16>("PORT")? {
        address.set_port(port.value);
        names.push("PORT");
    }
    let origin = if names.is_empty() { below.origin } else { Origin::Variable(names.join(", ")) };
    Ok(Setting { value: Listen(address), origin })
}

/// What stands where no source has a value.
pub(super) trait OrDefault<T> {
    /// The value found, else `default`.
    fn or_default(self, default: T) -> Setting<T>;

    /// The value found, else none.
    fn optional(self) -> Setting<Option<T>>;
}

impl<T> OrDefault<T> for Option<Setting<T>> {
    fn or_default(self, default: T) -> Setting<T> {
        self.unwrap_or(Setting { value: default, origin: Origin::Default })
    }

    fn optional(self) -> Setting<Option<T>> {
        match self {
            Some(Setting { value, origin }) => Setting { value: Some(value), origin },
            None => Setting { value: None, origin: Origin::Default },
        }
    }
}

#[cfg(test)]
mod tests;
