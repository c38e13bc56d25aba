//! Mode `ingest`: as many observations as the server acknowledges, over several connections.

use std::io::Write;
use std::sync::Barrier;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::body::Request;
use crate::connection::Connection;
use crate::dialect::{Dialect, LANGFUSE};
use crate::figures::{Figures, Samples, float};
use crate::flags::Flags;
use crate::process::Usage;
use crate::target::Target;
use crate::words::Words;
use crate::{Failure, batch, otlp};

/// How many different requests each connection cycles through, so that no block of the journal repeats itself.
const TEMPLATES: u32 = 16;

/// The wire format of the load.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wire {
    Batch,
    Otlp(&'static Dialect),
}

impl std::str::FromStr for Wire {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "batch" => Ok(Self::Batch),
            "otlp" => Ok(Self::Otlp(&LANGFUSE)),
            dialect => Ok(Self::Otlp(dialect.parse()?)),
        }
    }
}

impl Wire {
    /// What it is called in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Otlp(dialect) => dialect.name,
        }
    }

    /// A request of this format.
    pub(crate) fn request(self, words: &mut Words, target: &Target, tag: u32, observations: usize) -> Request {
        let start_ms = now_ms().saturating_sub(3_600_000) + u64::from(tag) * 997;
        match self {
            Self::Batch => batch::request(words, target, tag, start_ms, observations),
            Self::Otlp(dialect) => otlp::request(words, target, dialect, tag, start_ms, observations),
        }
    }

    /// Whether an answer says that all was accepted.
    pub(crate) fn is_accepted(self, status: u16, body: &[u8]) -> bool {
        match self {
            Self::Batch => status == 207 && body.trim_ascii_end().ends_with(br#""errors":[]}"#),
            Self::Otlp(_) => status == 200,
        }
    }
}

fn now_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(0)
}

/// What one connection saw between the end of the warm-up and the end.
#[derive(Debug, Default)]
struct Tally {
    latencies: Samples,
    observations: u64,
    body_bytes: u64,
    errors: u64,
    first_error: Option<String>,
}

/// A load and how long it lasts.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) target: Target,
    pub(crate) wire: Wire,
    pub(crate) connections: u32,
    /// Observations in a request.
    pub(crate) observations: usize,
    pub(crate) seconds: Duration,
    pub(crate) warmup: Duration,
    pub(crate) seed: u32,
    /// The server's process, if its `/proc` files are to be read.
    pub(crate) pid: Option<u32>,
}

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let load = Load {
        target: Target::take(flags)?,
        wire: flags.take("wire")?.unwrap_or(Wire::Batch),
        connections: flags.take("connections")?.unwrap_or(4),
        observations: flags.take("observations")?.unwrap_or(50),
        seconds: Duration::from_secs(flags.take("seconds")?.unwrap_or(10)),
        warmup: Duration::from_secs(flags.take("warmup")?.unwrap_or(2)),
        seed: flags.take("seed")?.unwrap_or(1),
        pid: flags.take("pid")?,
    };
    flags.finish()?;
    load.measure(out)
}

impl Load {
    /// Puts the load on the server and says what came of it.
    pub(crate) fn measure(&self, out: &mut dyn Write) -> Result<Figures, Failure> {
        let Self { target, wire, seconds, warmup, .. } = self;
        let usage = || self.pid.map(Usage::of).transpose();
        // Everyone, this thread included, waits until all requests are serialised and all connections are open.
        let ready = Barrier::new(usize::try_from(self.connections)? + 1);
        let (tallies, before, after) = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.connections)
                .map(|connection| {
                    let ready = &ready;
                    scope.spawn(move || {
                        let requests = templates(*wire, target, self.seed, connection, self.observations);
                        let opened = Connection::open(&target.address);
                        ready.wait();
                        drive(opened?, requests, *wire, *warmup, *seconds)
                    })
                })
                .collect();
            ready.wait();
            std::thread::sleep(*warmup);
            let before = (usage(), Usage::of(std::process::id()));
            std::thread::sleep(*seconds);
            let after = (usage(), Usage::of(std::process::id()));
            let tallies: Vec<std::io::Result<Tally>> = workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|_| Err(std::io::Error::other("a worker panicked"))))
                .collect();
            (tallies, before, after)
        });
        let mut total = Tally::default();
        for tally in tallies {
            add(&mut total, tally?);
        }
        let mut figures = summary(out, &mut total, *seconds)?;
        let own = after.1?.cpu_seconds - before.1?.cpu_seconds;
        figures.add("client_cpu_cores", own / seconds.as_secs_f64());
        if let (Some(before), Some(after)) = (before.0?, after.0?) {
            server_figures(out, &mut figures, &before, &after, &total, *seconds)?;
        }
        Ok(figures)
    }
}

