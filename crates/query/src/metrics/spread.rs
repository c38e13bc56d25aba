//! How the values of each group are spread: percentiles and histograms.
//!
//! Owns the bound on what is kept for it. Up to [`VALUES_MAX`] values in an answer every one is kept, and a percentile is
//! exact. Beyond that values are counted in steps of one per cent each, and a percentile is within half a per cent.

use hashbrown::HashMap;

use crate::QueryError;
use crate::filter::float;

/// How many values, or steps with values, are kept over all groups: 8 and some 20 bytes each.
pub const VALUES_MAX: usize = 2_000_000;

/// How much larger a step ends than it begins.
const STEP: f64 = 1.01;

/// The values of each group.
#[derive(Debug, Default)]
pub(super) struct Spread {
    groups: Vec<Kept>,
    /// How many values or steps there are.
    kept: usize,
    is_rough: bool,
}

#[derive(Debug)]
enum Kept {
    Exact(Vec<f64>),
    Rough(Steps),
}

/// How many values are in each step.
#[derive(Debug, Default)]
struct Steps {
    counts: HashMap<Place, u64>,
    range: Option<(f64, f64)>,
}

/// A step, in the order of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place {
    /// The power to which its larger end is raised, turned round.
    Below(i32),
    Zero,
    /// The power to which its larger end is raised.
    Above(i32),
}

impl Spread {
    pub(super) fn resize(&mut self, groups: usize) {
        let is_rough = self.is_rough;
        let new = || if is_rough { Kept::Rough(Steps::default()) } else { Kept::Exact(Vec::new()) };
        self.groups.resize_with(groups, new);
    }

    pub(super) fn add(&mut self, group: usize, value: f64) {
        match &mut self.groups[group] {
            Kept::Exact(values) => {
                values.push(value);
                self.kept += 1;
            }
            Kept::Rough(steps) => self.kept += usize::from(steps.add(value)),
        }
    }

    /// Adds values that were kept elsewhere; `places` says which group each of its groups is here.
    pub(super) fn absorb(&mut self, other: Self, places: &[u32]) {
        if other.is_rough && !self.is_rough {
            self.roughen();
        }
        for (kept, place) in other.groups.into_iter().zip(places) {
            let place = *place as usize;
            match (kept, &mut self.groups[place]) {
                (Kept::Exact(values), _) => values.into_iter().for_each(|value| self.add(place, value)),
                (Kept::Rough(steps), Kept::Rough(own)) => self.kept += own.absorb(&steps),
                // What is rough anywhere is rough everywhere, see above.
                (Kept::Rough(_), Kept::Exact(_)) => debug_assert!(false, "exact values beside rough ones"),
            }
        }
    }

    fn roughen(&mut self) {
        self.is_rough = true;
        self.kept = 0;
        for kept in &mut self.groups {
            kept.roughen();
            self.kept += kept.len();
        }
    }

    /// Counts in steps from now on, if there are too many values.
    pub(super) fn check(&mut self) -> Result<(), QueryError> {
        if self.kept > VALUES_MAX && !self.is_rough {
            self.roughen();
        }
        if self.kept > VALUES_MAX {
            return Err(QueryError::TooMany {
                what: "different values for percentiles and histograms",
                max: VALUES_MAX,
            });
        }
        Ok(())
    }

    /// The value below which a share of the values of a group lies, in a straight line between the two nearest.
    pub(super) fn quantile(&mut self, group: usize, share: f64) -> Option<f64> {
        match self.groups.get_mut(group)? {
            Kept::Exact(values) => quantile(values, share),
            Kept::Rough(steps) => steps.quantile(share),
        }
    }

