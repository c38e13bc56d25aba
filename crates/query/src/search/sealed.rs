//! What is sealed: the index of words says where to look, and the texts there decide.
//!
//! Owns the order of the work: pages of texts are read whole, the newest first, and no more of them than it takes.

use std::cell::RefCell;
use std::collections::HashMap;

use roaring::RoaringBitmap;
use spanstone_model::Timestamp;
use spanstone_store::segment::{Table, TextColumn, columns, input_and_output, metadata_pieces};
use spanstone_store::{LiveSegment, Sealed};

use super::found::{Found, Match};
use super::{Field, Hit, HitId, HotTexts, Snippet, TextSearch};
use crate::contents::Contents;
use crate::error::Fault;
use crate::filter::{Column, Condition, Test};
use crate::sealed::keys::Newest;
use crate::sealed::scan::Scanner;
use crate::sealed::{select, with_segment};
use crate::{QueryError, Watch};

/// Rows that are looked at together where no index says what lies on a page.
const FEW_ROWS: usize = 128;

/// The rows of a table in a segment that may match, by what is known of them.
#[derive(Debug, Default)]
struct Candidates {
    /// Rows whose id or name matches: no text need be read.
    named: HashMap<u32, Match>,
    /// Rows whose input or output may.
    payloads: RoaringBitmap,
    /// Rows whose metadata may.
    metadata: RoaringBitmap,
    /// The rows at which a page begins.
    firsts: Vec<u32>,
}

impl TextSearch {
    /// Searches the segments as well, and gives what was found, the newest first.
    ///
    /// # Errors
    /// Fails when it takes too long, or nobody waits any more.
    pub fn finish(
        &self,
        hot: HotTexts,
        sealed: &Sealed,
        contents: &dyn Contents,
        watch: &Watch,
    ) -> Result<Vec<Hit>, QueryError> {
        let mut found = Found::new(self.rows_max);
        self.sift_hot(hot, contents, watch, &mut found)?;
        for table in [Table::Observations, Table::Traces] {
            let mut segments: Vec<_> = sealed.segments().iter().enumerate().collect();
            segments.sort_by_key(|(_, live)| std::cmp::Reverse(time_of(live, table).map(|(_, last)| last)));
            for (segment, live) in segments {
                self.search(table, (segment, live), sealed, watch, &mut found)?;
            }
        }
        found.into_hits(self.rows_max, sealed, watch)
    }

    fn search(
        &self,
        table: Table,
        (segment, live): (usize, &LiveSegment),
        sealed: &Sealed,
        watch: &Watch,
        found: &mut Found,
    ) -> Result<(), QueryError> {
        let Some((first, last)) = time_of(live, table) else { return Ok(()) };
        let before = self.before(table);
        let is_late = before.as_ref().is_some_and(|(time, _)| first > *time) || self.to.is_some_and(|to| first >= to);
        if is_late || self.from.is_some_and(|from| last < from) || !found.top(table).wants_time(last) {
            return Ok(());
        }
        let top = &*found.top(table);
        let searched = with_segment(sealed, live, watch, |scanner| {
            let mut candidates = self.candidates(scanner, live, table)?;
            let named: RoaringBitmap = candidates.named.keys().copied().collect();
            let all = &candidates.payloads | &candidates.metadata | named;
            let matches = RefCell::new(std::mem::take(&mut candidates.named));
            let mut top = top.child();
            let before = before.as_ref().map(|(time, id)| (*time, id.as_str()));
            let newest = Newest { scanner, segment, table, before };
            newest.keep_dear(&all, &candidates.firsts, &mut top, |few| {
                self.sift(scanner, table, few, &candidates, &mut matches.borrow_mut())
            })?;
            Ok((matches.into_inner(), top))
        })?;
        if let Some((matches, top)) = searched {
            found.add(table, segment, matches, top);
        }
        Ok(())
    }

    /// Where the rows of a table begin that come after the cursor: before this time and id.
    fn before(&self, table: Table) -> Option<(Timestamp, String)> {
        let after = self.after.as_ref()?;
        let next = Timestamp::from_micros(after.time.micros().saturating_add(1));
        Some(match (&after.id, table) {
            (HitId::Observation(id), Table::Observations) | (HitId::Trace(id), Table::Traces) => {
                (after.time, id.to_string())
            }
            // Observations come before traces of the same time, so all of these traces are still to come.
            (HitId::Observation(_), _) => (next, String::new()),
            (HitId::Trace(_), _) => (after.time, String::new()),
        })
    }

