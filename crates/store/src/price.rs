//! The seam to the price table.

use spanstone_model::{PriceQuestion, Priced, ProjectId};

/// Knows what models cost.
///
/// It is asked while an event is folded into a row, and readers wait meanwhile: it answers from memory. When prices have
/// changed it answers otherwise for later blocks of the journal only, so that a replay gives every row the cost that it had.
pub trait Price: std::fmt::Debug + Send + Sync + 'static {
    /// The entry of the project's price table that the model matches, and what was used costs by it; nothing without a
    /// match.
    fn price(&self, project: &ProjectId, question: &PriceQuestion<'_>) -> Option<Priced>;
}

/// A price table without prices.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPrices;

impl Price for NoPrices {
    fn price(&self, _: &ProjectId, _: &PriceQuestion<'_>) -> Option<Priced> {
        None
    }
}
