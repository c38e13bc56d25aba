//! `spanstone keys`: the API keys of a data directory, while no server uses it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use spanstone_engine::{Engine, Options, Project, Retention};
use spanstone_store::LEDGER_FILE;

use super::Failure;
use crate::config::{self, Config, DataDirOptions, Environment};

/// List, create or revoke API keys; the server must be stopped
///
/// A key is a pair: the public key names it, the secret key proves it. Only a hash of the secret is kept, so it is
/// shown once, when the key is created.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print every key with its project
    List(DataDirOptions),
    /// Create a key and print it, the secret included
    ///
    /// Example:
    ///   spanstone keys create --data-dir /var/lib/spanstone --note "LiteLLM on the NAS"
    #[command(verbatim_doc_comment)]
    Create(Create),
    /// Take a key out of use
    ///
    /// Example:
    ///   spanstone keys revoke pk-lf-01b0…
    #[command(verbatim_doc_comment)]
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    directory: DataDirOptions,

    /// Id of the project it gives access to; may be left out when there is only one
    #[arg(long, value_name = "ID")]
    project: Option<String>,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    directory: DataDirOptions,

    /// The key's public half
    public_key: String,
}

pub(crate) fn run(command: Command, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    match command {
        Command::List(directory) => with_engine(directory, environment, |engine| list(engine, out)),
        Command::Create(Create { directory, project, note }) => {
            with_engine(directory, environment, |engine| create(engine, project.as_deref(), note, out))
        }
        Command::Revoke(Revoke { directory, public_key }) => {
            with_engine(directory, environment, |engine| revoke(engine, &public_key, out))
        }
    }
}

/// Acts on the accounts of a data directory.
pub(super) fn with_engine(
    directory: DataDirOptions,
    environment: &Environment,
    act: impl FnOnce(&Engine) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let config = config::load(&directory.into(), environment)?;
    let engine = open(&config)?;
    let acted = act(&engine);
    engine.close();
    acted.map(|()| ExitCode::SUCCESS)
}

/// Opens what is there. A mistyped directory is an error here, and not a new store as it is for `serve`.
fn open(config: &Config) -> Result<Engine, Failure> {
    let data_dir = &config.data_dir.value;
    if !is_store(data_dir) {
        return Err(Failure::Said(format!(
            "there is no store in `{}` (from {}); name the server's directory with --data-dir",
            data_dir.display(),
            config.data_dir.origin
        )));
    }
    Ok(Engine::open_accounts(Options {
        data_dir: data_dir.clone(),
        limits: config.limits(),
        retention: Retention::default(),
        extract_media: false,
        clock: spanstone_engine::system_clock,
    })?)
}

fn is_store(data_dir: &Path) -> bool {
    data_dir.join(LEDGER_FILE).exists()
}

fn list(engine: &Engine, out: &mut dyn Write) -> Result<(), Failure> {
    let keys = engine.keys();
    if keys.is_empty() {
        writeln!(out, "There is no key. `spanstone keys create` makes one.")?;
        return Ok(());
    }
    let width = keys.iter().map(|key| key.public.chars().count()).max().unwrap_or(0);
    writeln!(out, "{:width$}  {:16}  {:20}  project (note)", "public key", "secret key", "created")?;
    for key in keys {
        let project = engine.project(&key.project);
        let project = project.map_or_else(|| key.project.to_string(), |project| named(&project));
        let note = key.note.map_or_else(String::new, |note| format!(" ({note})"));
        let created = key.created_at.to_string();
        let created = created.get(..19).unwrap_or(&created);
        writeln!(out, "{:width$}  {:16}  {created}Z  {project}{note}", key.public, key.secret_hint)?;
    }
    Ok(())
}

fn named(project: &Project) -> String {
    format!("{} [{}]", project.name, project.id)
}

fn create(engine: &Engine, project: Option<&str>, note: Option<String>, out: &mut dyn Write) -> Result<(), Failure> {
    let projects = engine.projects();
    let chosen = match (project, projects.as_slice()) {
        (Some(id), _) => projects.iter().find(|project| project.id.as_str() == id),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(chosen) = chosen else {
        let known: Vec<String> = projects.iter().map(named).collect();
        return Err(Failure::Said(format!("name one of the projects with --project ID: {}", known.join(", "))));
    };
    let key = engine.create_key(&chosen.id, note)?;
    writeln!(out, "LANGFUSE_PUBLIC_KEY=\"{}\"", key.public)?;
    writeln!(out, "LANGFUSE_SECRET_KEY=\"{}\"", key.secret)?;
    Ok(())
}

fn revoke(engine: &Engine, public_key: &str, out: &mut dyn Write) -> Result<(), Failure> {
    if engine.revoke_key(public_key)? {
        writeln!(out, "{public_key} is no longer accepted.")?;
        Ok(())
    } else {
        Err(Failure::Said(format!("there is no key `{public_key}`; `spanstone keys list` shows all of them")))
    }
}
