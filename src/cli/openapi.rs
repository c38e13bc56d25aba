//! `spanstone openapi`: the description of the API that the server serves.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::Failure;

/// Print the OpenAPI document of the API, as the server serves it at /api/openapi.json
///
/// Examples:
///   spanstone openapi > openapi.json        what a generator of clients reads
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    out.write_all(spanstone_server::openapi_document().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
