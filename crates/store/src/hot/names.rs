//! Short strings that repeat from row to row (names, models, environments), kept once.

use std::collections::HashSet;

use spanstone_model::Text;

/// The strings seen so far.
///
/// Grows with the number of different strings; what makes it bounded is the bound on the hot set that it serves.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashSet<Text>,
}

impl Names {
    /// The one copy of `text`.
    pub(super) fn share(&mut self, text: Text) -> Text {
        if let Some(known) = self.known.get(&text) {
            return known.clone();
        }
        self.known.insert(text.clone());
        text
    }

    /// The one copy of each.
    pub(super) fn share_all(&mut self, mut texts: Vec<Text>) -> Vec<Text> {
        for text in &mut texts {
            *text = self.share(text.clone());
        }
        texts
    }

    /// The one copy of what a field says, if it says something.
    pub(super) fn share_some(&mut self, text: Option<Text>) -> Option<Text> {
        text.map(|text| self.share(text))
    }
}
