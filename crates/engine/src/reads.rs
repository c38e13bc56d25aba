//! Reads: lists and single rows, with their payloads.
//!
//! A read first collects what memory has to say, under the store's lock, then reads segments and payloads without it, for
//! the rows of the answer alone. It stops when it takes too long, or when nobody waits for it any more.

use std::time::Duration;

use spanstone_model::{ObservationId, Payloads, ProjectId, ScoreId, SessionId, Text, TraceId};
use spanstone_query::daily::Day;
use spanstone_query::experiments::{ExperimentEvents, ExperimentQuery};
use spanstone_query::facets::{FacetAnswer, FacetQuery};
use spanstone_query::metrics::{Metrics, MetricsAnswer};
use spanstone_query::observations::HotObservation;
use spanstone_query::scores::HotScore;
use spanstone_query::sessions::{self, Sessions};
use spanstone_query::traces::{HotTrace, TraceContents};
use spanstone_query::users::Users;
use spanstone_query::{
    CursorPage, DailyQuery, Filter, ObservationCursor, ObservationQuery, ObservationRow, ObservationSearch, Page,
    ScoreCursor, ScoreQuery, ScoreRow, ScoreSearch, SessionQuery, TraceCursor, TraceParts, TraceQuery, TraceRow,
    TraceSearch, UserQuery, UserRow, Watch,
};
use spanstone_store::Sealed;
use spanstone_store::hot::{LayeredView, SessionRow};

use crate::payloads::PayloadReader;
use crate::{Engine, EngineError};

/// A trace with its payloads.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceItem {
    /// The trace and what belongs to it.
    pub row: TraceRow,
    /// Its payloads; empty when they were not asked for.
    pub payloads: Payloads,
}

/// An observation with its payloads.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationItem {
    /// The observation and its trace.
    pub row: ObservationRow,
    /// Its payloads; empty when they were not asked for.
    pub payloads: Payloads,
}

/// A score with its metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreItem {
    /// The score and its trace.
    pub row: ScoreRow,
    /// Its metadata: keys and stored values.
    pub metadata: Vec<(Text, Text)>,
}

/// A trace with everything in it.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceDetail {
    /// The trace.
    pub item: TraceItem,
    /// Its observations, by start.
    pub observations: Vec<ObservationItem>,
    /// The scores that name it.
    pub scores: Vec<ScoreItem>,
}

/// The questions that may be asked of an engine, for one who waits for the answer.
#[derive(Debug, Clone)]
pub struct Reads<'e> {
    engine: &'e Engine,
    watch: Watch,
}

impl Engine {
    /// A watch over a question that is asked now.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(Duration::from_secs(self.limits.query_seconds_max))
    }

    /// To ask questions, as long as the watch allows.
    #[must_use]
    pub fn reads(&self, watch: Watch) -> Reads<'_> {
        Reads { engine: self, watch }
    }
}

