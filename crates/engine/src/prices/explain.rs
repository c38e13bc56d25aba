//! What an observation cost, and why.

use spanstone_model::{Cost, ObservationId, ProjectId, Text};
use spanstone_pricing::{Explanation, Settings};

use crate::{EngineError, ObservationItem, Reads};

/// Where a cost comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostSource {
    /// A client said it.
    Provided,
    /// It was computed of usage that a client said.
    Computed,
    /// It was computed of tokens that were counted here.
    Counted,
    /// It is not known.
    Unknown,
}

/// What an observation cost, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct CostReport {
    /// The observation.
    pub item: ObservationItem,
    /// Where its cost comes from.
    pub source: CostSource,
    /// What today's price table says; nothing when no model of it has the observation's name.
    pub today: Option<Explanation>,
}

impl CostReport {
    /// Whether the cost was computed, and today's table would say something else.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        let observation = &self.item.row.observation;
        let today = self.today.as_ref();
        let total: Option<Cost> = today.and_then(|today| today.total);
        let link = observation.price.as_ref().map(|link| (&link.model_id, link.tier.as_ref().map(|tier| &tier.id)));
        let linked = today.map(|today| (&today.model.id, today.tier.as_ref().map(|tier| &tier.id)));
        self.source != CostSource::Provided && (observation.cost.total() != total || link != linked)
    }
}

impl Reads<'_> {
    /// What an observation cost, and why; nothing when there is none.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn explain_cost(&self, project: &ProjectId, id: &ObservationId) -> Result<Option<CostReport>, EngineError> {
        let Some(item) = self.observation(project, id)? else { return Ok(None) };
        let observation = &item.row.observation;
        let prices = self.engine().prices.of(project);
        let metadata: Vec<(Text, Text)> = item.payloads.metadata.clone();
        let settings = Settings { parameters: observation.model_parameters.as_deref(), metadata: &metadata };
        let today = observation.model.as_deref();
        let today = today.and_then(|model| prices.table.explain(model, &observation.usage, &settings));
        let source = match (observation.cost.is_empty(), observation.cost_is_computed, observation.usage_is_counted) {
            (true, ..) => CostSource::Unknown,
            (false, false, _) => CostSource::Provided,
            (false, true, true) => CostSource::Counted,
            (false, true, false) => CostSource::Computed,
        };
        Ok(Some(CostReport { source, today, item }))
    }
}
