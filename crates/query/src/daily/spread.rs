//! Traces whose observations are in several segments, or in memory and in segments.
//!
//! Owns the correction for them: each part has counted the trace, and it counts once.

use std::collections::{HashMap, HashSet};

use roaring::RoaringBitmap;
use spanstone_model::Text;
use spanstone_store::segment::{Table, columns};
use spanstone_store::{LiveSegment, Sealed};

use super::DailyQuery;
use super::sum::add_observations;
use super::tally::{Group, Tally};
use crate::error::Fault;
use crate::sealed::join::{self, Join};
use crate::sealed::scan::{Scanner, wanted_of};
use crate::sealed::with_segment;
use crate::{QueryError, Watch};

/// Corrects the counts of traces; `hot` has the groups of the parts in memory.
pub(super) fn count_once(
    query: &DailyQuery,
    tally: &mut Tally,
    hot: HashMap<Text, HashSet<Group>>,
    sealed: &Sealed,
    join: &Join<'_>,
    watch: &Watch,
) -> Result<(), QueryError> {
    let mut counted = hot;
    let mut ids: HashSet<Text> = counted.keys().cloned().collect();
    for live in sealed.segments() {
        let found = with_segment(sealed, live, watch, |scanner| continued(scanner, live))?;
        ids.extend(found.unwrap_or_default());
    }
    let ids: Vec<_> = ids.into_iter().collect();
    let conditions = query.conditions();
    for ids in ids.chunks(join::CHUNK_IDS) {
        join.resolve(ids.iter().map(|id| &**id))?;
        let passes = |id: &&Text| conditions.is_empty() || join::holds(&conditions, join.get(id).as_ref());
        for id in ids.iter().filter(passes) {
            let counted = counted.entry(id.clone()).or_default();
            for live in sealed.segments() {
                let groups = with_segment(sealed, live, watch, |scanner| groups_of(query, scanner, live, id))?;
                for group in groups.unwrap_or_default() {
                    if counted.contains(&group) {
                        tally.count_once_less(&group);
                    } else {
                        counted.insert(group);
                    }
                }
            }
        }
    }
    Ok(())
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

/// The groups in which a segment has counted a trace.
fn groups_of(query: &DailyQuery, scanner: Scanner<'_>, live: &LiveSegment, id: &str) -> Result<HashSet<Group>, Fault> {
    let Some(place) = scanner.segment.find_trace(id)? else { return Ok(HashSet::new()) };
    let mut rows = RoaringBitmap::new();
    rows.insert_range(place.observations);
    rows -= &live.hidden().observations;
    let mut tally = Tally::default();
    let earliest = query.earliest_start().micros();
    let mut late = RoaringBitmap::new();
    scanner.each_row(Table::Observations, &[columns::observations::START], &rows, |row, batch, place| {
        if batch.integers(0)?.value(place) >= earliest {
            late.insert(row);
        }
        Ok(())
    })?;
    add_observations(&mut tally, scanner, &late)?;
    Ok(tally.into_groups().collect())
}
