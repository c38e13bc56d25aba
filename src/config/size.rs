//! Numbers of bytes and of days, each with its text form and its bounds.
//!
//! Owns reading and writing them, so that a flag, a variable and a line of the file mean the same, and the errors that
//! say what would have been right.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::value::from_text;

/// A number of bytes in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) usize);

/// How many bytes of memory the newest traces may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HotSize(pub(crate) Size);

/// A number of bytes on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DiskSize(pub(crate) u64);

/// A number of days to keep data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub(crate) struct Days(pub(crate) u32);

/// The names of units, the largest of a kind last.
const UNITS: [(&str, u64); 10] = [
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// The units that a size is shown in, the first that divides it first.
const SHOWN_UNITS: [&str; 7] = ["TiB", "TB", "GiB", "GB", "MiB", "KiB", "kB"];

/// The largest size of an option in memory: more than any request or cache should have.
const SIZE_MAX: u64 = 4 << 30;

/// The least memory for the newest traces: with less, segments become so small that reading and compacting them costs
/// more than the memory is worth.
const HOT_SIZE_MIN: Size = Size(8 << 20);

/// The least that an archive may be bounded to: segments are dropped whole, and a bound near the size of one would leave
/// nothing.
const DISK_SIZE_MIN: u64 = 16 << 20;

/// The largest bound of an archive: beyond every disk.
const DISK_SIZE_MAX: u64 = 1_024 << 40;

/// A whole number, alone or with a unit.
fn parse_bytes(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let unit = unit.trim();
    let factor = if unit.is_empty() { 1 } else { UNITS.iter().find(|(name, _)| *name == unit)?.1 };
    number.checked_mul(factor)
}

fn write_bytes(bytes: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let factor = |unit: &str| UNITS.iter().find(|(name, _)| *name == unit).map_or(1, |(_, factor)| *factor);
    let fitting = SHOWN_UNITS.iter().find(|unit| bytes != 0 && bytes.is_multiple_of(factor(unit)));
    match fitting {
        Some(unit) => write!(f, "{} {unit}", bytes / factor(unit)),
        None => write!(f, "{bytes} B"),
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = parse_bytes(text).filter(|bytes| *bytes <= SIZE_MAX).and_then(|bytes| usize::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| {
            format!(
                "`{text}` is not a size up to 4 GiB: a whole number, alone for bytes \
                 or with a unit such as `64 MiB` or `4500 kB`"
            )
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bytes(self.0 as u64, f)
    }
}

impl FromStr for HotSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size: Size = text.parse()?;
        if size.0 < HOT_SIZE_MIN.0 {
            return Err(format!("`{text}` is too little memory for the newest traces: give {HOT_SIZE_MIN} or more"));
        }
        Ok(Self(size))
    }
}

impl fmt::Display for HotSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DiskSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = parse_bytes(text).filter(|bytes| (DISK_SIZE_MIN..=DISK_SIZE_MAX).contains(bytes));
        bytes.map(Self).ok_or_else(|| {
            format!(
                "`{text}` is not a size from {} to {}: a whole number, alone for bytes \
                 or with a unit such as `500 MB`, `20 GiB` or `1 TiB`",
                Self(DISK_SIZE_MIN),
                Self(DISK_SIZE_MAX)
            )
        })
    }
}

impl fmt::Display for DiskSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bytes(self.0, f)
    }
}

impl Days {
    /// The longest time to keep data; without an option it is kept for ever.
    pub(crate) const MAX: u32 = 36_500;
}

impl TryFrom<u32> for Days {
    type Error = String;

    fn try_from(days: u32) -> Result<Self, String> {
        if (1..=Self::MAX).contains(&days) { Ok(Self(days)) } else { Err(not_days(&days.to_string())) }
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.parse::<u32>().map_err(|_| not_days(text))?;
        Self::try_from(days)
    }
}

fn not_days(text: &str) -> String {
    format!(
        "`{text}` is not a number of days from 1 to {}; leave the option out to keep everything for ever",
        Days::MAX
    )
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(days) = self;
        write!(f, "{days}")
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for HotSize {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for DiskSize {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_bytes_or_has_a_unit() {
        for (text, bytes, shown) in [
            ("0", 0, "0 B"),
            ("4500000", 4_500_000, "4500 kB"),
            ("64 MiB", 64 << 20, "64 MiB"),
            ("64MiB", 64 << 20, "64 MiB"),
            ("1536 KiB", 1_536 << 10, "1536 KiB"),
            ("4500 kB", 4_500_000, "4500 kB"),
            ("4 GiB", 4 << 30, "4 GiB"),
            ("7 B", 7, "7 B"),
        ] {
            let size: Size = text.parse().expect(text);
            assert_eq!((size.0, size.to_string().as_str()), (bytes, shown), "{text}");
            assert_eq!(size.to_string().parse(), Ok(size), "{text}");
        }
        for wrong in ["", "MiB", "-1", "4.5 MB", "5 GiB", "99999999999999999999", "1 mib", "1 MiB extra"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_memory_for_new_traces_has_a_least_size() {
        let read = |text: &str| text.parse::<HotSize>().map(|size| size.to_string());
        assert_eq!(read("8 MiB"), Ok("8 MiB".to_owned()));
        let refused = read("8191 KiB").expect_err("it is too little");
        assert!(refused.contains("`8191 KiB`") && refused.contains("8 MiB or more"), "{refused}");
        assert!(read("8 mb").is_err_and(|text| text.contains("is not a size")));
    }

    #[test]
    fn a_size_on_disk_goes_beyond_memory() {
        let read = |text: &str| text.parse::<DiskSize>().map(|size| size.to_string());
        for text in ["16 MiB", "20 GiB", "500 GB", "3 TiB", "1024 TiB"] {
            assert_eq!(read(text), Ok(text.to_owned()));
        }
        assert_eq!(read("2000 GB"), Ok("2 TB".to_owned()));
        for wrong in ["0", "15 MiB", "1025 TiB", "lots", "99999999 TiB"] {
            let refused = read(wrong).expect_err(wrong);
            assert!(
                refused.contains(&format!("`{wrong}`")) && refused.contains("from 16 MiB to 1024 TiB"),
                "{refused}"
            );
        }
    }

    #[test]
    fn days_are_at_least_one() {
        let read = |text: &str| text.parse::<Days>();
        assert_eq!(read("1"), Ok(Days(1)));
        assert_eq!(read("36500"), Ok(Days(36_500)));
        for wrong in ["0", "-1", "36501", "1.5", "a week", ""] {
            let refused = read(wrong).expect_err(wrong);
            assert!(refused.contains(&format!("`{wrong}`")) && refused.contains("for ever"), "{refused}");
        }
    }
}
