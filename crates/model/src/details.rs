//! Amounts by usage type: what usage and cost have in common.

use std::collections::BTreeMap;

use crate::Text;

/// Amounts by usage type (`input`, `output`, `total`, `input_cached_tokens`, …), sorted by type, no type twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details<A>(Vec<(Text, A)>);

/// Whether a text contains another. Names of types are short, so that comparing wherever the first byte fits takes less time
/// than setting up a search.
fn is_within(part: &str, text: &str) -> bool {
    let Some((first, rest)) = part.as_bytes().split_first() else { return true };
    let mut places = text.as_bytes();
    while let Some((byte, behind)) = places.split_first() {
        if byte == first && behind.starts_with(rest) {
            return true;
        }
        places = behind;
    }
    false
}

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
        self.0.iter().filter(move |(kind, _)| is_within(part, kind)).map(|(_, amount)| *amount)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_part_is_found_wherever_it_is(part in "[ab]{0,3}", text in "[abc]{0,8}") {
            prop_assert_eq!(is_within(&part, &text), text.contains(&part));
        }
    }
}
