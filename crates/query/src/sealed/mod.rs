//! Reading the columns of segments.
//!
//! Owns filters over columns, the choice of what need not be read, and the join of rows with their traces. Refuses to know
//! what a list looks like.

pub(crate) mod columns;
pub(crate) mod contents;
pub(crate) mod join;
pub(crate) mod keys;
pub(crate) mod members;
mod predicate;
pub(crate) mod scan;
pub(crate) mod search;
pub(crate) mod select;
mod source;
mod texts;

use std::cell::Cell;

use spanstone_store::segment::Segment;
use spanstone_store::{LiveSegment, Sealed};

use crate::error::Fault;
use crate::filter::Column;
use crate::{QueryError, Watch};
use scan::Scanner;

/// Whether a condition on a column asks for something of the observation itself, not of its trace.
pub(crate) fn is_of_observation(column: Column) -> bool {
    source::of_observation(column).is_some()
}

/// Whether a condition on a column asks for something of the score itself, not of its trace.
pub(crate) fn is_of_score(column: Column) -> bool {
    source::of_score(column).is_some()
}

/// Works on one segment; nothing, once reported, when the segment cannot be read. The work may be done again when the disk
/// has failed, so it must not leave halves behind.
pub(crate) fn with_segment<T>(
    sealed: &Sealed,
    live: &LiveSegment,
    watch: &Watch,
    work: impl Fn(Scanner<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, QueryError> {
    watch.check()?;
    let stopped = Cell::new(None);
    let outcome = sealed.with_segment(live, |segment: &Segment| match work(Scanner::new(segment, watch)) {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Segment(error)) => Err(error),
        Err(Fault::Query(error)) => {
            stopped.set(Some(error));
            Ok(None)
        }
    });
    stopped.into_inner().map_or(Ok(outcome.flatten()), Err)
}
