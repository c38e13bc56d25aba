//! `spanstone demo`: sends the demo's traces to a running server and prints where to look at them.

use std::io::Write;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use serde::Deserialize;
use spanstone_model::Timestamp;

use super::Failure;
use super::connection::Connection;
use crate::client::{Client, ClientError};
use crate::config::Environment;
use crate::demo;

/// Send a few realistic traces to a running server, to have something to look at
///
/// The traces are made up: a support chat of three turns, an answer from documents, a coding agent with about
/// sixty steps, a job that fails, and a trip planned by two agents. They go through the public API like those of
/// any application, into the project that the keys belong to. Each run sends new ones.
///
/// Examples:
///   spanstone demo --public-key pk-lf-… --secret-key sk-lf-…
///   LANGFUSE_PUBLIC_KEY=pk-lf-… LANGFUSE_SECRET_KEY=sk-lf-… spanstone demo --url http://nas:3000
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(arguments: Arguments, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let client = arguments.connection.client(environment)?;
    let project = project(&client)?;
    writeln!(out, "Sending to project `{}` at {}\n", project.name, client.url())?;
    let now = now();
    for request in demo::requests(now) {
        let answer = client.post(request.path, request.body.to_string().as_bytes())?;
        check(&answer.body, answer.status, request.path)?;
        for link in request.traces {
            let trace = format!("{}/project/{}/traces/{}", client.url(), project.id, link.trace_id);
            writeln!(out, "{}\n  {trace}", link.about)?;
        }
    }
    writeln!(out, "\nAll of them: {}/project/{}/traces", client.url(), project.id)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Deserialize)]
struct Projects {
    data: Vec<Project>,
}

#[derive(Debug, Deserialize)]
struct Project {
    id: String,
    name: String,
}

/// The project that the keys belong to.
fn project(client: &Client) -> Result<Project, Failure> {
    let path = "/api/public/projects";
    let answer = client.get(path)?;
    if answer.status == 401 {
        return Err(Failure::Said(format!("{} does not know these keys (401): {}", client.url(), answer.excerpt())));
    }
    check(&answer.body, answer.status, path)?;
    let projects: Option<Projects> = serde_json::from_slice(&answer.body).ok();
    let first = projects.and_then(|projects| projects.data.into_iter().next());
    first.ok_or_else(|| {
        Failure::Client(ClientError::NotHttp {
            url: client.url().clone(),
            reason: "it names no project; is this a Spanstone or Langfuse server?",
        })
    })
}

/// Fails unless the whole request was accepted: a batch is answered with 207 and may still list errors.
fn check(body: &[u8], status: u16, path: &str) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(body);
    let refused = serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|answer| answer.get("errors")?.as_array().map(|errors| !errors.is_empty()))
        .unwrap_or(false);
    if (200..300).contains(&status) && !refused {
        return Ok(());
    }
    let excerpt: String = text.chars().take(500).collect();
    Err(Failure::Said(format!("{path} answered {status}: {excerpt}")))
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
}
