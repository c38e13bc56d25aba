//! The newest rows of one segment that pass, and how many pass.
//!
//! Owns when a segment need not be read: every row of it is too old or too young, and nobody counts, or counting needs no look.

use roaring::RoaringBitmap;
use spanstone_model::Timestamp;
use spanstone_store::segment::Table;
use spanstone_store::{LiveSegment, Sealed};

use super::keys::Newest;
use super::scan::Scanner;
use super::select::Candidates;
use super::with_segment;
use crate::error::Fault;
use crate::top::Top;
use crate::{QueryError, Watch};

/// How many rows are looked at together when that is dear: about as many as have their texts on one page.
const FEW_ROWS: usize = 128;

/// What is looked for in each segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) sealed: &'a Sealed,
    pub(crate) table: Table,
    /// Only rows before this time and id.
    pub(crate) before: Option<(Timestamp, &'a str)>,
    /// Whether it matters how many rows pass.
    pub(crate) counts: bool,
    /// Whether all rows pass.
    pub(crate) takes_all: bool,
    /// Whether it is dear to find out what passes.
    pub(crate) is_dear: bool,
    pub(crate) watch: &'a Watch,
}

impl Search<'_> {
    /// Keeps the newest rows of a segment that pass, and says how many pass if that matters. `candidates` says which may, and
    /// `further` which of those that do not fail by themselves.
    pub(crate) fn newest<'f>(
        self,
        (index, live): (usize, &LiveSegment),
        top: &mut Top,
        candidates: impl Fn(Scanner<'_>) -> Result<Candidates<'f>, Fault>,
        further: impl Fn(Scanner<'_>, RoaringBitmap) -> Result<RoaringBitmap, Fault>,
    ) -> Result<usize, QueryError> {
        let Self { sealed, table, before, counts, takes_all, is_dear, watch } = self;
        let time = match table {
            Table::Traces | Table::Scores => live.facts().time,
            Table::Observations => live.facts().start,
        };
        let Some((first, last)) = time else { return Ok(0) };
        let is_late = before.is_some_and(|(before, _)| first > before);
        let may_be_kept = !is_late && top.wants_time(last);
        if !may_be_kept && (takes_all || !counts) {
            return Ok(usize::try_from(live.visible_count(table)).unwrap_or(usize::MAX));
        }
        let found = with_segment(sealed, live, watch, |scanner| {
            let newest = Newest { scanner, segment: index, table, before };
            let mut candidates = candidates(scanner)?;
            let all = std::mem::take(&mut candidates.rows);
            let firsts = std::mem::take(&mut candidates.firsts);
            let sift = |rows| further(scanner, candidates.sift(scanner, rows)?);
            let mut found = top.child();
            if !counts && is_dear {
                let every = || (0..live.rows(table)).step_by(FEW_ROWS).collect();
                let firsts = if firsts.is_empty() { every() } else { firsts };
                newest.keep_dear(&all, &firsts, &mut found, sift)?;
                return Ok((0, found));
            }
            if !counts {
                newest.keep(all, &mut found, sift)?;
                return Ok((0, found));
            }
            let rows = sift(all)?;
            let count = usize::try_from(rows.len()).unwrap_or(usize::MAX);
            if may_be_kept {
                newest.keep(rows, &mut found, Ok)?;
            }
            Ok((count, found))
        })?;
        Ok(found.map_or(0, |(count, found)| {
            top.append(found);
            count
        }))
    }
}