    /// At most `bars` bars, each from where to where and how many values, in order.
    pub(super) fn histogram(&mut self, group: usize, bars: usize) -> Vec<[f64; 3]> {
        match self.groups.get_mut(group) {
            None => Vec::new(),
            Some(Kept::Exact(values)) => {
                values.sort_unstable_by(f64::total_cmp);
                let ends = values.first().copied().zip(values.last().copied());
                let mut points: Vec<(f64, f64)> = Vec::new();
                for value in values.iter() {
                    match points.last_mut() {
                        Some((known, count)) if *known == *value => *count += 1.0,
                        _ => points.push((*value, 1.0)),
                    }
                }
                ends.map_or_else(Vec::new, |ends| bars_of(points, ends, bars))
            }
            Some(Kept::Rough(steps)) => {
                let points = steps.sorted().into_iter().map(|(place, count)| (place.middle(), float(count))).collect();
                steps.range.map_or_else(Vec::new, |ends| bars_of(points, ends, bars))
            }
        }
    }
}

impl Kept {
    fn len(&self) -> usize {
        match self {
            Self::Exact(values) => values.len(),
            Self::Rough(steps) => steps.counts.len(),
        }
    }

    fn roughen(&mut self) {
        if let Self::Exact(values) = self {
            let mut steps = Steps::default();
            for value in std::mem::take(values) {
                steps.add(value);
            }
            *self = Self::Rough(steps);
        }
    }
}

