//! Mode `soak`: the life of a server in minutes: ingest with late news, questions, retention, clean stops and kills, all
//! at once; then whether it stayed within its bounds.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::batch::iso;
use crate::disk::Taken;
use crate::figures::{Figures, float};
use crate::fill::{Fill, Filled, last_days};
use crate::flags::Flags;
use crate::launch::{Launch, Running};
use crate::process::Usage;
use crate::questions::{Asker, QUESTIONS};
use crate::scale::{await_rest, mib};
use crate::workload::{Cast, Shape, Workload};
use crate::{Failure, idle};

/// Observations in a request of the mixed workload, on average.
const PER_REQUEST: u64 = 54;
const CONNECTIONS: u32 = 2;
/// Between two questions: readers are people.
const THINK: Duration = Duration::from_millis(25);
/// What a process may grow from one third of the run to the next: in parts of a hundred, and MiB besides.
const GROWTH_PERCENT: f64 = 15.0;
const GROWTH_MIB: f64 = 16.0;
/// How far over its limit the disk may be: what a compaction writes beside its inputs, which is one segment of full size,
/// and the journal and the reserve, which the limit does not count.
const OVER_LIMIT_BYTES: u64 = 170 << 20;
/// Whole weeks go at once.
const WEEK_DAYS: u64 = 8;
/// What a start may write before it is at rest again.
const START_BYTES: u64 = 4 << 20;

/// What a run is asked to do.
struct Plan {
    seconds: u64,
    rate: u64,
    restart_every: u64,
    rest: Duration,
    idle_seconds: u32,
    retention_bytes: Option<u64>,
    retention_days: Option<u64>,
}

/// One look at the server.
struct Look {
    resident_mib: f64,
    disk_bytes: u64,
    segments: u64,
}

/// What the questions came to.
#[derive(Debug, Default)]
struct Answers {
    good: AtomicU64,
    /// 503 while starting, 404 of what retention has removed, connections lost in a restart.
    excused: AtomicU64,
    bad: AtomicU64,
}

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let mut launch = Launch::take(flags)?;
    let plan = Plan {
        seconds: flags.take("seconds")?.unwrap_or(300),
        rate: flags.take("rate")?.unwrap_or(4_000),
        restart_every: flags.take("restart-every")?.unwrap_or(20),
        rest: Duration::from_secs(flags.take("rest")?.unwrap_or(120)),
        idle_seconds: flags.take("idle")?.unwrap_or(30),
        retention_bytes: flags.take("retention-bytes")?,
        retention_days: flags.take("retention-days")?,
    };
    for (flag, value) in [("--retention-bytes", plan.retention_bytes), ("--retention-days", plan.retention_days)] {
        launch.arguments.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value.to_string()]));
    }
    let time = last_days(flags.take("days")?.unwrap_or(56));
    let seed = flags.take("seed")?.unwrap_or(1);
    let mut workload = Workload::new(seed, Shape::Mixed, plan.rate * plan.seconds, time);
    workload.late_permille = flags.take("late-permille")?.unwrap_or(50);
    flags.finish()?;

    let cast = Cast::new();
    let (running, ..) = launch.start_and_wait()?;
    let answers = Answers::default();
    let mut fill = Fill::new(&workload, &cast, &launch.target, CONNECTIONS);
    fill.reconnect = true;
    fill.pace = u32::try_from(plan.rate / PER_REQUEST).ok();
    let (running, looks, mut filled) = live(&plan, &launch, running, &fill, &answers, out)?;
    let mut verdict = Verdict { figures: filled.report(out)?, ..Verdict::default() };
    bounds(&plan, &looks, &mut verdict);
    verdict.say("questions answered", answers.bad.load(Ordering::Relaxed) == 0, &format!("{answers:?}"));
    let mut aftermath = Aftermath { plan: &plan, launch: &launch, running, fill: &fill, verdict: &mut verdict };
    aftermath.look(filled.observations, out)?;
    verdict.finish(out)
}

