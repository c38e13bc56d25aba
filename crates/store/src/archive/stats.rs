//! What the archive holds, by project and week.

use std::collections::BTreeMap;

use spanstone_model::{ProjectId, Week};
use spanstone_segment::{Facts, Header, Table};

use super::state::State;

/// What the archive holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveStats {
    /// By project and week.
    pub weeks: BTreeMap<(ProjectId, Week), WeekStats>,
}

/// What one week of one project holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WeekStats {
    /// Segments.
    pub segments: u64,
    /// Traces that reads see.
    pub traces: u64,
    /// Observations that reads see.
    pub observations: u64,
    /// Scores that reads see.
    pub scores: u64,
    /// Rows of all three that are dead and wait for a compaction.
    pub dead_rows: u64,
    /// Bytes of inputs, outputs and metadata before compression, dead rows included.
    pub raw_bytes: u64,
    /// Bytes of the files.
    pub file_bytes: u64,
}

impl WeekStats {
    /// Adds another week's.
    pub fn add(&mut self, other: &Self) {
        self.segments += other.segments;
        self.traces += other.traces;
        self.observations += other.observations;
        self.scores += other.scores;
        self.dead_rows += other.dead_rows;
        self.raw_bytes += other.raw_bytes;
        self.file_bytes += other.file_bytes;
    }
}

impl ArchiveStats {
    pub(crate) fn of(state: &State) -> Self {
        let mut stats = Self::default();
        for live in state.segments() {
            stats.add_segment(live.header(), live.facts(), |table| live.hidden().of(table).len());
        }
        stats
    }

    /// Adds a segment; `dead` says how many rows of a table are dead.
    pub(crate) fn add_segment(&mut self, header: &Header, facts: Facts, dead: impl Fn(Table) -> u64) {
        let live = |table| u64::from(facts.rows(table)).saturating_sub(dead(table));
        self.weeks.entry((header.project.clone(), header.week)).or_default().add(&WeekStats {
            segments: 1,
            traces: live(Table::Traces),
            observations: live(Table::Observations),
            scores: live(Table::Scores),
            dead_rows: Table::ALL.into_iter().map(&dead).sum(),
            raw_bytes: facts.raw_bytes,
            file_bytes: facts.file_bytes,
        });
    }

    /// Everything together.
    #[must_use]
    pub fn total(&self) -> WeekStats {
        let mut total = WeekStats::default();
        self.weeks.values().for_each(|week| total.add(week));
        total
    }
}
