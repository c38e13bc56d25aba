//! What has a price, and what that comes to: the vocabulary between the fold, which asks, and the table of prices, which
//! answers.
//!
//! Refuses to know any price.

use std::sync::Arc;

use crate::{CostDetails, Text, UsageDetails};

/// A set of prices of a model, of which it has several for different circumstances.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PriceTier {
    /// Its id.
    pub id: Text,
    /// Its name: `Standard`.
    pub name: Text,
}

/// Which entry of the price table a model's name led to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PriceLink {
    /// The entry's id.
    pub model_id: Text,
    /// The prices that applied; nothing when nothing was used.
    pub tier: Option<PriceTier>,
}

/// What the price of an observation depends on.
#[derive(Debug, Clone, Copy)]
pub struct PriceQuestion<'a> {
    /// The model, as the client named it.
    pub model: &'a str,
    /// What was used, with a total; empty when that is unknown.
    pub usage: &'a UsageDetails,
    /// The parameters of the model call, a compact JSON object.
    pub parameters: Option<&'a str>,
    /// Metadata that conditions of prices ask for: keys and values of the event that said what was used.
    pub hints: &'a [(Text, Text)],
    /// The block of the journal that asks: models that were brought or taken away later make no difference.
    pub block: u64,
}

/// What the price table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The entry that matched. Answers about the same entry and tier share one.
    pub link: Arc<PriceLink>,
    /// The cost, with a total; empty when there is no price for what was used. Unknown is never zero.
    pub cost: CostDetails,
}
