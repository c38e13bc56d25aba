//! What a segment is and holds, in the words of those who use it.

use std::fmt;

use spanstone_model::{ProjectId, Timestamp, Week};

/// What kind of rows a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentKind {
    /// Traces and observations.
    Traces,
    /// Scores.
    Scores,
}

impl SegmentKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Traces, Self::Scores];

    /// The number that stands for it on disk. Never reused.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Traces => 1,
            Self::Scores => 2,
        }
    }

    /// The kind that a number stands for.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The tables of such a segment.
    #[must_use]
    pub fn tables(self) -> &'static [Table] {
        match self {
            Self::Traces => &[Table::Traces, Table::Observations],
            Self::Scores => &[Table::Scores],
        }
    }
}

/// A table of a segment; its rows are numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// One row for each trace.
    Traces,
    /// One row for each observation.
    Observations,
    /// One row for each score.
    Scores,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Traces, Self::Observations, Self::Scores];

    /// The number that stands for it on disk. Never reused.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Traces => 1,
            Self::Observations => 2,
            Self::Scores => 3,
        }
    }

    /// The table that a number stands for.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.code() == code)
    }

    /// Its name: `observations`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Observations => "observations",
            Self::Scores => "scores",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which segment it is: chosen before the first row is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its number, unique in the store.
    pub id: u64,
    /// Whose rows it holds.
    pub project: ProjectId,
    /// The week of its rows.
    pub week: Week,
    /// What kind of rows it holds.
    pub kind: SegmentKind,
    /// When it was written.
    pub created_at: Timestamp,
}

/// What a finished segment comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Rows of traces.
    pub traces: u32,
    /// Rows of observations.
    pub observations: u32,
    /// Rows of scores.
    pub scores: u32,
    /// The first and the last timestamp of its traces, or of its scores; nothing without rows.
    pub time: Option<(Timestamp, Timestamp)>,
    /// The first and the last start of its observations; nothing without any.
    pub start: Option<(Timestamp, Timestamp)>,
    /// Payload and metadata text before compression, in bytes.
    pub raw_bytes: u64,
    /// What the file takes on disk, in bytes: its written pages, without the holes that parity will fill.
    pub file_bytes: u64,
}

impl Facts {
    /// How many rows a table has.
    #[must_use]
    pub fn rows(&self, table: Table) -> u32 {
        match table {
            Table::Traces => self.traces,
            Table::Observations => self.observations,
            Table::Scores => self.scores,
        }
    }
}

/// The largest segment that a table's row numbers can count, in rows.
pub const ROWS_MAX: u32 = u32::MAX - 1;
