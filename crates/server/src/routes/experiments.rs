//! `GET /api/public/experiments` and `/api/public/experiment-items`: what observations say they are part of.

use std::sync::Arc;

use spanstone_engine::query::experiments::{ExperimentField, ExperimentQuery, ExperimentRow};
use spanstone_engine::query::{Column, Filter};
use spanstone_engine::{ObservationItem, Reads, ScoreItem};
use spanstone_model::{Limits, Observation, ProjectId};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::cursor::{self, ExperimentCursor};
use crate::params::fields::{Groups, experiment as group, experiment_item as item_group};
use crate::params::{Least, Params, ROWS_DEFAULT, SimpleConditions, experiments};
use crate::render;
use crate::render::experiment::{ExperimentItemView, ExperimentView};

const COLUMNS: [(&str, ExperimentField); 3] =
    [("id", ExperimentField::Id), ("name", ExperimentField::Name), ("datasetId", ExperimentField::DatasetId)];

const ITEM_COLUMNS: [(&str, ExperimentField); 4] = [
    ("experimentId", ExperimentField::Id),
    ("experimentName", ExperimentField::Name),
    ("experimentItemId", ExperimentField::ItemId),
    ("datasetId", ExperimentField::DatasetId),
];

/// What is asked for.
pub(crate) struct Query {
    events: ExperimentQuery,
    fields: Groups,
    limit: usize,
    score_limit: usize,
    after: Option<ExperimentCursor>,
}

/// The experiments after a cursor, the one that was worked on last first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_list(call.params(), call.limits())?;
    call.read(move |reads| {
        let events = reads.experiment_events(&project, &query.events)?;
        let (rows, next) = query.page(events.experiments(), place_of_experiment);
        let mut scored = Vec::with_capacity(rows.len());
        for row in rows {
            let mut filter = Filter::all();
            filter.any_of(Column::DatasetRunId, vec![row.experiment.id.to_string()]);
            let scores = query.scores(reads, &project, &filter, group::SCORES)?;
            scored.push((row, scores));
        }
        let view = |(row, scores)| ExperimentView::new(&project, row, scores, query.fields);
        let rows: Vec<_> = scored.iter().map(|(row, scores)| view((row, scores.as_slice()))).collect();
        Ok(render::page::continued(&rows, next.as_ref().map(cursor::write_experiment)))
    })
    .await
}

/// The items after a cursor, the newest first.
pub(crate) async fn items(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_items(call.params(), call.limits())?;
    call.read(move |reads| {
        let events = reads.experiment_events(&project, &query.events)?;
        let (items, next) = query.page(events.items(), place_of_item);
        let mut whole = Vec::with_capacity(items.len());
        for item in items {
            let texts = query.texts(reads, &project, &item)?;
            let mut filter = Filter::all();
            filter.any_of(Column::TraceId, vec![item.trace_id.to_string()]);
            let scores = query.scores(reads, &project, &filter, item_group::SCORES)?;
            whole.push((item, texts, scores));
        }
        let rows = whole.iter().filter_map(|(item, texts, scores)| {
            ExperimentItemView::new(&project, item, texts.as_ref(), scores, query.fields)
        });
        let rows: Vec<_> = rows.collect();
        Ok(render::page::continued(&rows, next.as_ref().map(cursor::write_experiment)))
    })
    .await
}

impl Query {
    /// The rows of the page out of all of them, and where the next one begins.
    fn page<T>(&self, all: Vec<T>, place: impl Fn(&T) -> ExperimentCursor) -> (Vec<T>, Option<ExperimentCursor>) {
        let is_after = |row: &T| self.after.as_ref().is_none_or(|after| place(row) < *after);
        let mut rows: Vec<T> = all.into_iter().filter(is_after).take(self.limit + 1).collect();
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = rows.last().filter(|_| more).map(place);
        (rows, next)
    }

    /// Scores, if they were asked for.
    fn scores(
        &self,
        reads: &Reads<'_>,
        project: &ProjectId,
        filter: &Filter,
        group: usize,
    ) -> Result<Vec<ScoreItem>, Failure> {
        if !self.fields.has(group) {
            return Ok(Vec::new());
        }
        Ok(reads.scores_after(project, filter, None, self.score_limit)?.rows)
    }

    /// An item with its texts, if any of them were asked for.
    fn texts(
        &self,
        reads: &Reads<'_>,
        project: &ProjectId,
        item: &Observation,
    ) -> Result<Option<ObservationItem>, Failure> {
        if !self.fields.has(item_group::IO) && !self.fields.has(item_group::METADATA) {
            return Ok(None);
        }
        Ok(reads.observation(project, &item.id)?)
    }
}

fn place_of_experiment(row: &ExperimentRow) -> ExperimentCursor {
    let (trace_id, id) = (String::new(), String::new());
    ExperimentCursor { time: row.end, trace_id, id, experiment_id: row.experiment.id.to_string() }
}

fn place_of_item(item: &Arc<Observation>) -> ExperimentCursor {
    ExperimentCursor {
        time: item.start,
        trace_id: item.trace_id.to_string(),
        id: item.id.to_string(),
        experiment_id: String::new(),
    }
}

/// Reads what is asked of experiments.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<Query, Failure> {
    let fields = params.experiment_fields();
    read(params, fields, &COLUMNS, limits)
}

/// Reads what is asked of items.
pub(crate) fn read_items(mut params: Params, limits: &Limits) -> Result<Query, Failure> {
    let fields = params.experiment_item_fields();
    read(params, fields, &ITEM_COLUMNS, limits)
}

fn read(mut params: Params, fields: Groups, columns: &experiments::Columns, limits: &Limits) -> Result<Query, Failure> {
    let limit = params.integer("limit", Least::AtLeast(1), limits.page_rows_max).unwrap_or(ROWS_DEFAULT) as usize;
    let score_limit = experiments::score_limit(&mut params);
    let events = experiments::read(&mut params, columns, limits);
    let after = params.filled("cursor");
    params.done()?;
    let after = after.as_deref().map(cursor::read_experiment).transpose()?;
    let events = events.ok_or_else(|| Failure::invalid("fromStartTime is missing"))?;
    Ok(Query { events, fields, limit, score_limit, after })
}
