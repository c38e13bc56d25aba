//! What a model call cost.
//!
//! Owns the price table and its text format, the match of a model's name, prices under conditions, usage times price
//! with exact decimals, and how all of that is explained. Pure: it depends on the table and the question alone.
//! Refuses a clock, the store and wire formats.

pub mod builtin;
mod condition;
mod explain;
mod format;
pub mod litellm;
mod model;
mod pattern;
mod quantity;
mod table;
pub mod tokens;
mod unit_price;

pub use condition::{Condition, Operator, SettingCondition, Settings, Source, UsageCondition};
pub use explain::{AppliedTier, Explanation, Part, Reason, Uncharged};
pub use format::{FormatError, read, write};
pub use model::{Decision, Model, Tier};
pub use pattern::{PATTERN_BYTES_MAX, Pattern, PatternError};
pub use table::{MODEL_NAME_BYTES_MAX, PriceTable};
pub use unit_price::{UnitPrice, UnitPriceError};
