//! Which segments are live, and which of their rows.
//!
//! Owns the picture that a snapshot holds on to. It is changed by replacing it, so that a reader who has one sees no
//! change, however long it reads.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::ProjectId;
use spanstone_segment::{Facts, Header, Segment, SegmentKind, Table};

use super::file::SegmentFile;
use crate::StoreError;
use crate::ledger::SegmentRecord;

/// Rows of one segment, by table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowSets {
    /// Rows of the table of traces.
    pub traces: RoaringBitmap,
    /// Rows of the table of observations.
    pub observations: RoaringBitmap,
    /// Rows of the table of scores.
    pub scores: RoaringBitmap,
}

impl RowSets {
    /// The rows of a table.
    #[must_use]
    pub fn of(&self, table: Table) -> &RoaringBitmap {
        match table {
            Table::Traces => &self.traces,
            Table::Observations => &self.observations,
            Table::Scores => &self.scores,
        }
    }

    pub(crate) fn of_mut(&mut self, table: Table) -> &mut RoaringBitmap {
        match table {
            Table::Traces => &mut self.traces,
            Table::Observations => &mut self.observations,
            Table::Scores => &mut self.scores,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.traces.is_empty() && self.observations.is_empty() && self.scores.is_empty()
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.traces |= &other.traces;
        self.observations |= &other.observations;
        self.scores |= &other.scores;
    }
}

/// Rows by segment.
pub(crate) type RowsBySegment = HashMap<u64, RowSets>;

/// A segment of the archive, with what is hidden of it.
#[derive(Debug, Clone)]
pub struct LiveSegment {
    pub(super) record: Arc<SegmentRecord>,
    pub(super) file: Arc<SegmentFile>,
    /// Rows that are dead for good: the manifest says so.
    pub(super) buried: Arc<RowSets>,
    /// Those, and the rows that a layer in memory has taken over or deleted.
    pub(super) hidden: Arc<RowSets>,
}

impl LiveSegment {
    pub(super) fn new(record: SegmentRecord, file: SegmentFile, buried: RowSets) -> Self {
        let buried = Arc::new(buried);
        Self { record: Arc::new(record), file: Arc::new(file), hidden: buried.clone(), buried }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.record.header.id
    }

    /// Whose rows it has, of which week and kind.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.record.header
    }

    /// How much it holds, hidden rows included.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.record.facts
    }

    /// The name of its file in the data directory.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file.name()
    }

    /// The segment itself.
    ///
    /// # Errors
    /// Fails when its file is gone or is no segment.
    pub fn open(&self) -> Result<Arc<Segment>, StoreError> {
        self.file.open()
    }

    /// The rows that no read may see.
    #[must_use]
    pub fn hidden(&self) -> &RowSets {
        &self.hidden
    }

    /// How many rows a table has, hidden ones included.
    #[must_use]
    pub fn rows(&self, table: Table) -> u32 {
        self.facts().rows(table)
    }

    /// The rows of a table that reads see.
    #[must_use]
    pub fn visible(&self, table: Table) -> RoaringBitmap {
        let mut rows = RoaringBitmap::new();
        rows.insert_range(0..self.rows(table));
        rows - self.hidden.of(table)
    }

    /// How many rows of a table reads see.
    #[must_use]
    pub fn visible_count(&self, table: Table) -> u64 {
        u64::from(self.rows(table)) - self.hidden.of(table).len()
    }
}

/// The live segments of one project.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProjectSegments {
    pub(crate) traces: Vec<LiveSegment>,
    pub(crate) scores: Vec<LiveSegment>,
}

impl ProjectSegments {
    fn of_mut(&mut self, kind: SegmentKind) -> &mut Vec<LiveSegment> {
        match kind {
            SegmentKind::Traces => &mut self.traces,
            SegmentKind::Scores => &mut self.scores,
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &LiveSegment> {
        self.traces.iter().chain(&self.scores)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut LiveSegment> {
        self.traces.iter_mut().chain(&mut self.scores)
    }
}

/// The live segments of every project.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    projects: HashMap<ProjectId, Arc<ProjectSegments>>,
}

impl State {
    pub(crate) fn project(&self, id: &ProjectId) -> Option<&Arc<ProjectSegments>> {
        self.projects.get(id)
    }

    pub(crate) fn projects(&self) -> impl Iterator<Item = (&ProjectId, &Arc<ProjectSegments>)> {
        self.projects.iter()
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &LiveSegment> {
        self.projects.values().flat_map(|project| project.all())
    }

    pub(crate) fn add(&mut self, segment: LiveSegment) {
        let project = self.projects.entry(segment.header().project.clone()).or_default();
        Arc::make_mut(project).of_mut(segment.header().kind).push(segment);
    }

    /// Takes a segment out. Its file is removed when the last reader has let go of it.
    pub(crate) fn remove(&mut self, project: &ProjectId, id: u64) {
        let Some(segments) = self.projects.get_mut(project) else { return };
        let segments = Arc::make_mut(segments);
        for segment in segments.all().filter(|segment| segment.id() == id) {
            segment.file.make_obsolete();
        }
        segments.traces.retain(|segment| segment.id() != id);
        segments.scores.retain(|segment| segment.id() != id);
        if segments.all().next().is_none() {
            self.projects.remove(project);
        }
    }

    /// Hides rows from every read that begins from now on.
    pub(crate) fn hide(&mut self, project: &ProjectId, rows: &RowsBySegment) {
        self.change(project, rows, |segment, rows| Arc::make_mut(&mut segment.hidden).join(rows));
    }

    /// Says that rows, hidden already or not, are dead for good.
    pub(crate) fn bury(&mut self, project: &ProjectId, rows: &RowsBySegment) {
        self.change(project, rows, |segment, rows| {
            Arc::make_mut(&mut segment.buried).join(rows);
            Arc::make_mut(&mut segment.hidden).join(rows);
        });
    }

    fn change(&mut self, project: &ProjectId, rows: &RowsBySegment, change: impl Fn(&mut LiveSegment, &RowSets)) {
        if rows.is_empty() {
            return;
        }
        let Some(segments) = self.projects.get_mut(project) else { return };
        for segment in Arc::make_mut(segments).all_mut() {
            if let Some(rows) = rows.get(&segment.id()) {
                change(segment, rows);
            }
        }
    }
}
