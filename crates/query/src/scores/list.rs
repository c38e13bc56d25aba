//! Lists of scores, over what is in memory and what is sealed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{DataType, Score, Text, Timestamp, Trace};
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::{SealedScore, Table, With, columns};
use spanstone_store::{LiveSegment, Sealed};

use super::hot::holds;
use super::{Placements, ScoreCursor, ScoreQuery, ScoreRow};
use crate::contents::{ContentConditions, Contents};
use crate::error::Fault;
use crate::filter::{Column, Condition, Filter, Test};
use crate::page::Direction;
use crate::sealed::join::{self, Join};
use crate::sealed::scan::Scanner;
use crate::sealed::search::Search;
use crate::sealed::{is_of_score, select, with_segment};
use crate::top::{self, Candidate, Key, Place, Top};
use crate::traces::{by_segment, effective_of};
use crate::{QueryError, Watch};

/// A search for scores, the newest first.
#[derive(Debug, Clone)]
pub struct ScoreSearch<'q> {
    filter: Cow<'q, Filter>,
    /// Whether scores of a trace that is unknown are left out.
    require_trace: bool,
    /// Only scores that come after this one.
    after: Option<&'q ScoreCursor>,
    /// How many of the first rows are not given.
    skip: usize,
    /// How many rows must be known.
    rows_max: usize,
    /// Whether it matters how many match.
    counts: bool,
}

/// What is asked of the trace of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nothing,
    /// That it is there, if the score names one.
    ThatItIs,
    Conditions,
}

/// The scores in memory that may match.
#[derive(Debug, Default)]
pub struct HotScores {
    /// They, the newest first: all of them when their traces decide, else only the first.
    rows: Vec<Arc<Score>>,
    /// How many there are.
    total: usize,
    /// The traces in memory.
    traces: HashMap<Text, Arc<Trace>>,
}

impl<'q> ScoreSearch<'q> {
    /// The search for a page of a list.
    ///
    /// # Errors
    /// Fails when the page is too far from the first.
    pub fn page(query: &'q ScoreQuery) -> Result<Self, QueryError> {
        let rows_max = top::rows_of(query.page)?;
        let mut filter = Cow::Borrowed(&query.filter);
        if query.listable_only {
            let own = filter.to_mut();
            own.and(Column::DataType, Test::NoneOf(vec![DataType::Correction.as_str().to_owned()]));
            own.and(Column::SessionId, Test::IsNull);
            own.and(Column::DatasetRunId, Test::IsNull);
        }
        Ok(Self {
            filter,
            require_trace: query.require_trace,
            after: None,
            skip: query.page.offset(),
            rows_max,
            counts: true,
        })
    }

    /// The search for at most `rows_max` scores after a cursor. How many match is not found out.
    #[must_use]
    pub fn after(filter: &'q Filter, after: Option<&'q ScoreCursor>, rows_max: usize) -> Self {
        Self { filter: Cow::Borrowed(filter), require_trace: false, after, skip: 0, rows_max, counts: false }
    }

