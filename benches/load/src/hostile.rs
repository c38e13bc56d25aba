//! Mode `hostile`: data of shapes that stores trip over, all in one store, then kill -9, then a segment that is gone.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::connection::Connection;
use crate::conversation::{Kind, Step};
use crate::figures::{Figures, float};
use crate::fill::{Fill, days_of, last_days};
use crate::flags::Flags;
use crate::launch::{Launch, Running};
use crate::process::{Usage, forget_peak};
use crate::questions::Asker;
use crate::scale::mib;
use crate::words::Words;
use crate::workload::{Cast, Shape, Workload};
use crate::{Failure, otlp};

const CONNECTIONS: u32 = 4;
const BIG_BYTES: u64 = 20_000_000;
const BIG_TAG: u16 = 0xb16;
/// How many random traces of each workload are read back.
const CHECKS: u64 = 100;

/// A workload that the store has to bear.
struct Case {
    name: &'static str,
    workload: Workload,
    /// How many traces were acknowledged.
    traces: u64,
}

/// The run so far.
struct Trial<'a> {
    launch: Launch,
    cast: &'a Cast,
    figures: Figures,
    /// What is not as it should be.
    wrong: u64,
}

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let launch = Launch::take(flags)?;
    let percent: u64 = flags.take("scale")?.unwrap_or(100);
    flags.finish()?;
    let cast = Cast::new();
    let mut trial = Trial { launch, cast: &cast, figures: Figures::default(), wrong: 0 };
    let mut cases = cases(percent);
    writeln!(
        out,
        "| | acknowledged | s | server CPU each | resident, peak / then | read back |\n|---|---|---|---|---|---|"
    )?;
    let (mut running, ..) = trial.launch.start_and_wait()?;
    for case in &mut cases {
        trial.send(&running, case, out)?;
    }
    let big = (BIG_BYTES * percent / 100).max(1);
    trial.send_big(&running, big, out)?;

    writeln!(out, "\nAfter kill -9:")?;
    let (listening, ready) = trial.launch.start_instead_of(&mut running)?;
    writeln!(
        out,
        "listens after {:.1} ms, ready after {:.1} ms",
        listening.as_secs_f64() * 1e3,
        ready.as_secs_f64() * 1e3
    )?;
    trial.figures.add("killed_ready_ms", ready.as_secs_f64() * 1e3);
    for case in &cases {
        let said = trial.read_back(case)?;
        writeln!(out, "{}: {said}", case.name)?;
    }
    let said = trial.read_big(big)?;
    writeln!(out, "big: {said}")?;
    running.stop()?;
    let (is_sound, said) = trial.launch.verify()?;
    trial.expect(is_sound);
    writeln!(out, "verify: {}", said.lines().last().unwrap_or_default())?;
    trial.without_a_segment(&cases, out)?;
    trial.figures.add("wrong", float(trial.wrong));
    if trial.wrong > 0 {
        writeln!(out, "{}", trial.figures.to_json("hostile"))?;
        return Err(format!("{} things are not as they should be", trial.wrong).into());
    }
    Ok(trial.figures)
}

fn cases(percent: u64) -> Vec<Case> {
    let case = |name, seed, shape, observations: u64, time| {
        let workload = Workload::new(seed, shape, (observations * percent / 100).max(1), time);
        Case { name, workload, traces: 0 }
    };
    let mut cases = vec![
        case("giant", 11, Shape::Giant, 100_000, last_days(3)),
        case("tiny", 12, Shape::Tiny, 100_000, last_days(56)),
        case("1970", 13, Shape::Mixed, 5_000, days_of(1970, 20)),
        case("2100", 14, Shape::Mixed, 5_000, days_of(2100, 20)),
        case("late", 15, Shape::Mixed, 30_000, last_days(56)),
        case("agents", 16, Shape::Agent, 6_100, last_days(14)),
    ];
    cases[4].workload.late_permille = 300;
    cases
}

