//! The options as a TOML file. Every field is optional; a field that does not exist is an error.

use std::path::PathBuf;

use serde::Deserialize;

use super::retention::RetentionSection;
use super::{HotSize, Listen, LogFilter, LogFormat, PublicUrl, Size};

/// The default file, which documents every option.
pub(crate) const DEFAULT_FILE: &str = include_str!("default.toml");

/// What a configuration file says.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) listen: Option<Listen>,
    pub(crate) grpc_listen: Option<Listen>,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) extract_media: Option<bool>,
    pub(crate) web_root: Option<PathBuf>,
    #[serde(default)]
    pub(crate) log: LogSection,
    #[serde(default)]
    pub(crate) limits: LimitsSection,
    #[serde(default)]
    pub(crate) retention: RetentionSection,
    #[serde(default)]
    pub(crate) init: InitSection,
}

/// The section `[log]`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSection {
    pub(crate) filter: Option<LogFilter>,
    pub(crate) format: Option<LogFormat>,
}

/// The section `[limits]`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSection {
    pub(crate) batch_body_bytes: Option<Size>,
    pub(crate) otlp_body_bytes: Option<Size>,
    pub(crate) inflight_body_bytes: Option<Size>,
    pub(crate) payload_cache_bytes: Option<Size>,
    pub(crate) hot_bytes: Option<HotSize>,
}

/// The section `[init]`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InitSection {
    pub(crate) org_id: Option<String>,
    pub(crate) org_name: Option<String>,
    pub(crate) project_id: Option<String>,
    pub(crate) project_name: Option<String>,
    pub(crate) project_retention: Option<u32>,
    pub(crate) project_public_key: Option<String>,
    pub(crate) project_secret_key: Option<String>,
    pub(crate) user_email: Option<String>,
    pub(crate) user_name: Option<String>,
    pub(crate) user_password: Option<String>,
}

impl File {
    /// Reads a file's text.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_option_is_refused_by_name() {
        let error = File::parse("listn = \"127.0.0.1:1\"").expect_err("a typo");
        assert!(error.to_string().contains("unknown field `listn`"), "{error}");
        let error = File::parse("[log]\nlevel = \"info\"").expect_err("another");
        assert!(error.to_string().contains("unknown field `level`"), "{error}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_shown_with_its_line() {
        let error = File::parse("\nlisten = \"3000\"").expect_err("no address").to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(error.contains("`3000` is not an address and a port"), "{error}");
    }
}
