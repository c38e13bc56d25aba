//! Lists of traces, over what is in memory and what is sealed.
//!
//! Owns the two steps: under the store's lock the matches in memory are collected, without it the segments are searched.
//! Of a row nothing is read but what orders it until it is known to be on the page.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{Score, Text, Timestamp};
use spanstone_store::hot::{LayeredView, TraceView};
use spanstone_store::segment::Table;
use spanstone_store::{LiveSegment, Sealed};

use super::deep::{self, Deep, is_deep};
use super::hot::Asked;
use super::rows::Assembly;
use super::{TraceCursor, TraceOrder, TraceParts, TraceQuery, TraceRow};
use crate::contents::Contents;
use crate::error::Fault;
use crate::filter::{Column, Filter};
use crate::sealed::scan::Scanner;
use crate::sealed::{keys, select, with_segment};
use crate::top::{self, Key, Place, Top};
use crate::{QueryError, Watch};

/// A search for traces.
#[derive(Debug, Clone)]
pub struct TraceSearch<'q> {
    pub(super) filter: &'q Filter,
    pub(super) search: Option<&'q str>,
    pub(super) order: TraceOrder,
    /// Only traces that come after this one, in the order by time; the newest first.
    after: Option<&'q TraceCursor>,
    /// How many of the first rows are not given.
    skip: usize,
    /// How many rows of the order must be known.
    rows_max: usize,
    pub(super) parts: TraceParts,
}

/// The matches in memory.
#[derive(Debug, Default)]
pub struct HotTraces {
    /// The first of them, with what orders them.
    rows: Vec<(Key, HotRow)>,
    /// How many there are.
    total: usize,
    /// The scores in memory, if the filter asks for scores.
    scores: deep::HotScores,
    /// The scores in memory of traces that are not.
    pub(super) orphans: Orphans,
}

/// Scores by the id of a trace.
pub(super) type Orphans = HashMap<Text, Vec<Arc<Score>>>;

/// A trace as far as memory has it.
#[derive(Debug, Clone)]
pub(crate) struct HotRow {
    pub(super) row: TraceRow,
    /// Whether some of its observations are sealed.
    pub(super) has_sealed: bool,
}

impl HotRow {
    pub(crate) fn id(&self) -> &str {
        self.row.trace.id.as_str()
    }
}

impl<'q> TraceSearch<'q> {
    /// The search for a page of a list.
    ///
    /// # Errors
    /// Fails when the page is too far from the first.
    pub fn page(query: &'q TraceQuery, parts: TraceParts) -> Result<Self, QueryError> {
        let TraceQuery { filter, order, page } = query;
        let rows_max = top::rows_of(*page)?;
        Ok(Self { filter, search: None, order: *order, after: None, skip: page.offset(), rows_max, parts })
    }

    /// The search for at most `rows_max` traces after a cursor, the newest first. `search` is looked for in the ids, names,
    /// users and sessions, in whatever case.
    #[must_use]
    pub fn after(
        filter: &'q Filter,
        search: Option<&'q str>,
        after: Option<&'q TraceCursor>,
        rows_max: usize,
        parts: TraceParts,
    ) -> Self {
        Self { filter, search, order: TraceOrder::default(), after, skip: 0, rows_max, parts }
    }

