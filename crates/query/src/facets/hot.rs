//! The rows in memory.

use std::collections::HashMap;
use std::sync::Arc;

use spanstone_model::{Observation, Text, Trace};
use spanstone_store::hot::LayeredView;

use super::spread::Numbers;
use super::{FacetColumn, FacetQuery, FacetTable, Tally};
use crate::filter::{Column, Value};
use crate::observations::{holds, is_own, value};
use crate::sealed::join;
use crate::traces::{Asked, effective_of};

/// What memory comes to.
#[derive(Debug)]
pub struct HotFacets {
    pub(super) tally: Tally,
    /// The traces in memory some of whose observations are sealed.
    pub(super) traces: HashMap<Text, Arc<Trace>>,
}

impl HotFacets {
    pub(super) fn look(query: &FacetQuery, view: LayeredView<'_>) -> Self {
        let mut tally = Tally::new(query);
        let traces = match query.table {
            FacetTable::Traces => {
                for trace in view.traces() {
                    let asked = Asked::new(trace);
                    if asked.matches(&query.filter, None) {
                        tally.add_row(query, Numbers::of_trace(asked.trace(), asked.stats()), |column| {
                            asked.value(column)
                        });
                    }
                }
                HashMap::new()
            }
            FacetTable::Observations => {
                tally.add_observations(query, view);
                crate::observations::with_sealed(view)
            }
        };
        Self { tally, traces }
    }
}

impl Tally {
    fn add_observations(&mut self, query: &FacetQuery, view: LayeredView<'_>) {
        let (own, of_trace): (Vec<_>, Vec<_>) = query.filter.conditions().iter().partition(|it| is_own(it));
        let mut add = |observation: &Observation| {
            let of = |column| value(observation, column).unwrap_or(Value::Text(None));
            self.add_row(query, Numbers::of_observation(observation), of);
        };
        if of_trace.is_empty() {
            view.observations().filter(|it| holds(it, &own)).for_each(|it| add(it));
            return;
        }
        for trace in view.traces() {
            if join::holds(&of_trace, Some(&effective_of(trace))) {
                trace.observations().filter(|it| holds(it, &own)).for_each(|it| add(it));
            }
        }
    }

    fn add_row<'v>(&mut self, query: &FacetQuery, numbers: Numbers, value: impl Fn(Column) -> Value<'v>) {
        self.total += 1;
        self.spreads.add_row(&query.spreads, &numbers);
        for (column, counts) in query.columns.iter().zip(&mut self.counts) {
            match value(column_of(*column)) {
                Value::Text(Some(text)) => *counts.values.entry(Text::from(text)).or_default() += 1,
                Value::List(texts) if !texts.is_empty() => {
                    texts.iter().for_each(|text| *counts.values.entry(text.clone()).or_default() += 1);
                }
                _ => counts.missing += 1,
            }
        }
    }
}

/// The filter's column with the same values.
fn column_of(column: FacetColumn) -> Column {
    match column {
        FacetColumn::Environment => Column::Environment,
        FacetColumn::Name => Column::Name,
        FacetColumn::UserId => Column::UserId,
        FacetColumn::SessionId => Column::SessionId,
        FacetColumn::Tags => Column::Tags,
        FacetColumn::Release => Column::Release,
        FacetColumn::Version => Column::Version,
        FacetColumn::Level => Column::Level,
        FacetColumn::Type => Column::Type,
        FacetColumn::Model => Column::Model,
        FacetColumn::PromptName => Column::PromptName,
    }
}
