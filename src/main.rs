//! The `spanstone` binary: parse, resolve, run one command, exit.
//!
//! Owns the exit code and the last word on standard error. Everything else belongs to a command in [`cli`] or to
//! the library crates; this crate is the only one that knows the command line and the environment.

mod cli;
mod client;
mod config;
mod demo;
mod telemetry;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

/// After a burst it gives memory back to the operating system, from a thread that sleeps while there is none to give.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let environment = config::Environment::of_process();
    match cli::run(arguments.command, &environment, &mut io::stdout()) {
        Ok(code) => code,
        // The reader of a pipe went away (`spanstone config show | head -1`): it has what it wanted.
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            // Standard error may be closed, too; then the exit code alone has to say it.
            let _ = writeln!(io::stderr(), "spanstone: {failure}");
            failure.exit_code()
        }
    }
}
