//! How a command reaches a running server, and as whom: an address and a pair of keys, from flags or from the variables
//! that Langfuse's SDKs read.

use base64::Engine as _;
use clap::Args;

use super::Failure;
use crate::client::{Client, Url};
use crate::config::Environment;

/// A server and the keys of a project.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// The server [env: LANGFUSE_BASE_URL, LANGFUSE_HOST] [default: http://127.0.0.1:3000]
    #[arg(long, value_name = "URL")]
    url: Option<Url>,

    /// Public key of a project; `serve` printed one at its first start [env: LANGFUSE_PUBLIC_KEY]
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,

    /// Secret key that belongs to it [env: LANGFUSE_SECRET_KEY]
    #[arg(long, value_name = "KEY")]
    secret_key: Option<String>,
}

impl Connection {
    /// Whether a flag names a server or a key. Variables alone are often set for applications and mean nothing here.
    pub(crate) fn is_named(&self) -> bool {
        self.url.is_some() || self.public_key.is_some() || self.secret_key.is_some()
    }

    /// A client of the server with the keys.
    pub(crate) fn client(self, environment: &Environment) -> Result<Client, Failure> {
        let Self { url, public_key, secret_key } = self;
        let public = key(public_key, environment, "LANGFUSE_PUBLIC_KEY", "--public-key")?;
        let secret = key(secret_key, environment, "LANGFUSE_SECRET_KEY", "--secret-key")?;
        let url = match url {
            Some(url) => url,
            None => environment
                .get("LANGFUSE_BASE_URL")
                .or_else(|| environment.get("LANGFUSE_HOST"))
                .unwrap_or("http://127.0.0.1:3000")
                .parse()
                .map_err(Failure::Said)?,
        };
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{public}:{secret}"));
        Ok(Client::new(url, Some(format!("Basic {basic}"))))
    }
}

fn key(flag: Option<String>, environment: &Environment, variable: &str, name: &str) -> Result<String, Failure> {
    flag.or_else(|| environment.get(variable).map(str::to_owned)).ok_or_else(|| {
        Failure::Said(format!(
            "a project's keys are needed: give {name} or set {variable}\n\
             `spanstone serve` prints keys at its first start; with the server stopped, \
             `spanstone keys create` makes new ones."
        ))
    })
}