/// Everything at once, for the time of the plan.
fn live(
    plan: &Plan,
    launch: &Launch,
    mut running: Running,
    fill: &Fill<'_>,
    answers: &Answers,
    out: &mut dyn Write,
) -> Result<(Running, Vec<Look>, Filled), Failure> {
    let asking = AtomicBool::new(true);
    let mut looks = Vec::new();
    std::thread::scope(|scope| {
        let filler = scope.spawn(|| fill.run().map_err(|error| error.to_string()));
        scope.spawn(|| {
            while asking.load(Ordering::Relaxed) {
                // A question that fails ends the connection, as a restart does.
                if ask(fill, &asking, answers).is_err() {
                    answers.excused.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(THINK);
                }
            }
        });
        let result = restart_and_look(plan, launch, &mut running, &mut looks, out);
        fill.stop();
        let filled = filler.join().unwrap_or_else(|_| Err("the filler panicked".to_owned()));
        asking.store(false, Ordering::Relaxed);
        result?;
        Ok((running, looks, filled?))
    })
}

fn ask(fill: &Fill<'_>, asking: &AtomicBool, answers: &Answers) -> Result<(), Failure> {
    let mut asker = Asker::new(fill.workload, fill.cast, fill.target)?;
    for question in QUESTIONS.iter().cycle() {
        if !asking.load(Ordering::Relaxed) {
            break;
        }
        let traces = fill.workload.begun_traces(fill.started());
        let count = match asker.ask(question, traces)? {
            200 => &answers.good,
            404 | 503 => &answers.excused,
            _ => &answers.bad,
        };
        count.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(THINK);
    }
    Ok(())
}

fn restart_and_look(
    plan: &Plan,
    launch: &Launch,
    running: &mut Running,
    looks: &mut Vec<Look>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let begin = Instant::now();
    for second in 1..=plan.seconds {
        std::thread::sleep(Duration::from_secs(second).saturating_sub(begin.elapsed()));
        if second.is_multiple_of(plan.restart_every.max(1)) {
            let killed = (second / plan.restart_every.max(1)).is_multiple_of(2);
            if !killed {
                running.stop()?;
            }
            let (_, ready) = launch.start_instead_of(running)?;
            let how = if killed { "kill -9" } else { "SIGTERM" };
            writeln!(out, "{second} s: {how}, ready again after {:.0} ms", ready.as_secs_f64() * 1e3)?;
        }
        let (usage, taken) = (Usage::of(running.pid())?, Taken::of(&launch.data_dir)?);
        looks.push(Look { resident_mib: mib(usage.resident_kib), disk_bytes: taken.bytes, segments: taken.segments });
    }
    Ok(())
}

/// Whether memory, disk and segments stayed within bounds.
fn bounds(plan: &Plan, looks: &[Look], verdict: &mut Verdict) {
    let third = looks.len() / 3;
    let peak = |looks: &[Look], of: fn(&Look) -> f64| looks.iter().map(of).fold(0.0, f64::max);
    let thirds =
        |of: fn(&Look) -> f64| [&looks[..third], &looks[third..2 * third], &looks[2 * third..]].map(|t| peak(t, of));
    let flat = |[_, middle, last]: [f64; 3], more: f64| last <= middle * (1.0 + GROWTH_PERCENT / 100.0) + more;
    let said = |[a, b, c]: [f64; 3], unit: &str| format!("at most {a:.0}, {b:.0}, {c:.0} {unit} in each third");

    let resident = thirds(|look| look.resident_mib);
    verdict.say("memory is flat", flat(resident, GROWTH_MIB), &said(resident, "MiB"));
    let disk = thirds(|look| float(look.disk_bytes) / 1e6);
    match plan.retention_bytes {
        Some(limit) => {
            let most = float(limit + OVER_LIMIT_BYTES) / 1e6;
            verdict.say("disk is bounded", disk.iter().all(|third| *third <= most), &said(disk, "MB"));
        }
        None if plan.retention_days.is_some() => verdict.say("disk is bounded", flat(disk, 64.0), &said(disk, "MB")),
        None => verdict.note("disk, without retention", &said(disk, "MB")),
    }
    let segments = thirds(|look| float(look.segments));
    verdict.say("segments do not pile up", flat(segments, 16.0), &said(segments, "segments"));
    for (name, of) in [("resident_mib", resident), ("disk_mb", disk), ("segments", segments)] {
        for (third, value) in ["first", "middle", "last"].iter().zip(of) {
            verdict.figures.add(format!("{name}_{third}_third"), value);
        }
    }
}

