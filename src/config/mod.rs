//! What the operator decides, from four sources: flag > environment > file > default.
//!
//! Owns every option's name, default and meaning. [`resolve()`] is pure; reading the file and the process's
//! environment happens here, once, at the start of a command. Nothing below this crate reads either.

pub(crate) mod args;
pub(crate) mod file;
pub(crate) mod init;
pub(crate) mod resolve;
pub(crate) mod retention;
pub(crate) mod size;
pub(crate) mod value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use args::{DataDirOptions, Options};
pub(crate) use file::{DEFAULT_FILE, File};
pub(crate) use init::Init;
pub(crate) use resolve::{Config, resolve};
pub(crate) use retention::Retention;
pub(crate) use size::{Days, DiskSize, HotSize, Size};
pub(crate) use value::{Listen, LogFilter, LogFormat, PublicUrl};

/// Why the configuration cannot be used. Each text names the source and the value, and says what would be right.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration file is not what it should be.
    #[error(
        "the configuration file {} does not fit: {reason}\nEvery option with its default: `spanstone config default`",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// The parser's words, with line and column.
        reason: String,
    },
    /// An environment variable has a value that does not fit.
    #[error("the environment variable {name}=`{value}` does not fit: {reason}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What it says.
        value: String,
        /// What it should say.
        reason: String,
    },
}

/// The environment variables, as one value to pass around. Variables that are empty count as absent, because
/// compose files pass on what is not set as the empty string.
#[derive(Debug, Default, Clone)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process. What is not UTF-8 is read with replacement characters: the error about
    /// such a value then shows it.
    pub(crate) fn of_process() -> Self {
        let text = |value: OsString| value.to_string_lossy().into_owned();
        Self(std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect())
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }
}

/// Reads the configuration file, if one is named, and resolves all sources.
pub(crate) fn load(options: &Options, environment: &Environment) -> Result<Config, ConfigError> {
    let path = options.config.clone().or_else(|| environment.get("SPANSTONE_CONFIG").map(PathBuf::from));
    let file = path.as_deref().map(read).transpose()?;
    resolve(options, environment, file.as_ref().zip(path.as_deref()))
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    File::parse(&text).map_err(|error| ConfigError::File { path: path.to_owned(), reason: error.to_string() })
}
