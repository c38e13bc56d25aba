//! The prices that everybody has.
//!
//! Owns the table that is compiled in, `prices.txt`. Its ids are those of Langfuse, so that a client sees the same
//! model behind the same name. Read when it is first asked for.

use std::sync::{Arc, LazyLock};

use crate::format;
use crate::model::Model;

const TEXT: &str = include_str!("../prices.txt");

static MODELS: LazyLock<Vec<Arc<Model>>> = LazyLock::new(|| {
    let models = format::read_trusted(TEXT).expect("a test reads the same text");
    models.into_iter().map(Arc::new).collect()
});

/// Every model with a price that everybody has.
#[must_use]
pub fn models() -> &'static [Arc<Model>] {
    &MODELS
}

/// The table as text, in the format that [`crate::read`] reads.
#[must_use]
pub fn text() -> &'static str {
    TEXT
}
