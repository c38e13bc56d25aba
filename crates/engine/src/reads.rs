//! Reads: lists and single rows, with their payloads.
//!
//! A read first collects its rows under the hot set's lock, then reads payloads for the rows of the answer alone,
//! without the lock.

use std::sync::Arc;

use spanstone_model::{
    Observation, ObservationId, Payloads, ProjectId, Score, ScoreId, SessionId, Text, Trace, TraceId,
};
use spanstone_query::traces::TraceContents;
use spanstone_query::{
    CursorPage, Filter, ObservationCursor, ObservationQuery, ObservationRow, Page, ScoreCursor, ScoreQuery, ScoreRow,
    SessionQuery, TraceCursor, TraceQuery, TraceRow,
};
use spanstone_query::{observations, scores, sessions, traces};
use spanstone_store::hot::{LayeredView, SessionRow};

use crate::payloads::Places;
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

impl Engine {
    /// One page of the traces of a project.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn traces(
        &self,
        project: &ProjectId,
        query: &TraceQuery,
        with_payloads: bool,
    ) -> Result<Page<TraceItem>, EngineError> {
        let page = self.view(project, |view| traces::list(view, query))?;
        let rows = page.rows.into_iter().map(|row| self.trace_item(row, with_payloads)).collect();
        Ok(Page { rows, total: page.total })
    }

    /// The traces after a cursor, the newest first, and how many there are in all. `search` is looked for in the
    /// ids, names, users and sessions, in whatever case.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn traces_after(
        &self,
        project: &ProjectId,
        filter: &Filter,
        search: Option<&str>,
        after: Option<&TraceCursor>,
        limit: usize,
    ) -> Result<(CursorPage<TraceRow, TraceCursor>, usize), EngineError> {
        self.view(project, |view| traces::after(view, filter, search, after, limit))
    }

    /// One trace with everything in it; the observations without payloads unless `with_payloads`.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn trace(
        &self,
        project: &ProjectId,
        id: &TraceId,
        with_payloads: bool,
    ) -> Result<Option<TraceDetail>, EngineError> {
        let Some(TraceContents { row, observations, scores }) = self.view(project, |view| traces::one(view, id))?
        else {
            return Ok(None);
        };
        let trace = row.trace.clone();
        let observation_item = |observation: Arc<Observation>| {
            let is_root = traces::is_root(&observation);
            let row = ObservationRow { observation, trace: trace.clone(), is_root };
            self.observation_item(row, with_payloads)
        };
        let score_item = |score: Arc<Score>| self.score_item(ScoreRow { score, trace: Some(trace.clone()) });
        Ok(Some(TraceDetail {
            observations: observations.into_iter().map(observation_item).collect(),
            scores: scores.into_iter().map(score_item).collect(),
            item: self.trace_item(row, true),
        }))
    }

    /// One page of the observations of a project, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn observations(
        &self,
        project: &ProjectId,
        query: &ObservationQuery,
    ) -> Result<Page<ObservationItem>, EngineError> {
        let page = self.view(project, |view| observations::list(view, query))?;
        let rows = page.rows.into_iter().map(|row| self.observation_item(row, true)).collect();
        Ok(Page { rows, total: page.total })
    }

    /// The observations after a cursor, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn observations_after(
        &self,
        project: &ProjectId,
        filter: &Filter,
        after: Option<&ObservationCursor>,
        limit: usize,
        with_payloads: bool,
    ) -> Result<CursorPage<ObservationItem, ObservationCursor>, EngineError> {
        let page = self.view(project, |view| observations::after(view, filter, after, limit))?;
        let rows = page.rows.into_iter().map(|row| self.observation_item(row, with_payloads)).collect();
        Ok(CursorPage { rows, next: page.next })
    }

    /// One observation.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn observation(&self, project: &ProjectId, id: &ObservationId) -> Result<Option<ObservationItem>, EngineError> {
        let row = self.view(project, |view| observations::one(view, id))?;
        Ok(row.map(|row| self.observation_item(row, true)))
    }

    /// One page of the sessions of a project, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn sessions(&self, project: &ProjectId, query: &SessionQuery) -> Result<Page<SessionRow>, EngineError> {
        self.view(project, |view| sessions::list(view, query))
    }

    /// One session with its traces, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn session_traces(
        &self,
        project: &ProjectId,
        id: &SessionId,
    ) -> Result<Option<(SessionRow, Vec<TraceItem>)>, EngineError> {
        let found = self.view(project, |view| sessions::one(view, id))?;
        Ok(found.map(|(session, rows)| (session, rows.into_iter().map(|row| self.trace_item(row, true)).collect())))
    }

    /// One page of the scores of a project, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn scores(&self, project: &ProjectId, query: &ScoreQuery) -> Result<Page<ScoreItem>, EngineError> {
        let page = self.view(project, |view| scores::list(view, query))?;
        Ok(Page { rows: page.rows.into_iter().map(|row| self.score_item(row)).collect(), total: page.total })
    }

    /// The scores after a cursor, the newest first.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn scores_after(
        &self,
        project: &ProjectId,
        filter: &Filter,
        after: Option<&ScoreCursor>,
        limit: usize,
    ) -> Result<CursorPage<ScoreItem, ScoreCursor>, EngineError> {
        let page = self.view(project, |view| scores::after(view, filter, after, limit))?;
        Ok(CursorPage { rows: page.rows.into_iter().map(|row| self.score_item(row)).collect(), next: page.next })
    }

    /// One score.
    ///
    /// # Errors
    /// Fails while the journal is being replayed.
    pub fn score(&self, project: &ProjectId, id: &ScoreId) -> Result<Option<ScoreItem>, EngineError> {
        let row = self.view(project, |view| scores::one(view, id))?;
        Ok(row.map(|row| self.score_item(row)))
    }

    /// Looks at a project; a project to which nothing was written yet looks empty.
    fn view<T>(&self, project: &ProjectId, look: impl FnOnce(LayeredView<'_>) -> T) -> Result<T, EngineError> {
        Ok(self.store.view(project, look)?.0)
    }

    fn trace_item(&self, row: TraceRow, with_payloads: bool) -> TraceItem {
        let payloads = self.payloads_of(with_payloads, trace_places(&row.trace));
        TraceItem { row, payloads }
    }

    fn observation_item(&self, row: ObservationRow, with_payloads: bool) -> ObservationItem {
        let observation = &row.observation;
        let places = Places { input: observation.input, output: observation.output, metadata: &observation.metadata };
        let payloads = self.payloads_of(with_payloads, places);
        ObservationItem { row, payloads }
    }

    fn score_item(&self, row: ScoreRow) -> ScoreItem {
        let places = Places { input: None, output: None, metadata: &row.score.metadata };
        let metadata = self.payloads_of(true, places).metadata;
        ScoreItem { row, metadata }
    }

    fn payloads_of(&self, wanted: bool, places: Places<'_>) -> Payloads {
        if wanted { self.payloads.read(&self.store, places) } else { Payloads::default() }
    }
}

fn trace_places(trace: &Trace) -> Places<'_> {
    Places { input: trace.input, output: trace.output, metadata: &trace.metadata }
}
