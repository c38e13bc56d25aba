//! `spanstone config`: what is in effect, and the documented default file.

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

use super::Failure;
use crate::config::{self, DEFAULT_FILE, Environment, Options};

/// Show the configuration in effect, or a documented configuration file
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print every option with its value and where it came from
    ///
    /// Takes the same flags as `serve` and reads the same environment and file, so it shows what `serve` would
    /// use. Secrets are redacted.
    ///
    /// Example:
    ///   SPANSTONE_LISTEN=0.0.0.0:3000 spanstone config show
    #[command(verbatim_doc_comment)]
    Show(Box<Options>),
    /// Print a configuration file with every option, its default and its meaning
    ///
    /// Example:
    ///   spanstone config default > spanstone.toml
    ///   spanstone serve --config spanstone.toml
    #[command(verbatim_doc_comment)]
    Default,
}

pub(crate) fn run(command: &Command, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    match command {
        Command::Show(options) => show(options, environment, out)?,
        Command::Default => out.write_all(DEFAULT_FILE.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(options: &Options, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    let config = config::load(options, environment)?;
    let rows = config.rows();
    let name_width = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let value_width = rows.iter().map(|(_, value, _)| value.chars().count()).max().unwrap_or(0);
    for (name, value, origin) in &rows {
        writeln!(out, "{name:name_width$}  {value:value_width$}  # {origin}")?;
    }
    Ok(())
}