    fn candidates(&self, scanner: Scanner<'_>, live: &LiveSegment, table: Table) -> Result<Candidates, Fault> {
        let mut rows = select::between(scanner, live, table, (self.from, self.to))?;
        if let Some(trace) = &self.trace {
            rows &= match (scanner.segment.find_trace(trace.as_str())?, table) {
                (None, _) => RoaringBitmap::new(),
                (Some(place), Table::Observations) => place.observations.collect(),
                (Some(place), _) => RoaringBitmap::from_iter([place.row]),
            };
        }
        let mut candidates = Candidates { named: self.named(scanner, table, &rows)?, ..Candidates::default() };
        let words = self.phrase.words();
        let may_have = |column| match scanner.segment.look_up(table, column, &words) {
            Some(blocks) => (blocks.rows & &rows, blocks.firsts),
            None => (rows.clone(), (0..live.rows(table)).step_by(FEW_ROWS).collect()),
        };
        if self.looks_in(Field::Metadata) {
            (candidates.metadata, candidates.firsts) = may_have(TextColumn::Metadata);
        }
        if self.looks_in_payloads() {
            (candidates.payloads, candidates.firsts) = may_have(TextColumn::Payload);
        }
        Ok(candidates)
    }

    /// The rows whose id or name matches.
    fn named(&self, scanner: Scanner<'_>, table: Table, rows: &RoaringBitmap) -> Result<HashMap<u32, Match>, Fault> {
        let mut named = HashMap::new();
        if self.looks_in(Field::Name) {
            let test = Test::Words(Box::new(self.phrase.clone()));
            let condition = Condition { column: Column::Name, test };
            let found = select::named(scanner, table, &condition, rows)?;
            // The column has the same name in both tables.
            scanner.each_row(table, &[columns::observations::NAME], &found, |row, batch, place| {
                let snippet = self.found_in(batch.texts(0)?.get(place)).unwrap_or_default();
                named.insert(row, Match { field: Field::Name, snippet });
                Ok(())
            })?;
        }
        if let Some(snippet) = self.is_id(&self.text) {
            let row = match table {
                Table::Observations => scanner.segment.find_observation(&self.text)?,
                Table::Traces | Table::Scores => scanner.segment.find_trace(&self.text)?.map(|place| place.row),
            };
            named.extend(row.filter(|row| rows.contains(*row)).map(|row| (row, Match { field: Field::Id, snippet })));
        }
        Ok(named)
    }

    /// Those of a few rows that match; what is shown of them goes to `matches`.
    fn sift(
        &self,
        scanner: Scanner<'_>,
        table: Table,
        few: RoaringBitmap,
        candidates: &Candidates,
        matches: &mut HashMap<u32, Match>,
    ) -> Result<RoaringBitmap, Fault> {
        let mut passed: RoaringBitmap = few.iter().filter(|row| matches.contains_key(row)).collect();
        let payloads = (&few & &candidates.payloads) - &passed;
        scanner.each_row(table, &[columns::observations::PAYLOAD], &payloads, |row, batch, place| {
            let Some(cell) = batch.cells(0)?.get(place) else { return Ok(()) };
            let (input, output) = input_and_output(cell).map_err(|what| batch.damaged(0, what))?;
            keep(row, self.found_in_payloads(input, output), &mut passed, matches);
            Ok(())
        })?;
        let metadata = (few & &candidates.metadata) - &passed;
        scanner.each_row(table, &[columns::any::METADATA], &metadata, |row, batch, place| {
            let Some(cell) = batch.cells(0)?.get(place) else { return Ok(()) };
            let pieces = metadata_pieces(cell).map_err(|what| batch.damaged(0, what))?;
            keep(row, self.found_in_metadata(pieces.into_iter()), &mut passed, matches);
            Ok(())
        })?;
        Ok(passed)
    }
}

fn keep(row: u32, found: Option<(Field, Snippet)>, passed: &mut RoaringBitmap, matches: &mut HashMap<u32, Match>) {
    if let Some((field, snippet)) = found {
        matches.insert(row, Match { field, snippet });
        passed.insert(row);
    }
}

fn time_of(live: &LiveSegment, table: Table) -> Option<(Timestamp, Timestamp)> {
    if table == Table::Observations { live.facts().start } else { live.facts().time }
}
