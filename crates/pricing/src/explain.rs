//! Usage times price, and how it came about.
//!
//! Owns the sum and its parts: units times the price of one, which price, and what had none. "Unknown" is never 0:
//! where nothing that was used has a price, there is no cost.

use std::sync::Arc;

use spanstone_model::{Cost, CostDetails, Text, UsageDetails};

use crate::condition::Settings;
use crate::model::{Decision, Model, Tier};
use crate::quantity::{Counted, Quantities, TOTAL};
use crate::unit_price::UnitPrice;

/// What a model call cost, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The entry of the price table that the model's name matched.
    pub model: Arc<Model>,
    /// Its prices that apply; none when nothing was used.
    pub tier: Option<AppliedTier>,
    /// What was used and has a price.
    pub parts: Vec<Part>,
    /// What was used and is not charged.
    pub uncharged: Vec<Uncharged>,
    /// The sum of the parts, or the price of the total alone where the model has one. `None` when unknown.
    pub total: Option<Cost>,
}

/// A tier that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedTier {
    /// Its id.
    pub id: Text,
    /// Its name.
    pub name: Text,
    /// The conditions that decided; none for the default tier.
    pub decided_by: Vec<Decision>,
}

/// Units times the price of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The type of usage as it was sent.
    pub usage: Text,
    /// How many units are charged.
    pub units: u64,
    /// The price of one.
    pub price: UnitPrice,
    /// The type of usage that the price is for; another name for the same, or what it is billed as.
    pub price_of: Text,
    /// The name under which the cost is kept.
    pub cost_name: Text,
    /// The product.
    pub cost: Cost,
}

/// Units that are not charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncharged {
    /// The type of usage as it was sent.
    pub usage: Text,
    /// How many units.
    pub units: u64,
    /// Why.
    pub reason: Reason,
}

/// Why units are not charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The model has no price for them.
    NoPrice,
    /// The same tokens are counted under another name.
    CountedAs(Text),
    /// They are part of a total that is charged as a whole.
    PartOfTotal,
}

impl Explanation {
    /// Prices what was used.
    #[must_use]
    pub fn of(model: &Arc<Model>, usage: &UsageDetails, settings: &Settings<'_>) -> Self {
        let nothing = Self { model: model.clone(), tier: None, parts: vec![], uncharged: vec![], total: None };
        if usage.is_empty() {
            return nothing;
        }
        let quantities = Quantities::of(usage, model.default_tier());
        let Some((tier, decided_by)) = model.tier(&quantities, settings) else {
            return nothing;
        };
        // Another tier may price two names differently that the default tier prices alike.
        let quantities = if tier.is_default() { quantities } else { Quantities::of(usage, Some(tier)) };
        let applied = AppliedTier { id: tier.id.clone(), name: tier.name.clone(), decided_by };
        Self { tier: Some(applied), ..nothing }.filled(&quantities, tier)
    }

    fn filled(mut self, quantities: &Quantities<'_>, tier: &Tier) -> Self {
        let total = quantities.counted.iter().find(|counted| counted.is_total());
        let total = total.and_then(|counted| Part::of(counted, tier));
        for counted in quantities.counted.iter().filter(|counted| !counted.is_total()) {
            let own = counted.has_own_price(tier);
            match Part::of(counted, tier) {
                // What was not used is only worth a line where the table has one for it.
                _ if counted.units == 0 && !own => {}
                Some(part) if own || total.is_none() => self.parts.push(part),
                _ => {
                    let reason = if total.is_some() { Reason::PartOfTotal } else { Reason::NoPrice };
                    self.uncharge(counted.name, counted.units, reason);
                }
            }
        }
        for repeated in &quantities.repeated {
            self.uncharge(repeated.name, repeated.units, Reason::CountedAs(Text::from(repeated.counted_as)));
        }
        match total {
            Some(part) => {
                self.total = Some(part.cost);
                self.parts.push(part);
            }
            None => self.total = self.sum(quantities),
        }
        self
    }

    fn uncharge(&mut self, usage: &str, units: u64, reason: Reason) {
        self.uncharged.push(Uncharged { usage: Text::from(usage), units, reason });
    }

    /// The sum of the parts. That none of the priced tokens were used says nothing when others were.
    fn sum(&self, quantities: &Quantities<'_>) -> Option<Cost> {
        let priced = self.parts.iter().any(|part| part.units > 0);
        let used = quantities.counted.iter().any(|counted| counted.units > 0);
        let known = priced || (!used && !self.parts.is_empty());
        known.then(|| self.parts.iter().map(|part| part.cost).sum())
    }

    /// The costs by type of usage, with `total`; empty when unknown.
    #[must_use]
    pub fn cost(&self) -> CostDetails {
        let Some(total) = self.total else {
            return CostDetails::default();
        };
        let parts = self.parts.iter().map(|part| (part.cost_name.clone(), part.cost));
        CostDetails::new(parts.chain([(Text::from(TOTAL), total)]))
    }
}

impl Part {
    fn of(counted: &Counted<'_>, tier: &Tier) -> Option<Self> {
        let found = counted.price(tier)?;
        let cost_name = if counted.is_total() { TOTAL } else { counted.cost_name(tier) };
        Some(Self {
            usage: Text::from(counted.name),
            units: counted.units,
            price: found.price,
            price_of: Text::from(found.name),
            cost_name: Text::from(cost_name),
            cost: found.price.times(counted.units),
        })
    }
}
