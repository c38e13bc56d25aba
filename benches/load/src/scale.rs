//! Mode `scale`: fills fresh stores of several sizes, lets them come to rest, asks them everything, stops and kills them,
//! and watches them idle.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::disk::Taken;
use crate::figures::{Figures, Samples, float};
use crate::fill::{Fill, Filled, last_days};
use crate::flags::Flags;
use crate::launch::{Launch, Running};
use crate::process::Usage;
use crate::questions::{self, Asker};
use crate::workload::{Cast, Shape, Workload};
use crate::{Failure, idle, table};

/// How long nothing may happen before the server is at rest: longer than it waits before it seals what is in memory.
const REST: Duration = Duration::from_secs(12);
/// How many observations are sent before a kill: more than half of what the memory holds before it is sealed.
const KILLED_AFTER: u64 = 25_000;
/// How much processor time nothing takes.
const REST_CPU_SECONDS: f64 = 0.1;

/// What is the same for every size.
#[derive(Debug)]
struct Plan {
    launch: Launch,
    shape: Shape,
    connections: u32,
    seed: u64,
    days: u64,
    late_permille: u64,
    /// How often each question is asked.
    times: u32,
    rounds: u32,
    idle_seconds: u32,
    rest_seconds: u64,
}

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<(), Failure> {
    let sizes: String = flags.take("sizes")?.unwrap_or_else(|| "90000".to_owned());
    let sizes = sizes.split(',').map(|size| size.parse().map_err(|error| format!("--sizes `{size}`: {error}")));
    let sizes: Vec<u64> = sizes.collect::<Result<_, _>>()?;
    let plan = Plan {
        launch: Launch::take(flags)?,
        shape: flags.take("shape")?.unwrap_or(Shape::Mixed),
        connections: flags.take("connections")?.unwrap_or(4),
        seed: flags.take("seed")?.unwrap_or(1),
        days: flags.take("days")?.unwrap_or(56),
        late_permille: flags.take("late-permille")?.unwrap_or(10),
        times: flags.take("times")?.unwrap_or(100),
        rounds: flags.take("rounds")?.unwrap_or(3),
        idle_seconds: flags.take("idle")?.unwrap_or(60),
        rest_seconds: flags.take("rest")?.unwrap_or(300),
    };
    flags.finish()?;
    let cast = Cast::new();
    let mut columns = Vec::new();
    for size in sizes {
        writeln!(out, "\n## {size} observations\n")?;
        let figures = plan.measure(&cast, size, out)?;
        writeln!(out, "{}", figures.to_json("scale"))?;
        columns.push((size, figures));
    }
    writeln!(out, "\n{}", table::markdown(&columns))?;
    Ok(())
}

impl Plan {
    fn measure(&self, cast: &Cast, size: u64, out: &mut dyn Write) -> Result<Figures, Failure> {
        let launch = self.launch.within(size);
        std::fs::create_dir_all(&self.launch.data_dir)?;
        let mut workload = Workload::new(self.seed, self.shape, size, last_days(self.days));
        workload.late_permille = self.late_permille;

        let (mut running, ..) = launch.start_and_wait()?;
        let (filled, mut figures) = self.fill(&launch, &running, &workload, cast, out)?;
        self.rest(&launch, &running, &filled, &mut figures, out)?;
        let traces = workload.whole_traces(filled.requests);
        let mut asker = Asker::new(&workload, cast, &launch.target)?;
        let sent = [("traces", traces), ("observations", filled.observations), ("scores", filled.scores)];
        if filled.refused.is_none() {
            figures.add_all("", &questions::totals(&mut asker, sent, out)?);
        }
        figures.add_all("", &asker.measure(traces, self.times, out)?);
        let wrong = asker.check(0..traces, u64::from(self.times))?;
        figures.add("traces_wrong", float(wrong.len() as u64));
        for what in wrong.iter().take(5) {
            writeln!(out, "WRONG: {what}")?;
        }
        figures.add("resident_asked_mib", mib(Usage::of(running.pid())?.resident_kib));
        drop(asker);

        self.restart(&launch, &mut running, cast, &mut figures, out)?;
        self.rest(&launch, &running, &Filled::default(), &mut Figures::default(), out)?;
        figures.add_all("idle_", &idle::measure(running.pid(), self.idle_seconds, out)?);
        running.stop()?;
        let (is_sound, said) = launch.verify()?;
        writeln!(out, "verify: {}", said.lines().last().unwrap_or_default())?;
        figures.add("verified", f64::from(is_sound));
        Ok(figures)
    }

