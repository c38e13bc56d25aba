//! Which rows of new segments the active layer has taken over or deleted while they were being written.

use std::collections::HashMap;

use roaring::RoaringBitmap;
use spanstone_segment::{SegmentKind, Table, With};

use super::file::Trouble;
use super::rows::Shadow;
use super::sealed::{Lookup, Rows};
use super::state::{LiveSegment, ProjectSegments, RowSets, RowsBySegment};
use crate::hot::{Layer, LayerProject};

/// The rows of `new` segments that `active` hides.
pub(super) fn rows_taken_from(active: &Layer, new: &[LiveSegment], trouble: &Trouble) -> Shadow {
    let mut shadow = Shadow::default();
    for (project, layer) in active.projects() {
        let mut segments = ProjectSegments::default();
        for live in new.iter().filter(|live| live.header().project == *project) {
            match live.header().kind {
                SegmentKind::Traces => segments.traces.push(live.clone()),
                SegmentKind::Scores => segments.scores.push(live.clone()),
            }
        }
        let lookup = Lookup { segments: &segments, trouble };
        shadow.add(project, &taken_from(layer, lookup));
    }
    shadow
}

fn taken_from(layer: &LayerProject, lookup: Lookup<'_>) -> RowsBySegment {
    let tombstones = layer.tombstones();
    if tombstones.project {
        return all_rows(lookup.segments);
    }
    let mut taken = RowsBySegment::new();
    for trace in &tombstones.traces {
        hide_trace(trace.as_str(), lookup, &mut taken);
    }
    for observation in &tombstones.observations {
        if let Some(found) = lookup.observation(observation.as_str(), Rows::Visible, With::Row) {
            sets(&mut taken, found.segment).observations.insert(found.row);
        }
    }
    for score in &tombstones.scores {
        hide_score(score.as_str(), lookup, &mut taken);
    }
    for (trace, observations) in layer.taken_over() {
        for (live, place) in lookup.parts(trace.as_str()) {
            sets(&mut taken, live).traces.insert(place.row);
        }
        for observation in observations {
            if let Some((live, row)) = lookup.observation_row(trace.as_str(), observation.as_str(), Rows::Visible) {
                sets(&mut taken, live).observations.insert(row);
            }
        }
    }
    for score in layer.scores_taken_over() {
        hide_score(score.as_str(), lookup, &mut taken);
    }
    taken
}

/// Every row of every segment.
pub(super) fn all_rows(segments: &ProjectSegments) -> RowsBySegment {
    let all = |live: &LiveSegment, table: Table| {
        let mut rows = RoaringBitmap::new();
        rows.insert_range(0..live.rows(table));
        rows
    };
    let sets = |live: &LiveSegment| RowSets {
        traces: all(live, Table::Traces),
        observations: all(live, Table::Observations),
        scores: all(live, Table::Scores),
    };
    segments.all().map(|live| (live.id(), sets(live))).collect::<HashMap<_, _>>()
}

/// The rows of a trace, of its observations, and of the scores that name it.
pub(super) fn hide_trace(trace: &str, lookup: Lookup<'_>, hidden: &mut RowsBySegment) {
    for (live, place) in lookup.parts(trace) {
        let sets = sets(hidden, live);
        sets.traces.insert(place.row);
        sets.observations.insert_range(place.observations);
    }
    for live in &lookup.segments.scores {
        let rows = lookup.with(live, |segment| segment.scores_of_trace(trace)).unwrap_or_default();
        if !rows.is_empty() {
            sets(hidden, live).scores.extend(rows);
        }
    }
}

/// The rows of a score.
pub(super) fn hide_score(score: &str, lookup: Lookup<'_>, hidden: &mut RowsBySegment) {
    for live in &lookup.segments.scores {
        if let Some(Some(row)) = lookup.with(live, |segment| segment.find_score(score)) {
            sets(hidden, live).scores.insert(row);
        }
    }
}

fn sets<'a>(rows: &'a mut RowsBySegment, live: &LiveSegment) -> &'a mut RowSets {
    rows.entry(live.id()).or_default()
}
