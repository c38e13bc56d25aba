//! The sealed part of one project, as it was at one moment.
//!
//! Owns the look-ups by id over all segments of the project. A segment that cannot be read is reported, counted and
//! passed over: the rest is answered. Refuses filters and orders, which are the query's.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use roaring::RoaringBitmap;
use spanstone_segment::{
    SealedObservation, SealedPayloads, SealedScore, SealedTrace, Segment, SegmentError, Table, TracePlace, With,
    columns,
};

use super::epoch::Epoch;
use super::file::Trouble;
use super::state::{LiveSegment, ProjectSegments};
use crate::StoreError;

/// The sealed part of one project at one moment. While it lives, the files of its segments and the journal blocks of
/// that moment stay.
#[derive(Debug, Clone)]
pub struct Sealed {
    pub(crate) segments: Arc<ProjectSegments>,
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) _epoch: Arc<Epoch>,
}

/// Which rows a look-up by id sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Those that nothing in memory has taken over.
    Visible,
    /// Those, and the ones that a layer in memory has taken over and whose payloads it still refers to.
    Unburied,
}

/// A row, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Located<'a, R> {
    pub(crate) segment: &'a LiveSegment,
    pub(crate) row: u32,
    pub(crate) sealed: R,
}

impl Sealed {
    /// The segments of traces and observations.
    #[must_use]
    pub fn segments(&self) -> &[LiveSegment] {
        &self.segments.traces
    }

    /// The segments of scores.
    #[must_use]
    pub fn score_segments(&self) -> &[LiveSegment] {
        &self.segments.scores
    }

    /// Does something with a segment; nothing, once reported, when the segment cannot be read.
    pub fn with_segment<T>(
        &self,
        segment: &LiveSegment,
        work: impl Fn(&Segment) -> Result<T, SegmentError>,
    ) -> Option<T> {
        self.lookup().with(segment, work)
    }

    /// The trace with this id.
    #[must_use]
    pub fn trace(&self, id: &str, with: With) -> Option<SealedTrace> {
        self.lookup().trace(id, Rows::Visible, with).map(|found| found.sealed)
    }

    /// The observations of a trace, in no order.
    #[must_use]
    pub fn observations_of(&self, trace: &str, with: With) -> Vec<SealedObservation> {
        self.lookup().observations_of(trace, with).into_iter().map(|found| found.sealed).collect()
    }

    /// The observation with this id.
    #[must_use]
    pub fn observation(&self, id: &str, with: With) -> Option<SealedObservation> {
        self.lookup().observation(id, Rows::Visible, with).map(|found| found.sealed)
    }

    /// The score with this id.
    #[must_use]
    pub fn score(&self, id: &str, with: With) -> Option<SealedScore> {
        self.lookup().score(id, Rows::Visible, with).map(|found| found.sealed)
    }

    /// The scores that name a trace, in no order.
    #[must_use]
    pub fn scores_of(&self, trace: &str, with: With) -> Vec<SealedScore> {
        self.lookup().scores_of(trace, with).into_iter().map(|found| found.sealed).collect()
    }

    /// The payloads to which a trace refers as sealed, whether its row is here or in memory.
    #[must_use]
    pub fn trace_payloads(&self, id: &str) -> Option<SealedPayloads> {
        self.lookup().trace(id, Rows::Unburied, With::Payloads).map(|found| found.sealed.payloads)
    }

    /// The payloads to which an observation refers as sealed. `trace` is a trace it is or was in.
    #[must_use]
    pub fn observation_payloads(&self, trace: &str, id: &str) -> Option<SealedPayloads> {
        let lookup = self.lookup();
        let found = lookup.observation_in(trace, id, Rows::Unburied, With::Payloads);
        found.or_else(|| lookup.observation(id, Rows::Unburied, With::Payloads)).map(|found| found.sealed.payloads)
    }

    /// The pieces of metadata to which a score refers as sealed.
    #[must_use]
    pub fn score_metadata(&self, id: &str) -> Option<Vec<spanstone_model::Text>> {
        self.lookup().score(id, Rows::Unburied, With::Payloads).map(|found| found.sealed.metadata)
    }

    pub(crate) fn lookup(&self) -> Lookup<'_> {
        Lookup { segments: &self.segments, trouble: &self.trouble }
    }
}

/// Look-ups by id over the segments of one project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) segments: &'a ProjectSegments,
    pub(crate) trouble: &'a Trouble,
}