/// The requests that a connection cycles through.
pub(crate) fn templates(wire: Wire, target: &Target, seed: u32, connection: u32, observations: usize) -> Vec<Request> {
    let mut words = Words::new(u64::from(seed) << 32 | u64::from(connection));
    (0..TEMPLATES)
        .map(|template| {
            let tag = seed << 16 | connection << 8 | template;
            wire.request(&mut words, target, tag, observations)
        })
        .collect()
}

fn drive(
    mut connection: Connection,
    mut requests: Vec<Request>,
    wire: Wire,
    warmup: Duration,
    seconds: Duration,
) -> std::io::Result<Tally> {
    let begin = Instant::now();
    let mut tally = Tally::default();
    for number in 0_u32.. {
        let template = usize::try_from(number % TEMPLATES).unwrap_or(0);
        let request = &mut requests[template];
        let (observations, body_bytes) = (request.observations as u64, request.body_bytes as u64);
        let sent = Instant::now();
        let status = connection.exchange(request.numbered(number))?;
        let answered = Instant::now();
        if answered - begin > warmup + seconds {
            break;
        }
        if answered - begin < warmup {
            continue;
        }
        if wire.is_accepted(status, &connection.body) {
            tally.latencies.add(answered - sent);
            tally.observations += observations;
            tally.body_bytes += body_bytes;
        } else {
            tally.errors += 1;
            tally.first_error.get_or_insert_with(|| {
                let text: String = String::from_utf8_lossy(&connection.body).chars().take(300).collect();
                format!("{status} {text}")
            });
        }
    }
    Ok(tally)
}

fn add(total: &mut Tally, tally: Tally) {
    let Tally { latencies, observations, body_bytes, errors, first_error } = tally;
    total.latencies.merge(latencies);
    total.observations += observations;
    total.body_bytes += body_bytes;
    total.errors += errors;
    total.first_error = total.first_error.take().or(first_error);
}

fn summary(out: &mut dyn Write, total: &mut Tally, seconds: Duration) -> Result<Figures, Failure> {
    let rate = float(total.observations) / seconds.as_secs_f64();
    let bytes_each = float(total.body_bytes) / float(total.observations).max(1.0);
    let [p50, p99, max] = [500, 990, 1_000].map(|q| total.latencies.quantile_ms(q));
    writeln!(out, "{rate:>10.0} observations acknowledged per second, {bytes_each:.0} bytes each")?;
    writeln!(
        out,
        "{:>10} requests, acknowledged in p50 {p50:.2} ms, p99 {p99:.2} ms, at most {max:.2} ms",
        total.latencies.len()
    )?;
    writeln!(out, "{:>10} errors", total.errors)?;
    if let Some(error) = &total.first_error {
        writeln!(out, "           first: {error}")?;
    }
    let mut figures = Figures::default();
    figures.add("observations_per_second", rate);
    figures.add("bytes_per_observation", bytes_each);
    figures.add("ack_p50_ms", p50);
    figures.add("ack_p99_ms", p99);
    figures.add("ack_max_ms", max);
    figures.add("errors", float(total.errors));
    Ok(figures)
}

fn server_figures(
    out: &mut dyn Write,
    figures: &mut Figures,
    before: &Usage,
    after: &Usage,
    total: &Tally,
    seconds: Duration,
) -> Result<(), Failure> {
    let observations = float(total.observations).max(1.0);
    let cpu = after.cpu_seconds - before.cpu_seconds;
    let written = float(after.written_bytes - before.written_bytes);
    let peak = float(after.resident_peak_kib) / 1_024.0;
    writeln!(
        out,
        "{:>10.1} µs of the server's processor time per observation ({:.2} processors)",
        cpu / observations * 1e6,
        cpu / seconds.as_secs_f64()
    )?;
    writeln!(out, "{:>10.0} bytes sent to storage per observation", written / observations)?;
    writeln!(out, "{peak:>10.1} MiB resident at most")?;
    figures.add("server_cpu_us_per_observation", cpu / observations * 1e6);
    figures.add("server_cpu_cores", cpu / seconds.as_secs_f64());
    figures.add("written_bytes_per_observation", written / observations);
    figures.add("resident_peak_mib", peak);
    Ok(())
}
