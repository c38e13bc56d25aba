//! Weeks, as ISO 8601 counts them: from Monday to Sunday, each in the year that its Thursday is in.
//!
//! Owns which week a time is in and when a week begins. Refuses time zones: a week is one of UTC.

use std::fmt;

use crate::Timestamp;
use crate::time::{civil_from_days, days_from_civil};

const MICROS_PER_DAY: i64 = 86_400 * 1_000_000;

/// A week of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    year: i32,
    week: u8,
}

impl Week {
    /// The week that `time` is in.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        let days = time.micros().div_euclid(MICROS_PER_DAY);
        // 1970-01-01 was a Thursday.
        let thursday = days - (days + 3).rem_euclid(7) + 3;
        let (year, _, _) = civil_from_days(thursday);
        let week = (thursday - days_from_civil(year, 1, 1)) / 7 + 1;
        Self {
            year: i32::try_from(year).expect("a timestamp has a year of four digits"),
            week: u8::try_from(week).expect("a year has at most 53 Thursdays"),
        }
    }

    /// The week with this number in this year; `None` when the year has no such week, or lies outside of all timestamps.
    #[must_use]
    pub fn new(year: i32, week: u8) -> Option<Self> {
        if !(-1..=9999).contains(&year) || week == 0 {
            return None;
        }
        let found = Self { year, week };
        let thursday = Timestamp::from_micros((found.first_day() + 3) * MICROS_PER_DAY);
        (Self::of(thursday) == found).then_some(found)
    }

    /// The year that it counts for, which is not the calendar year of each of its days.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// Its number in the year, 1 to 53.
    #[must_use]
    pub fn number(self) -> u8 {
        self.week
    }

    /// Its first instant, Monday at midnight.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_micros(self.first_day() * MICROS_PER_DAY)
    }

    /// Its last microsecond.
    #[must_use]
    pub fn last(self) -> Timestamp {
        Timestamp::from_micros((self.first_day() + 7) * MICROS_PER_DAY - 1)
    }

    /// Its Monday, in days since 1970.
    fn first_day(self) -> i64 {
        // January 4th is always in week 1.
        let fourth = days_from_civil(i64::from(self.year), 1, 4);
        fourth - (fourth + 3).rem_euclid(7) + (i64::from(self.week) - 1) * 7
    }
}

/// Writes `2026-W47`.
impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn week_of(text: &str) -> String {
        Week::of(Timestamp::parse(text).expect("a time")).to_string()
    }

    /// Dates and weeks from the table in ISO 8601's own examples, and the ends of what a timestamp can say.
    #[test]
    fn a_week_belongs_to_the_year_of_its_thursday() {
        for (time, week) in [
            ("2026-11-22T23:59:59.999Z", "2026-W47"),
            ("2026-11-23T00:00:00Z", "2026-W48"),
            ("2005-01-01T00:00:00Z", "2004-W53"),
            ("2007-01-01T00:00:00Z", "2007-W01"),
            ("2008-12-28T00:00:00Z", "2008-W52"),
            ("2008-12-29T00:00:00Z", "2009-W01"),
            ("2010-01-03T00:00:00Z", "2009-W53"),
            ("1970-01-01T00:00:00Z", "1970-W01"),
            ("9999-12-31T23:59:59Z", "9999-W52"),
            ("0000-01-01T00:00:00Z", "-001-W52"),
            ("0001-01-01T00:00:00Z", "0001-W01"),
        ] {
            assert_eq!(week_of(time), week, "{time}");
        }
    }

    #[test]
    fn a_year_has_52_or_53_weeks() {
        assert!(Week::new(2026, 53).is_some() && Week::new(2026, 54).is_none());
        assert!(Week::new(2025, 52).is_some() && Week::new(2025, 53).is_none());
        assert_eq!((Week::new(2026, 0), Week::new(i32::MAX, 1), Week::new(10_000, 1)), (None, None, None));
    }

    proptest! {
        #[test]
        fn every_time_is_in_its_week(micros in Timestamp::MIN.micros()..=Timestamp::MAX.micros()) {
            let time = Timestamp::from_micros(micros);
            let week = Week::of(time);
            prop_assert!(week.start() <= time && time <= week.last());
            prop_assert_eq!(Week::new(week.year(), week.number()), Some(week));
        }

        #[test]
        fn weeks_are_in_the_order_of_time(
            left in Timestamp::MIN.micros()..=Timestamp::MAX.micros(),
            right in Timestamp::MIN.micros()..=Timestamp::MAX.micros(),
        ) {
            let (early, late) = (left.min(right), left.max(right));
            let of = |micros| Week::of(Timestamp::from_micros(micros));
            prop_assert!(of(early) <= of(late));
        }
    }
}
