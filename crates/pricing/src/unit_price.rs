//! What one unit costs: an exact decimal.
//!
//! Owns the reading and writing of prices and the one place where money is rounded. Refuses floating point: a price
//! is the decimal that somebody wrote.

use std::fmt;

use spanstone_model::Cost;

/// How many digits after the point a price has at most: those of Langfuse's own column.
const PLACES: u32 = 30;
const PER_DOLLAR: u128 = 10_u128.pow(PLACES);
const PER_PICODOLLAR: u128 = 10_u128.pow(PLACES - 12);
/// A million dollars for one unit.
const MAX: u128 = 1_000_000 * PER_DOLLAR;

/// US dollars for one unit (a token, mostly), from 0 to a million, exact to thirty places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnitPrice(u128);

/// Why a text is no price. Displays without the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnitPriceError {
    /// It is no decimal number.
    #[error("is not a decimal number")]
    NotANumber,
    /// It is less than nothing.
    #[error("is negative")]
    Negative,
    /// It has too many places.
    #[error("has more than {PLACES} places after the point")]
    TooFine,
    /// It is beyond a million dollars.
    #[error("is more than a million dollars for one unit")]
    TooLarge,
}

impl UnitPrice {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads dollars for one unit: `0.0000025`, `2.5e-6`.
    ///
    /// # Errors
    /// Fails when the text is no number, or one that this type does not hold exactly.
    pub fn parse(text: &str) -> Result<Self, UnitPriceError> {
        Self::scaled(text, PLACES)
    }

    /// Reads dollars for a million units: `2.5`.
    ///
    /// # Errors
    /// Fails as [`Self::parse`] does.
    pub fn parse_per_million(text: &str) -> Result<Self, UnitPriceError> {
        Self::scaled(text, PLACES - 6)
    }

    /// Reads a decimal and multiplies it by ten to the power of `places`.
    fn scaled(text: &str, places: u32) -> Result<Self, UnitPriceError> {
        let (text, negative) = match text.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().map_err(|_| UnitPriceError::NotANumber)?),
            None => (text, 0_i32),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_number =
            !whole.is_empty() && [whole, fraction].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        if !is_number || mantissa.ends_with('.') {
            return Err(UnitPriceError::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = [whole, fraction].concat();
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(Self::ZERO);
        }
        if negative {
            return Err(UnitPriceError::Negative);
        }
        let places = i64::from(places) + i64::from(exponent) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        Ok(Self(shift(digits, places)?))
    }

    /// The price of so many units, rounded to the nearest picodollar, half of one upwards, and held within
    /// [`Cost::MAX`].
    #[must_use]
    pub fn times(self, units: u64) -> Cost {
        // What does not fit is far more than the largest amount of money.
        let exact = self.0.saturating_mul(u128::from(units));
        let rounded = exact.saturating_add(PER_PICODOLLAR / 2) / PER_PICODOLLAR;
        i64::try_from(rounded).map_or(Cost::MAX, Cost::from_picodollars)
    }

    /// The price in dollars for one unit, as the nearest float: for JSON that has numbers.
    #[must_use]
    pub fn dollars(self) -> f64 {
        // The decimal's text is read, so that the float is the nearest one and not a quotient of two roundings.
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The decimal for a million units.
    #[must_use]
    pub fn per_million(self) -> String {
        decimal(self.0, PLACES - 6)
    }
}

/// Dollars for one unit, as a plain decimal without an exponent.
impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(self.0, PLACES))
    }
}

