//! Two ordered iterators as one, from both ends.
//!
//! Owns the order of what two layers list. Refuses to know what they list: items come with their keys.

/// The items of two iterators that are each in ascending order of their keys, in ascending order.
///
/// What was taken from one end of a source and is not wanted there yet is held; once the source is empty the other end
/// may want it.
pub(super) struct Merged<U: Iterator, L: Iterator> {
    upper: Held<U>,
    lower: Held<L>,
}

/// An iterator, and the items that were taken from its ends but not given yet.
struct Held<I: Iterator> {
    items: I,
    front: Option<I::Item>,
    back: Option<I::Item>,
}

impl<U: Iterator, L: Iterator> Merged<U, L> {
    pub(super) fn new(upper: U, lower: L) -> Self {
        Self { upper: Held::new(upper), lower: Held::new(lower) }
    }
}

impl<I: Iterator> Held<I> {
    fn new(items: I) -> Self {
        Self { items, front: None, back: None }
    }

    fn peek_front(&mut self) -> Option<&I::Item> {
        if self.front.is_none() {
            self.front = self.items.next().or_else(|| self.back.take());
        }
        self.front.as_ref()
    }
}

impl<I: DoubleEndedIterator> Held<I> {
    fn peek_back(&mut self) -> Option<&I::Item> {
        if self.back.is_none() {
            self.back = self.items.next_back().or_else(|| self.front.take());
        }
        self.back.as_ref()
    }
}

impl<K: Ord, V, U, L> Iterator for Merged<U, L>
where
    U: Iterator<Item = (K, V)>,
    L: Iterator<Item = (K, V)>,
{
    type Item = V;

    fn next(&mut self) -> Option<V> {
        let from_upper = match (self.upper.peek_front(), self.lower.peek_front()) {
            (Some((upper, _)), Some((lower, _))) => upper <= lower,
            (upper, _) => upper.is_some(),
        };
        let taken = if from_upper { self.upper.front.take() } else { self.lower.front.take() };
        taken.map(|(_, item)| item)
    }
}

impl<K: Ord, V, U, L> DoubleEndedIterator for Merged<U, L>
where
    U: DoubleEndedIterator<Item = (K, V)>,
    L: DoubleEndedIterator<Item = (K, V)>,
{
    fn next_back(&mut self) -> Option<V> {
        let from_upper = match (self.upper.peek_back(), self.lower.peek_back()) {
            (Some((upper, _)), Some((lower, _))) => upper > lower,
            (upper, _) => upper.is_some(),
        };
        let taken = if from_upper { self.upper.back.take() } else { self.lower.back.take() };
        taken.map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_ends_give_the_sorted_items(
            upper in prop::collection::btree_set(0..40_u8, 0..12),
            lower in prop::collection::btree_set(0..40_u8, 0..12),
            ends in prop::collection::vec(any::<bool>(), 26),
        ) {
            let mut sorted: Vec<_> = upper.iter().map(|key| (*key, 0)).chain(lower.iter().map(|key| (*key, 1))).collect();
            sorted.sort_unstable();
            let keyed = |set: std::collections::BTreeSet<u8>, from: u8| set.into_iter().map(move |key| (key, (key, from)));
            let mut merged = Merged::new(keyed(upper, 0), keyed(lower, 1));
            let mut expected = std::collections::VecDeque::from(sorted);
            for from_front in ends {
                let (actual, expected) =
                    if from_front { (merged.next(), expected.pop_front()) } else { (merged.next_back(), expected.pop_back()) };
                prop_assert_eq!(actual, expected);
            }
        }
    }
}
