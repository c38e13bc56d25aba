//! Reading a segment.

use std::ops::Range;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_guard::{Counters, Disk};
use spanstone_model::Timestamp;

use crate::{
    Facts, Finding, Header, Scan, SealedObservation, SealedScore, SealedTrace, SegmentError, Table, TracePlace, With,
};

/// A finished segment, open for reading.
///
/// Opening reads the header page; what else is needed is read when it is, and kept until [`Segment::forget`].
#[derive(Debug)]
pub struct Segment {
    name: String,
    header: Header,
    facts: Facts,
    counters: Arc<Counters>,
}

/// Rows that were written together, and the times between which they lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The rows.
    pub rows: Range<u32>,
    /// The first and the last of their times (start, for observations); nothing when that is not known.
    pub time: Option<(Timestamp, Timestamp)>,
}

impl Segment {
    /// Opens a finished segment. A flipped bit that is met is put right in the file.
    ///
    /// # Errors
    /// The disk fails; the file is unfinished, something else, of another version, or damaged.
    pub fn open(_disk: impl Disk, name: &str) -> Result<Self, SegmentError> {
        Err(SegmentError::Unfinished { file: name.to_owned() })
    }

    /// Opens a finished segment and never writes to its file: a flipped bit is put right in memory only.
    ///
    /// # Errors
    /// As [`Segment::open`].
    pub fn open_read_only(_disk: impl Disk, name: &str) -> Result<Self, SegmentError> {
        Err(SegmentError::Unfinished { file: name.to_owned() })
    }

    /// Which segment it is.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What it holds.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// What its file has healed, and what it could not.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// How many bytes of memory it holds for further reads, by estimate.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        0
    }

    /// Gives that memory back; what is needed again is read again.
    pub fn forget(&self) {}

    /// Finds a trace.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_trace(&self, _id: &str) -> Result<Option<TracePlace>, SegmentError> {
        Err(self.absent())
    }

    /// Finds an observation.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_observation(&self, _id: &str) -> Result<Option<u32>, SegmentError> {
        Err(self.absent())
    }

    /// Finds a score.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_score(&self, _id: &str) -> Result<Option<u32>, SegmentError> {
        Err(self.absent())
    }

    /// Finds the scores that name a trace, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn scores_of_trace(&self, _trace: &str) -> Result<Vec<u32>, SegmentError> {
        Err(self.absent())
    }

    /// Reads traces, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a row that the segment does not have.
    pub fn traces(&self, _rows: &RoaringBitmap, _with: With) -> Result<Vec<(u32, SealedTrace)>, SegmentError> {
        Err(self.absent())
    }

    /// Reads observations, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a row that the segment does not have.
    pub fn observations(
        &self,
        _rows: &RoaringBitmap,
        _with: With,
    ) -> Result<Vec<(u32, SealedObservation)>, SegmentError> {
        Err(self.absent())
    }

    /// Reads scores, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a row that the segment does not have.
    pub fn scores(&self, _rows: &RoaringBitmap, _with: With) -> Result<Vec<(u32, SealedScore)>, SegmentError> {
        Err(self.absent())
    }

    /// Reads some columns of consecutive rows, batch by batch. A batch has the columns in the order in which they were
    /// asked for.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a column that the table does not have.
    pub fn scan(&self, _table: Table, _columns: &[&'static str], _rows: Range<u32>) -> Result<Scan, SegmentError> {
        Err(self.absent())
    }

    /// The stretches of a table's rows, which together are all of them: what lies outside of a wanted time need not be
    /// scanned.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn stretches(&self, _table: Table) -> Result<Vec<Stretch>, SegmentError> {
        Err(self.absent())
    }

    /// Reads everything and reports what is not as it was written.
    #[must_use]
    pub fn verify(&self) -> Vec<Finding> {
        Vec::new()
    }

    fn absent(&self) -> SegmentError {
        SegmentError::Unfinished { file: self.name.clone() }
    }
}
