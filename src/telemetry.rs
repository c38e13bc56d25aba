//! The log: one subscriber for the whole process, on standard error.
//!
//! Owns how lines look and which are written. Refuses files and the network: whoever starts the process keeps
//! its standard error (systemd, Docker, a terminal). Standard output stays free for what a command prints.

use std::io::{self, IsTerminal};

use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

use crate::config::{LogFilter, LogFormat};

/// Starts logging for the rest of the process. A second call changes nothing.
pub(crate) fn start(filter: &LogFilter, format: LogFormat) {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter.targets().clone()));
    // Fails only when a subscriber is set already, and then the log is running.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
