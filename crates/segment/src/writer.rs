//! Writing a segment, row by row.

use spanstone_guard::Disk;

use crate::{Facts, Header, SealedObservation, SealedScore, SealedTrace, SegmentError};

/// A segment that is being written. Dropped before [`SegmentWriter::finish`], it leaves a file that is refused as unfinished.
///
/// What it holds in memory is bounded by one row group, compressed, and one row.
#[derive(Debug)]
pub struct SegmentWriter {
    header: Header,
}

impl SegmentWriter {
    /// Begins a segment on an empty disk.
    ///
    /// # Errors
    /// The disk fails, or is not empty.
    pub fn create(_disk: impl Disk, header: Header) -> Result<Self, SegmentError> {
        Ok(Self { header })
    }

    /// Appends a trace, in the order of timestamp and id; the observations that follow belong to it.
    ///
    /// # Errors
    /// The disk fails, or the row breaks a rule: out of order, in a segment of scores, larger than can be stored.
    pub fn trace(&mut self, _trace: SealedTrace) -> Result<u32, SegmentError> {
        Err(self.refused())
    }

    /// Appends an observation of the last trace, in the order of start and id.
    ///
    /// # Errors
    /// The disk fails, or the row breaks a rule: out of order, of another trace, larger than can be stored.
    pub fn observation(&mut self, _observation: SealedObservation) -> Result<u32, SegmentError> {
        Err(self.refused())
    }

    /// Appends a score, in the order of timestamp and id.
    ///
    /// # Errors
    /// The disk fails, or the row breaks a rule: out of order, in a segment of traces, larger than can be stored.
    pub fn score(&mut self, _score: SealedScore) -> Result<u32, SegmentError> {
        Err(self.refused())
    }

    /// Makes the segment whole and durable; only now does it count.
    ///
    /// # Errors
    /// The disk fails.
    pub fn finish(self) -> Result<Facts, SegmentError> {
        Err(self.refused())
    }

    fn refused(&self) -> SegmentError {
        SegmentError::Refused { segment: self.header.id, what: "writing is not there yet".to_owned() }
    }
}