impl Trial<'_> {
    fn expect(&mut self, is_well: bool) {
        self.wrong += u64::from(!is_well);
    }

    fn send(&mut self, running: &Running, case: &mut Case, out: &mut dyn Write) -> Result<(), Failure> {
        forget_peak(running.pid())?;
        let before = Usage::of(running.pid())?;
        let filled = Fill::new(&case.workload, self.cast, &self.launch.target, CONNECTIONS).run()?;
        let after = Usage::of(running.pid())?;
        case.traces = case.workload.whole_traces(filled.requests);
        let cpu_ms = (after.cpu_seconds - before.cpu_seconds) * 1e3 / float(filled.observations).max(1.0);
        let name = case.name;
        self.figures.add(format!("{name}_rate"), filled.rate());
        self.figures.add(format!("{name}_cpu_ms_each"), cpu_ms);
        self.figures.add(format!("{name}_resident_peak_mib"), mib(after.resident_peak_kib));
        let read = self.read_back(case)?;
        writeln!(
            out,
            "| {name} | {} | {:.1} | {cpu_ms:.3} ms | {:.0} / {:.0} MiB | {read} |",
            filled.observations,
            filled.seconds,
            mib(after.resident_peak_kib),
            mib(after.resident_kib)
        )?;
        if let Some(why) = filled.refused {
            self.wrong += 1;
            writeln!(out, "WRONG: the server refused: {why}")?;
        }
        Ok(())
    }

    /// Reads random traces and says how that went; the one giant trace whole.
    fn read_back(&mut self, case: &Case) -> Result<String, Failure> {
        let mut asker = Asker::new(&case.workload, self.cast, &self.launch.target)?;
        let mut said = String::new();
        if case.workload.shape == Shape::Giant {
            let id = case.workload.facts(self.cast, 0).id;
            let (status, bytes, took) = asker.time(&format!("/api/public/traces/{id}"))?;
            said =
                format!("whole: {status}, {:.1} MB in {:.0} ms; ", float(bytes as u64) / 1e6, took.as_secs_f64() * 1e3);
            let list = format!("/api/public/v2/observations?limit=1000&traceId={id}");
            let (status, _, took) = asker.time(&list)?;
            said += &format!("1,000 rows of it: {status} in {:.1} ms; ", took.as_secs_f64() * 1e3);
        }
        let wrong = asker.check(0..case.traces, CHECKS)?;
        self.wrong += wrong.len() as u64;
        let asked = case.traces.min(CHECKS);
        said += &format!("{} of {asked} traces as sent", asked - wrong.len() as u64);
        if let Some(first) = wrong.first() {
            said += &format!(", WRONG: {first}");
        }
        Ok(said)
    }

    fn send_big(&mut self, running: &Running, bytes: u64, out: &mut dyn Write) -> Result<(), Failure> {
        forget_peak(running.pid())?;
        let mut input = "\"".to_owned();
        Words::new(BIG_TAG.into()).write_json(&mut input, usize::try_from(bytes)?);
        input.push('"');
        let (from_ms, _) = last_days(1);
        let step = Step {
            kind: Kind::Generation,
            name: "big",
            input_tokens: bytes / 4,
            output_tokens: 1,
            input,
            output: "\"ok\"".to_owned(),
            from_ms: 0,
            to_ms: 1_000,
        };
        let mut connection = Connection::open(&self.launch.target.address)?;
        let since = std::time::Instant::now();
        let status = connection.exchange(otlp::single(&self.launch.target, BIG_TAG, from_ms, &step).numbered(1))?;
        let seconds = since.elapsed().as_secs_f64();
        self.expect(status == 200);
        let usage = Usage::of(running.pid())?;
        let read = self.read_big(bytes)?;
        self.figures.add("big_resident_peak_mib", mib(usage.resident_peak_kib));
        writeln!(
            out,
            "| big, {:.0} MB | {status} | {seconds:.2} | | {:.0} / {:.0} MiB | {read} |",
            float(bytes) / 1e6,
            mib(usage.resident_peak_kib),
            mib(usage.resident_kib)
        )?;
        Ok(())
    }

    fn read_big(&mut self, bytes: u64) -> Result<String, Failure> {
        let mut connection = Connection::open(&self.launch.target.address)?;
        let since = std::time::Instant::now();
        let status =
            connection.get(&self.launch.target, &format!("/api/public/observations/00000001{BIG_TAG:04x}0000"))?;
        self.expect(status == 200 && connection.body.len() as u64 >= bytes);
        let (length, took) = (connection.body.len() as u64, since.elapsed());
        Ok(format!("{status}, {:.1} MB in {:.0} ms", float(length) / 1e6, took.as_secs_f64() * 1e3))
    }

    /// Takes the largest segment away: the server must start, serve the rest, and `verify` must say what is missing.
    fn without_a_segment(&mut self, cases: &[Case], out: &mut dyn Write) -> Result<(), Failure> {
        let mut segments = segments(&self.launch.data_dir)?;
        segments.sort_unstable();
        let Some((bytes, path)) = segments.pop() else {
            writeln!(out, "\nNo segment to take away: not there")?;
            return Ok(());
        };
        fs::remove_file(&path)?;
        writeln!(out, "\nWithout {} ({:.1} MB of segments):", path.display(), float(bytes) / 1e6)?;
        let (mut running, ..) = self.launch.start_and_wait()?;
        for case in cases {
            let mut asker = Asker::new(&case.workload, self.cast, &self.launch.target)?;
            let asked = case.traces.min(CHECKS);
            let wrong = asker.check(0..case.traces, CHECKS)?.len() as u64;
            writeln!(out, "{}: {} of {asked} traces as sent", case.name, asked - wrong)?;
        }
        running.stop()?;
        let (is_sound, said) = self.launch.verify()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let named = said.contains(name.as_str());
        self.expect(!is_sound && named);
        writeln!(out, "verify {} the missing segment", if named { "names" } else { "WRONG: does not name" })?;
        Ok(())
    }
}

/// The segments below a directory, with their lengths.
fn segments(dir: &Path) -> Result<Vec<(u64, PathBuf)>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.append(&mut segments(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "segment") {
            found.push((path.metadata()?.len(), path));
        }
    }
    Ok(found)
}
