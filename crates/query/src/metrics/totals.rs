//! What is kept of the values of each group.
//!
//! Owns the sums: whole numbers are added as such, so that money is exact. Bounded: what there is one of for each distinct
//! value has a limit of its own.

use hashbrown::HashSet;

use super::block::Values;
use super::groups::Entry;
use super::plan::Keep;
use super::spread::Spread;
use crate::QueryError;
use crate::filter::float;

/// How many distinct values are told apart over all groups: some twenty bytes each.
pub const DISTINCT_MAX: usize = 1_500_000;

/// What is kept of an input, for each group.
#[derive(Debug)]
pub(super) enum Totals {
    Count(Vec<u64>),
    Sum(Vec<Sum>),
    Least(Vec<Option<f64>>),
    Most(Vec<Option<f64>>),
    Values(Spread),
    Distinct(Distinct),
}

/// A sum and what it is of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) whole: i128,
    pub(super) real: f64,
    pub(super) count: u64,
}

/// How many different values each group has.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    seen: HashSet<(u32, u64)>,
    /// Rows that follow each other often have the same value.
    last: Option<(u32, u64)>,
    pub(super) counts: Vec<u64>,
}

/// A value of a row.
#[derive(Debug, Clone, Copy)]
enum Value {
    Whole(i64),
    Real(f64),
    Mark(u64),
}

impl Value {
    fn float(self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(float(whole)),
            Self::Real(real) => Some(real),
            Self::Mark(_) => None,
        }
    }

    /// Equal for equal values of one input, and for no others.
    fn bits(self) -> u64 {
        match self {
            Self::Whole(whole) => whole.cast_unsigned(),
            Self::Real(real) => (real + 0.0).to_bits(),
            Self::Mark(mark) => mark,
        }
    }
}

impl Totals {
    pub(super) fn new(keep: Keep) -> Self {
        match keep {
            Keep::Count => Self::Count(Vec::new()),
            Keep::Sum => Self::Sum(Vec::new()),
            Keep::Least => Self::Least(Vec::new()),
            Keep::Most => Self::Most(Vec::new()),
            Keep::Values => Self::Values(Spread::default()),
            Keep::Distinct => Self::Distinct(Distinct::default()),
        }
    }

    /// Adds the values of rows to their groups, of which there are `groups` now.
    pub(super) fn add(
        &mut self,
        groups: usize,
        values: &Values,
        amounts: &[i64],
        entries: &[Entry],
    ) -> Result<(), QueryError> {
        match self {
            Self::Count(counts) => {
                counts.resize(groups, 0);
                each(values, amounts, entries, |group, _| counts[group as usize] += 1);
            }
            Self::Sum(sums) => {
                sums.resize(groups, Sum::default());
                each(values, amounts, entries, |group, value| sums[group as usize].add(value));
            }
            Self::Least(least) => {
                least.resize(groups, None);
                keep_one(least, values, amounts, entries, f64::min);
            }
            Self::Most(most) => {
                most.resize(groups, None);
                keep_one(most, values, amounts, entries, f64::max);
            }
            Self::Values(spread) => {
                spread.resize(groups);
                each(values, amounts, entries, |group, value| {
                    if let Some(float) = value.float() {
                        spread.add(group as usize, float);
                    }
                });
                spread.check()?;
            }
            Self::Distinct(distinct) => {
                distinct.counts.resize(groups, 0);
                each(values, amounts, entries, |group, value| distinct.add(group, value));
                distinct.check()?;
            }
        }
        Ok(())
    }
}

