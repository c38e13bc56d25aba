//! Prices: the models of projects, those that everybody has, and what an observation cost by them.
//!
//! Owns their documents in the ledger and the tables made of them, which the fold asks. A model that is added or removed
//! counts from the next block of the journal on, now and whenever the journal is replayed; rows that were priced before keep
//! their cost until their price is asked for again.

mod book;
mod explain;
mod models;
mod own;
mod reprice;

pub(crate) use book::{PriceBook, Tables};
pub use explain::{CostReport, CostSource};
pub use models::ListedModel;
pub use reprice::{RepriceStep, Repriced};
