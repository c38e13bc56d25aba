//! Mode `start`: fills a journal, kills the server with no warning, and measures how soon it is back.

use std::io::Write;

use crate::Failure;
use crate::connection::Connection;
use crate::disk::Taken;
use crate::figures::{Figures, Samples, float};
use crate::flags::Flags;
use crate::ingest::Wire;
use crate::launch::Launch;
use crate::process::Usage;
use crate::words::Words;

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let launch = Launch::take(flags)?;
    let megabytes: u64 = flags.take("megabytes")?.unwrap_or(100);
    let rounds: u32 = flags.take("rounds")?.unwrap_or(5);
    flags.finish()?;

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
        let (running, listens, readies) = launch.start_and_wait()?;
        listening.add(listens);
        ready.add(readies);
        resident = Usage::of(running.pid())?.resident_kib;
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
    let _running = launch.start_and_wait()?;
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
        filled.disk_bytes = Taken::of(&launch.data_dir)?.bytes;
        if filled.disk_bytes >= disk_bytes {
            break;
        }
    }
    Ok(filled)
}
