//! What a process has used, from Linux's `/proc`.

use std::collections::BTreeMap;
use std::fs;

use crate::Failure;

/// Ticks of `/proc/<pid>/stat` per second: 100 on every Linux that we know (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has used up to now.
#[derive(Debug, Clone)]
pub(crate) struct Usage {
    /// Processor time in seconds, of all threads, in user and kernel mode.
    pub(crate) cpu_seconds: f64,
    /// Bytes that it caused to be sent to storage.
    pub(crate) written_bytes: u64,
    /// How often it called the kernel to write, to files and connections.
    pub(crate) write_calls: u64,
    /// How often each of its threads, by number, went to sleep and was woken again.
    wakeups: BTreeMap<String, u64>,
    /// Resident memory now, in KiB.
    pub(crate) resident_kib: u64,
    /// The most resident memory so far, in KiB.
    pub(crate) resident_peak_kib: u64,
}

impl Usage {
    /// Reads the usage of a process.
    pub(crate) fn of(pid: u32) -> Result<Self, Failure> {
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
        };
        let stat = read("stat")?;
        // The command's name, in parentheses, may hold anything; the numbers come after it.
        let numbers = stat.rsplit(')').next().unwrap_or_default();
        let ticks = numbers.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u32>().ok());
        let (status, io) = (read("status")?, read("io")?);
        let mut wakeups = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let task = task?;
            // A thread may end between the listing and the reading.
            if let Ok(status) = fs::read_to_string(task.path().join("status")) {
                let number = task.file_name().to_string_lossy().into_owned();
                wakeups.insert(number, field(&status, "voluntary_ctxt_switches:"));
            }
        }
        Ok(Self {
            cpu_seconds: f64::from(ticks.sum::<u32>()) / TICKS_PER_SECOND,
            written_bytes: field(&io, "write_bytes:"),
            write_calls: field(&io, "syscw:"),
            wakeups,
            resident_kib: field(&status, "VmRSS:"),
            resident_peak_kib: field(&status, "VmHWM:"),
        })
    }
}

/// Makes the peak of a process' memory begin anew.
pub(crate) fn forget_peak(pid: u32) -> Result<(), Failure> {
    let path = format!("/proc/{pid}/clear_refs");
    fs::write(&path, "5").map_err(|error| format!("{path}: {error}").into())
}

impl Usage {
    /// How often threads were woken since `earlier`; those of threads that ended meanwhile are not known.
    pub(crate) fn wakeups_since(&self, earlier: &Self) -> u64 {
        let before = |thread: &String| earlier.wakeups.get(thread).copied().unwrap_or(0);
        self.wakeups.iter().map(|(thread, count)| count.saturating_sub(before(thread))).sum()
    }
}

fn field(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        let usage = Usage::of(std::process::id()).expect("we run");
        assert!(usage.resident_kib > 100 && usage.resident_peak_kib >= usage.resident_kib);
    }
}
