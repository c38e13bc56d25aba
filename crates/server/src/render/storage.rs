//! What is stored, by week, and what the server shares among projects.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::{ArchiveStats, Counters, WeekStats};
use spanstone_model::{ProjectId, Week};

/// What is stored of a project, and what the server shares among projects.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Storage<'a> {
    project: &'a str,
    weeks: Vec<WeekView>,
    memory: Memory,
    journal: Journal,
    archivist: Archivist,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StorageWeek")]
#[serde(rename_all = "camelCase")]
struct WeekView {
    week: String,
    segments: u64,
    traces: u64,
    observations: u64,
    scores: u64,
    dead_rows: u64,
    raw_bytes: u64,
    file_bytes: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StorageMemory")]
struct Memory {
    traces: usize,
    observations: usize,
    scores: usize,
    bytes: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StorageJournal")]
#[serde(rename_all = "camelCase")]
struct Journal {
    blocks: u64,
    requests: u64,
    body_bytes: u64,
    stored_bytes: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StorageArchivist")]
#[serde(rename_all = "camelCase")]
struct Archivist {
    seals: u64,
    compactions: u64,
    dropped_segments: u64,
    failures: u64,
    unreadable_reads: u64,
}

/// What is stored of one project, the oldest week first.
pub(crate) fn of_project(project: &ProjectId, archive: &ArchiveStats, counters: &Counters) -> Vec<u8> {
    let weeks = archive.weeks.iter().filter(|((owner, _), _)| owner == project);
    let Counters { hot, archive: done, .. } = counters;
    super::bytes(&Storage {
        project: project.as_str(),
        weeks: weeks.map(|((_, week), stats)| WeekView::new(*week, stats)).collect(),
        memory: Memory { traces: hot.traces, observations: hot.observations, scores: hot.scores, bytes: hot.bytes },
        journal: Journal {
            blocks: counters.journal_blocks,
            requests: counters.journal_entries,
            body_bytes: counters.journal_body_bytes,
            stored_bytes: counters.journal_stored_bytes,
        },
        archivist: Archivist {
            seals: done.seals,
            compactions: done.compactions,
            dropped_segments: done.dropped_segments,
            failures: done.failures,
            unreadable_reads: done.unreadable,
        },
    })
}

impl WeekView {
    fn new(week: Week, stats: &WeekStats) -> Self {
        let WeekStats { segments, traces, observations, scores, dead_rows, raw_bytes, file_bytes } = *stats;
        Self { week: week.to_string(), segments, traces, observations, scores, dead_rows, raw_bytes, file_bytes }
    }
}
