//! The tools of a model call: which ones the model was offered, and which ones it called.

use crate::Text;

/// Tools by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// The tools that were offered, in order, no name twice.
    pub offered: Vec<Text>,
    /// The tools that were called, a name for each call, in order.
    pub called: Vec<Text>,
}

impl Tools {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offered.is_empty() && self.called.is_empty()
    }
}
