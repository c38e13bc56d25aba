//! Points in time, as integer microseconds since 1970 in UTC.
//!
//! Owns the text forms: reading ISO 8601 as Langfuse's API accepts it, writing it as JavaScript does. Refuses
//! to know what time it is: the clock is a parameter of whoever needs it.

use std::fmt;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

/// The text is not a date and time with a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 8601 date and time with a zone, such as `2026-08-21T07:57:42.123Z`")]
pub struct TimestampError;

impl Timestamp {
    /// The first instant that has a four-digit year: 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200 * MICROS_PER_SECOND);
    /// The last instant that has a four-digit year.
    pub const MAX: Self = Self(253_402_300_800 * MICROS_PER_SECOND - 1);

    /// The time `micros` microseconds after 1970, held within [`Self::MIN`] and [`Self::MAX`].
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The time `millis` milliseconds after 1970, held within [`Self::MIN`] and [`Self::MAX`].
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self::from_micros(millis.saturating_mul(1_000))
    }

    /// The time `nanos` nanoseconds after 1970, cut to microseconds.
    #[must_use]
    pub fn from_nanos(nanos: u64) -> Self {
        Self::from_micros(i64::try_from(nanos / 1_000).unwrap_or(i64::MAX))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The same time cut to whole milliseconds, the precision of Langfuse's API.
    #[must_use]
    pub fn to_millis_precision(self) -> Self {
        Self(self.millis() * 1_000)
    }

    /// Microseconds from `earlier` to `self`; negative when `self` is the earlier one.
    #[must_use]
    pub fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Milliseconds from `earlier` to `self` as answers show both: the boundaries between milliseconds that lie between
    /// them, as ClickHouse's `dateDiff('millisecond', …)` counts.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.millis().saturating_sub(earlier.millis())
    }

    /// Which month of UTC it is in, counted from January of the year 0.
    #[must_use]
    pub fn month_number(self) -> i64 {
        let (year, month, _) = civil_from_days(self.0.div_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND));
        year * 12 + month - 1
    }

    /// The first instant of a month, counted from January of the year 0.
    #[must_use]
    pub fn from_month_number(months: i64) -> Self {
        let days = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
        Self::from_micros(days.saturating_mul(SECONDS_PER_DAY * MICROS_PER_SECOND))
    }

    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]` followed by `Z` or `±HH:MM`.
    ///
    /// This is the grammar of zod 4's `iso.datetime({ offset: true })`, which guards Langfuse's ingestion API:
    /// upper-case `T` and `Z`, a mandatory zone with a colon, seconds optional, a fraction of any length (cut to
    /// microseconds), calendar-checked.
    ///
    /// # Errors
    /// Fails on everything else: a missing zone, a space for `T`, February 30th, hour 24, an epoch number.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let mut rest = text.as_bytes();
        let year = digits(&mut rest, 4)?;
        literal(&mut rest, b'-')?;
        let month = digits(&mut rest, 2)?;
        literal(&mut rest, b'-')?;
        let day = digits(&mut rest, 2)?;
        literal(&mut rest, b'T')?;
        let hour = digits(&mut rest, 2)?;
        literal(&mut rest, b':')?;
        let minute = digits(&mut rest, 2)?;
        let (mut second, mut micros) = (0, 0);
        if rest.first() == Some(&b':') {
            rest = &rest[1..];
            second = digits(&mut rest, 2)?;
            if rest.first() == Some(&b'.') {
                rest = &rest[1..];
                micros = fraction(&mut rest)?;
            }
        }
        let offset_minutes = zone(rest)?;
        let valid = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !valid {
            return Err(TimestampError);
        }
        let days = days_from_civil(year, month, day);
        let seconds = days * SECONDS_PER_DAY + hour * 3_600 + (minute - offset_minutes) * 60 + second;
        Ok(Self::from_micros(seconds * MICROS_PER_SECOND + micros))
    }

    /// Reads the same, and what JavaScript's `Date` reads beside it where that has one meaning: without a zone (UTC), a date
    /// alone.
    ///
    /// # Errors
    /// Fails on everything else.
    pub fn parse_loosely(text: &str) -> Result<Self, TimestampError> {
        Self::parse(text)
            .or_else(|_| Self::parse(&format!("{text}Z")))
            .or_else(|_| Self::parse(&format!("{text}T00:00:00Z")))
    }
}

/// Writes the form of JavaScript's `Date.prototype.toISOString`: always three digits and `Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(MICROS_PER_SECOND);
        let millis = self.0.rem_euclid(MICROS_PER_SECOND) / 1_000;
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{millis:03}Z",
            of_day / 3_600,
            of_day / 60 % 60,
            of_day % 60
        )
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn digits(rest: &mut &[u8], count: usize) -> Result<i64, TimestampError> {
    let (head, tail) = rest.split_at_checked(count).ok_or(TimestampError)?;
    let mut value = 0;
    for byte in head {
        if !byte.is_ascii_digit() {
            return Err(TimestampError);
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    *rest = tail;
    Ok(value)
}

fn literal(rest: &mut &[u8], expected: u8) -> Result<(), TimestampError> {
    match rest.split_first() {
        Some((byte, tail)) if *byte == expected => {
            *rest = tail;
            Ok(())
        }
        _ => Err(TimestampError),
    }
}

/// One or more digits after the point, as microseconds; digits past the sixth are dropped.
fn fraction(rest: &mut &[u8]) -> Result<i64, TimestampError> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return Err(TimestampError);
    }
    let mut micros = 0;
    for place in 0..6 {
        let digit = if place < count { i64::from(rest[place] - b'0') } else { 0 };
        micros = micros * 10 + digit;
    }
    *rest = &rest[count..];
    Ok(micros)
}