    /// Collects the scores in memory that may match.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>) -> HotScores {
        let mut hot = HotScores::default();
        for trace in view.traces() {
            hot.traces.insert(Text::from(trace.trace().id.as_str()), effective_of(trace));
        }
        let (own, _) = self.conditions();
        let decided_later = self.trace_decides() || !self.contents().is_empty();
        let rows_max = if decided_later { usize::MAX } else { self.rows_max };
        for score in view.scores().rev().filter(|score| holds(score, &own)) {
            hot.total += 1;
            if hot.rows.len() < rows_max && (decided_later || self.is_after(score)) {
                hot.rows.push(score.clone());
            }
        }
        hot
    }

    /// Searches the segments, and gives the rows with how many scores match in all.
    ///
    /// # Errors
    /// Fails when it takes too long, or nobody waits any more.
    pub fn finish(
        &self,
        hot: HotScores,
        sealed: &Sealed,
        (placements, contents): (&Placements, &dyn Contents),
        watch: &Watch,
    ) -> Result<(Vec<ScoreRow>, usize), QueryError> {
        let HotScores { mut rows, mut total, traces } = hot;
        let join = Join::new(sealed, &traces, watch);
        if self.trace_decides() {
            self.keep_placed(&mut rows, &join)?;
            total = rows.len();
        }
        let conditions = self.contents();
        if !conditions.is_empty() {
            keep_passing(&mut rows, &conditions, contents, watch)?;
            total = rows.len();
        }
        let mut top = Top::new(self.rows_max, Direction::Descending);
        for (index, score) in rows.iter().enumerate().filter(|(_, score)| self.is_after(score)) {
            top.push(Key::Time(score.timestamp), score.id.as_str(), Place::Hot(index));
        }
        let mut segments: Vec<_> = sealed.score_segments().iter().enumerate().collect();
        segments.sort_by_key(|(_, live)| std::cmp::Reverse(live.facts().time.map(|(_, last)| last)));
        let search = Search {
            sealed,
            table: Table::Scores,
            before: self.after.map(|after| (after.timestamp, after.id.as_str())),
            counts: self.counts,
            takes_all: self.filter.is_empty() && !self.require_trace,
            is_dear: !conditions.is_empty(),
            watch,
        };
        for (index, live) in segments {
            let candidates = |scanner: Scanner<'_>| select::scores(scanner, live, &self.filter);
            let further = |scanner: Scanner<'_>, rows: RoaringBitmap| {
                let rows = match self.asks_of_trace() {
                    Asks::Nothing => rows,
                    Asks::ThatItIs => self.placed(scanner, (sealed, live), rows, (&join, placements))?,
                    Asks::Conditions => self.passing(scanner, &rows, &join)?,
                };
                conditions.sift(scanner, Table::Scores, rows, contents)
            };
            total += search.newest((index, live), &mut top, candidates, further)?;
        }
        let candidates: Vec<_> = top.into_rows().into_iter().skip(self.skip).collect();
        Ok((rows_of(&candidates, &rows, sealed, &join, watch)?, total))
    }

    /// Takes out the scores in memory whose traces do not pass.
    fn keep_placed(&self, rows: &mut Vec<Arc<Score>>, join: &Join<'_>) -> Result<(), QueryError> {
        let mut kept = Vec::new();
        for chunk in rows.chunks(join::CHUNK_IDS) {
            let id = |score: &'_ Arc<Score>| score.trace_id.clone();
            let ids: Vec<_> = chunk.iter().filter_map(id).collect();
            self.prepare(join, ids.iter().map(spanstone_model::TraceId::as_str))?;
            let passes =
                |score: &&Arc<Score>| self.passes(score.trace_id.as_ref().map(spanstone_model::TraceId::as_str), join);
            kept.extend(chunk.iter().filter(passes).cloned());
        }
        *rows = kept;
        Ok(())
    }

    /// Those of a segment's scores whose traces are there, or which name none.
    fn placed(
        &self,
        scanner: Scanner<'_>,
        (sealed, live): (&Sealed, &LiveSegment),
        rows: RoaringBitmap,
        (join, placements): (&Join<'_>, &Placements),
    ) -> Result<RoaringBitmap, Fault> {
        let known = placements.get(live.id());
        let mut placed = known.sure(sealed) & &rows;
        let mut found: Vec<(u32, Option<(u64, u32)>)> = Vec::new();
        with_traces(scanner, &(rows - &placed), |scores| {
            join.notice(scores.iter().filter_map(|(_, id)| id.as_deref()))?;
            for (row, id) in scores {
                let place = id.as_deref().and_then(|id| join.place(id));
                if id.is_none() || place.is_some() {
                    found.push((*row, place));
                }
                if id.as_deref().is_none_or(|id| join.has(id)) {
                    placed.insert(*row);
                }
            }
            Ok(())
        })?;
        if !found.is_empty() {
            let mut known = Arc::unwrap_or_clone(known);
            known.add(found, sealed);
            placements.put(live.id(), known);
        }
        Ok(placed)
    }

    /// Those of a segment's scores whose traces pass.
    fn passing(&self, scanner: Scanner<'_>, rows: &RoaringBitmap, join: &Join<'_>) -> Result<RoaringBitmap, Fault> {
        let mut passing = RoaringBitmap::new();
        with_traces(scanner, rows, |scores| {
            self.prepare(join, scores.iter().filter_map(|(_, id)| id.as_deref()))?;
            let of_passing = scores.iter().filter(|(_, id)| self.passes(id.as_deref(), join));
            passing.extend(of_passing.map(|(row, _)| *row));
            Ok(())
        })?;
        Ok(passing)
    }

    /// Looks traces up, as far as they decide: mostly it is enough that they are there.
    fn prepare<'i>(&self, join: &Join<'_>, ids: impl Iterator<Item = &'i str>) -> Result<(), QueryError> {
        let (_, of_trace) = self.conditions();
        if of_trace.is_empty() { join.notice(ids) } else { join.resolve(ids) }
    }

    /// Whether a score with this trace passes, as far as the trace decides. The trace has been looked up.
    fn passes(&self, id: Option<&str>, join: &Join<'_>) -> bool {
        let (_, of_trace) = self.conditions();
        if of_trace.is_empty() {
            return !self.require_trace || id.is_none_or(|id| join.has(id));
        }
        let trace = id.and_then(|id| join.get(id));
        (id.is_none() || trace.is_some() || !self.require_trace) && join::holds(&of_trace, trace.as_ref())
    }

    /// The conditions on the score itself, and those on its trace.
    fn conditions(&self) -> (Vec<&Condition>, Vec<&Condition>) {
        self.filter.plain().partition(|condition| is_of_score(condition.column))
    }

    fn contents(&self) -> ContentConditions<'_> {
        ContentConditions::new(&self.filter.of_texts())
    }

    fn trace_decides(&self) -> bool {
        self.asks_of_trace() != Asks::Nothing
    }

    fn asks_of_trace(&self) -> Asks {
        if self.filter.plain().any(|condition| !is_of_score(condition.column)) {
            Asks::Conditions
        } else if self.require_trace {
            Asks::ThatItIs
        } else {
            Asks::Nothing
        }
    }

    fn is_after(&self, score: &Score) -> bool {
        let place: (Timestamp, &str) = (score.timestamp, score.id.as_str());
        self.after.is_none_or(|after| place < (after.timestamp, after.id.as_str()))
    }
}

