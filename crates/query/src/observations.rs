//! Lists of observations, each with its trace.

use std::cell::OnceCell;
use std::sync::Arc;

use spanstone_model::{Observation, ObservationId, Timestamp, Trace, TraceId};
use spanstone_store::hot::LayeredView;

use crate::filter::{Column, Filter, Value};
use crate::page::{CursorPage, Page, PageRequest, paginate};
use crate::traces::{float, is_root, with_fallbacks};

/// Which observations are wanted, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationQuery {
    /// Those that pass this.
    pub filter: Filter,
    /// Of them this page.
    pub page: PageRequest,
}

/// A place in the list of observations by start, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservationCursor {
    /// The start of the last observation that was given.
    pub start: Timestamp,
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub id: ObservationId,
}

/// An observation and its trace.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationRow {
    /// The observation.
    pub observation: Arc<Observation>,
    /// Its trace, with the name of its root where it has none of its own.
    pub trace: Arc<Trace>,
    /// Whether it is a root of its trace.
    pub is_root: bool,
}

/// One page of the observations that pass a filter.
#[must_use]
pub fn list(project: LayeredView<'_>, query: &ObservationQuery) -> Page<ObservationRow> {
    let page = match query.filter.equals(Column::TraceId) {
        Some(trace) => paginate(of_trace(project, trace, &query.filter).into_iter(), query.page),
        None => {
            let matching = project.observations().rev().filter(|it| matches(project, it, &query.filter));
            paginate(matching, query.page)
        }
    };
    Page { rows: page.rows.into_iter().filter_map(|it| row(project, it)).collect(), total: page.total }
}

/// The observations after a cursor, the newest first.
#[must_use]
pub fn after(
    project: LayeredView<'_>,
    filter: &Filter,
    cursor: Option<&ObservationCursor>,
    limit: usize,
) -> CursorPage<ObservationRow, ObservationCursor> {
    let wanted = |observation: &&Arc<Observation>| matches(project, observation, filter);
    let mut found: Vec<_> = match (filter.equals(Column::TraceId), cursor) {
        (Some(trace), cursor) => {
            let after =
                |it: &&Arc<Observation>| cursor.is_none_or(|cursor| (it.start, &it.id) < (cursor.start, &cursor.id));
            of_trace(project, trace, filter).into_iter().filter(after).take(limit + 1).collect()
        }
        (None, Some(cursor)) => {
            let before = project.observations_before(cursor.start, &cursor.id);
            before.rev().filter(wanted).take(limit + 1).collect()
        }
        (None, None) => project.observations().rev().filter(wanted).take(limit + 1).collect(),
    };
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| ObservationCursor {
        start: last.start,
        trace_id: last.trace_id.clone(),
        id: last.id.clone(),
    });
    CursorPage { rows: found.into_iter().filter_map(|it| row(project, it)).collect(), next }
}

/// One observation.
#[must_use]
pub fn one(project: LayeredView<'_>, id: &ObservationId) -> Option<ObservationRow> {
    row(project, project.observation(id.as_str())?)
}

/// The observations of one trace that pass a filter, the newest first.
fn of_trace<'a>(project: LayeredView<'a>, trace: &str, filter: &Filter) -> Vec<&'a Arc<Observation>> {
    let Some(view) = project.trace(trace) else {
        return Vec::new();
    };
    let mut found: Vec<_> = view.observations().filter(|it| matches(project, it, filter)).collect();
    found.sort_by(|left, right| (right.start, &right.id).cmp(&(left.start, &left.id)));
    found
}

fn row(project: LayeredView<'_>, observation: &Arc<Observation>) -> Option<ObservationRow> {
    let trace = with_fallbacks(project.trace(observation.trace_id.as_str())?);
    Some(ObservationRow { observation: observation.clone(), trace, is_root: is_root(observation) })
}

fn matches(project: LayeredView<'_>, observation: &Observation, filter: &Filter) -> bool {
    if filter.conditions().is_empty() {
        return true;
    }
    let trace: OnceCell<Option<Arc<Trace>>> = OnceCell::new();
    let trace = || trace.get_or_init(|| project.trace(observation.trace_id.as_str()).map(with_fallbacks)).as_deref();
    filter.matches(|column| own_value(observation, column).unwrap_or_else(|| trace_value(trace(), column)))
}

/// The value of a column of the observation itself; nothing for those of its trace.
fn own_value(observation: &Observation, column: Column) -> Option<Value<'_>> {
    let seconds = |until: Option<Timestamp>| until.map(|time| float(time.micros_since(observation.start)) / 1e6);
    let costs = &observation.provided_cost;
    Some(match column {
        Column::Id => Value::Text(Some(observation.id.as_str())),
        Column::Type => Value::Text(Some(observation.kind.as_str())),
        Column::Name => Value::Text(observation.name.as_deref()),
        Column::TraceId => Value::Text(Some(observation.trace_id.as_str())),
        Column::ParentObservationId => Value::Text(observation.parent_id.as_ref().map(ObservationId::as_str)),
        Column::StartTime => Value::Time(Some(observation.start)),
        Column::EndTime => Value::Time(observation.end),
        Column::Environment => Value::Text(Some(&observation.environment)),
        Column::Level => Value::Text(Some(observation.level.as_str())),
        Column::StatusMessage => Value::Text(observation.status_message.as_deref()),
        Column::Version => Value::Text(observation.version.as_deref()),
        Column::Model => Value::Text(observation.model.as_deref()),
        Column::PromptName => Value::Text(observation.prompt.as_ref().map(|prompt| &*prompt.name)),
        Column::PromptVersion => Value::Number(observation.prompt.as_ref().map(|prompt| float(prompt.version))),
        Column::TimeToFirstToken => Value::Number(seconds(observation.completion_start)),
        Column::Latency => Value::Number(seconds(observation.end)),
        Column::InputTokens => Value::Number(Some(float(observation.usage.sum_containing("input")))),
        Column::OutputTokens => Value::Number(Some(float(observation.usage.sum_containing("output")))),
        Column::TotalTokens => Value::Number(observation.usage.get("total").map(float)),
        Column::InputCost => Value::Number(costs.sum_containing("input").map(spanstone_model::Cost::dollars)),
        Column::OutputCost => Value::Number(costs.sum_containing("output").map(spanstone_model::Cost::dollars)),
        Column::TotalCost => Value::Number(costs.total().map(spanstone_model::Cost::dollars)),
        Column::IsRootObservation => Value::Flag(is_root(observation)),
        Column::HasParentObservation => Value::Flag(observation.parent_id.is_some()),
        Column::HasInput => Value::Flag(observation.input.is_some()),
        Column::HasOutput => Value::Flag(observation.output.is_some()),
        _ => return None,
    })
}

fn trace_value(trace: Option<&Trace>, column: Column) -> Value<'_> {
    match column {
        Column::Tags => Value::List(trace.map_or(&[], |trace| &trace.tags)),
        Column::UserId => Value::Text(trace.and_then(|trace| trace.user_id.as_deref())),
        Column::SessionId => {
            Value::Text(trace.and_then(|trace| trace.session_id.as_ref()).map(spanstone_model::SessionId::as_str))
        }
        Column::TraceName => Value::Text(trace.and_then(|trace| trace.name.as_deref())),
        Column::TraceEnvironment => Value::Text(trace.map(|trace| &*trace.environment)),
        Column::Release => Value::Text(trace.and_then(|trace| trace.release.as_deref())),
        _ => Value::Text(None),
    }
}
