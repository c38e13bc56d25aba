//! The values that options take, each with its text form: an address, a log filter, a log format.
//!
//! Owns reading and writing them, so that a flag, a variable and a line of the file mean the same.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::Deserialize;
use tracing_subscriber::filter::Targets;

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) SocketAddr);

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        address.as_deref().unwrap_or(text).parse().map(Self).map_err(|_| {
            format!(
                "`{text}` is not an address and a port, such as `127.0.0.1:3000`, \
                 `0.0.0.0:3000` (every interface) or `[::]:3000`"
            )
        })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Listen {
    /// The address under which this machine itself reaches the listener.
    pub(crate) fn local_url(self) -> String {
        let Self(mut address) = self;
        if address.ip().is_unspecified() {
            let loopback: std::net::IpAddr = match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            };
            address.set_ip(loopback);
        }
        format!("http://{address}")
    }
}

/// The address under which people reach the server, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl(String);

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_sound = authority.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(|c| c.is_ascii_graphic())
        });
        if is_sound {
            Ok(Self(text.trim_end_matches('/').to_owned()))
        } else {
            Err(format!("`{text}` is not an address such as `https://traces.example.org`"))
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which log lines are written: a level, or levels by module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogFilter {
    text: String,
    targets: Targets,
}

impl LogFilter {
    /// The filter as the subscriber takes it.
    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(targets) => Ok(Self { text: text.to_owned(), targets }),
            Err(_) => Err(format!(
                "`{text}` is not a log filter: a level (`error`, `warn`, `info`, `debug`, `trace`, `off`) \
                 or levels by module, such as `info,spanstone_store=debug`"
            )),
        }
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{text}` is not a log format: `text` or `json`")),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// A value of the configuration file, given in its text form.
pub(super) fn from_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = String>,
    D: serde::Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for LogFilter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for LogFormat {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_port_and_localhost_is_the_loopback() {
        let read = |text: &str| text.parse().map(|listen: Listen| listen.to_string()).ok();
        assert_eq!(read("0.0.0.0:80"), Some("0.0.0.0:80".to_owned()));
        assert_eq!(read("localhost:3000"), Some("127.0.0.1:3000".to_owned()));
        assert_eq!(read("[::1]:3000"), Some("[::1]:3000".to_owned()));
        for wrong in ["", "3000", "127.0.0.1", "example.org:80", "127.0.0.1:65536"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_listener_on_every_interface_is_reached_through_the_loopback() {
        let url = |text: &str| text.parse::<Listen>().map(Listen::local_url);
        assert_eq!(url("0.0.0.0:3000"), Ok("http://127.0.0.1:3000".to_owned()));
        assert_eq!(url("[::]:3000"), Ok("http://[::1]:3000".to_owned()));
        assert_eq!(url("10.0.0.7:80"), Ok("http://10.0.0.7:80".to_owned()));
    }

    #[test]
    fn a_log_filter_keeps_its_text() {
        let filter: LogFilter = "info,spanstone_store=debug".parse().expect("a filter");
        assert_eq!(filter.to_string(), "info,spanstone_store=debug");
        assert!("a=b=c".parse::<LogFilter>().is_err());
    }
}
