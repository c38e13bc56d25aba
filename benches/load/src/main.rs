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
mod dialect;
mod dialects;
mod disk;
mod figures;
mod fill;
mod flags;
mod hostile;
mod idle;
mod ingest;
mod launch;
mod otlp;
mod process;
mod questions;
mod random;
mod scale;
mod skeleton;
mod soak;
mod start;
mod table;
mod target;
mod visible;
mod words;
mod workload;

use std::io::{self, Write};
use std::process::ExitCode;

use flags::Flags;

const HELP: &str = "\
spanstone-bench MODE [--flag value]...

  ingest   observations acknowledged per second
           --wire batch|otlp or a dialect of it (batch)  --connections N (4)  --observations N per request (50)
           --seconds N (10)  --warmup N (2)  --seed N (1)
           --pid N of the server: processor time and bytes written per observation, memory
  dialects the same conversation in each dialect of OTLP, and as a batch: decoded alone, in this process
           --seconds N for each (5); with --binary and --data-dir also end to end, a fresh server for each
  visible  time from the acknowledgement until the observation can be read
           --rounds N (200)
  idle     what a server without work costs
           --pid N  --seconds N (60)
  start    fills a journal, kills the server, measures how soon it listens and is ready again
           --binary FILE  --data-dir DIR (created, must be empty)  --megabytes N (100)  --rounds N (5)
           --port N (3999)

  fill     sends a workload of realistic traces (docs/BENCHMARKS.md says what is in it)
           --shape mixed|agent|tiny|giant (mixed)  --observations N (90000)  --connections N (4)  --seed N (1)
           --late-permille N of a thousand traces bring news of an earlier one (0)
           --days N that the traces cover (56), up to now or from the first of --year N
  scale    fills fresh stores of several sizes and measures everything about them
           --sizes N,N,… (90000)  --shape, --connections, --seed, --days as above  --late-permille N (10)
           --times N that each question is asked (100)  --rounds N of restarts (3)
           --rest N seconds to come to rest (300)  --idle N seconds (60)
  skeleton one giant trace, and its skeleton in memory and sealed
           --observations N (20000)  --times N that it is asked for (50)
  soak     ingest, questions, retention and restarts together, then a verdict; fails unless all is well
           --seconds N (300)  --rate N observations per second (4000)  --restart-every N seconds (20)
           --late-permille N (50)  --days N (56)  --seed N (1)  --rest N (120)  --idle N (30)
           --retention-bytes N, --retention-days N: given to the server and held against it
  hostile  a trace of 100,000 observations, an observation of 20 MB, 100,000 tiny traces, 1970 and 2100, late news,
           kill -9, a missing segment; fails unless all is well
           --scale N percent of those sizes (100)

dialects, scale, skeleton, soak and hostile start servers themselves:
           --binary FILE  --data-dir DIR (created, must not exist)  --port N (3999)  --serve 'arguments of serve'

ingest, visible and fill also take --address HOST:PORT (127.0.0.1:3000), --public-key and --secret-key
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
        "dialects" => dialects::run(&mut flags, out)?,
        "visible" => visible::run(&mut flags, out)?,
        "idle" => idle::run(&mut flags, out)?,
        "start" => start::run(&mut flags, out)?,
        "fill" => fill::run(&mut flags, out)?,
        "scale" => return scale::run(&mut flags, out),
        "skeleton" => skeleton::run(&mut flags, out)?,
        "soak" => soak::run(&mut flags, out)?,
        "hostile" => hostile::run(&mut flags, out)?,
        "--help" | "-h" | "help" => return Ok(out.write_all(HELP.as_bytes())?),
        other => return Err(format!("there is no mode `{other}`\n{HELP}").into()),
    };
    writeln!(out, "{}", figures.to_json(&mode))?;
    Ok(())
}