/// The whole number `digits` times ten to the power of `places`.
fn shift(digits: &str, places: i64) -> Result<u128, UnitPriceError> {
    let (digits, zeros) = match u32::try_from(places) {
        Ok(zeros) => (digits, zeros),
        Err(_) => {
            // Digits that are zeros may be cut.
            let cut = usize::try_from(places.unsigned_abs()).map_err(|_| UnitPriceError::TooFine)?;
            let kept = digits.len().checked_sub(cut).ok_or(UnitPriceError::TooFine)?;
            let (kept, dropped) = digits.split_at(kept);
            if dropped.bytes().any(|digit| digit != b'0') {
                return Err(UnitPriceError::TooFine);
            }
            (kept, 0)
        }
    };
    let number: u128 = digits.parse().map_err(|_| UnitPriceError::TooLarge)?;
    let factor = 10_u128.checked_pow(zeros).ok_or(UnitPriceError::TooLarge)?;
    let number = number.checked_mul(factor).ok_or(UnitPriceError::TooLarge)?;
    if number > MAX { Err(UnitPriceError::TooLarge) } else { Ok(number) }
}

/// The number with its last `places` digits behind a point.
fn decimal(number: u128, places: u32) -> String {
    let unit = 10_u128.pow(places);
    let (whole, fraction) = (number / unit, number % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let fraction = format!("{fraction:0width$}", width = places as usize);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_is_the_decimal_that_was_written() {
        for (text, expected) in [
            ("0.0000025", "0.0000025"),
            ("2.5e-06", "0.0000025"),
            ("2.5E-9", "0.0000000025"),
            ("25e-1", "2.5"),
            ("0.01400", "0.014"),
            ("10", "10"),
            ("1000000", "1000000"),
            ("0", "0"),
            ("-0.0", "0"),
            ("1e-30", "0.000000000000000000000000000001"),
            ("10e-31", "0.000000000000000000000000000001"),
            ("3.0000000000000004e-07", "0.00000030000000000000004"),
            ("0.1000000000000000000000000000000000000000", "0.1"),
        ] {
            assert_eq!(UnitPrice::parse(text).map(|price| price.to_string()).as_deref(), Ok(expected), "{text}");
        }
        let per_million = UnitPrice::parse_per_million("0.0625").unwrap();
        assert_eq!((per_million.to_string().as_str(), per_million.per_million().as_str()), ("0.0000000625", "0.0625"));
        assert!((per_million.dollars() - 6.25e-8).abs() < f64::EPSILON * 1e-8);
    }

    #[test]
    fn what_is_no_price_is_refused() {
        use UnitPriceError::{Negative, NotANumber, TooFine, TooLarge};
        for (text, error) in [
            ("", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("1,5", NotANumber),
            ("NaN", NotANumber),
            ("1e", NotANumber),
            ("1e99999999999", NotANumber),
            ("--1", NotANumber),
            ("-1", Negative),
            ("1e-31", TooFine),
            ("0.0000000000000000000000000000011", TooFine),
            ("1e-2000000000", TooFine),
            ("1000000.1", TooLarge),
            ("1e2000000000", TooLarge),
            ("99999999999999999999999999999999999999999999", TooLarge),
        ] {
            assert_eq!(UnitPrice::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn half_a_picodollar_is_rounded_up_and_nothing_overflows() {
        let price = |text| UnitPrice::parse(text).unwrap();
        assert_eq!(price("0.0000000000005").times(1).picodollars(), 1);
        assert_eq!(price("0.0000000000004").times(1).picodollars(), 0);
        assert_eq!(price("0.0000000000005").times(3).picodollars(), 2);
        assert_eq!(price("0.0000025").times(1_000_000).picodollars(), 2_500_000_000_000);
        assert_eq!(price("1000000").times(u64::MAX), Cost::MAX);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(number in 0..=MAX) {
            let price = UnitPrice(number);
            prop_assert_eq!(UnitPrice::parse(&price.to_string()), Ok(price));
            prop_assert_eq!(UnitPrice::parse_per_million(&price.per_million()), Ok(price));
        }

        #[test]
        fn no_text_panics(text in "-?[0-9.eE+-]{0,30}|.*") {
            let _ = UnitPrice::parse(&text);
            let _ = UnitPrice::parse_per_million(&text);
        }

        #[test]
        fn more_units_never_cost_less(number in 0..=MAX, units: u64, more: u64) {
            let price = UnitPrice(number);
            prop_assert!(price.times(units) >= Cost::ZERO);
            prop_assert!(price.times(units) <= price.times(units.saturating_add(more)));
        }
    }
}
