//! Numbers as JavaScript writes them.

use serde::{Serialize, Serializer};
use spanstone_model::{Cost, Timestamp};

/// A number that is written without a fraction when it has none; infinite and undefined ones become null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

/// The largest integer up to which every integer is a float of its own.
const SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() <= SAFE_INTEGER {
            #[expect(clippy::cast_possible_truncation, reason = "an integer within ±2⁵³")]
            return serializer.serialize_i64(self.0 as i64);
        }
        // Writes null for what is not finite.
        serializer.serialize_f64(self.0)
    }
}

/// An amount of money in dollars.
pub(crate) fn dollars(cost: Cost) -> Number {
    Number(cost.dollars())
}

/// The seconds from one time to another, both as Langfuse shows them: cut to milliseconds.
pub(crate) fn seconds(from: Timestamp, to: Timestamp) -> Number {
    millis(to.millis_since(from))
}

/// Milliseconds as seconds.
pub(crate) fn millis(millis: i64) -> Number {
    #[expect(clippy::cast_precision_loss, reason = "a latency, for display")]
    let millis = millis as f64;
    Number(millis / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: f64) -> String {
        serde_json::to_string(&Number(number)).expect("a number")
    }

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        assert_eq!(text(0.0), "0");
        assert_eq!(text(-1.0), "-1");
        assert_eq!(text(1.5), "1.5");
        assert_eq!(text(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(text(1e21), "1e+21");
        assert_eq!(text(f64::NAN), "null");
        assert_eq!(text(f64::INFINITY), "null");
    }

    #[test]
    fn latencies_have_milliseconds() {
        let time = Timestamp::from_micros;
        assert_eq!(seconds(time(0), time(1_234_567)), Number(1.234));
        assert_eq!(seconds(time(999), time(1_001)), Number(0.001));
        assert_eq!(seconds(time(5_000_000), time(0)), Number(-5.0));
    }
}