impl<'a> Lookup<'a> {
    pub(crate) fn with<T>(&self, live: &LiveSegment, work: impl Fn(&Segment) -> Result<T, SegmentError>) -> Option<T> {
        let attempt = || live.open().and_then(|segment| Ok(work(&segment)?));
        // A disk that fails once may not fail twice, and a row that is not found counts as one that is not there.
        match attempt().or_else(|_| attempt()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.trouble.report(live.name(), &error);
                None
            }
        }
    }

    /// Every segment that holds a row of a trace, with the place.
    pub(crate) fn parts<'i>(self, id: &'i str) -> impl Iterator<Item = (&'a LiveSegment, TracePlace)> + use<'a, 'i> {
        // The newest segments first: what is asked for by id is mostly young.
        self.segments.traces.iter().rev().filter_map(move |live| {
            let place = self.with(live, |segment| segment.find_trace(id))??;
            Some((live, place))
        })
    }

    pub(crate) fn trace(self, id: &str, rows: Rows, with: With) -> Option<Located<'a, SealedTrace>> {
        let place = self.parts(id).find(|(live, place)| rows.see(live, Table::Traces, place.row));
        let (live, place) = place?;
        let found = self.with(live, |segment| segment.traces(&one(place.row), with))?;
        located(live, found)
    }

    pub(crate) fn observations_of(self, trace: &str, with: With) -> Vec<Located<'a, SealedObservation>> {
        let mut all = Vec::new();
        for (live, place) in self.parts(trace) {
            let mut rows = RoaringBitmap::new();
            rows.insert_range(place.observations);
            rows -= live.hidden.of(Table::Observations);
            let found = self.with(live, |segment| segment.observations(&rows, with)).unwrap_or_default();
            all.extend(found.into_iter().map(|(row, sealed)| Located { segment: live, row, sealed }));
        }
        all
    }

    /// An observation of a known trace.
    pub(crate) fn observation_in(
        self,
        trace: &str,
        id: &str,
        rows: Rows,
        with: With,
    ) -> Option<Located<'a, SealedObservation>> {
        let (live, row) = self.observation_row(trace, id, rows)?;
        located(live, self.with(live, |segment| segment.observations(&one(row), with))?)
    }

    /// The row of an observation of a known trace.
    pub(crate) fn observation_row(self, trace: &str, id: &str, rows: Rows) -> Option<(&'a LiveSegment, u32)> {
        self.parts(trace).find_map(|(live, place)| {
            let row = self.with(live, |segment| row_with_id(segment, id, place.observations.clone()))??;
            rows.see(live, Table::Observations, row).then_some((live, row))
        })
    }

    pub(crate) fn observation(self, id: &str, rows: Rows, with: With) -> Option<Located<'a, SealedObservation>> {
        self.segments.traces.iter().rev().find_map(|live| {
            let row = self.with(live, |segment| segment.find_observation(id))??;
            if !rows.see(live, Table::Observations, row) {
                return None;
            }
            located(live, self.with(live, |segment| segment.observations(&one(row), with))?)
        })
    }

    pub(crate) fn score(self, id: &str, rows: Rows, with: With) -> Option<Located<'a, SealedScore>> {
        self.segments.scores.iter().rev().find_map(|live| {
            let row = self.with(live, |segment| segment.find_score(id))??;
            if !rows.see(live, Table::Scores, row) {
                return None;
            }
            located(live, self.with(live, |segment| segment.scores(&one(row), with))?)
        })
    }

    pub(crate) fn scores_of(self, trace: &str, with: With) -> Vec<Located<'a, SealedScore>> {
        let mut all = Vec::new();
        for live in &self.segments.scores {
            let rows = self.with(live, |segment| segment.scores_of_trace(trace)).unwrap_or_default();
            let rows = RoaringBitmap::from_iter(rows) - live.hidden.of(Table::Scores);
            if rows.is_empty() {
                continue;
            }
            let found = self.with(live, |segment| segment.scores(&rows, with)).unwrap_or_default();
            all.extend(found.into_iter().map(|(row, sealed)| Located { segment: live, row, sealed }));
        }
        all
    }
}

impl Rows {
    fn see(self, live: &LiveSegment, table: Table, row: u32) -> bool {
        let out_of_sight = match self {
            Self::Visible => &live.hidden,
            Self::Unburied => &live.buried,
        };
        !out_of_sight.of(table).contains(row)
    }
}

impl From<SegmentError> for StoreError {
    fn from(error: SegmentError) -> Self {
        Self::Segment(error)
    }
}

/// The row of a range of observations that has this id.
fn row_with_id(segment: &Segment, id: &str, rows: Range<u32>) -> Result<Option<u32>, SegmentError> {
    // Most ids that are looked for are new, and the segment's filter says so without a look at the rows of a large trace.
    match segment.find_observation(id)? {
        Some(row) if !rows.contains(&row) => {}
        found => return Ok(found),
    }
    // Another trace of the segment has an observation of the same id.
    for batch in segment.scan(Table::Observations, &[columns::observations::ID], rows)? {
        let batch = batch?;
        let Some(ids) = batch.columns.column(0).as_string_opt::<i32>() else { continue };
        if let Some(offset) = (0..ids.len()).find(|row| ids.value(*row) == id) {
            return Ok(u32::try_from(offset).ok().map(|offset| batch.first_row + offset));
        }
    }
    Ok(None)
}

fn one(row: u32) -> RoaringBitmap {
    RoaringBitmap::from_iter([row])
}

fn located<R>(live: &LiveSegment, rows: Vec<(u32, R)>) -> Option<Located<'_, R>> {
    rows.into_iter().next().map(|(row, sealed)| Located { segment: live, row, sealed })
}
