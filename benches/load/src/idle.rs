//! Mode `idle`: what a server without work costs.

use std::io::Write;
use std::time::Duration;

use crate::Failure;
use crate::figures::{Figures, float};
use crate::flags::Flags;
use crate::process::Usage;

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let pid = flags.require("pid")?;
    let seconds: u32 = flags.take("seconds")?.unwrap_or(60);
    flags.finish()?;
    measure(pid, seconds, out)
}

/// Watches a process that has nothing to do.
pub(crate) fn measure(pid: u32, seconds: u32, out: &mut dyn Write) -> Result<Figures, Failure> {
    let before = Usage::of(pid)?;
    std::thread::sleep(Duration::from_secs(seconds.into()));
    let after = Usage::of(pid)?;
    let resident = float(after.resident_kib) / 1_024.0;
    let cpu_ms = (after.cpu_seconds - before.cpu_seconds) * 1e3;
    let written = after.written_bytes - before.written_bytes;
    let write_calls = after.write_calls - before.write_calls;
    let wakeups = float(after.wakeups_since(&before)) / f64::from(seconds);
    writeln!(
        out,
        "over {seconds} s: {resident:.1} MiB resident, {cpu_ms:.0} ms of processor time, {written} bytes written in \
         {write_calls} calls, {wakeups:.1} wake-ups per second"
    )?;
    let mut figures = Figures::default();
    figures.add("seconds", f64::from(seconds));
    figures.add("resident_mib", resident);
    figures.add("resident_peak_mib", float(after.resident_peak_kib) / 1_024.0);
    figures.add("cpu_ms", cpu_ms);
    figures.add("written_bytes", float(written));
    figures.add("write_calls", float(write_calls));
    figures.add("wakeups_per_second", wakeups);
    Ok(figures)
}
