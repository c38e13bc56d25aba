//! `spanstone stats`: what is where, from a data directory or from the server that has it open.
//!
//! Owns where the numbers come from. How they look is in [`report`]; what they count is the store's.

mod report;

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use spanstone_store::StoreErrorKind;

use self::report::{Report, Storage};
use super::Failure;
use super::connection::Connection;
use super::failure::with_causes;
use crate::client::ClientError;
use crate::config::{self, Config, DataDirOptions, Environment};

/// Show what takes how much space: by project and week, and the journal; writes nothing
///
/// With the server stopped it reads the data directory and shows every project. A running server has the directory to
/// itself; ask it with --url and a project's keys, and it shows that project.
///
/// Examples:
///   spanstone stats --data-dir /var/lib/spanstone
///   spanstone stats --url http://127.0.0.1:3000 --public-key pk-lf-… --secret-key sk-lf-…
///   spanstone stats --json | jq .total
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    #[command(flatten)]
    directory: DataDirOptions,

    #[command(flatten, next_help_heading = "Of a running server")]
    connection: Connection,

    /// Print the report as one JSON object
    #[arg(long, help_heading = "Options")]
    json: bool,
}

pub(crate) fn run(arguments: Arguments, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let Arguments { directory, connection, json } = arguments;
    let report = if connection.is_named() {
        of_server(connection, environment)?
    } else {
        of_directory(&config::load(&directory.into(), environment)?)?
    };
    if json {
        writeln!(out, "{}", report.to_json()?)?;
    } else {
        report.print(out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn of_directory(config: &Config) -> Result<Report, Failure> {
    let data_dir = &config.data_dir.value;
    match spanstone_store::stats(data_dir) {
        Ok(stats) => Ok(Report::of_directory(data_dir, stats)),
        Err(error) if error.kind() == StoreErrorKind::Locked => Err(Failure::Said(format!(
            "{}\nA running server answers for itself: spanstone stats --url {} --public-key … --secret-key …",
            with_causes(&error),
            config.listen.value.local_url()
        ))),
        Err(error) => Err(Failure::Said(with_causes(&error))),
    }
}

fn of_server(connection: Connection, environment: &Environment) -> Result<Report, Failure> {
    let client = connection.client(environment)?;
    let path = "/api/spanstone/v1/storage";
    let answer = client.get(path)?;
    if !answer.is_success() {
        return Err(Failure::Said(format!("{}{path} answers {}: {}", client.url(), answer.status, answer.excerpt())));
    }
    let storage: Storage = serde_json::from_slice(&answer.body).map_err(|_| {
        Failure::Client(ClientError::NotHttp {
            url: client.url().clone(),
            reason: "it does not say what it stores; is this a Spanstone server of the same version?",
        })
    })?;
    Ok(Report::of_server(client.url(), storage))
}
