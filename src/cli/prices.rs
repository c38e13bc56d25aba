//! `spanstone prices`: what models cost, offline or of a data directory, and asking for the prices of history again.

mod list;
mod ours;
mod reprice;
mod trial;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use spanstone_engine::Engine;
use spanstone_engine::pricing::{Model, builtin};

use super::Failure;
use super::connection::Connection;
use crate::config::{DataDirOptions, Environment};

/// List prices, try them, bring others, and price history again
///
/// Three tables are asked one after the other: the models that a project brought (by Langfuse's API), those of the
/// operator (`prices import`), and those that are compiled in.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print models with their prices in dollars for a million tokens
    ///
    /// Example:
    ///   spanstone prices list sonnet
    #[command(verbatim_doc_comment)]
    List(List),
    /// Show which model a name stands for, and what a call would cost
    ///
    /// Examples:
    ///   spanstone prices test us.anthropic.claude-sonnet-4-20250514-v1:0
    ///   spanstone prices test o3 --usage '{"input":1000,"output":200}' --parameters '{"service_tier":"flex"}'
    #[command(verbatim_doc_comment)]
    Test(Test),
    /// Bring prices that go before those compiled in; the server must be stopped
    ///
    /// The file is LiteLLM's model_prices_and_context_window.json, or a price table in the form that
    /// `spanstone prices list --table` prints. It replaces what was brought before, and holds for all projects.
    Import(Import),
    /// Go back to the prices that are compiled in; the server must be stopped
    Reset(DataDirOptions),
    /// Ask a running server for the prices of what is stored again
    ///
    /// Costs that an application gave stay as they are. It can be interrupted and goes on with --after.
    ///
    /// Example:
    ///   spanstone prices reprice --from 2026-11-01T00:00:00Z --model gpt-4o
    #[command(verbatim_doc_comment)]
    Reprice(Reprice),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only models whose name contains this
    text: Option<String>,

    /// Print the table itself, with patterns, tiers and conditions
    #[arg(long)]
    table: bool,

    #[command(flatten)]
    tables: Tables,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The name of a model, as an application sends it
    model: String,

    /// What was used, by type: a JSON object of whole numbers
    #[arg(long, value_name = "JSON")]
    usage: Option<String>,

    /// The parameters of the call: a JSON object
    #[arg(long, value_name = "JSON")]
    parameters: Option<String>,

    #[command(flatten)]
    tables: Tables,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: std::path::PathBuf,

    #[command(flatten)]
    directory: DataDirOptions,
}

#[derive(Debug, Args)]
pub(crate) struct Reprice {
    #[command(flatten)]
    connection: Connection,

    /// Only observations of this model, as the application named it
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// Only observations that started at or after this time
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// Only observations that started before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,

    /// Where an interrupted run was: the last words that it printed
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

/// Whose prices are looked at.
#[derive(Debug, Args)]
pub(crate) struct Tables {
    /// Ask the tables of this data directory as well; its server must be stopped
    #[arg(long, value_name = "DIR")]
    data_dir: Option<std::path::PathBuf>,

    /// Ask the models of this project as well; needs --data-dir
    #[arg(long, value_name = "ID", requires = "data_dir")]
    project: Option<String>,
}

pub(crate) fn run(command: Command, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, environment, out)?,
        Command::Test(arguments) => trial::run(arguments, environment, out)?,
        Command::Import(Import { file, directory }) => {
            ours::with_accounts(directory, environment, |engine| ours::import(engine, &file, out))?;
        }
        Command::Reset(directory) => ours::with_accounts(directory, environment, |engine| ours::reset(engine, out))?,
        Command::Reprice(arguments) => reprice::run(arguments, environment, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The models of the tables that were named, each with where it comes from, in the order in which they are asked.
fn models(tables: Tables, environment: &Environment) -> Result<Vec<Found>, Failure> {
    let found = |origin| move |model: &Arc<Model>| Found { model: model.clone(), origin };
    let mut models = Vec::new();
    if let Some(data_dir) = tables.data_dir {
        let project = tables.project.map(|id| spanstone_model::ProjectId::from_wire(&id));
        let read = |engine: &Engine| {
            if let Some(project) = &project {
                if engine.project(project).is_none() {
                    return Err(Failure::Said(format!("there is no project `{project}`")));
                }
                let own = engine.models(project).into_iter().filter(|listed| listed.is_own);
                models.extend(own.map(|listed| Found { model: listed.model, origin: "project" }));
            }
            models.extend(engine.operators_models().iter().map(found("operator")));
            Ok(())
        };
        ours::with_accounts(DataDirOptions { config: None, data_dir: Some(data_dir) }, environment, read)?;
    }
    models.extend(builtin::models().iter().map(found("built in")));
    Ok(models)
}

/// A model, and where it comes from.
struct Found {
    model: Arc<Model>,
    origin: &'static str,
}
