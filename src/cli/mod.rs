//! The command line: one file per command, each a struct of arguments and a function that runs it.
//!
//! Owns the help texts and what commands print. Refuses the work itself, which belongs to the library crates.

mod completions;
mod config;
mod connection;
mod demo;
mod failure;
mod healthcheck;
mod keys;
mod openapi;
mod prices;
mod serve;
mod stats;
mod verify;
mod welcome;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Environment;
pub(crate) use failure::Failure;

/// LLM traces, set in stone: one binary in place of a self-hosted Langfuse stack
///
/// Spanstone receives traces from every generation of the Langfuse SDKs and from OpenTelemetry exporters, keeps
/// them in one directory, and shows them in a web viewer. What it has acknowledged is on disk.
#[derive(Debug, Parser)]
#[command(
    name = "spanstone",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    after_help = "First steps:\n  \
        spanstone serve                  start; the first start prints keys, sign-in and address\n  \
        spanstone demo                   send a few traces to look at (with the keys printed above)\n  \
        spanstone serve --help           every option of the server"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Box<serve::Arguments>),
    Verify(verify::Arguments),
    Stats(stats::Arguments),
    Demo(demo::Arguments),
    #[command(subcommand)]
    Keys(keys::Command),
    #[command(subcommand)]
    Prices(prices::Command),
    #[command(subcommand)]
    Config(config::Command),
    Healthcheck(healthcheck::Arguments),
    Openapi(openapi::Arguments),
    Completions(completions::Arguments),
}

/// Runs a command; what it has to say goes to `out`.
pub(crate) fn run(command: Command, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(arguments) => serve::run(&arguments, environment, out),
        Command::Verify(arguments) => verify::run(arguments, environment, out),
        Command::Stats(arguments) => stats::run(arguments, environment, out),
        Command::Keys(command) => keys::run(command, environment, out),
        Command::Prices(command) => prices::run(command, environment, out),
        Command::Demo(arguments) => demo::run(arguments, environment, out),
        Command::Config(command) => config::run(&command, environment, out),
        Command::Healthcheck(arguments) => healthcheck::run(&arguments, environment, out),
        Command::Openapi(arguments) => openapi::run(&arguments, out),
        Command::Completions(arguments) => completions::run(&arguments, out),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
