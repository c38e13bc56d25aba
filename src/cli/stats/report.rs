//! The report of `spanstone stats`, as a table and as JSON.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use spanstone_store::{OfflineStats, WeekStats};

use crate::cli::Failure;
use crate::client::Url;

/// What is where.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// A directory or a server's address.
    source: String,
    projects: Vec<Project>,
    total: Sealed,
    journal: Journal,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Memory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archivist: Option<Archivist>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Files>,
    damaged: Vec<String>,
}

/// What a server says of the project of a key.
#[derive(Debug, Deserialize)]
pub(super) struct Storage {
    project: String,
    weeks: Vec<Week>,
    memory: Memory,
    journal: Journal,
    archivist: Archivist,
}

#[derive(Debug, Serialize)]
struct Project {
    project: String,
    weeks: Vec<Week>,
    total: Sealed,
}

#[derive(Debug, Serialize, Deserialize)]
struct Week {
    week: String,
    #[serde(flatten)]
    sealed: Sealed,
}

/// What is in sealed files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sealed {
    segments: u64,
    traces: u64,
    observations: u64,
    scores: u64,
    dead_rows: u64,
    raw_bytes: u64,
    file_bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Journal {
    blocks: u64,
    requests: u64,
    body_bytes: u64,
    stored_bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    traces: u64,
    observations: u64,
    scores: u64,
    bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Archivist {
    seals: u64,
    compactions: u64,
    dropped_segments: u64,
    failures: u64,
    unreadable_reads: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Files {
    ledger_bytes: u64,
    reserve_bytes: u64,
}

impl Report {
    pub(super) fn of_directory(data_dir: &Path, stats: OfflineStats) -> Self {
        let OfflineStats { archive, journal, ledger_bytes, reserve_bytes, damaged } = stats;
        let mut projects: BTreeMap<String, Vec<Week>> = BTreeMap::new();
        for ((project, week), stats) in &archive.weeks {
            let weeks = projects.entry(project.as_str().to_owned()).or_default();
            weeks.push(Week { week: week.to_string(), sealed: Sealed::from(stats) });
        }
        let projects: Vec<Project> =
            projects.into_iter().map(|(project, weeks)| Project::new(project, weeks)).collect();
        Self {
            source: data_dir.display().to_string(),
            total: Sealed::sum(projects.iter().map(|project| project.total)),
            projects,
            journal: Journal {
                blocks: journal.blocks,
                requests: journal.entries,
                body_bytes: journal.body_bytes,
                stored_bytes: journal.stored_bytes,
            },
            memory: None,
            archivist: None,
            files: Some(Files { ledger_bytes, reserve_bytes }),
            damaged,
        }
    }

    pub(super) fn of_server(url: &Url, storage: Storage) -> Self {
        let Storage { project, weeks, memory, journal, archivist } = storage;
        let project = Project::new(project, weeks);
        Self {
            source: url.to_string(),
            total: project.total,
            projects: vec![project],
            journal,
            memory: Some(memory),
            archivist: Some(archivist),
            files: None,
            damaged: Vec::new(),
        }
    }

    pub(super) fn to_json(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::Said(format!("the report is no JSON: {error}")))
    }

    pub(super) fn print(&self, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(out, "{}", self.source)?;
        for project in &self.projects {
            project.print(out)?;
        }
        if let [] | [_] = self.projects.as_slice() {
            // The total of the only project says it.
        } else {
            writeln!(out, "\nall projects")?;
            writeln!(out, "{HEADING}")?;
            writeln!(out, "{}", self.total.row("total"))?;
        }
        self.print_rest(out)?;
        for damage in &self.damaged {
            writeln!(out, "\nDamaged, and missing above: {damage}")?;
        }
        if !self.damaged.is_empty() {
            writeln!(out, "`spanstone verify` says more.")?;
        }
        Ok(())
    }

    /// What belongs to no project alone.
    fn print_rest(&self, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(out)?;
        if let Some(Memory { traces, observations, scores, bytes }) = &self.memory {
            let bytes = human(*bytes);
            writeln!(
                out,
                "memory     {traces} traces, {observations} observations, {scores} scores not sealed yet, {bytes}"
            )?;
        }
        let Journal { blocks, requests, body_bytes, stored_bytes } = &self.journal;
        let (body, stored) = (human(*body_bytes), human(*stored_bytes));
        writeln!(out, "journal    {requests} requests in {blocks} blocks, {body} stored as {stored}")?;
        if let Some(Files { ledger_bytes, reserve_bytes }) = &self.files {
            let (ledger, reserve) = (human(*ledger_bytes), human(*reserve_bytes));
            writeln!(out, "ledger     {ledger}, with the journal")?;
            writeln!(out, "reserve    {reserve} set aside so that deleting works on a full disk")?;
        }
        if let Some(done) = &self.archivist {
            let Archivist { seals, compactions, dropped_segments, failures, unreadable_reads } = done;
            writeln!(
                out,
                "since the start  {seals} seals, {compactions} compactions, {dropped_segments} segments dropped, \
                 {failures} failures, {unreadable_reads} unreadable reads"
            )?;
        }
        Ok(())
    }
}

const HEADING: &str = "  week      segments      traces  observations      scores   dead rows        raw      files  \
                       ratio  bytes/observation";

impl Project {
    fn new(project: String, weeks: Vec<Week>) -> Self {
        Self { project, total: Sealed::sum(weeks.iter().map(|week| week.sealed)), weeks }
    }

    fn print(&self, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(out, "\nproject {}", self.project)?;
        if self.weeks.is_empty() {
            writeln!(out, "  nothing is sealed yet")?;
            return Ok(());
        }
        writeln!(out, "{HEADING}")?;
        for week in &self.weeks {
            writeln!(out, "{}", week.sealed.row(&week.week))?;
        }
        writeln!(out, "{}", self.total.row("total"))?;
        Ok(())
    }
}

impl From<&WeekStats> for Sealed {
    fn from(stats: &WeekStats) -> Self {
        let WeekStats { segments, traces, observations, scores, dead_rows, raw_bytes, file_bytes } = *stats;
        Self { segments, traces, observations, scores, dead_rows, raw_bytes, file_bytes }
    }
}

impl Sealed {
    fn sum(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            segments: sum.segments + part.segments,
            traces: sum.traces + part.traces,
            observations: sum.observations + part.observations,
            scores: sum.scores + part.scores,
            dead_rows: sum.dead_rows + part.dead_rows,
            raw_bytes: sum.raw_bytes + part.raw_bytes,
            file_bytes: sum.file_bytes + part.file_bytes,
        })
    }

    fn row(&self, name: &str) -> String {
        let Self { segments, traces, observations, scores, dead_rows, raw_bytes, file_bytes } = *self;
        let ratio = tenths(raw_bytes, file_bytes).unwrap_or_else(|| "-".to_owned());
        let each = file_bytes.checked_div(observations).map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        format!(
            "  {name:8}  {segments:>8}  {traces:>10}  {observations:>12}  {scores:>10}  {dead_rows:>10}  {:>9}  {:>9}  \
             {ratio:>5}  {each:>17}",
            human(raw_bytes),
            human(file_bytes)
        )
    }
}