/// Takes out the scores in memory whose metadata does not pass.
fn keep_passing(
    rows: &mut Vec<Arc<Score>>,
    conditions: &ContentConditions<'_>,
    contents: &dyn Contents,
    watch: &Watch,
) -> Result<(), QueryError> {
    watch.check()?;
    rows.retain(|score| {
        let row = ScoreRow { score: Arc::clone(score), trace: None, metadata: None };
        conditions.hold_for_metadata(&contents.of_score(&row))
    });
    Ok(())
}

/// Gives some scores with the ids of their traces, as many at once as are looked up at once.
fn with_traces(
    scanner: Scanner<'_>,
    rows: &RoaringBitmap,
    mut each: impl FnMut(&[(u32, Option<Text>)]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut waiting: Vec<(u32, Option<Text>)> = Vec::new();
    scanner.each_row(Table::Scores, &[columns::scores::TRACE_ID], rows, |row, batch, place| {
        waiting.push((row, batch.texts(0)?.get(place).map(Text::from)));
        if waiting.len() < join::CHUNK_IDS {
            return Ok(());
        }
        let full = std::mem::take(&mut waiting);
        each(&full)
    })?;
    each(&waiting)
}

/// The rows of some candidates, in their order. One whose segment cannot be read is left out.
fn rows_of(
    candidates: &[Candidate],
    hot: &[Arc<Score>],
    sealed: &Sealed,
    join: &Join<'_>,
    watch: &Watch,
) -> Result<Vec<ScoreRow>, QueryError> {
    let mut read: HashMap<(usize, u32), SealedScore> = HashMap::new();
    for (segment, rows) in by_segment(candidates.iter().map(|candidate| candidate.place)) {
        let live = &sealed.score_segments()[segment];
        let found = with_segment(sealed, live, watch, |scanner| Ok(scanner.segment.scores(&rows, With::Texts)?))?;
        read.extend(found.unwrap_or_default().into_iter().map(|(row, found)| ((segment, row), found)));
    }
    let found = candidates.iter().filter_map(|candidate| match candidate.place {
        Place::Hot(index) => Some((hot.get(index)?.clone(), None)),
        Place::Sealed { segment, row } => {
            let found = read.remove(&(segment, row))?;
            Some((found.score, Some(found.metadata)))
        }
    });
    let found: Vec<_> = found.collect();
    let mut rows = Vec::with_capacity(found.len());
    for chunk in found.chunks(join::CHUNK_IDS) {
        let id = |(score, _): &'_ (Arc<Score>, _)| score.trace_id.clone();
        let ids: Vec<_> = chunk.iter().filter_map(id).collect();
        join.resolve(ids.iter().map(spanstone_model::TraceId::as_str))?;
        rows.extend(chunk.iter().map(|(score, metadata)| ScoreRow {
            trace: score.trace_id.as_ref().and_then(|id| join.get(id.as_str())),
            score: score.clone(),
            metadata: metadata.clone(),
        }));
    }
    Ok(rows)
}