impl<'e> Reads<'e> {
    /// The engine that is asked.
    #[must_use]
    pub fn engine(&self) -> &'e Engine {
        self.engine
    }

    /// One page of the traces of a project.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when the page is too far from the first, and when it takes too long.
    pub fn traces(
        &self,
        project: &ProjectId,
        query: &TraceQuery,
        parts: TraceParts,
    ) -> Result<Page<TraceItem>, EngineError> {
        let search = TraceSearch::page(query, parts)?;
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let (rows, total) = search.finish(hot, &sealed, &self.payloads(&sealed), &self.watch)?;
        Ok(Page { rows: self.trace_items(rows, parts.texts, &sealed), total })
    }

    /// The traces after a cursor, the newest first, and how many there are in all. `search` is looked for in the
    /// ids, names, users and sessions, in whatever case.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn traces_after(
        &self,
        project: &ProjectId,
        filter: &Filter,
        search: Option<&str>,
        after: Option<&TraceCursor>,
        limit: usize,
    ) -> Result<(CursorPage<TraceRow, TraceCursor>, usize), EngineError> {
        let parts = TraceParts { texts: false, observation_ids: false, scores: true, sums: true };
        let search = TraceSearch::after(filter, search, after, limit + 1, parts);
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let (rows, total) = search.finish(hot, &sealed, &self.payloads(&sealed), &self.watch)?;
        let cursor = |row: &TraceRow| TraceCursor { timestamp: row.trace.timestamp, id: row.trace.id.clone() };
        Ok((CursorPage::of(rows, limit, cursor), total))
    }

    /// One trace with everything in it. The payloads of its observations come along when there are at most
    /// `payloads_max` of these.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn trace(
        &self,
        project: &ProjectId,
        id: &TraceId,
        payloads_max: usize,
    ) -> Result<Option<TraceDetail>, EngineError> {
        let (hot, sealed) = self.view(project, |view| HotTrace::look(view, id))?;
        let Some(contents) = hot.finish(&sealed, payloads_max, &self.watch)? else { return Ok(None) };
        let TraceContents { row, observations, scores } = contents;
        let with_payloads = observations.len() <= payloads_max;
        let reader = self.payloads(&sealed);
        Ok(Some(TraceDetail {
            item: TraceItem { payloads: reader.of_trace(&row), row },
            observations: self.observation_items(observations, with_payloads, &sealed),
            scores: self.score_items(scores, &sealed),
        }))
    }

    /// One page of the observations of a project, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when the page is too far from the first, and when it takes too long.
    pub fn observations(
        &self,
        project: &ProjectId,
        query: &ObservationQuery,
    ) -> Result<Page<ObservationItem>, EngineError> {
        let search = ObservationSearch::page(query, true)?;
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let (rows, total) = search.finish(hot, &sealed, &self.payloads(&sealed), &self.watch)?;
        Ok(Page { rows: self.observation_items(rows, true, &sealed), total })
    }

    /// The observations after a cursor, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn observations_after(
        &self,
        project: &ProjectId,
        filter: &Filter,
        after: Option<&ObservationCursor>,
        limit: usize,
        with_payloads: bool,
    ) -> Result<CursorPage<ObservationItem, ObservationCursor>, EngineError> {
        let search = ObservationSearch::after(filter, after, limit + 1, with_payloads);
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let (rows, _) = search.finish(hot, &sealed, &self.payloads(&sealed), &self.watch)?;
        let page = CursorPage::of(rows, limit, |row: &ObservationRow| ObservationCursor {
            start: row.observation.start,
            trace_id: row.observation.trace_id.clone(),
            id: row.observation.id.clone(),
        });
        Ok(CursorPage { rows: self.observation_items(page.rows, with_payloads, &sealed), next: page.next })
    }

    /// One observation.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn observation(&self, project: &ProjectId, id: &ObservationId) -> Result<Option<ObservationItem>, EngineError> {
        let (hot, sealed) = self.view(project, |view| HotObservation::look(view, id))?;
        let row = hot.finish(&sealed, &self.watch)?;
        Ok(self.observation_items(row.into_iter().collect(), true, &sealed).pop())
    }

    /// One page of the sessions of a project, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when the page is too far from the first, when there are too many
    /// sessions, and when it takes too long.
    pub fn sessions(&self, project: &ProjectId, query: &SessionQuery) -> Result<Page<SessionRow>, EngineError> {
        let (hot, sealed) = self.view(project, Sessions::look)?;
        Ok(hot.finish(query, &sealed, &self.watch)?)
    }

    /// One session with its traces, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn session_traces(
        &self,
        project: &ProjectId,
        id: &SessionId,
    ) -> Result<Option<(SessionRow, Vec<TraceItem>)>, EngineError> {
        let (query, parts) =
            (sessions::traces_of(id), TraceParts { observation_ids: false, scores: false, texts: true, sums: false });
        let search = TraceSearch::page(&query, parts)?;
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let (rows, _) = search.finish(hot, &sealed, &self.payloads(&sealed), &self.watch)?;
        let session = sessions::of_traces(id, &rows);
        Ok(session.map(|session| (session, self.trace_items(rows, true, &sealed))))
    }

    /// One page of the users of a project.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when the page is too far from the first, when there are too many users,
    /// and when it takes too long.
    pub fn users(&self, project: &ProjectId, query: &UserQuery) -> Result<Page<UserRow>, EngineError> {
        let (hot, sealed) = self.view(project, |view| Users::look(query, view))?;
        Ok(hot.finish(query, &sealed, &self.watch)?)
    }

    /// What was observed of experiments.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when there is too much, and when it takes too long.
    pub fn experiment_events(
        &self,
        project: &ProjectId,
        query: &ExperimentQuery,
    ) -> Result<ExperimentEvents, EngineError> {
        let (hot, sealed) = self.view(project, |view| query.look(view))?;
        Ok(hot.finish(query, &sealed, &self.watch)?)
    }

    /// What the rows that pass a filter have in common.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when there are too many values, and when it takes too long.
    pub fn facets(&self, project: &ProjectId, query: &FacetQuery) -> Result<FacetAnswer, EngineError> {
        let (hot, sealed) = self.view(project, |view| query.look(view))?;
        Ok(query.finish(hot, &sealed, &self.watch)?)
    }

    /// One page of the scores of a project, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when the page is too far from the first, and when it takes too long.
    pub fn scores(&self, project: &ProjectId, query: &ScoreQuery) -> Result<Page<ScoreItem>, EngineError> {
        let search = ScoreSearch::page(query)?;
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let (rows, total) =
            search.finish(hot, &sealed, (&self.engine.placements, &self.payloads(&sealed)), &self.watch)?;
        Ok(Page { rows: self.score_items(rows, &sealed), total })
    }

    /// The scores after a cursor, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn scores_after(
        &self,
        project: &ProjectId,
        filter: &Filter,
        after: Option<&ScoreCursor>,
        limit: usize,
    ) -> Result<CursorPage<ScoreItem, ScoreCursor>, EngineError> {
        let search = ScoreSearch::after(filter, after, limit + 1);
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let (rows, _) = search.finish(hot, &sealed, (&self.engine.placements, &self.payloads(&sealed)), &self.watch)?;
        let cursor = |row: &ScoreRow| ScoreCursor { timestamp: row.score.timestamp, id: row.score.id.clone() };
        let page = CursorPage::of(rows, limit, cursor);
        Ok(CursorPage { rows: self.score_items(page.rows, &sealed), next: page.next })
    }

    /// One score.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn score(&self, project: &ProjectId, id: &ScoreId) -> Result<Option<ScoreItem>, EngineError> {
        let (hot, sealed) = self.view(project, |view| HotScore::look(view, id))?;
        let row = hot.finish(&sealed, &self.watch)?;
        Ok(self.score_items(row.into_iter().collect(), &sealed).pop())
    }

    /// One page of the days of a project, the newest first: traces, and tokens and cost by model.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when there are too many models, and when it takes too long.
    pub fn daily(&self, project: &ProjectId, query: &DailyQuery) -> Result<Page<Day>, EngineError> {
        let rollups = &self.engine.rollups;
        let (hot, sealed) = self.view(project, |view| query.look(view, rollups))?;
        Ok(query.finish(&hot, &sealed, rollups, &self.watch)?)
    }

    /// What traces, observations or scores of a project come to.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, when there are too many groups or values, and when it takes too long.
    pub fn metrics(&self, project: &ProjectId, question: &Metrics) -> Result<MetricsAnswer, EngineError> {
        let (hot, sealed) = self.view(project, |view| question.look(view))?;
        Ok(question.finish(&hot, &sealed, &self.payloads(&sealed), &self.watch)?)
    }

    /// Looks at a project; a project to which nothing was written yet looks empty.
    pub(crate) fn view<T>(
        &self,
        project: &ProjectId,
        look: impl FnOnce(LayeredView<'_>) -> T,
    ) -> Result<(T, Sealed), EngineError> {
        Ok(self.engine.store.view(project, look)?)
    }

    /// How long this may go on.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(crate) fn payloads<'s>(&'s self, sealed: &'s Sealed) -> PayloadReader<'s> {
        PayloadReader { store: &self.engine.store, sealed }
    }

    fn trace_items(&self, rows: Vec<TraceRow>, with_payloads: bool, sealed: &Sealed) -> Vec<TraceItem> {
        let reader = self.payloads(sealed);
        let payloads = |row: &TraceRow| if with_payloads { reader.of_trace(row) } else { Payloads::default() };
        rows.into_iter().map(|row| TraceItem { payloads: payloads(&row), row }).collect()
    }

    fn observation_items(
        &self,
        rows: Vec<ObservationRow>,
        with_payloads: bool,
        sealed: &Sealed,
    ) -> Vec<ObservationItem> {
        let reader = self.payloads(sealed);
        let payloads = |row: &ObservationRow| {
            if with_payloads { reader.of_observation(row) } else { Payloads::default() }
        };
        rows.into_iter().map(|row| ObservationItem { payloads: payloads(&row), row }).collect()
    }

    fn score_items(&self, rows: Vec<ScoreRow>, sealed: &Sealed) -> Vec<ScoreItem> {
        let reader = self.payloads(sealed);
        rows.into_iter().map(|row| ScoreItem { metadata: reader.of_score(&row), row }).collect()
    }
}