impl Totals {
    /// Adds what was kept of the same elsewhere; `places` says which group each of its groups is here.
    pub(super) fn absorb(&mut self, groups: usize, other: Self, places: &[u32]) -> Result<(), QueryError> {
        match (self, other) {
            (Self::Count(own), Self::Count(other)) => {
                own.resize(groups, 0);
                for (count, place) in other.into_iter().zip(places) {
                    own[*place as usize] += count;
                }
            }
            (Self::Sum(own), Self::Sum(other)) => {
                own.resize(groups, Sum::default());
                for (sum, place) in other.into_iter().zip(places) {
                    own[*place as usize].join(sum);
                }
            }
            (Self::Least(own), Self::Least(other)) => join_one(own, groups, other, places, f64::min),
            (Self::Most(own), Self::Most(other)) => join_one(own, groups, other, places, f64::max),
            (Self::Values(own), Self::Values(other)) => {
                own.resize(groups);
                own.absorb(other, places);
                own.check()?;
            }
            (Self::Distinct(own), Self::Distinct(other)) => {
                own.counts.resize(groups, 0);
                for (group, bits) in other.seen {
                    own.see(places[group as usize], bits);
                }
                own.check()?;
            }
            // Both are of one question, so both keep the same.
            (
                Self::Count(_) | Self::Sum(_) | Self::Least(_) | Self::Most(_) | Self::Values(_) | Self::Distinct(_),
                _,
            ) => debug_assert!(false, "totals of two kinds"),
        }
        Ok(())
    }
}

fn join_one(
    own: &mut Vec<Option<f64>>,
    groups: usize,
    other: Vec<Option<f64>>,
    places: &[u32],
    which: fn(f64, f64) -> f64,
) {
    own.resize(groups, None);
    for (found, place) in other.into_iter().zip(places) {
        let kept = &mut own[*place as usize];
        *kept = match (*kept, found) {
            (Some(kept), Some(found)) => Some(which(kept, found)),
            (kept, found) => kept.or(found),
        };
    }
}

impl Sum {
    fn join(&mut self, other: Self) {
        self.whole += other.whole;
        self.real += other.real;
        self.count += other.count;
    }

    fn add(&mut self, value: Value) {
        match value {
            Value::Whole(whole) => self.whole += i128::from(whole),
            Value::Real(real) => self.real += real,
            Value::Mark(_) => {}
        }
        self.count += 1;
    }

    /// The sum, as near as a float comes.
    pub(super) fn float(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "for the answer; the sum itself was made on integers")]
        let whole = self.whole as f64;
        whole + self.real
    }
}

impl Distinct {
    fn add(&mut self, group: u32, value: Value) {
        self.see(group, value.bits());
    }

    fn see(&mut self, group: u32, bits: u64) {
        let seen = (group, bits);
        if self.last.replace(seen) != Some(seen) && self.seen.insert(seen) {
            self.counts[group as usize] += 1;
        }
    }

    fn check(&self) -> Result<(), QueryError> {
        if self.seen.len() > DISTINCT_MAX {
            return Err(QueryError::TooMany { what: "distinct values", max: DISTINCT_MAX });
        }
        Ok(())
    }
}

fn keep_one(kept: &mut [Option<f64>], values: &Values, amounts: &[i64], entries: &[Entry], which: fn(f64, f64) -> f64) {
    each(values, amounts, entries, |group, value| {
        let kept = &mut kept[group as usize];
        if let Some(float) = value.float() {
            *kept = Some(kept.map_or(float, |known| which(known, float)));
        }
    });
}

/// Gives every value that there is with the group it belongs to.
fn each(values: &Values, amounts: &[i64], entries: &[Entry], mut each: impl FnMut(u32, Value)) {
    match values {
        Values::Ones => entries.iter().for_each(|entry| each(entry.group, Value::Whole(1))),
        Values::Whole(values) => {
            for entry in entries {
                if let Some(value) = values[entry.row as usize] {
                    each(entry.group, Value::Whole(value));
                }
            }
        }
        Values::Real(values) => {
            for entry in entries {
                if let Some(value) = values[entry.row as usize] {
                    each(entry.group, Value::Real(value));
                }
            }
        }
        Values::Marks(marks) => {
            for entry in entries {
                if let Some(mark) = marks[entry.row as usize] {
                    each(entry.group, Value::Mark(mark));
                }
            }
        }
        Values::Amounts => {
            for entry in entries {
                if let Some(amount) = amounts.get(entry.place as usize) {
                    each(entry.group, Value::Whole(*amount));
                }
            }
        }
    }
}
