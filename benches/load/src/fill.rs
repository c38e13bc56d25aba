//! Mode `fill`: sends a whole workload over several connections, and what scale, soak and hostile runs need of that.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Failure;
use crate::connection::Connection;
use crate::figures::{Figures, Samples, float};
use crate::flags::Flags;
use crate::ingest::Wire;
use crate::target::Target;
use crate::workload::{Cast, Shape, Workload};

/// How long a server that pushes back or is restarted may take before the run gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest that is waited at once, whatever Retry-After says.
const PAUSE_MAX_SECONDS: u64 = 5;
const DAY_MS: u64 = 86_400_000;

/// A workload on its way to a server.
#[derive(Debug)]
pub(crate) struct Fill<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) cast: &'a Cast,
    pub(crate) target: &'a Target,
    pub(crate) connections: u32,
    /// Whether a lost connection is opened again, and what was not acknowledged sent again.
    pub(crate) reconnect: bool,
    /// At most so many requests per second.
    pub(crate) pace: Option<u32>,
    /// The next request to send.
    next: AtomicU64,
    /// Observations that were acknowledged so far.
    acknowledged: AtomicU64,
    stop: AtomicBool,
}

/// What was sent and acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    pub(crate) observations: u64,
    pub(crate) scores: u64,
    pub(crate) late: u64,
    /// Requests whole, of which the bodies are all but some 200 bytes each.
    pub(crate) sent_bytes: u64,
    /// All requests below this number were acknowledged.
    pub(crate) requests: u64,
    /// How often the server asked to try again, and for how long connections waited because of it.
    pub(crate) pushed_back: u64,
    pub(crate) waited: Duration,
    pub(crate) reconnects: u64,
    pub(crate) latencies: Samples,
    pub(crate) seconds: f64,
    /// The least that was acknowledged per second in any five seconds.
    pub(crate) slowest: Option<f64>,
    /// Why the server takes no more, if so.
    pub(crate) refused: Option<String>,
}

/// How a request ended.
enum Sent {
    Acknowledged,
    Refused(String),
}

impl<'a> Fill<'a> {
    pub(crate) fn new(workload: &'a Workload, cast: &'a Cast, target: &'a Target, connections: u32) -> Self {
        Self {
            workload,
            cast,
            target,
            connections,
            reconnect: false,
            pace: None,
            next: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        }
    }

