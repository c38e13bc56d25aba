//! What can keep a query from being answered.

use spanstone_store::segment::SegmentError;

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It asks for rows too far from the first.
    #[error(
        "`page` and `limit` skip {offset} rows, more than the {max} that a list by number may skip; narrow it by time, or \
         follow the cursor of an endpoint that has one"
    )]
    TooDeep {
        /// How many rows it skips.
        offset: usize,
        /// How many it may.
        max: usize,
    },
    /// It took too long.
    #[error("this takes longer than the {seconds} seconds that a query may take; narrow it by time, or filter by id")]
    TooLong {
        /// How long it may take.
        seconds: u64,
    },
    /// There are more groups than fit in memory.
    #[error(
        "there are more than {max} {what}, which is more than can be grouped at once; narrow it by time or by a filter"
    )]
    TooMany {
        /// What was grouped.
        what: &'static str,
        /// How many groups there may be.
        max: usize,
    },
    /// Nobody waits for the answer any more.
    #[error("whoever asked has gone away")]
    Abandoned,
}

/// Why the reading of one segment ended early.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The segment is at fault: the rest is answered without it.
    Segment(SegmentError),
    /// The query is over.
    Query(QueryError),
}

impl From<SegmentError> for Fault {
    fn from(error: SegmentError) -> Self {
        Self::Segment(error)
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}
