//! A load generator for Spanstone, for development: what durable ingest, visibility, idling and starting cost.
//!
//! Owns the load and the arithmetic on the figures. Talks to a server in another process over loopback, as any
//! client would, and reads that process's `/proc` files; so it runs on Linux only. It spends as little processor
//! time as it can, because on a small machine it shares the processors with what it measures: requests are
//! serialised beforehand, head included, and only their ids change.

mod batch;
mod body;
mod connection;
mod conversation;
mod figures;
mod flags;
mod idle;
mod ingest;
mod otlp;
mod process;
mod start;
mod target;
mod visible;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use flags::Flags;

const HELP: &str = "\
spanstone-bench MODE [--flag value]...

  ingest   observations acknowledged per second
           --wire batch|otlp (batch)  --connections N (4)  --observations N per request (50)
           --seconds N (10)  --warmup N (2)  --seed N (1)
           --pid N of the server: processor time and bytes written per observation, memory
  visible  time from the acknowledgement until the observation can be read
           --rounds N (200)
  idle     what a server without work costs
           --pid N  --seconds N (60)
  start    fills a journal, kills the server, measures how soon it listens and is ready again
           --binary FILE  --data-dir DIR (created, must be empty)  --megabytes N (100)  --rounds N (5)
           --port N (3999)

ingest and visible also take --address HOST:PORT (127.0.0.1:3000), --public-key and --secret-key
(else LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY). Each mode ends with one line of JSON.
";

/// What went wrong, in words: this is a tool for its own developers.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // With standard error closed the exit code has to say it.
            let _ = writeln!(io::stderr(), "spanstone-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut dyn Write) -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_else(|| "--help".to_owned());
    let mut flags = Flags::parse(arguments)?;
    let figures = match mode.as_str() {
        "ingest" => ingest::run(&mut flags, out)?,
        "visible" => visible::run(&mut flags, out)?,
        "idle" => idle::run(&mut flags, out)?,
        "start" => start::run(&mut flags, out)?,
        "--help" | "-h" | "help" => return Ok(out.write_all(HELP.as_bytes())?),
        other => return Err(format!("there is no mode `{other}`\n{HELP}").into()),
    };
    writeln!(out, "{}", figures.to_json(&mode))?;
    Ok(())
}
