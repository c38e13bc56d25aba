//! How numbers are spread: how many rows have one between two bounds.
//!
//! Owns the bounds. Amounts are told apart by 1, 2, 5, 10, 20, 50 and so on, so that what is small and what is large can
//! be seen at once, and what segments come to can be added up without knowing the others. Time is cut into pieces of one
//! length, the shortest that makes few enough of them.

use std::collections::BTreeMap;

use spanstone_model::{Cost, Observation, Timestamp, Trace, TraceStats};

use super::FacetTable;

/// A number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// When it began, in microseconds since 1970.
    Time,
    /// How long it took, in microseconds.
    Latency,
    /// How long its first token took, in microseconds.
    TimeToFirstToken,
    /// What it cost, in picodollars.
    Cost,
    /// How many tokens it used.
    Tokens,
}

/// How a number is spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpreadCounts {
    /// The number.
    pub spread: Spread,
    /// How many rows have it, from the smallest to the largest; empty buckets between others are there, too.
    pub buckets: Vec<Bucket>,
    /// How many rows do not have it.
    pub missing: u64,
}

/// How many rows have a number from one bound up to, and without, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The first number.
    pub from: i64,
    /// The number after the last.
    pub to: i64,
    /// How many rows.
    pub count: u64,
}

/// The numbers of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    pub(super) time: i64,
    pub(super) latency: Option<i64>,
    pub(super) time_to_first_token: Option<i64>,
    pub(super) cost: Option<i64>,
    pub(super) tokens: Option<u64>,
}

/// What was seen so far of each number that is asked for.
#[derive(Debug, Default)]
pub(super) struct Spreads(Vec<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// By the place of the bucket; of time, by its finest piece.
    counts: BTreeMap<i64, u64>,
    missing: u64,
}

/// The lengths of a piece of time, in seconds.
const LENGTHS: [i64; 14] =
    [1, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 86_400, 604_800, 2_592_000, 31_536_000, 315_360_000];
/// The finest piece of time that is told apart while counting, in microseconds: of a span of many years there are no more
/// than some hundred thousand with anything in them, however many rows there are.
const FINEST_MICROS: i64 = 1_000_000;

impl Spread {
    /// Every number.
    pub const ALL: [Self; 5] = [Self::Time, Self::Latency, Self::TimeToFirstToken, Self::Cost, Self::Tokens];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Latency => "latency",
            Self::TimeToFirstToken => "timeToFirstToken",
            Self::Cost => "totalCost",
            Self::Tokens => "totalTokens",
        }
    }

    pub(super) fn is_of(self, table: FacetTable) -> bool {
        self != Self::TimeToFirstToken || table == FacetTable::Observations
    }

    fn of(self, numbers: &Numbers) -> Option<i64> {
        match self {
            Self::Time => Some(numbers.time.div_euclid(FINEST_MICROS)),
            Self::Latency => numbers.latency.map(bucket_of),
            Self::TimeToFirstToken => numbers.time_to_first_token.map(bucket_of),
            Self::Cost => numbers.cost.map(bucket_of),
            Self::Tokens => numbers.tokens.map(|tokens| bucket_of(i64::try_from(tokens).unwrap_or(i64::MAX))),
        }
    }
}

impl Numbers {
    pub(super) fn of_trace(trace: &Trace, stats: &TraceStats) -> Self {
        Self {
            time: trace.timestamp.micros(),
            latency: Some(stats.latency_micros()),
            time_to_first_token: None,
            cost: stats.has_cost().then(|| stats.total_cost.picodollars()),
            tokens: Some(stats.total_tokens),
        }
    }

    pub(super) fn of_observation(observation: &Observation) -> Self {
        let since = |time: Option<Timestamp>| time.map(|time| time.micros_since(observation.start));
        Self {
            time: observation.start.micros(),
            latency: since(observation.end),
            time_to_first_token: since(observation.completion_start),
            cost: observation.cost.total().map(Cost::picodollars),
            tokens: observation.usage.get("total"),
        }
    }
}

impl Spreads {
    pub(super) fn new(spreads: &[Spread]) -> Self {
        Self(spreads.iter().map(|_| Seen::default()).collect())
    }

    pub(super) fn add_row(&mut self, spreads: &[Spread], numbers: &Numbers) {
        for (spread, seen) in spreads.iter().zip(&mut self.0) {
            match spread.of(numbers) {
                Some(place) => *seen.counts.entry(place).or_default() += 1,
                None => seen.missing += 1,
            }
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            own.missing += other.missing;
            for (place, count) in other.counts {
                *own.counts.entry(place).or_default() += count;
            }
        }
    }

