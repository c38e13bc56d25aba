//! Amounts by usage type: what usage and cost have in common.

use std::collections::BTreeMap;

use crate::Text;

/// Amounts by usage type (`input`, `output`, `total`, `input_cached_tokens`, …), sorted by type, no type twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details<A>(Vec<(Text, A)>);

impl<A> Default for Details<A> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Copy> Details<A> {
    /// Collects amounts; of two with the same type the later one stays.
    #[must_use]
    pub fn new(amounts: impl IntoIterator<Item = (Text, A)>) -> Self {
        let sorted: BTreeMap<_, _> = amounts.into_iter().collect();
        Self(sorted.into_iter().collect())
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The amounts, sorted by type.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, A)> {
        self.0.iter().map(|(kind, amount)| (kind, *amount))
    }

    /// The amount of exactly this type.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<A> {
        self.0.iter().find(|(name, _)| &**name == kind).map(|(_, amount)| *amount)
    }

    /// The amounts of every type whose name contains `part`, Langfuse's reading of "input" and "output".
    pub fn containing<'a>(&'a self, part: &'a str) -> impl Iterator<Item = A> + 'a {
        self.0.iter().filter(move |(kind, _)| kind.contains(part)).map(|(_, amount)| *amount)
    }

    /// The same with one more type.
    pub(crate) fn with(self, kind: &str, amount: A) -> Self {
        Self::new(self.0.into_iter().chain([(Text::from(kind), amount)]))
    }

    /// The same with every type replaced by an equal text, so that many rows can share one copy.
    #[must_use]
    pub fn sharing(mut self, mut share: impl FnMut(Text) -> Text) -> Self {
        for (kind, _) in &mut self.0 {
            *kind = share(kind.clone());
        }
        self
    }
}
