//! Traces whose observations are in several segments, or in memory and in segments.
//!
//! Owns the correction for them: each part has counted the trace, and it counts once.

use std::collections::{HashMap, HashSet};

use roaring::RoaringBitmap;
use spanstone_model::{Text, Timestamp};
use spanstone_store::segment::{Table, columns};
use spanstone_store::{LiveSegment, Sealed};

use super::DailyQuery;
use super::tally::{Group, Tally, day_of};
use crate::error::Fault;
use crate::sealed::join::{self, Join};
use crate::sealed::scan::{Scanner, wanted_of};
use crate::sealed::{members, with_segment};
use crate::{QueryError, Watch};

/// Corrects the counts of traces that are in several segments.
pub(super) fn among_segments(
    query: &DailyQuery,
    tally: &mut Tally,
    sealed: &Sealed,
    join: &Join<'_>,
    watch: &Watch,
) -> Result<(), QueryError> {
    let mut ids: HashSet<Text> = HashSet::new();
    for live in sealed.segments().iter().filter(|live| !live.hidden().traces.is_empty()) {
        let found = with_segment(sealed, live, watch, |scanner| continued(scanner, live))?;
        ids.extend(found.unwrap_or_default());
    }
    let ids: Vec<_> = ids.into_iter().collect();
    let conditions = query.conditions();
    for ids in ids.chunks(join::CHUNK_IDS) {
        if !conditions.is_empty() {
            join.resolve(ids.iter().map(|id| &**id))?;
        }
        let passes = |id: &&Text| conditions.is_empty() || join::holds(&conditions, join.get(id).as_ref());
        let passing: Vec<&str> = ids.iter().filter(passes).map(|id| &**id).collect();
        let mut counted = HashSet::new();
        for live in sealed.segments() {
            let found = with_segment(sealed, live, watch, |scanner| groups_of(query, scanner, live, &passing))?;
            for part in found.unwrap_or_default() {
                if counted.contains(&part) {
                    tally.count_once_less(&part.1);
                } else {
                    counted.insert(part);
                }
            }
        }
    }
    Ok(())
}

/// Corrects the counts of traces that are in memory and in segments; `hot` has the groups of the parts in memory. False when a
/// segment could not be read.
pub(super) fn with_memory(
    query: &DailyQuery,
    tally: &mut Tally,
    hot: &HashMap<Text, HashSet<Group>>,
    sealed: &Sealed,
    watch: &Watch,
) -> Result<bool, QueryError> {
    let ids: Vec<&str> = hot.keys().map(|id| &**id).collect();
    if ids.is_empty() {
        return Ok(true);
    }
    let mut in_segments = HashSet::new();
    let mut is_complete = true;
    for live in sealed.segments() {
        let found = with_segment(sealed, live, watch, |scanner| groups_of(query, scanner, live, &ids))?;
        is_complete &= found.is_some();
        in_segments.extend(found.unwrap_or_default());
    }
    for (trace, group) in in_segments {
        if hot.get(ids[trace]).is_some_and(|groups| groups.contains(&group)) {
            tally.count_once_less(&group);
        }
    }
    Ok(is_complete)
}

/// The traces of a segment that go on elsewhere: their rows here are hidden, some of their observations are not.
fn continued(scanner: Scanner<'_>, live: &LiveSegment) -> Result<Vec<Text>, Fault> {
    use columns::traces::{FIRST_OBSERVATION, ID, OBSERVATIONS_HERE};
    let hidden = live.hidden();
    let mut ids = Vec::new();
    scanner.batches(Table::Traces, &[ID, FIRST_OBSERVATION, OBSERVATIONS_HERE], &hidden.traces, |first, batch| {
        let (names, firsts, counts) = (batch.ids(0)?, batch.rows(1)?, batch.rows(2)?);
        for row in wanted_of(&hidden.traces, first, batch.len()) {
            let place = (row - first) as usize;
            let (from, count) = (firsts.value(place), counts.value(place));
            if hidden.observations.range_cardinality(from..from.saturating_add(count)) < u64::from(count) {
                ids.push(Text::from(names.value(place)));
            }
        }
        Ok(())
    })?;
    Ok(ids)
}

/// The groups in which a segment has counted some traces, each with the number of the trace.
fn groups_of(
    query: &DailyQuery,
    scanner: Scanner<'_>,
    live: &LiveSegment,
    traces: &[&str],
) -> Result<HashSet<(usize, Group)>, Fault> {
    let places = members::places(scanner, traces)?;
    let mut rows = RoaringBitmap::new();
    for (range, _) in &places {
        rows.insert_range(range.clone());
    }
    rows -= &live.hidden().observations;
    let earliest = query.earliest_start();
    let mut groups = HashSet::new();
    let columns = [columns::observations::START, columns::observations::MODEL];
    scanner.each_row(Table::Observations, &columns, &rows, |row, batch, place| {
        let start = Timestamp::from_micros(batch.integers(0)?.value(place));
        if let Some(trace) = members::trace_of(&places, row).filter(|_| start >= earliest) {
            groups.insert((trace, Group { day: day_of(start), model: batch.texts(1)?.get(place).map(Text::from) }));
        }
        Ok(())
    })?;
    Ok(groups)
}
