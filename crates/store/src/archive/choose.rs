//! Which segments are worth compacting.
//!
//! Owns the rule: dead rows in plenty, or small segments side by side. It comes to rest: what a compaction leaves is not
//! worth another one. Refuses to read segments, except to count the dead rows that have to stay.

use super::compact::{give_up, row_count};
use super::plan;
use super::state::LiveSegment;
use crate::store::Shared;

/// How many rows a segment may have: beyond, it is not merged with others. Three hundred thousand observations are some
/// 130 MB on disk; a larger segment would save nothing more and take longer to rewrite.
const SEGMENT_ROWS_MAX: u64 = 300_000;

/// How many segments of a week are left side by side whatever their sizes; beyond, those are merged that at least double
/// the largest of them by it, so that a row moves a few times in its life, however many small segments come after it.
const SIDE_BY_SIDE: usize = 7;

/// The same for a week that the project has left behind, into which only late news comes.
const SIDE_BY_SIDE_IN_PAST: usize = 3;

/// Remnants of such a week are merged when together they have more than this part of a full segment, and the largest grows
/// by half.
const REMNANT_SHARE: u64 = 16;

/// A segment in which more than one row in this many is dead is rewritten.
const DEAD_SHARE: u64 = 4;

fn dead_count(live: &LiveSegment) -> u64 {
    live.buried.traces.len() + live.buried.observations.len() + live.buried.scores.len()
}

/// Whether enough rows of a segment would go if it were rewritten. A dead row of a trace whose observations live stays.
fn is_mostly_dead(shared: &Shared, live: &LiveSegment) -> bool {
    let is_most = |dead: u64| dead * DEAD_SHARE > row_count(live);
    if !is_most(dead_count(live)) {
        return false;
    }
    let counted = shared.archive.stubs.lock().get(&live.id()).copied();
    let stubs = match counted {
        Some((dead, stubs)) if dead == dead_count(live) => Ok(stubs),
        _ => plan::stubs(live),
    };
    match stubs {
        Ok(stubs) => {
            shared.archive.stubs.lock().insert(live.id(), (dead_count(live), stubs));
            is_most(dead_count(live) - stubs)
        }
        Err(error) => {
            shared.archive.trouble.report(live.name(), &error);
            give_up(shared, [live], &error);
            false
        }
    }
}

/// Chooses among the segments of one project, week and kind; nothing when there is nothing to gain. `is_past` when the
/// project has segments of a later week, so that this one gets little more.
pub(super) fn choose(shared: &Shared, group: &[&LiveSegment], is_past: bool) -> Option<Vec<LiveSegment>> {
    let is_small = |live: &&&LiveSegment| row_count(live) < SEGMENT_ROWS_MAX / 2;
    let mut small: Vec<&LiveSegment> = group.iter().filter(is_small).copied().collect();
    small.sort_by_key(|live| (row_count(live), live.id()));
    let sizes: Vec<u64> = small.iter().map(|live| row_count(live)).collect();
    if let Some(count) = worth_merging(&sizes, is_past) {
        return Some(small[..count].iter().map(|live| (*live).clone()).collect());
    }
    group.iter().find(|live| is_mostly_dead(shared, live)).map(|live| vec![(*live).clone()])
}

/// How many of the smallest segments are worth merging into one, going by their numbers of rows, the smallest first.
fn worth_merging(sizes: &[u64], is_past: bool) -> Option<usize> {
    let (mut rows, mut worth) = (0, None);
    for (index, size) in sizes.iter().enumerate() {
        let before = rows;
        rows += size;
        if index == 0 {
            continue;
        }
        if rows > SEGMENT_ROWS_MAX {
            break;
        }
        let count = index + 1;
        let is_full = rows > SEGMENT_ROWS_MAX * 3 / 4;
        let side_by_side = if is_past { SIDE_BY_SIDE_IN_PAST } else { SIDE_BY_SIDE };
        let is_doubled = count > side_by_side && before >= *size;
        let is_remnant = is_past && rows > SEGMENT_ROWS_MAX / REMNANT_SHARE && before * 2 >= *size;
        if is_full || is_doubled || is_remnant {
            worth = Some(count);
        }
    }
    worth
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has `count` segments of `rows` each come one after the other and merges whatever is worth it. The segments that are
    /// left, and how many times a row was moved on average.
    fn life(count: u64, rows: u64, first: &[u64], is_past: bool) -> (Vec<u64>, f64) {
        let (mut sizes, mut moved) = (first.to_vec(), 0);
        let mut full = Vec::new();
        for _ in 0..count {
            sizes.push(rows);
            sizes.sort_unstable();
            while let Some(count) = worth_merging(&sizes, is_past) {
                let merged: u64 = sizes.drain(..count).sum();
                moved += merged;
                if merged < SEGMENT_ROWS_MAX / 2 { &mut sizes } else { &mut full }.push(merged);
                sizes.sort_unstable();
            }
        }
        sizes.extend(full);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let times = moved as f64 / (count * rows) as f64;
        (sizes, times)
    }

    #[test]
    fn full_layers_are_moved_once_into_segments_of_full_size() {
        let (sizes, times) = life(70, 35_000, &[], false);
        assert!(times <= 1.0, "{times}");
        assert!(sizes.len() <= 10 + SIDE_BY_SIDE, "{sizes:?}");
    }

    #[test]
    fn late_news_does_not_rewrite_a_week_again_and_again() {
        for rows in [1, 30, 300, 3_000] {
            let (sizes, times) = life(2_000, rows, &[100_000, 280_000], true);
            let small = sizes.iter().filter(|size| **size < SEGMENT_ROWS_MAX / 2).count();
            assert!(small < 12, "{rows}: {sizes:?}");
            assert!(times < 16.0, "{rows}: {times}");
        }
    }

    #[test]
    fn a_few_late_rows_leave_the_week_alone_and_its_remnants_become_one() {
        assert_eq!(worth_merging(&[10, 10, 30_000], true), None);
        assert_eq!(worth_merging(&[10, 10, 10, 10, 30_000], true), Some(4));
        assert_eq!(worth_merging(&[35_000, 35_000, 35_000], true), Some(3));
        assert_eq!(worth_merging(&[35_000, 35_000, 35_000], false), None);
    }

    #[test]
    fn what_was_merged_is_not_worth_merging_again() {
        for is_past in [false, true] {
            for rows in [1, 50, 5_000, 35_000, 149_000] {
                let (mut sizes, _) = life(100, rows, &[], is_past);
                sizes.retain(|size| *size < SEGMENT_ROWS_MAX / 2);
                sizes.sort_unstable();
                assert_eq!(worth_merging(&sizes, is_past), None, "{sizes:?}");
            }
        }
    }
}
