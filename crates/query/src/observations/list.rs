//! Lists of observations, over what is in memory and what is sealed.

use std::collections::HashMap;
use std::sync::Arc;

use spanstone_model::{Observation, Text, Timestamp, Trace};
use spanstone_store::Sealed;
use spanstone_store::hot::{LayeredView, TraceView};
use spanstone_store::segment::{SealedObservation, Table, With};

use super::hot::{holds, is_own};
use super::{ObservationCursor, ObservationQuery, ObservationRow};
use crate::contents::{ContentConditions, Contents};
use crate::filter::{Column, Filter, Value};
use crate::page::Direction;
use crate::sealed::join::{self, Join};
use crate::sealed::scan::Scanner;
use crate::sealed::search::Search;
use crate::sealed::{select, with_segment};
use crate::top::{self, Candidate, Key, Place, Top};
use crate::traces::{Texts, by_segment, effective_of, is_root};
use crate::{QueryError, Watch};

/// A search for observations, the newest first.
#[derive(Debug, Clone)]
pub struct ObservationSearch<'q> {
    filter: &'q Filter,
    /// Only observations that come after this one.
    after: Option<&'q ObservationCursor>,
    /// How many of the first rows are not given.
    skip: usize,
    /// How many rows must be known.
    rows_max: usize,
    /// Whether it matters how many match.
    counts: bool,
    /// Whether their texts are wanted.
    with_texts: bool,
}

/// An observation in memory with its trace.
type HotRow = (Arc<Observation>, Arc<Trace>);

/// The matches in memory.
#[derive(Debug, Default)]
pub struct HotObservations {
    /// The first of them, the newest first.
    rows: Vec<HotRow>,
    /// How many there are.
    total: usize,
    /// The traces in memory some of whose observations are sealed.
    traces: HashMap<Text, Arc<Trace>>,
}

impl<'q> ObservationSearch<'q> {
    /// The search for a page of a list.
    ///
    /// # Errors
    /// Fails when the page is too far from the first.
    pub fn page(query: &'q ObservationQuery, with_texts: bool) -> Result<Self, QueryError> {
        let rows_max = top::rows_of(query.page)?;
        Ok(Self { filter: &query.filter, after: None, skip: query.page.offset(), rows_max, counts: true, with_texts })
    }

    /// The search for at most `rows_max` observations after a cursor. How many match is not found out.
    #[must_use]
    pub fn after(filter: &'q Filter, after: Option<&'q ObservationCursor>, rows_max: usize, with_texts: bool) -> Self {
        Self { filter, after, skip: 0, rows_max, counts: false, with_texts }
    }

