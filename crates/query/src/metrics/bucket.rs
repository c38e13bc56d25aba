//! Stretches of time that rows are grouped by.
//!
//! Owns the number and the first instant of a bucket. Refuses time zones: every bucket is one of UTC, weeks begin on Monday.

use spanstone_model::Timestamp;

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Granularity {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

impl Granularity {
    /// The one that gives some fifty buckets between two times.
    #[must_use]
    pub fn fitting(from: Timestamp, to: Timestamp) -> Self {
        match to.micros_since(from) / 1_000 {
            span if span < 2 * HOUR / 1_000 => Self::Minute,
            span if span < 72 * HOUR / 1_000 => Self::Hour,
            span if span < 1_440 * HOUR / 1_000 => Self::Day,
            span if span < 8_760 * HOUR / 1_000 => Self::Week,
            _ => Self::Month,
        }
    }

    /// The number of the bucket that a time is in.
    pub(crate) fn number(self, time: Timestamp) -> i64 {
        let micros = time.micros();
        match self {
            Self::Minute => micros.div_euclid(MINUTE),
            Self::Hour => micros.div_euclid(HOUR),
            Self::Day => micros.div_euclid(DAY),
            // 1970-01-01 was a Thursday.
            Self::Week => (micros.div_euclid(DAY) + 3).div_euclid(7),
            Self::Month => time.month_number(),
        }
    }

    /// How the beginning of a bucket is written.
    pub(crate) fn text(self, number: i64) -> String {
        let mut text = self.start(number).to_string();
        match self {
            Self::Minute | Self::Hour => {
                text.truncate("2026-08-21T07:57:42".len());
                text.push('Z');
            }
            Self::Day | Self::Week | Self::Month => text.truncate("2026-08-21".len()),
        }
        text
    }

    fn start(self, number: i64) -> Timestamp {
        match self {
            Self::Minute => Timestamp::from_micros(number.saturating_mul(MINUTE)),
            Self::Hour => Timestamp::from_micros(number.saturating_mul(HOUR)),
            Self::Day => Timestamp::from_micros(number.saturating_mul(DAY)),
            Self::Week => Timestamp::from_micros(number.saturating_mul(7).saturating_sub(3).saturating_mul(DAY)),
            Self::Month => Timestamp::from_month_number(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a valid time")
    }

    #[test]
    fn a_bucket_is_named_by_its_beginning() {
        let named = |granularity: Granularity| granularity.text(granularity.number(time("2026-08-23T07:57:42.5Z")));
        assert_eq!(named(Granularity::Minute), "2026-08-23T07:57:00Z");
        assert_eq!(named(Granularity::Hour), "2026-08-23T07:00:00Z");
        assert_eq!(named(Granularity::Day), "2026-08-23");
        // A Sunday, so that its week began six days earlier.
        assert_eq!(named(Granularity::Week), "2026-08-17");
        assert_eq!(named(Granularity::Month), "2026-08-01");
    }

    #[test]
    fn the_fitting_granularity_follows_from_the_span() {
        let fitting = |to: &str| Granularity::fitting(time("2026-01-01T00:00:00Z"), time(to));
        assert_eq!(fitting("2026-01-01T01:59:59.999Z"), Granularity::Minute);
        assert_eq!(fitting("2026-01-01T02:00:00Z"), Granularity::Hour);
        assert_eq!(fitting("2026-01-04T00:00:00Z"), Granularity::Day);
        assert_eq!(fitting("2026-03-02T00:00:00Z"), Granularity::Week);
        assert_eq!(fitting("2027-01-01T00:00:00Z"), Granularity::Month);
    }
}