/// Which of `count` values a share asks for, and how far on the way to the next one.
fn rank(count: u64, share: f64) -> (u64, f64) {
    let place = share * float(count.saturating_sub(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the count")]
    let whole = place.floor() as u64;
    (whole, place.fract())
}

fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let (place, part) = rank(values.len() as u64, share);
    let place = usize::try_from(place).unwrap_or(usize::MAX).min(values.len() - 1);
    let (_, low, above) = values.select_nth_unstable_by(place, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(if part > 0.0 { low + (high - low) * part } else { low })
}

impl Place {
    fn of(value: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a float is far within the range")]
        let power = |size: f64| (size.ln() / STEP.ln()).ceil() as i32;
        if value > 0.0 {
            Self::Above(power(value))
        } else if value < 0.0 {
            Self::Below(-power(-value))
        } else {
            Self::Zero
        }
    }

    /// The value that is as near to one end, in proportion, as to the other.
    fn middle(self) -> f64 {
        let size = |power: i32| 2.0 * STEP.powi(power) / (STEP + 1.0);
        match self {
            Self::Below(power) => -size(-power),
            Self::Zero => 0.0,
            Self::Above(power) => size(power),
        }
    }
}

impl Steps {
    /// Adds what others count; says how many steps are new.
    fn absorb(&mut self, other: &Self) -> usize {
        let before = self.counts.len();
        for (place, count) in &other.counts {
            *self.counts.entry(*place).or_default() += count;
        }
        let join = |(least, most): (f64, f64), (other_least, other_most): (f64, f64)| {
            (least.min(other_least), most.max(other_most))
        };
        self.range = match (self.range, other.range) {
            (Some(own), Some(other)) => Some(join(own, other)),
            (own, other) => own.or(other),
        };
        self.counts.len() - before
    }

    /// Counts a value; says whether it is the first of its step.
    fn add(&mut self, value: f64) -> bool {
        self.range = Some(self.range.map_or((value, value), |(least, most)| (least.min(value), most.max(value))));
        let count = self.counts.entry(Place::of(value)).or_default();
        *count += 1;
        *count == 1
    }

    fn sorted(&self) -> Vec<(Place, u64)> {
        let mut steps: Vec<_> = self.counts.iter().map(|(place, count)| (*place, *count)).collect();
        steps.sort_unstable();
        steps
    }

    fn quantile(&self, share: f64) -> Option<f64> {
        let (least, most) = self.range?;
        let (mut left, _) = rank(self.counts.values().sum(), share);
        for (place, count) in self.sorted() {
            if left < count {
                return Some(place.middle().clamp(least, most));
            }
            left -= count;
        }
        Some(most)
    }
}

/// Joins the nearest points until there are at most as many as bars; a bar ends half-way to the next.
fn bars_of(mut points: Vec<(f64, f64)>, (least, most): (f64, f64), bars: usize) -> Vec<[f64; 3]> {
    // Far from the end many are joined at once, so that the work does not grow with the square of the points.
    while points.len() > 8 * bars {
        let mut gaps: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let middle = gaps.len() / 2;
        let (_, narrow, _) = gaps.select_nth_unstable_by(middle, f64::total_cmp);
        points = join_pairs(points, *narrow);
    }
    while points.len() > bars {
        let gap = |place: &usize| points[place + 1].0 - points[*place].0;
        let Some(place) = (0..points.len() - 1).min_by(|a, b| gap(a).total_cmp(&gap(b))) else { break };
        points[place] = joined(points[place], points[place + 1]);
        points.remove(place + 1);
    }
    let between = |left: usize| (points[left].0 + points[left + 1].0) / 2.0;
    let last = points.len().saturating_sub(1);
    let bar = |(place, (_, count)): (usize, &(f64, f64))| {
        let lower = if place == 0 { least } else { between(place - 1) };
        let upper = if place == last { most } else { between(place) };
        [lower, upper, *count]
    };
    points.iter().enumerate().map(bar).collect()
}

/// Joins neighbours that are no further apart than `narrow`, each with one other at the most.
fn join_pairs(points: Vec<(f64, f64)>, narrow: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    let mut is_joined = true;
    for point in points {
        match kept.last_mut() {
            Some(last) if !is_joined && point.0 - last.0 <= narrow => {
                *last = joined(*last, point);
                is_joined = true;
            }
            _ => {
                kept.push(point);
                is_joined = false;
            }
        }
    }
    kept
}

fn joined(left: (f64, f64), right: (f64, f64)) -> (f64, f64) {
    let count = left.1 + right.1;
    (left.0 + (right.0 - left.0) * (right.1 / count), count)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn spread(values: &[f64]) -> Spread {
        let mut spread = Spread::default();
        spread.resize(1);
        values.iter().for_each(|value| spread.add(0, *value));
        spread
    }

    #[test]
    fn a_percentile_lies_in_a_straight_line_between_the_nearest_values() {
        let mut spread = spread(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!(spread.quantile(0, 0.5), Some(2.5));
        assert_eq!(spread.quantile(0, 0.75), Some(3.25));
        assert_eq!(spread.quantile(0, 1.0), Some(4.0));
        assert_eq!(spread.quantile(1, 0.5), None);
        spread.resize(2);
        assert_eq!(spread.quantile(1, 0.5), None);
    }

    #[test]
    fn a_histogram_of_few_values_has_a_bar_for_each() {
        assert_eq!(spread(&[1.0, 1.0, 3.0, 9.0]).histogram(0, 10), [[1.0, 2.0, 2.0], [2.0, 6.0, 1.0], [6.0, 9.0, 1.0]]);
        assert_eq!(spread(&[1.0, 2.0, 9.0]).histogram(0, 2), [[1.0, 5.25, 2.0], [5.25, 9.0, 1.0]]);
        assert_eq!(spread(&[]).histogram(0, 10), Vec::<[f64; 3]>::new());
    }

    proptest! {
        #[test]
        fn bars_touch_each_other_and_hold_every_value(values in vec(-1e6..1e6_f64, 1..400), bars in 1..20_usize) {
            let found = spread(&values).histogram(0, bars);
            prop_assert!(found.len() <= bars);
            prop_assert!(found.windows(2).all(|pair| pair[0][1] == pair[1][0]));
            prop_assert!(found.iter().all(|bar| bar[0] <= bar[1]));
            let count: f64 = found.iter().map(|bar| bar[2]).sum();
            prop_assert!((count - float(values.len() as u64)).abs() < 1e-6);
        }

        #[test]
        fn a_rough_percentile_is_within_half_a_per_cent(values in vec(-1e9..1e9_f64, 1..200), share in 0.0..1.0_f64) {
            let mut exact: Vec<f64> = values.clone();
            exact.sort_unstable_by(f64::total_cmp);
            let (place, _) = rank(values.len() as u64, share);
            let mut rough = Kept::Exact(values);
            rough.roughen();
            let Kept::Rough(steps) = rough else { unreachable!("it was made so") };
            let place = usize::try_from(place).expect("a place among the values");
            let (found, expected) = (steps.quantile(share).expect("there are values"), exact[place]);
            prop_assert!((found - expected).abs() <= expected.abs() * 0.005_01, "{found} for {expected}");
        }
    }
}