/// A quotient with one digit behind the point; nothing when it is divided by nothing.
fn tenths(dividend: u64, divisor: u64) -> Option<String> {
    let tenths = u128::from(dividend) * 10 / (divisor != 0).then_some(u128::from(divisor))?;
    Some(format!("{}.{}", tenths / 10, tenths % 10))
}

/// A number of bytes as people read it.
fn human(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    let fitting = UNITS.iter().find(|(_, factor)| bytes >= *factor);
    let shown = fitting.and_then(|(unit, factor)| Some(format!("{} {unit}", tenths(bytes, *factor)?)));
    shown.unwrap_or_else(|| format!("{bytes} B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(report: &Report) -> String {
        let mut text = Vec::new();
        report.print(&mut text).expect("memory takes all writes");
        String::from_utf8(text).expect("it is text")
    }

    fn of_server(weeks: &serde_json::Value) -> Report {
        let storage = serde_json::json!({
            "project": "bots", "weeks": weeks,
            "memory": {"traces": 1, "observations": 2, "scores": 3, "bytes": 4_000},
            "journal": {"blocks": 5, "requests": 6, "bodyBytes": 7_000_000, "storedBytes": 800},
            "archivist": {"seals": 1, "compactions": 0, "droppedSegments": 0, "failures": 0, "unreadableReads": 0}
        });
        let storage = serde_json::from_value(storage).expect("a server says so");
        Report::of_server(&"http://nas:3000".parse().expect("an address"), storage)
    }

    fn week(name: &str) -> serde_json::Value {
        serde_json::json!({
            "week": name, "segments": 2, "traces": 100, "observations": 900, "scores": 5, "deadRows": 7,
            "rawBytes": 3_000_000, "fileBytes": 400_000
        })
    }

    #[test]
    fn weeks_are_rows_with_what_they_cost() {
        let text = printed(&of_server(&serde_json::json!([week("2026-W47"), week("2026-W48")])));
        let row = |name: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(name)).expect(name);
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(row("2026-W48"), "2026-W48 2 100 900 5 7 3.0 MB 400.0 kB 7.5 444");
        assert_eq!(row("total"), "total 4 200 1800 10 14 6.0 MB 800.0 kB 7.5 444");
        assert_eq!(row("journal"), "journal 6 requests in 5 blocks, 7.0 MB stored as 800 B");
        assert_eq!(row("memory"), "memory 1 traces, 2 observations, 3 scores not sealed yet, 4.0 kB");
        let (heading, row) = (text.lines().nth(3), text.lines().nth(4));
        assert_eq!(heading.map(str::len), row.map(str::len), "{text}");
    }

    #[test]
    fn a_project_without_segments_says_so() {
        let text = printed(&of_server(&serde_json::json!([])));
        assert!(text.contains("project bots\n  nothing is sealed yet\n"), "{text}");
    }

    #[test]
    fn numbers_of_bytes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_999, "1.9 kB"),
            (123_456_789, "123.4 MB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(human(bytes), text);
        }
    }
}
