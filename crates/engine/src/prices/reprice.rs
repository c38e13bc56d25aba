//! Asking for prices again, for observations that are there already.

use std::collections::BTreeMap;

use spanstone_model::{Derived, ObservationId, ProjectId, TraceId};
use spanstone_query::{Filter, ObservationCursor};

use crate::{EngineError, Reads};

/// What a step of repricing came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Repriced {
    /// How many observations were looked at.
    pub looked_at: usize,
    /// Of how many of them the price was asked for again.
    pub repriced: usize,
    /// Where the next step begins; nothing at the end.
    pub next: Option<ObservationCursor>,
}

/// The observations of a step whose price is to be asked for again.
#[derive(Debug)]
pub struct RepriceStep {
    /// What it comes to.
    pub outcome: Repriced,
    /// What has to be written down for it.
    pub derived: Vec<Derived>,
}

impl Reads<'_> {
    /// The next observations after a cursor of which today's prices may say something else: those that have a model and
    /// whose cost no client said.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn to_reprice(
        &self,
        project: &ProjectId,
        filter: &Filter,
        after: Option<&ObservationCursor>,
        limit: usize,
    ) -> Result<RepriceStep, EngineError> {
        let page = self.observations_after(project, filter, after, limit, false)?;
        let looked_at = page.rows.len();
        let mut by_trace: BTreeMap<TraceId, Vec<ObservationId>> = BTreeMap::new();
        for item in &page.rows {
            let observation = &item.row.observation;
            let is_said = !observation.cost.is_empty() && !observation.cost_is_computed;
            if observation.model.is_some() && !is_said {
                by_trace.entry(observation.trace_id.clone()).or_default().push(observation.id.clone());
            }
        }
        let repriced = by_trace.values().map(Vec::len).sum();
        let derived = by_trace.into_iter().map(|(trace_id, observations)| Derived::Reprice { trace_id, observations });
        let derived = derived.collect();
        Ok(RepriceStep { outcome: Repriced { looked_at, repriced, next: page.next }, derived })
    }
}