    /// Collects the matches in memory; where more decides than what traces say of themselves, what may match.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>) -> HotTraces {
        let environments = self.environments();
        let is_deep = is_deep(self.filter);
        let rows_max = if is_deep { usize::MAX } else { self.rows_max };
        let parts = TraceParts { texts: self.parts.texts || is_deep, ..self.parts };
        let mut hot = HotTraces::default();
        let mut keep = |asked: &Asked<'_>, view: TraceView<'_>| {
            let row = asked.row(environments, parts);
            hot.rows.push((asked.key(self.order.by), HotRow { row, has_sealed: view.has_sealed() }));
        };
        if self.order == TraceOrder::default() {
            let mut total = 0;
            let mut kept = 0;
            for trace in view.traces().rev() {
                let asked = Asked::new(trace);
                if !asked.matches(self.filter, self.search) {
                    continue;
                }
                total += 1;
                let is_wanted = is_deep || self.is_after(asked.trace().timestamp, asked.trace().id.as_str());
                if kept < rows_max && is_wanted {
                    kept += 1;
                    keep(&asked, trace);
                } else if self.takes_all() && kept >= rows_max {
                    total = view.trace_count();
                    break;
                }
            }
            hot.total = total;
        } else {
            let mut sorted: Vec<_> = view
                .traces()
                .map(|trace| (Asked::new(trace), trace))
                .filter(|(asked, _)| asked.matches(self.filter, self.search))
                .map(|(asked, trace)| (asked.key(self.order.by), asked, trace))
                .collect();
            sorted.sort_by(|(left, left_asked, _), (right, right_asked, _)| {
                let ids = (left_asked.trace().id.as_str(), right_asked.trace().id.as_str());
                top::order(self.order.direction, (left, ids.0), (right, ids.1))
            });
            let total = sorted.len();
            sorted.truncate(rows_max);
            sorted.iter().for_each(|(_, asked, trace)| keep(asked, *trace));
            hot.total = total;
        }
        hot.scores = deep::hot_scores(self.filter, view);
        if self.parts.scores {
            hot.orphans = orphans(view);
        }
        hot
    }

    /// Searches the segments, and gives the rows with how many traces match in all.
    ///
    /// # Errors
    /// Fails when it takes too long, or nobody waits any more.
    pub fn finish(
        &self,
        hot: HotTraces,
        sealed: &Sealed,
        contents: &dyn Contents,
        watch: &Watch,
    ) -> Result<(Vec<TraceRow>, usize), QueryError> {
        let HotTraces { mut rows, mut total, scores, orphans } = hot;
        let deep = is_deep(self.filter).then(|| Deep::new(self.filter, (sealed, contents), &scores, watch));
        if let Some(deep) = &deep {
            rows = deep.sift_hot(rows)?;
            total = rows.len();
            rows.retain(|(_, hot)| self.is_after(hot.row.trace.timestamp, hot.row.trace.id.as_str()));
            rows.truncate(self.rows_max);
            for (_, hot) in rows.iter_mut().filter(|_| !self.parts.texts) {
                hot.row.lender = None;
            }
        }
        let mut top = Top::new(self.rows_max, self.order.direction);
        for (index, (key, hot)) in rows.iter().enumerate() {
            top.push(key.clone(), hot.row.trace.id.as_str(), Place::Hot(index));
        }
        let mut segments: Vec<_> = sealed.segments().iter().enumerate().collect();
        segments.sort_by_key(|(_, live)| std::cmp::Reverse(live.facts().time.map(|(_, last)| last)));
        for (index, live) in segments {
            total += self.search_segment(sealed, (index, live), deep.as_ref(), &mut top, watch)?;
        }
        let candidates: Vec<_> = top.into_rows().into_iter().skip(self.skip).collect();
        let hot = rows.into_iter().map(|(_, row)| row).collect();
        let assembly =
            Assembly { sealed, environments: self.environments(), parts: self.parts, orphans: &orphans, watch };
        Ok((assembly.rows(&candidates, hot)?, total))
    }

    /// How many traces of a segment match; the first of them are kept in `top`.
    fn search_segment(
        &self,
        sealed: &Sealed,
        (index, live): (usize, &LiveSegment),
        deep: Option<&Deep<'_>>,
        top: &mut Top,
        watch: &Watch,
    ) -> Result<usize, QueryError> {
        let Some((first, last)) = live.facts().time else { return Ok(0) };
        let is_late = self.after.is_some_and(|after| first > after.timestamp);
        let may_be_kept = !is_late
            && (self.order.by != Column::Timestamp
                || top.wants_time(match self.order.direction {
                    crate::Direction::Ascending => first,
                    crate::Direction::Descending => last,
                }));
        if self.takes_all() && !may_be_kept {
            return Ok(usize::try_from(live.visible_count(Table::Traces)).unwrap_or(usize::MAX));
        }
        let found = with_segment(sealed, live, watch, |scanner: Scanner<'_>| {
            let mut rows = self.select(scanner, live)?;
            if let Some(deep) = deep {
                rows = deep.sift(scanner, index, rows)?;
            }
            let count = rows.len();
            let mut found = top.child();
            if !rows.is_empty() && may_be_kept {
                self.keep(scanner, index, rows, &mut found)?;
            }
            Ok((usize::try_from(count).unwrap_or(usize::MAX), found))
        })?;
        Ok(found.map_or(0, |(count, found)| {
            top.append(found);
            count
        }))
    }

    fn select(&self, scanner: Scanner<'_>, live: &LiveSegment) -> Result<RoaringBitmap, Fault> {
        if self.takes_all() {
            return Ok(live.visible(Table::Traces));
        }
        select::traces(scanner, live, self.filter, self.search)
    }

    fn keep(&self, scanner: Scanner<'_>, index: usize, rows: RoaringBitmap, top: &mut Top) -> Result<(), Fault> {
        if self.order == TraceOrder::default() {
            let before = self.after.map(|after| (after.timestamp, after.id.as_str()));
            keys::Newest { scanner, segment: index, table: Table::Traces, before }.keep(rows, top, Ok)
        } else {
            keys::by_column(scanner, index, &rows, self.order.by, top)
        }
    }

    fn takes_all(&self) -> bool {
        self.filter.is_empty() && self.search.is_none()
    }

    fn is_after(&self, time: Timestamp, id: &str) -> bool {
        self.after.is_none_or(|after| (time, id) < (after.timestamp, after.id.as_str()))
    }

    /// The environments whose observations and scores count.
    fn environments(&self) -> Option<&'q [String]> {
        self.filter.any_of(Column::Environment)
    }
}

/// The scores in memory of traces that are not.
pub(super) fn orphans(view: LayeredView<'_>) -> Orphans {
    let mut orphans = Orphans::new();
    for score in view.scores() {
        if let Some(trace) = &score.trace_id
            && view.trace(trace.as_str()).is_none()
        {
            match orphans.get_mut(trace.as_str()) {
                Some(scores) => scores.push(score.clone()),
                None => {
                    orphans.insert(Text::from(trace.as_str()), vec![score.clone()]);
                }
            }
        }
    }
    orphans
}
