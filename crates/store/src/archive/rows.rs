//! Rows that a layer in memory has taken over or deleted, by project and segment.
//!
//! Owns the sets as they follow their rows when a compaction moves them. They hide rows from reads at once, and the
//! manifest declares them dead when the layer is sealed.

use std::collections::HashMap;

use roaring::RoaringBitmap;
use spanstone_model::ProjectId;
use spanstone_segment::Table;

use super::state::RowsBySegment;

/// Rows by project and segment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shadow {
    projects: HashMap<ProjectId, RowsBySegment>,
}

/// Where the rows of segments went when they were compacted.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    rows: HashMap<(u64, Table), Vec<u32>>,
}

/// Stands for a row that went nowhere.
const GONE: u32 = u32::MAX;

impl Shadow {
    pub(crate) fn add(&mut self, project: &ProjectId, rows: &RowsBySegment) {
        if rows.is_empty() {
            return;
        }
        let own = self.projects.entry(project.clone()).or_default();
        for (segment, rows) in rows {
            own.entry(*segment).or_default().join(rows);
        }
    }

    pub(crate) fn projects(&self) -> impl Iterator<Item = (&ProjectId, &RowsBySegment)> {
        self.projects.iter()
    }

    pub(crate) fn of(&self, project: &ProjectId) -> Option<&RowsBySegment> {
        self.projects.get(project)
    }

    pub(crate) fn has_rows_of(&self, project: &ProjectId, segment: u64) -> bool {
        self.of(project).is_some_and(|rows| rows.get(&segment).is_some_and(|sets| !sets.is_empty()))
    }

    /// Forgets the rows of a segment that is no more.
    pub(crate) fn forget(&mut self, project: &ProjectId, segment: u64) {
        if let Some(rows) = self.projects.get_mut(project) {
            rows.remove(&segment);
        }
    }

    /// Follows the rows of compacted segments to where they are now.
    pub(crate) fn follow(&mut self, project: &ProjectId, moves: &Moves, from: &[u64], to: u64) {
        let Some(rows) = self.projects.get_mut(project) else { return };
        let moved: Vec<_> = from.iter().filter_map(|segment| Some((*segment, rows.remove(segment)?))).collect();
        for (segment, sets) in moved {
            let target = rows.entry(to).or_default();
            for table in Table::ALL {
                *target.of_mut(table) |= moves.follow(segment, table, sets.of(table));
            }
        }
    }
}

impl Moves {
    /// Makes room for the rows of a segment, none of which has gone anywhere yet.
    pub(crate) fn expect(&mut self, segment: u64, table: Table, rows: u32) {
        self.rows.insert((segment, table), vec![GONE; rows as usize]);
    }

    pub(crate) fn record(&mut self, segment: u64, table: Table, row: u32, now: u32) {
        if let Some(place) = self.rows.get_mut(&(segment, table)).and_then(|rows| rows.get_mut(row as usize)) {
            *place = now;
        }
    }

    /// Where these rows are now; those that went nowhere are left out.
    pub(crate) fn follow(&self, segment: u64, table: Table, rows: &RoaringBitmap) -> RoaringBitmap {
        let Some(places) = self.rows.get(&(segment, table)) else { return RoaringBitmap::new() };
        rows.iter().filter_map(|row| places.get(row as usize).copied().filter(|now| *now != GONE)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_rows_follow_a_compaction_and_rows_that_went_nowhere_are_forgotten() {
        let mut moves = Moves::default();
        for segment in [1, 2] {
            moves.expect(segment, Table::Traces, 3);
        }
        moves.record(1, Table::Traces, 2, 0);
        moves.record(2, Table::Traces, 0, 1);
        let project = ProjectId::from_wire("p");
        let rows =
            |of: &[u32]| super::super::state::RowSets { traces: of.iter().copied().collect(), ..Default::default() };
        let mut shadow = Shadow::default();
        shadow.add(&project, &HashMap::from([(1, rows(&[1, 2])), (2, rows(&[0])), (3, rows(&[0]))]));
        shadow.follow(&project, &moves, &[1, 2], 9);
        assert_eq!(shadow.of(&project), Some(&HashMap::from([(9, rows(&[0, 1])), (3, rows(&[0]))])));
    }
}
