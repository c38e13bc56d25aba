//! How much of what an observation used: tokens, mostly, by usage type.
//!
//! Owns the sums that Langfuse derives from the names of the types. Refuses money: that is `cost`.

use crate::Text;

/// Amounts by usage type (`input`, `output`, `total`, `input_cached_tokens`, …), sorted by type, no type twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageDetails(Vec<(Text, u64)>);

impl UsageDetails {
    /// Collects amounts; of two with the same type the later one stays.
    #[must_use]
    pub fn new(amounts: impl IntoIterator<Item = (Text, u64)>) -> Self {
        let mut map = std::collections::BTreeMap::new();
        map.extend(amounts);
        Self(map.into_iter().collect())
    }

    /// The same with every type replaced by an equal text, so that many rows can share one copy.
    #[must_use]
    pub fn sharing(mut self, mut share: impl FnMut(Text) -> Text) -> Self {
        for (kind, _) in &mut self.0 {
            *kind = share(kind.clone());
        }
        self
    }

    /// Whether nothing was used, or nothing is known of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The amounts, sorted by type.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, u64)> {
        self.0.iter().map(|(kind, amount)| (kind, *amount))
    }

    /// The amount of exactly this type.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<u64> {
        self.0.iter().find(|(name, _)| &**name == kind).map(|(_, amount)| *amount)
    }

    /// The sum over every type whose name contains `part`, Langfuse's reading of "input" and "output".
    #[must_use]
    pub fn sum_containing(&self, part: &str) -> u64 {
        let matching = self.0.iter().filter(|(kind, _)| kind.contains(part));
        matching.fold(0, |sum, (_, amount)| sum.saturating_add(*amount))
    }

    /// The same amounts with `total` added as the sum of all of them, unless it is there already.
    #[must_use]
    pub fn with_total(self) -> Self {
        if self.is_empty() || self.get("total").is_some() {
            return self;
        }
        let total = self.sum_containing("");
        Self::new(self.0.into_iter().chain([(Text::from("total"), total)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(amounts: &[(&str, u64)]) -> UsageDetails {
        UsageDetails::new(amounts.iter().map(|(kind, amount)| (Text::from(*kind), *amount)))
    }

    #[test]
    fn sums_go_by_the_name_of_the_type() {
        let details = usage(&[("input", 10), ("input_cached_tokens", 5), ("output", 3), ("total", 18)]);
        assert_eq!(details.sum_containing("input"), 15);
        assert_eq!(details.sum_containing("output"), 3);
        assert_eq!(details.get("total"), Some(18));
    }

    #[test]
    fn a_missing_total_is_the_sum_of_all_types() {
        assert_eq!(usage(&[("input", 10), ("images", 2)]).with_total().get("total"), Some(12));
        assert_eq!(usage(&[("input", 10), ("total", 3)]).with_total().get("total"), Some(3));
        assert_eq!(usage(&[]).with_total(), usage(&[]));
        assert_eq!(usage(&[("a", u64::MAX), ("b", 9)]).with_total().get("total"), Some(u64::MAX));
    }
}
