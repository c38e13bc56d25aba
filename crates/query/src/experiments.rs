//! Experiments and their items: what observations say they are part of.
//!
//! An experiment is nothing but the observations that name it; an item of it is the observation that stands for the run of
//! one item of a dataset. Owns that few observations name one: they are found by a column that nearly all others leave
//! empty, and read whole.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{Experiment, Observation, Text, Timestamp};
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::{Table, With, columns};
use spanstone_store::{LiveSegment, Sealed};

use crate::error::Fault;
use crate::filter::{Test, Value};
use crate::sealed::scan::Scanner;
use crate::sealed::{select, with_segment};
use crate::{QueryError, Watch};

/// How many observations of experiments are looked at for one question.
pub const EVENTS_MAX: usize = 200_000;

/// Which experiments are wanted, or items of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentQuery {
    /// What began at this time or later.
    pub from: Timestamp,
    /// What began before this time.
    pub to: Option<Timestamp>,
    /// What must hold of what an observation says of its experiment.
    pub conditions: Vec<(ExperimentField, Test)>,
}

/// What an observation says of its experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExperimentField {
    /// The experiment's id.
    Id,
    /// The experiment's name.
    Name,
    /// The dataset.
    DatasetId,
    /// The item of the dataset.
    ItemId,
}

/// An experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentRow {
    /// What the last of its items says of it, one that describes it if any does; the last step where there is no item.
    pub experiment: Experiment,
    /// When the first of its observations began.
    pub start: Timestamp,
    /// When the last of them ended.
    pub end: Timestamp,
    /// How many items it has.
    pub items: usize,
}

/// The observations of experiments, those that were looked at so far.
#[derive(Debug, Default)]
pub struct ExperimentEvents(Vec<Arc<Observation>>);

impl ExperimentQuery {
    fn holds(&self, observation: &Observation) -> bool {
        let Some(experiment) = &observation.experiment else { return false };
        let text = |field| match field {
            ExperimentField::Id => Some(&*experiment.id),
            ExperimentField::Name => experiment.name.as_deref(),
            ExperimentField::DatasetId => experiment.dataset_id.as_deref(),
            ExperimentField::ItemId => experiment.item_id.as_deref(),
        };
        observation.start >= self.from
            && self.to.is_none_or(|to| observation.start < to)
            && self.conditions.iter().all(|(field, test)| test.holds(Value::Text(text(*field))))
    }

    /// Collects what is in memory.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>) -> ExperimentEvents {
        ExperimentEvents(view.observations().filter(|it| self.holds(it)).cloned().collect())
    }
}

impl ExperimentEvents {
    /// Adds what is sealed.
    ///
    /// # Errors
    /// Fails when there are too many, when it takes too long, or nobody waits any more.
    pub fn finish(mut self, query: &ExperimentQuery, sealed: &Sealed, watch: &Watch) -> Result<Self, QueryError> {
        for live in sealed.segments() {
            let found = with_segment(sealed, live, watch, |scanner| of_segment(query, scanner, live))?;
            self.0.extend(found.into_iter().flatten());
            if self.0.len() > EVENTS_MAX {
                return Err(QueryError::TooMany { what: "observations of experiments", max: EVENTS_MAX });
            }
        }
        Ok(self)
    }

    /// The experiments, the one that was worked on last first.
    #[must_use]
    pub fn experiments(&self) -> Vec<ExperimentRow> {
        // What stands for an item describes the experiment; its steps repeat some of that, or merely name it.
        let mut rows: HashMap<Text, ((bool, bool, Timestamp), ExperimentRow)> = HashMap::new();
        for observation in &self.0 {
            let Some(experiment) = &observation.experiment else { continue };
            let end = observation.end.unwrap_or(observation.start);
            let says = (is_item(observation, experiment), experiment.details.is_some(), observation.start);
            let (best, row) = rows.entry(experiment.id.clone()).or_insert_with(|| {
                let experiment = Experiment::clone(experiment);
                (says, ExperimentRow { experiment, start: observation.start, end, items: 0 })
            });
            if says > *best {
                (*best, row.experiment) = (says, Experiment::clone(experiment));
            }
            row.start = row.start.min(observation.start);
            row.end = row.end.max(end);
            row.items += usize::from(is_item(observation, experiment));
        }
        let mut rows: Vec<ExperimentRow> = rows.into_values().map(|(_, row)| row).collect();
        rows.sort_by(|left, right| (right.end, &right.experiment.id).cmp(&(left.end, &left.experiment.id)));
        rows
    }

    /// The items, the newest first.
    #[must_use]
    pub fn items(self) -> Vec<Arc<Observation>> {
        let is_item = |it: &Arc<Observation>| it.experiment.as_ref().is_some_and(|experiment| is_item(it, experiment));
        let mut items: Vec<_> = self.0.into_iter().filter(is_item).collect();
        items.sort_by_cached_key(|it| Reverse((it.start, it.trace_id.clone(), it.id.clone())));
        items
    }
}

/// Whether an observation stands for the run of an item; where its client did not say which does, one without a parent.
fn is_item(observation: &Observation, experiment: &Experiment) -> bool {
    match &experiment.root_observation_id {
        Some(root) => *root == observation.id,
        None => observation.parent_id.is_none(),
    }
}

fn of_segment(
    query: &ExperimentQuery,
    scanner: Scanner<'_>,
    live: &LiveSegment,
) -> Result<Vec<Arc<Observation>>, Fault> {
    let wanted = select::since(scanner, live, Table::Observations, query.from)?;
    let mut named = RoaringBitmap::new();
    for stretch in scanner.segment.stretches(Table::Observations)? {
        scanner.watch.check()?;
        let mut here = RoaringBitmap::new();
        here.insert_range(stretch.rows.clone());
        here &= &wanted;
        if here.is_empty() {
            continue;
        }
        let coded = scanner.segment.coded(Table::Observations, columns::observations::EXPERIMENT_ID, stretch.rows)?;
        if coded.texts()?.is_empty() {
            continue;
        }
        coded.each_row(&here, |row, codes| {
            if !codes.is_empty() && here.contains(row) {
                named.insert(row);
            }
        })?;
    }
    if named.len() > EVENTS_MAX as u64 {
        return Err(QueryError::TooMany { what: "observations of experiments", max: EVENTS_MAX }.into());
    }
    let rows = scanner.segment.observations(&named, With::Shown)?;
    Ok(rows.into_iter().map(|(_, it)| it.observation).filter(|it| query.holds(it)).collect())
}