/// What is left when everyone has gone.
struct Aftermath<'a> {
    plan: &'a Plan,
    launch: &'a Launch,
    running: Running,
    fill: &'a Fill<'a>,
    verdict: &'a mut Verdict,
}

impl Aftermath<'_> {
    fn look(&mut self, observations: u64, out: &mut dyn Write) -> Result<(), Failure> {
        let rest = await_rest(self.launch, &self.running, self.plan.rest)?;
        let said = rest.map_or("not in time".to_owned(), |rest| format!("after {:.0} s", rest.as_secs_f64()));
        self.verdict.say("comes to rest", rest.is_some(), &said);
        let seconds = self.plan.idle_seconds;
        let written = idle::measure(self.running.pid(), seconds, out)?.get("written_bytes").unwrap_or(0.0);
        self.verdict.say("writes nothing when idle", written < 1.0, &format!("{written:.0} bytes in {seconds} s"));
        self.data(observations)?;
        self.another_start()?;
        let (is_sound, said) = self.launch.verify()?;
        self.verdict.say("verify finds all well", is_sound, said.lines().last().unwrap_or_default());
        Ok(())
    }

    /// Whether everything is there once that retention has not removed.
    fn data(&mut self, observations: u64) -> Result<(), Failure> {
        let Self { fill: Fill { workload, cast, target, .. }, verdict, plan, .. } = self;
        let mut asker = Asker::new(workload, cast, target)?;
        let (begun, traces) = (workload.begun_traces(self.fill.started()), workload.whole_traces(self.fill.started()));
        let wrong = asker.check(traces - traces / 10..traces, 200)?;
        let said = wrong.first().map_or("of the newest tenth".to_owned(), Clone::clone);
        verdict.say("200 random traces are whole, and there once", wrong.is_empty(), &said);
        if plan.retention_bytes.is_none() && plan.retention_days.is_none() {
            let listed = [asker.total("traces", "")?, asker.total("observations", "")?];
            let said = format!("{begun} and {observations} acknowledged, {} and {} listed", listed[0], listed[1]);
            verdict.say("all traces and observations are there", listed == [begun, observations], &said);
        }
        if let Some(days) = plan.retention_days {
            let (limit_ms, _) = last_days(days + WEEK_DAYS);
            let older = asker.total("traces", &format!("&toTimestamp={}", iso(limit_ms)))?;
            let said = format!("{older} traces are more than a week older than they may be");
            verdict.say("retention by age works", older == 0, &said);
        }
        Ok(())
    }

    fn another_start(&mut self) -> Result<(), Failure> {
        self.running.stop()?;
        self.launch.start_instead_of(&mut self.running)?;
        let rest = await_rest(self.launch, &self.running, self.plan.rest)?;
        let written = Usage::of(self.running.pid())?.written_bytes;
        let said = format!("{:.1} MB written", float(written) / 1e6);
        self.verdict.say("a start repeats no work", rest.is_some() && written <= START_BYTES, &said);
        self.running.stop()?;
        Ok(())
    }
}

/// A table of what was expected.
#[derive(Debug, Default)]
struct Verdict {
    rows: String,
    not_well: u64,
    figures: Figures,
}

impl Verdict {
    fn say(&mut self, what: &str, is_well: bool, said: &str) {
        self.not_well += u64::from(!is_well);
        self.rows += &format!("| {what} | {} | {said} |\n", if is_well { "yes" } else { "NO" });
    }

    fn note(&mut self, what: &str, said: &str) {
        self.rows += &format!("| {what} | | {said} |\n");
    }

    fn finish(mut self, out: &mut dyn Write) -> Result<Figures, Failure> {
        writeln!(out, "\n| | | |\n|---|---|---|\n{}", self.rows)?;
        self.figures.add("not_well", float(self.not_well));
        if self.not_well > 0 {
            writeln!(out, "{}", self.figures.to_json("soak"))?;
            return Err(format!("{} of these are not as they should be", self.not_well).into());
        }
        Ok(self.figures)
    }
}
