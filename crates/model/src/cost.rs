//! Money, in integer millionths of a millionth of a US dollar.
//!
//! Owns the exact reading of a decimal number into money. Refuses floating-point sums: a float appears only
//! where a client sent one or expects one.

use crate::details::Details;

const PICO_PER_DOLLAR: f64 = 1e12;

/// An amount of money: picodollars, that is 10⁻¹² US dollars.
///
/// The range, ±999,999.999999999999 dollars, is the range of Langfuse's own cost columns; larger amounts are
/// held at its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cost(i64);

impl Cost {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(999_999_999_999_999_999);

    /// An amount in picodollars, held within ±[`Self::MAX`].
    #[must_use]
    pub fn from_picodollars(pico: i64) -> Self {
        Self(pico.clamp(-Self::MAX.0, Self::MAX.0))
    }

    /// The amount nearest to `dollars`; `None` when it is not a number.
    #[must_use]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        if dollars.is_nan() {
            return None;
        }
        // The product is held within the range first, so the conversion cannot overflow.
        let pico = (dollars * PICO_PER_DOLLAR).round().clamp(-999_999_999_999_999_999.0, 999_999_999_999_999_999.0);
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i64 above")]
        Some(Self::from_picodollars(pico as i64))
    }

    /// The amount in picodollars.
    #[must_use]
    pub fn picodollars(self) -> i64 {
        self.0
    }

    /// The amount in dollars, for display and for JSON.
    #[must_use]
    pub fn dollars(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "for display; the sums are made on integers")]
        let pico = self.0 as f64;
        pico / PICO_PER_DOLLAR
    }

    /// The sum, held within ±[`Self::MAX`].
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self::from_picodollars(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Self::saturating_add)
    }
}

/// Costs by usage type.
pub type CostDetails = Details<Cost>;

impl CostDetails {
    /// The total cost, when one is known.
    #[must_use]
    pub fn total(&self) -> Option<Cost> {
        self.get("total")
    }

    /// The sum over every type whose name contains `part`; `None` when there is no such type.
    #[must_use]
    pub fn sum_containing(&self, part: &str) -> Option<Cost> {
        let mut matching = self.containing(part).peekable();
        matching.peek()?;
        Some(matching.sum())
    }

    /// The same costs with `total` added as input plus output, when these are all there is.
    ///
    /// With other types and no `total` the total stays unknown: this is how Langfuse treats costs that a client
    /// provides.
    #[must_use]
    pub fn with_total(self) -> Self {
        let only_both_sides = self.iter().all(|(kind, _)| matches!(&**kind, "input" | "output"));
        if self.is_empty() || !only_both_sides {
            return self;
        }
        let total = self.containing("").sum();
        self.with("total", total)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_decimal_of_twelve_places_is_exact() {
        assert_eq!(Cost::from_dollars(0.000_000_000_001).map(Cost::picodollars), Some(1));
        assert_eq!(
            Cost::from_dollars(0.1).zip(Cost::from_dollars(0.2)).map(|(a, b)| a.saturating_add(b).dollars()),
            Some(0.3)
        );
        assert_eq!(Cost::from_dollars(0.002_31).map(Cost::dollars), Some(0.002_31));
    }

    #[test]
    fn an_amount_out_of_range_is_held_at_its_end() {
        assert_eq!(Cost::from_dollars(f64::INFINITY), Some(Cost::MAX));
        assert_eq!(Cost::from_dollars(-1e300), Some(Cost::from_picodollars(i64::MIN)));
        assert_eq!(Cost::from_dollars(f64::NAN), None);
    }

    #[test]
    fn a_total_is_known_only_from_input_and_output() {
        let cost = |pico| Cost::from_picodollars(pico);
        let both = CostDetails::new([("input".into(), cost(2)), ("output".into(), cost(3))]).with_total();
        assert_eq!(both.get("total"), Some(cost(5)));
        let more = CostDetails::new([("input".into(), cost(2)), ("audio".into(), cost(3))]).with_total();
        assert_eq!(more.get("total"), None);
    }

    proptest! {
        #[test]
        fn any_float_becomes_money_or_nothing(dollars: f64) {
            let cost = Cost::from_dollars(dollars);
            prop_assert_eq!(cost.is_none(), dollars.is_nan());
            prop_assert!(cost.is_none_or(|cost| cost <= Cost::MAX));
        }
    }
}
