//! What an observation cost, as far as it depends on prices.
//!
//! Owns when the price table is asked: when something was written on which its answer depends, and when an entry of the
//! journal says so. What a client said about the cost always counts. Refuses to know prices.

use std::sync::Arc;

use spanstone_model::{Derived, PriceQuestion, Priced, ProjectId, Timestamp, UsageDetails};

use super::arrival::Arrival;
use super::names::Names;
use super::observation::ObservationSlot;
use super::project::LayerProject;
use super::weight;
use crate::price::Price;

/// Whom to ask, and for whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pricing<'a> {
    pub(super) project: &'a ProjectId,
    pub(super) prices: &'a dyn Price,
    /// The block of the journal in which it is asked.
    pub(super) block: u64,
}

impl ObservationSlot {
    /// Asks what the observation cost.
    pub(super) fn reprice(&mut self, pricing: Pricing<'_>, names: &mut Names) {
        let row = Arc::make_mut(&mut self.row);
        let priced = row.model.as_deref().and_then(|model| {
            let parameters = row.model_parameters.as_deref();
            let (hints, block) = (&self.price_hints[..], pricing.block);
            let question = PriceQuestion { model, usage: &row.usage, parameters, hints, block };
            pricing.prices.price(pricing.project, &question)
        });
        let (link, cost) = priced.map(|Priced { link, cost }| (Some(link), cost)).unwrap_or_default();
        row.price = link;
        if !row.has_provided_cost() {
            row.cost_is_computed = !cost.is_empty();
            row.cost = cost.sharing(|kind| names.share(kind));
        }
    }

    /// Takes over what a tokenizer counted, unless a client said what was used.
    fn count(&mut self, usage: UsageDetails, names: &mut Names) {
        let row = Arc::make_mut(&mut self.row);
        if row.usage.is_empty() || row.usage_is_counted {
            row.usage = usage.with_total().sharing(|kind| names.share(kind));
            row.usage_is_counted = !row.usage.is_empty();
            self.price_hints = Vec::new();
        }
    }

    fn touch(&mut self, received_at: Timestamp) {
        let row = Arc::make_mut(&mut self.row);
        row.updated_at = row.updated_at.max(received_at);
    }
}

impl LayerProject {
    /// Folds what was worked out into the observations that it is about, as far as they are here.
    pub(super) fn derive(&mut self, derived: &Derived, arrival: Arrival<'_>, pricing: Pricing<'_>) {
        for id in derived.observations() {
            let Some(slot) = self.observations.find(id.as_str()) else { continue };
            let observation = &mut self.observations[slot];
            if let Derived::Counted { usage, .. } = derived {
                observation.weight.add(weight::amounts(usage), &mut self.bytes);
                observation.count(usage.clone(), &mut self.names);
            }
            observation.reprice(pricing, &mut self.names);
            observation.touch(arrival.received_at);
            observation.weight.add(weight::computed_cost(&observation.row), &mut self.bytes);
        }
    }
}
