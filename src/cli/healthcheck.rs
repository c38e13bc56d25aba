//! `spanstone healthcheck`: asks a running server whether it is well, for Docker and scripts.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::client::{Client, Url};
use crate::config::{self, Environment, Listen, Options};

/// Ask a running server whether it is well: exit code 0 if so, 1 if not
///
/// Without --url it asks the address that `serve` would listen on with the same configuration, so a Dockerfile
/// needs no more than `HEALTHCHECK CMD ["spanstone", "healthcheck"]`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Server to ask
    #[arg(long, value_name = "URL")]
    url: Option<Url>,

    /// Ask whether the server is ready to store and to read, not only whether it runs
    #[arg(long)]
    ready: bool,

    /// Configuration file to take the address from [env: SPANSTONE_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Address that the server listens on [env: SPANSTONE_LISTEN] [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "url")]
    listen: Option<Listen>,
}

pub(crate) fn run(arguments: &Arguments, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let Arguments { url, ready, config, listen } = arguments;
    let url = match url {
        Some(url) => url.clone(),
        None => {
            let options = Options { config: config.clone(), listen: *listen, ..Options::default() };
            let listen = config::load(&options, environment)?.listen.value;
            listen.local_url().parse().map_err(Failure::Said)?
        }
    };
    let path = if *ready { "/api/public/ready" } else { "/api/public/health" };
    let client = Client::new(url, None);
    let answer = client.get(path)?;
    if answer.is_success() {
        writeln!(out, "{} is well", client.url())?;
        Ok(ExitCode::SUCCESS)
    } else {
        Err(Failure::Said(format!("{}{path} answers {}: {}", client.url(), answer.status, answer.excerpt())))
    }
}
