//! Lists of scores, each with its trace.

use std::sync::Arc;

use spanstone_model::{Score, ScoreId, ScoreValue, Timestamp, Trace};
use spanstone_store::hot::LayeredView;

use crate::filter::{Column, Filter, Value};
use crate::page::{CursorPage, Page, PageRequest, paginate};
use crate::traces::with_fallbacks;

/// Which scores are wanted, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreQuery {
    /// Those that pass this.
    pub filter: Filter,
    /// Of them this page.
    pub page: PageRequest,
    /// Whether to leave out scores whose trace is unknown; scores that name no trace stay.
    pub require_trace: bool,
    /// Whether to leave out corrections and the scores of sessions and runs, which the oldest clients cannot read.
    pub listable_only: bool,
}

/// A place in the list of scores by time, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreCursor {
    /// The time of the last score that was given.
    pub timestamp: Timestamp,
    /// Its id.
    pub id: ScoreId,
}

/// A score and its trace.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRow {
    /// The score.
    pub score: Arc<Score>,
    /// Its trace, if it names one that is known.
    pub trace: Option<Arc<Trace>>,
}

/// One page of the scores that pass a filter.
#[must_use]
pub fn list(project: LayeredView<'_>, query: &ScoreQuery) -> Page<ScoreRow> {
    let rows = project.scores().rev().filter_map(|score| {
        if query.listable_only && !score.is_listed() {
            return None;
        }
        let row = row(project, score);
        let placed = score.trace_id.is_none() || row.trace.is_some();
        (placed || !query.require_trace).then_some(row).filter(|row| matches(row, &query.filter))
    });
    paginate(rows, query.page)
}

/// The scores after a cursor, the newest first.
#[must_use]
pub fn after(
    project: LayeredView<'_>,
    filter: &Filter,
    cursor: Option<&ScoreCursor>,
    limit: usize,
) -> CursorPage<ScoreRow, ScoreCursor> {
    let wanted = |score: &Arc<Score>| Some(row(project, score)).filter(|row| matches(row, filter));
    let mut rows: Vec<_> = match cursor {
        Some(cursor) => {
            project.scores_before(cursor.timestamp, &cursor.id).rev().filter_map(wanted).take(limit + 1).collect()
        }
        None => project.scores().rev().filter_map(wanted).take(limit + 1).collect(),
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| ScoreCursor { timestamp: last.score.timestamp, id: last.score.id.clone() });
    CursorPage { rows, next }
}

/// One score.
#[must_use]
pub fn one(project: LayeredView<'_>, id: &ScoreId) -> Option<ScoreRow> {
    project.score(id.as_str()).map(|score| row(project, score))
}

fn row(project: LayeredView<'_>, score: &Arc<Score>) -> ScoreRow {
    let trace = score.trace_id.as_ref().and_then(|id| project.trace(id.as_str())).map(with_fallbacks);
    ScoreRow { score: score.clone(), trace }
}

fn matches(row: &ScoreRow, filter: &Filter) -> bool {
    filter.matches(|column| value(row, column))
}

fn value(row: &ScoreRow, column: Column) -> Value<'_> {
    let (score, trace) = (&row.score, row.trace.as_deref());
    match column {
        Column::Id => Value::Text(Some(score.id.as_str())),
        Column::Timestamp => Value::Time(Some(score.timestamp)),
        Column::Environment => Value::Text(Some(&score.environment)),
        Column::TraceId => Value::Text(score.trace_id.as_ref().map(spanstone_model::TraceId::as_str)),
        Column::ObservationId => Value::Text(score.observation_id.as_ref().map(spanstone_model::ObservationId::as_str)),
        Column::SessionId => Value::Text(score.session_id.as_ref().map(spanstone_model::SessionId::as_str)),
        Column::DatasetRunId => Value::Text(score.dataset_run_id.as_deref()),
        Column::Name => Value::Text(Some(&score.name)),
        Column::Value => Value::Number(score.value.number()),
        Column::BooleanValue => Value::Flag(score.value == ScoreValue::Boolean(true)),
        Column::StringValue => Value::Text(score.value.text()),
        Column::Source => Value::Text(Some(score.source.as_str())),
        Column::DataType => Value::Text(Some(score.value.data_type().as_str())),
        Column::Comment => Value::Text(score.comment.as_deref()),
        Column::ConfigId => Value::Text(score.config_id.as_deref()),
        Column::QueueId => Value::Text(score.queue_id.as_deref()),
        Column::TraceName => Value::Text(trace.and_then(|trace| trace.name.as_deref())),
        Column::UserId => Value::Text(trace.and_then(|trace| trace.user_id.as_deref())),
        Column::Tags => Value::List(trace.map_or(&[], |trace| &trace.tags)),
        _ => Value::Text(None),
    }
}
