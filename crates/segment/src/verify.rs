//! What is not as it was written in a segment, and where.

use std::fmt;

/// One thing that is wrong in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: a page, a chunk, a table, a row.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}
