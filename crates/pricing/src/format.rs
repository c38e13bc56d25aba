//! The price table as text.
//!
//! Owns the format of `prices.txt`, in which project models are kept as well: lines of words, a model per block.
//!
//! ```text
//! # Dollars for a million units, then the types of usage that have this price.
//! model gpt-4o
//! id b9854a5c92dc496b997d99d20
//! match "(?i)^(openai/)?(gpt-4o)$"
//! created 2024-05-13T23:15:07.670Z
//! count openai gpt-4o 3 1
//! tier 0 Standard b9854a5c92dc496b997d99d20_tier_default
//! 2.5 input
//! 1.25 input_cached_tokens input_cache_read
//! 10 output
//! tier 1 "Fast mode" ba3b2121-9c68-4333-af3b-26f98fbab7ee
//! when model_parameters service_tier fast priority
//! when usage "(input)" > 272000
//! 4.25 input
//! ```
//!
//! Optional are `from` (a start date), `unit`, `created` and `count` (a tokenizer, whose vocabulary it uses, and how many
//! tokens each message and each name adds). The tier of priority 0 is the default one. `when usage/case` is for a pattern
//! that regards case, `count/json` for settings of a tokenizer in another form.
//! A word with anything but letters, digits and `-._:/@+` in it is a JSON string.

mod read;
mod settings;
mod word;
mod write;

pub(crate) use read::read_trusted;
pub use read::{FormatError, read};
pub use write::write;

#[cfg(test)]
mod laws;