    pub(super) fn answer(self, spreads: &[Spread], buckets_max: usize) -> Vec<SpreadCounts> {
        let answer = |(spread, seen): (&Spread, Seen)| {
            let Seen { counts, missing } = seen;
            let buckets = if *spread == Spread::Time { pieces(&counts, buckets_max) } else { amounts(&counts) };
            SpreadCounts { spread: *spread, buckets, missing }
        };
        spreads.iter().zip(self.0).map(answer).collect()
    }
}

/// Which bucket an amount is in: 0 for nothing and less, then one for each of 1, 2, 5, 10, 20, …
fn bucket_of(amount: i64) -> i64 {
    let Some(decade) = u64::try_from(amount).ok().and_then(u64::checked_ilog10) else { return 0 };
    let first = amount / 10_i64.pow(decade);
    let within = match first {
        1 => 0,
        2..=4 => 1,
        _ => 2,
    };
    1 + 3 * i64::from(decade) + within
}

/// The least amount in a bucket.
fn least(bucket: i64) -> i64 {
    let Some(place) = u32::try_from(bucket - 1).ok() else { return 0 };
    let first = [1, 2, 5][place as usize % 3];
    10_i64.checked_pow(place / 3).and_then(|decade| decade.checked_mul(first)).unwrap_or(i64::MAX)
}

fn amounts(counts: &BTreeMap<i64, u64>) -> Vec<Bucket> {
    let (Some((first, _)), Some((last, _))) = (counts.first_key_value(), counts.last_key_value()) else {
        return Vec::new();
    };
    let bucket = |place| {
        let count = counts.get(&place).copied().unwrap_or(0);
        Bucket { from: least(place), to: least(place + 1), count }
    };
    (*first..=*last).map(bucket).collect()
}

fn pieces(counts: &BTreeMap<i64, u64>, buckets_max: usize) -> Vec<Bucket> {
    let (Some((first, _)), Some((last, _))) = (counts.first_key_value(), counts.last_key_value()) else {
        return Vec::new();
    };
    let number = |length: i64| last.div_euclid(length) - first.div_euclid(length) + 1;
    let fits = |length: &i64| usize::try_from(number(*length)).is_ok_and(|number| number <= buckets_max.max(1));
    let widest = (last - first).saturating_add(1);
    let length = LENGTHS.into_iter().find(fits).unwrap_or(widest);
    let mut pieces = BTreeMap::<i64, u64>::new();
    for (second, count) in counts {
        *pieces.entry(second.div_euclid(length)).or_default() += count;
    }
    let micros = |piece: i64| piece.saturating_mul(length).saturating_mul(FINEST_MICROS);
    let bucket = |piece| {
        let count = pieces.get(&piece).copied().unwrap_or(0);
        Bucket { from: micros(piece), to: micros(piece + 1), count }
    };
    (first.div_euclid(length)..=last.div_euclid(length)).map(bucket).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_told_apart_by_one_two_and_five() {
        let bounds = |amount| (least(bucket_of(amount)), least(bucket_of(amount) + 1));
        assert_eq!(bounds(0), (0, 1));
        assert_eq!(bounds(-7), (0, 1));
        assert_eq!(bounds(1), (1, 2));
        assert_eq!(bounds(4), (2, 5));
        assert_eq!(bounds(999), (500, 1_000));
        assert_eq!(bounds(i64::MAX), (5_000_000_000_000_000_000, i64::MAX));
    }

    #[test]
    fn time_is_cut_into_few_pieces_of_one_length() {
        let counts = BTreeMap::from([(0, 1), (59, 2), (60, 4), (200, 8)]);
        let counted = |max| pieces(&counts, max).into_iter().map(|it| it.count).collect::<Vec<_>>();
        assert_eq!(counted(4), [3, 4, 0, 8]);
        assert_eq!(counted(1), [15]);
        assert_eq!(pieces(&counts, 4)[1], Bucket { from: 60_000_000, to: 120_000_000, count: 4 });
        assert_eq!(pieces(&BTreeMap::new(), 4), []);
    }

    proptest! {
        #[test]
        fn every_amount_is_between_the_bounds_of_its_bucket(amount in 0_i64..) {
            let bucket = bucket_of(amount);
            prop_assert!(least(bucket) <= amount);
            prop_assert!(amount < least(bucket + 1) || least(bucket + 1) == i64::MAX);
        }

        #[test]
        fn no_times_make_too_many_pieces(times in prop::collection::btree_map(-40_000_000_000_i64..40_000_000_000, 1_u64..9, 1..20), max in 1_usize..80) {
            let all: u64 = times.values().sum();
            let pieces = pieces(&times, max);
            prop_assert!(pieces.len() <= max.max(2));
            prop_assert_eq!(pieces.iter().map(|it| it.count).sum::<u64>(), all);
        }
    }
}
