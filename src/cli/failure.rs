//! Why a command ended without doing what it was asked, and with which exit code.

use std::io;
use std::process::ExitCode;

use spanstone_engine::EngineError;

use crate::client::ClientError;
use crate::config::ConfigError;

/// Why a command failed. The text is for the person at the terminal and says what to do next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// An option has a value that does not fit.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A server did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The store could not be opened or used.
    #[error("{}", with_causes(.0))]
    Engine(#[from] EngineError),
    /// Standard output cannot be written to.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
    /// Anything else, in words.
    #[error("{0}")]
    Said(String),
    /// A check could not be made, which is not the same as having found something: exit code 2.
    #[error("{0}")]
    CouldNotRun(String),
}

impl Failure {
    /// Whether the reader of standard output went away.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code: 1 for failure, 2 where 1 already means something else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Client(_) | Self::Engine(_) | Self::Output(_) | Self::Said(_) => ExitCode::FAILURE,
            Self::CouldNotRun(_) => ExitCode::from(2),
        }
    }
}

/// An error with what caused it, leaving out causes whose words the text has already.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}