    /// Collects the matches in memory; where their texts decide, what may match.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>) -> HotObservations {
        let (shown, others): (Vec<_>, Vec<_>) =
            self.filter.plain().partition(|condition| condition.column == Column::ShownVersion);
        let (own, of_trace): (Vec<_>, Vec<_>) = others.into_iter().partition(|it| is_own(it));
        let rows_max = if self.contents().is_empty() { self.rows_max } else { usize::MAX };
        let mut hot = HotObservations { traces: with_sealed(view), ..HotObservations::default() };
        if of_trace.is_empty() && shown.is_empty() {
            let matching = view.observations().rev().filter(|observation| holds(observation, &own));
            for observation in matching {
                hot.total += 1;
                if hot.rows.len() < rows_max
                    && self.is_after(observation.start, observation.id.as_str())
                    && let Some(trace) = view.trace(observation.trace_id.as_str())
                {
                    hot.rows.push((observation.clone(), effective_of(trace)));
                }
                if !self.counts && hot.rows.len() >= rows_max {
                    break;
                }
            }
            return hot;
        }
        let mut top = Top::new(rows_max, Direction::Descending);
        let mut found = Vec::new();
        for trace in self.traces(view) {
            let row = effective_of(trace);
            if !join::holds(&of_trace, Some(&row)) {
                continue;
            }
            let has_shown = |version: Option<&str>| shown.iter().all(|it| it.test.holds(Value::Text(version)));
            let passes =
                |it: &Observation| holds(it, &own) && has_shown(it.version.as_deref().or(row.version.as_deref()));
            for observation in trace.observations().filter(|observation| passes(observation)) {
                hot.total += 1;
                if self.is_after(observation.start, observation.id.as_str()) {
                    let key = Key::Time(observation.start);
                    top.push(key, observation.id.as_str(), Place::Hot(found.len()));
                    found.push((observation, row.clone()));
                }
            }
        }
        let places = top.into_rows().into_iter().filter_map(|candidate| match candidate.place {
            Place::Hot(index) => Some(index),
            Place::Sealed { .. } => None,
        });
        hot.rows = places.map(|index| (found[index].0.clone(), found[index].1.clone())).collect();
        hot
    }

    /// Searches the segments, and gives the rows with how many observations match in all.
    ///
    /// # Errors
    /// Fails when it takes too long, or nobody waits any more.
    pub fn finish(
        &self,
        hot: HotObservations,
        sealed: &Sealed,
        contents: &dyn Contents,
        watch: &Watch,
    ) -> Result<(Vec<ObservationRow>, usize), QueryError> {
        let HotObservations { mut rows, mut total, traces } = hot;
        let conditions = self.contents();
        if !conditions.is_empty() {
            rows = self.passing(rows, &conditions, contents, watch)?;
            total = rows.len();
        }
        let mut top = Top::new(self.rows_max, Direction::Descending);
        for (index, (observation, _)) in rows.iter().enumerate() {
            top.push(Key::Time(observation.start), observation.id.as_str(), Place::Hot(index));
        }
        let join = Join::new(sealed, &traces, watch);
        let mut segments: Vec<_> = sealed.segments().iter().enumerate().collect();
        segments.sort_by_key(|(_, live)| std::cmp::Reverse(live.facts().start.map(|(_, last)| last)));
        let search = Search {
            sealed,
            table: Table::Observations,
            before: self.after.map(|after| (after.start, after.id.as_str())),
            counts: self.counts,
            takes_all: self.filter.is_empty(),
            is_dear: !conditions.is_empty(),
            watch,
        };
        for (index, live) in segments {
            let candidates =
                |scanner: Scanner<'_>| select::observations(scanner, live, self.filter, &conditions, &join);
            let further = |scanner: Scanner<'_>, rows| conditions.sift(scanner, Table::Observations, rows, contents);
            total += search.newest((index, live), &mut top, candidates, further)?;
        }
        let candidates: Vec<_> = top.into_rows().into_iter().skip(self.skip).collect();
        Ok((self.rows(&candidates, &rows, sealed, &join, watch)?, total))
    }

    fn contents(&self) -> ContentConditions<'q> {
        ContentConditions::new(&self.filter.of_texts())
    }

    /// Those rows in memory whose texts pass: all of them if it matters how many, else no more than are wanted.
    fn passing(
        &self,
        rows: Vec<HotRow>,
        conditions: &ContentConditions<'_>,
        contents: &dyn Contents,
        watch: &Watch,
    ) -> Result<Vec<HotRow>, QueryError> {
        let mut passing = Vec::new();
        for (observation, trace) in rows {
            if !self.counts && passing.len() >= self.rows_max {
                break;
            }
            watch.check()?;
            let row = row(observation, trace, Texts::Referred);
            if conditions.hold(&contents.of_observation(&row)) {
                passing.push((row.observation, row.trace));
            }
        }
        Ok(passing)
    }

    /// The rows of some candidates, in their order. One whose segment cannot be read is left out.
    fn rows(
        &self,
        candidates: &[Candidate],
        hot: &[(Arc<Observation>, Arc<Trace>)],
        sealed: &Sealed,
        join: &Join<'_>,
        watch: &Watch,
    ) -> Result<Vec<ObservationRow>, QueryError> {
        let with = if self.with_texts { With::Texts } else { With::Shown };
        let mut read: HashMap<(usize, u32), SealedObservation> = HashMap::new();
        for (segment, rows) in by_segment(candidates.iter().map(|candidate| candidate.place)) {
            let live = &sealed.segments()[segment];
            let found = with_segment(sealed, live, watch, |scanner| Ok(scanner.segment.observations(&rows, with)?))?;
            read.extend(found.unwrap_or_default().into_iter().map(|(row, found)| ((segment, row), found)));
        }
        let ids: Vec<_> = read.values().map(|found| found.observation.trace_id.clone()).collect();
        for ids in ids.chunks(join::CHUNK_IDS) {
            join.resolve(ids.iter().map(spanstone_model::TraceId::as_str))?;
        }
        let rows = candidates.iter().filter_map(|candidate| match candidate.place {
            Place::Hot(index) => {
                let (observation, trace) = hot.get(index)?;
                Some(row(observation.clone(), trace.clone(), Texts::Referred))
            }
            Place::Sealed { segment, row: place } => {
                let SealedObservation { observation, payloads, .. } = read.remove(&(segment, place))?;
                let trace = join.get(observation.trace_id.as_str())?;
                let texts = if self.with_texts { Texts::Read(payloads) } else { Texts::Referred };
                Some(row(observation, trace, texts))
            }
        });
        Ok(rows.collect())
    }

    /// The traces in memory that may pass.
    fn traces<'a>(&self, view: LayeredView<'a>) -> Vec<TraceView<'a>> {
        match self.filter.equals(Column::TraceId) {
            Some(id) => view.trace(id).into_iter().collect(),
            None => view.traces().collect(),
        }
    }

    fn is_after(&self, start: Timestamp, id: &str) -> bool {
        self.after.is_none_or(|after| (start, id) < (after.start, after.id.as_str()))
    }
}

pub(super) fn row(observation: Arc<Observation>, trace: Arc<Trace>, texts: Texts) -> ObservationRow {
    ObservationRow { is_root: is_root(&observation), observation, trace, texts }
}

/// The traces in memory some of whose observations are sealed.
pub(crate) fn with_sealed(view: LayeredView<'_>) -> HashMap<Text, Arc<Trace>> {
    let spread = view.traces().filter(|trace| trace.has_sealed());
    spread.map(|trace| (Text::from(trace.trace().id.as_str()), effective_of(trace))).collect()
}
