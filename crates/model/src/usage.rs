//! How much of what an observation used: tokens, mostly, by usage type.
//!
//! Owns the sums that Langfuse derives from the names of the types. Refuses money: that is `cost`.

use crate::details::Details;

/// Amounts by usage type.
pub type UsageDetails = Details<u64>;

impl UsageDetails {
    /// The sum over every type whose name contains `part`.
    #[must_use]
    pub fn sum_containing(&self, part: &str) -> u64 {
        self.containing(part).fold(0, u64::saturating_add)
    }

    /// The same amounts with `total` added as the sum of all of them, unless it is there already.
    #[must_use]
    pub fn with_total(self) -> Self {
        if self.is_empty() || self.get("total").is_some() {
            return self;
        }
        let total = self.sum_containing("");
        self.with("total", total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

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