/// Minutes east of UTC.
fn zone(rest: &[u8]) -> Result<i64, TimestampError> {
    let sign = match rest {
        b"Z" => return Ok(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return Err(TimestampError),
    };
    let mut rest = &rest[1..];
    let hours = digits(&mut rest, 2)?;
    literal(&mut rest, b':')?;
    let minutes = digits(&mut rest, 2)?;
    if !rest.is_empty() || hours > 23 || minutes > 59 {
        return Err(TimestampError);
    }
    Ok(sign * (hours * 60 + minutes))
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970 of a Gregorian date.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`]: year, month, day.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn iso_times_with_a_zone_are_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("2026-08-21T07:57:42.123456Z", "2026-08-21T07:57:42.123Z"),
            ("2026-08-21T07:57Z", "2026-08-21T07:57:00.000Z"),
            ("2026-08-21T09:57:42+02:00", "2026-08-21T07:57:42.000Z"),
            ("2026-08-21T00:30:00-07:30", "2026-08-21T08:00:00.000Z"),
            ("2024-02-29T23:59:59.999999999Z", "2024-02-29T23:59:59.999Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::parse(text).map(|time| time.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026",
            "2026-08-21",
            "2026-08-21T07:57:42",
            "2026-08-21 07:57:42Z",
            "2026-08-21T07:57:42z",
            "2026-08-21T07:57:42+0200",
            "2026-02-30T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2026-08-21T24:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-08-21T07:60:00Z",
            "2026-08-21T07:57:42.Z",
            "1755763062",
            "2026-08-21T07:57:42Z ",
            "+2026-08-21T07:57:42Z",
            "2026-08-21T07:57:42.123",
            "２０２６-08-21T07:57:42Z",
        ] {
            assert_eq!(Timestamp::parse(text), Err(TimestampError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_to_the_millisecond(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Ok(time.to_millis_precision()));
        }

        #[test]
        fn a_month_begins_where_the_one_before_ends(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let time = Timestamp::from_micros(micros);
            let start = Timestamp::from_month_number(time.month_number());
            prop_assert!(start <= time);
            prop_assert_eq!(&start.to_string()[..7], &time.to_string()[..7]);
            prop_assert_eq!(&start.to_string()[7..], "-01T00:00:00.000Z");
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = Timestamp::parse(&text);
        }

        #[test]
        fn any_number_is_held_within_four_digit_years(nanos: u64, micros: i64) {
            prop_assert_eq!(Timestamp::from_nanos(nanos).to_string().len(), 24);
            prop_assert_eq!(Timestamp::from_micros(micros).to_string().len(), 24);
        }
    }
}
