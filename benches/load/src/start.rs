//! Mode `start`: fills a journal, kills the server with no warning, and measures how soon it is back.

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::connection::Connection;
use crate::figures::{Figures, Samples, float};
use crate::flags::Flags;
use crate::ingest::Wire;
use crate::process::Usage;
use crate::target::Target;
use crate::words::Words;

const PATIENCE: Duration = Duration::from_secs(120);
/// How often to look whether the server is up: well below what is measured.
const LOOK_AGAIN: Duration = Duration::from_micros(200);

const PUBLIC_KEY: &str = "pk-lf-bench";
const SECRET_KEY: &str = "sk-lf-bench";

/// How to start the server under measurement.
#[derive(Debug)]
struct Launch {
    binary: PathBuf,
    data_dir: PathBuf,
    target: Target,
}

/// A server that is killed when this goes out of scope, whatever happened.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Launch {
    fn start(&self) -> Result<Running, Failure> {
        let child = Command::new(&self.binary)
            .arg("serve")
            .arg("--data-dir")
            .arg(&self.data_dir)
            .args(["--listen", &self.target.address, "--log", "warn"])
            .env("LANGFUSE_INIT_ORG_ID", "bench")
            .env("LANGFUSE_INIT_PROJECT_ID", "bench")
            .env("LANGFUSE_INIT_PROJECT_PUBLIC_KEY", PUBLIC_KEY)
            .env("LANGFUSE_INIT_PROJECT_SECRET_KEY", SECRET_KEY)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.binary.display()))?;
        Ok(Running(child))
    }

    fn await_listening(&self, since: Instant) -> Result<Duration, Failure> {
        while TcpStream::connect(&self.target.address).is_err() {
            if since.elapsed() > PATIENCE {
                return Err("the server does not listen".into());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(since.elapsed())
    }

    fn await_ready(&self, since: Instant) -> Result<Duration, Failure> {
        let ready = b"GET /api/public/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut connection = Connection::open(&self.target.address)?;
        while connection.exchange(ready)? != 200 {
            if since.elapsed() > PATIENCE {
                return Err("the server does not get ready".into());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(since.elapsed())
    }
}

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let port: u16 = flags.take("port")?.unwrap_or(3999);
    let launch = Launch {
        binary: flags.require("binary")?,
        data_dir: flags.require("data-dir")?,
        target: Target::new(format!("127.0.0.1:{port}"), PUBLIC_KEY, SECRET_KEY),
    };
    let megabytes: u64 = flags.take("megabytes")?.unwrap_or(100);
    let rounds: u32 = flags.take("rounds")?.unwrap_or(5);
    flags.finish()?;
    if launch.data_dir.exists() {
        return Err(format!("{} exists; give a directory that does not", launch.data_dir.display()).into());
    }

    let filled = fill(&launch, megabytes * 1_000_000)?;
    writeln!(
        out,
        "{} observations, {:.0} MB of bodies, {:.0} MB taken on disk; then kill -9",
        filled.observations,
        float(filled.body_bytes) / 1e6,
        float(filled.disk_bytes) / 1e6
    )?;
    let (mut listening, mut ready) = (Samples::default(), Samples::default());
    let mut resident = 0;
    for _ in 0..rounds {
        let since = Instant::now();
        let running = launch.start()?;
        listening.add(launch.await_listening(since)?);
        ready.add(launch.await_ready(since)?);
        resident = Usage::of(running.0.id())?.resident_kib;
    }
    let [listens, listens_worst] = [500, 1_000].map(|q| listening.quantile_ms(q));
    let [readies, readies_worst] = [500, 1_000].map(|q| ready.quantile_ms(q));
    writeln!(
        out,
        "from exec, {rounds} times: listening after {listens:.1} ms (worst {listens_worst:.1}), ready after {readies:.1} ms \
         (worst {readies_worst:.1}), then {:.1} MiB resident",
        float(resident) / 1_024.0
    )?;
    let mut figures = Figures::default();
    figures.add("observations", float(filled.observations));
    figures.add("body_bytes", float(filled.body_bytes));
    figures.add("disk_bytes", float(filled.disk_bytes));
    figures.add("listening_p50_ms", listens);
    figures.add("listening_max_ms", listens_worst);
    figures.add("ready_p50_ms", readies);
    figures.add("ready_max_ms", readies_worst);
    figures.add("resident_mib", float(resident) / 1_024.0);
    Ok(figures)
}

/// What was put in.
#[derive(Debug, Default)]
struct Filled {
    observations: u64,
    body_bytes: u64,
    disk_bytes: u64,
}

/// Sends until the directory holds `disk_bytes`; the server is killed in the end, not stopped.
fn fill(launch: &Launch, disk_bytes: u64) -> Result<Filled, Failure> {
    let since = Instant::now();
    let _running = launch.start()?;
    launch.await_listening(since)?;
    launch.await_ready(since)?;
    let mut connection = Connection::open(&launch.target.address)?;
    let mut words = Words::new(11);
    let mut filled = Filled::default();
    for number in 0.. {
        // Fresh text for every request: a journal of real traces does not repeat itself.
        let mut request = Wire::Batch.request(&mut words, &launch.target, number, 100);
        let status = connection.exchange(request.numbered(number))?;
        if !Wire::Batch.is_accepted(status, &connection.body) {
            return Err(format!("{status} {}", String::from_utf8_lossy(&connection.body)).into());
        }
        filled.observations += request.observations as u64;
        filled.body_bytes += request.body_bytes as u64;
        filled.disk_bytes = size_of_dir(&launch.data_dir)?;
        if filled.disk_bytes >= disk_bytes {
            break;
        }
    }
    Ok(filled)
}

fn size_of_dir(dir: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        let metadata = entry?.metadata()?;
        if metadata.is_file() {
            // What it takes, not how long it is: a store has holes. A block of stat(2) is 512 bytes.
            bytes += metadata.blocks() * 512;
        }
    }
    Ok(bytes)
}