    fn fill(
        &self,
        launch: &Launch,
        running: &Running,
        workload: &Workload,
        cast: &Cast,
        out: &mut dyn Write,
    ) -> Result<(Filled, Figures), Failure> {
        let (before, own_before) = (Usage::of(running.pid())?, Usage::of(std::process::id())?);
        let mut filled = Fill::new(workload, cast, &launch.target, self.connections).run()?;
        let (after, own_after) = (Usage::of(running.pid())?, Usage::of(std::process::id())?);
        let mut figures = filled.report(out)?;
        let each = 1.0 / float(filled.observations).max(1.0);
        figures.add("cpu_ms_each", (after.cpu_seconds - before.cpu_seconds) * 1e3 * each);
        figures.add("client_cpu_ms_each", (own_after.cpu_seconds - own_before.cpu_seconds) * 1e3 * each);
        figures.add("written_bytes_each", float(after.written_bytes - before.written_bytes) * each);
        Ok((filled, figures))
    }

    /// Waits until nothing has happened for a while, and notes what there is then.
    fn rest(
        &self,
        launch: &Launch,
        running: &Running,
        filled: &Filled,
        figures: &mut Figures,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let took = await_rest(launch, running, Duration::from_secs(self.rest_seconds))?;
        let (taken, usage) = (Taken::of(&launch.data_dir)?, Usage::of(running.pid())?);
        let each = 1.0 / float(filled.observations).max(1.0);
        let rested =
            took.map_or("NOT at rest in time".to_owned(), |s| format!("at rest after {:.0} s", s.as_secs_f64()));
        writeln!(
            out,
            "{rested}: {:.1} MB on disk, {:.1} MB of it in {} segments; {:.1} MiB resident, {:.1} at most",
            float(taken.bytes) / 1e6,
            float(taken.segment_bytes) / 1e6,
            taken.segments,
            mib(usage.resident_kib),
            mib(usage.resident_peak_kib)
        )?;
        figures.add("at_rest_s", took.map_or(f64::INFINITY, |took| took.as_secs_f64()));
        figures.add("disk_bytes_each", float(taken.bytes) * each);
        figures.add("disk_share_of_sent", float(taken.bytes) / float(filled.sent_bytes).max(1.0));
        figures.add("segments", float(taken.segments));
        figures.add("disk_mb", float(taken.bytes) / 1e6);
        figures.add("segments_mb", float(taken.segment_bytes) / 1e6);
        figures.add("cpu_ms_each_at_rest", usage.cpu_seconds * 1e3 * each);
        figures.add("resident_rest_mib", mib(usage.resident_kib));
        figures.add("resident_peak_mib", mib(usage.resident_peak_kib));
        Ok(())
    }

    /// Stops and kills it several times; each kill comes right after many acknowledgements.
    fn restart(
        &self,
        launch: &Launch,
        running: &mut Running,
        cast: &Cast,
        figures: &mut Figures,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let mut stops = Samples::default();
        for how in ["clean", "killed"] {
            let (mut listening, mut ready) = (Samples::default(), Samples::default());
            for round in 0..self.rounds {
                if how == "clean" {
                    stops.add(running.stop()?);
                } else {
                    // Under load, so that there is something to replay: what is at rest is sealed.
                    let seed = self.seed + 1_000 + u64::from(round);
                    let workload = Workload::new(seed, self.shape, KILLED_AFTER, last_days(self.days));
                    Fill::new(&workload, cast, &launch.target, self.connections).run()?;
                }
                let (listens, readies) = launch.start_instead_of(running)?;
                listening.add(listens);
                ready.add(readies);
            }
            let [listens, readies] = [&mut listening, &mut ready].map(|samples| samples.quantile_ms(500));
            writeln!(out, "started after {how}: listening p50 {listens:.1} ms, ready p50 {readies:.1} ms")?;
            figures.add(format!("{how}_listening_p50_ms"), listens);
            figures.add(format!("{how}_listening_max_ms"), listening.quantile_ms(1_000));
            figures.add(format!("{how}_ready_p50_ms"), readies);
            figures.add(format!("{how}_ready_max_ms"), ready.quantile_ms(1_000));
        }
        figures.add("stop_p50_ms", stops.quantile_ms(500));
        Ok(())
    }
}

/// Waits until neither disk nor counters of the process change; returns how long that took, or nothing if it was too
/// long.
pub(crate) fn await_rest(launch: &Launch, running: &Running, limit: Duration) -> Result<Option<Duration>, Failure> {
    let begin = Instant::now();
    let look = || -> Result<_, Failure> { Ok((Taken::of(&launch.data_dir)?, Usage::of(running.pid())?)) };
    let (mut taken, mut usage) = look()?;
    let mut since = Instant::now();
    while since.elapsed() < REST {
        if begin.elapsed() > limit + REST {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(500));
        let (taken_now, usage_now) = look()?;
        let worked = usage_now.cpu_seconds - usage.cpu_seconds > REST_CPU_SECONDS;
        if taken_now != taken || usage_now.written_bytes != usage.written_bytes || worked {
            (taken, usage) = (taken_now, usage_now);
            since = Instant::now();
        }
    }
    Ok(Some(since - begin))
}

/// Mebibytes of kibibytes.
pub(crate) fn mib(kib: u64) -> f64 {
    float(kib) / 1_024.0
}