    /// Ends the run early: what is under way is finished.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Observations that were acknowledged so far.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Requests that were given out so far.
    pub(crate) fn started(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Sends everything. A refusal ends the run and is reported, an error ends it and is returned.
    pub(crate) fn run(&self) -> Result<Filled, Failure> {
        let since = Instant::now();
        let (parts, slowest) = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.connections).map(|_| scope.spawn(|| self.drive(since))).collect();
            let mut progress = vec![0];
            let mut next_look = since + Duration::from_secs(1);
            while workers.iter().any(|worker| !worker.is_finished()) {
                std::thread::sleep(Duration::from_millis(20));
                if Instant::now() >= next_look {
                    progress.push(self.acknowledged());
                    next_look += Duration::from_secs(1);
                }
            }
            let join = |worker: std::thread::ScopedJoinHandle<'_, io::Result<Filled>>| {
                worker.join().unwrap_or_else(|_| Err(io::Error::other("a worker panicked")))
            };
            let parts: Vec<_> = workers.into_iter().map(join).collect();
            let slowest = progress.windows(6).map(|window| float(window[5] - window[0]) / 5.0).reduce(f64::min);
            (parts, slowest)
        });
        let requests = self.started().min(self.workload.requests());
        let mut total = Filled { requests, slowest, seconds: since.elapsed().as_secs_f64(), ..Filled::default() };
        for part in parts {
            total.add(part?);
        }
        Ok(total)
    }

    fn drive(&self, since: Instant) -> io::Result<Filled> {
        let mut part = Filled { requests: u64::MAX, ..Filled::default() };
        let mut connection = Connection::open(&self.target.address)?;
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.workload.requests() {
                break;
            }
            if let Some(pace) = self.pace {
                let due = Duration::from_millis(number * 1_000 / u64::from(pace));
                std::thread::sleep(due.saturating_sub(since.elapsed()));
            }
            let events = self.workload.request(self.cast, number);
            if events.is_empty() {
                continue;
            }
            let request = events.to_request(self.target);
            match self.send(&mut connection, &request, &mut part)? {
                Sent::Acknowledged => {}
                Sent::Refused(why) => {
                    part.refused = Some(why);
                    part.requests = number;
                    self.stop();
                    break;
                }
            }
            self.acknowledged.fetch_add(events.observations, Ordering::Relaxed);
            part.observations += events.observations;
            part.scores += events.scores;
            part.late += events.late;
            part.sent_bytes += request.len() as u64;
        }
        Ok(part)
    }

    fn send(&self, connection: &mut Connection, request: &[u8], part: &mut Filled) -> io::Result<Sent> {
        let begin = Instant::now();
        loop {
            let sent = Instant::now();
            let status = match connection.exchange(request) {
                Ok(status) => status,
                Err(error) if self.reconnect && begin.elapsed() < PATIENCE => {
                    part.reconnects += 1;
                    *connection = self.open_again(begin, error)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if Wire::Batch.is_accepted(status, &connection.body) {
                part.latencies.add(sent.elapsed());
                return Ok(Sent::Acknowledged);
            }
            if status != 503 || begin.elapsed() > PATIENCE {
                return Ok(Sent::Refused(format!("{status} {}", connection.excerpt())));
            }
            part.pushed_back += 1;
            let pause = Duration::from_secs(connection.retry_after.unwrap_or(1).clamp(1, PAUSE_MAX_SECONDS));
            part.waited += pause;
            std::thread::sleep(pause);
        }
    }

    fn open_again(&self, begin: Instant, mut error: io::Error) -> io::Result<Connection> {
        while begin.elapsed() < PATIENCE {
            match Connection::open(&self.target.address) {
                Ok(connection) => return Ok(connection),
                Err(again) => error = again,
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(error)
    }
}

impl Filled {
    fn add(&mut self, part: Self) {
        self.observations += part.observations;
        self.scores += part.scores;
        self.late += part.late;
        self.sent_bytes += part.sent_bytes;
        self.requests = self.requests.min(part.requests);
        self.pushed_back += part.pushed_back;
        self.waited += part.waited;
        self.reconnects += part.reconnects;
        self.latencies.merge(part.latencies);
        self.refused = self.refused.take().or(part.refused);
    }

    /// Observations per second.
    pub(crate) fn rate(&self) -> f64 {
        float(self.observations) / self.seconds.max(1e-9)
    }

    /// What is worth to be known of it.
    pub(crate) fn report(&mut self, out: &mut dyn Write) -> Result<Figures, Failure> {
        let mut figures = Figures::default();
        figures.add("observations", float(self.observations));
        figures.add("sent_bytes_each", float(self.sent_bytes) / float(self.observations).max(1.0));
        figures.add("late", float(self.late));
        figures.add("rate", self.rate());
        if let Some(slowest) = self.slowest {
            figures.add("rate_slowest_5s", slowest);
        }
        let [p50, p99, max] = [500, 990, 1_000].map(|q| self.latencies.quantile_ms(q));
        figures.add("ack_p50_ms", p50);
        figures.add("ack_p99_ms", p99);
        figures.add("ack_max_ms", max);
        figures.add("pushed_back", float(self.pushed_back));
        figures.add("waited_s", self.waited.as_secs_f64());
        writeln!(
            out,
            "{} observations acknowledged in {:.1} s, {:.0} per second; a request in p50 {p50:.1} ms, p99 {p99:.1} ms, \
             at most {max:.0} ms; pushed back {} times",
            self.observations,
            self.seconds,
            self.rate(),
            self.pushed_back
        )?;
        if let Some(refused) = &self.refused {
            writeln!(out, "then the server refused: {refused}")?;
        }
        Ok(figures)
    }
}

/// The time of traces that cover so many days up to a minute ago.
pub(crate) fn last_days(days: u64) -> (u64, u64) {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let to = u64::try_from(since_1970.as_millis()).unwrap_or(0).saturating_sub(60_000);
    (to.saturating_sub(days * DAY_MS), to)
}

/// The time of traces that cover so many days from the first of a year.
pub(crate) fn days_of(year: u64, days: u64) -> (u64, u64) {
    let leap_days = (1970..year).filter(|y| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400)));
    let from = ((year - 1_970) * 365 + leap_days.count() as u64) * DAY_MS;
    (from, from + days * DAY_MS)
}

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let target = Target::take(flags)?;
    let shape = flags.take("shape")?.unwrap_or(Shape::Mixed);
    let observations = flags.take("observations")?.unwrap_or(90_000);
    let days = flags.take("days")?.unwrap_or(56);
    let time = match flags.take("year")? {
        Some(year) if year >= 1_970 => days_of(year, days),
        Some(year) => return Err(format!("--year `{year}` is before 1970").into()),
        None => last_days(days),
    };
    let mut workload = Workload::new(flags.take("seed")?.unwrap_or(1), shape, observations, time);
    workload.late_permille = flags.take("late-permille")?.unwrap_or(0);
    let connections = flags.take("connections")?.unwrap_or(4);
    flags.finish()?;
    let cast = Cast::new();
    Fill::new(&workload, &cast, &target, connections).run()?.report(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::iso;

    #[test]
    fn a_year_begins_on_the_first_of_january() {
        for year in [1970, 2000, 2026, 2100] {
            assert_eq!(iso(days_of(year, 1).0), format!("{year}-01-01T00:00:00.000Z"));
        }
    }
}
