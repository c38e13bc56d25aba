//! The manifest: which segments are live, and which of their rows are dead.
//!
//! Owns the reading of it and the names of what is damaged in it. Refuses to decide what damage means: a segment
//! whose dead rows cannot be read is reported, and whoever serves segments decides whether it is served.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;

use redb::TableDefinition;
use roaring::RoaringBitmap;
use spanstone_segment::Table;

use super::rows::{self, Bytes, End, Gap, Half, Row, Run};
use super::v1::{Corrupt, Fault};
use super::v2::{DeadRows, SegmentRecord};

/// Key: the segment's number, big-endian.
pub(super) const SEGMENTS: Bytes = TableDefinition::new("segments");
/// Key: the segment's number, big-endian, and the number of the table.
pub(super) const DEAD: Bytes = TableDefinition::new("dead");

/// All keys of either table.
pub(super) const ALL_KEYS: RangeInclusive<&'static [u8]> = RangeInclusive::new(&[], &[0xFF; 10]);

/// What is in the archive.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// The live segments whose records are intact, in order of their numbers.
    pub segments: Vec<SegmentRecord>,
    /// The dead rows of their tables. No entry: no row is dead, unless [`Self::is_doubtful`] says otherwise.
    pub dead: HashMap<(u64, Table), RoaringBitmap>,
    /// What is damaged.
    pub damaged: Vec<ManifestDamage>,
}

/// Something in the manifest that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestDamage {
    /// What it is.
    pub part: ManifestPart,
    /// What is wrong with it.
    pub fault: Fault,
}

/// A part of the manifest, as an operator would name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestPart {
    /// The record of a segment.
    Segment(u64),
    /// Every record of a segment that there may be among these numbers.
    Segments(RangeInclusive<u64>),
    /// A set of dead rows.
    DeadRows {
        /// The segment.
        segment: u64,
        /// Its table, if the key says which.
        table: Option<Table>,
    },
    /// Every set of dead rows that there may be of the segments with these numbers.
    DeadRowsOf(RangeInclusive<u64>),
}

impl ManifestPart {
    /// Whether rows of this segment may be missing, or dead without the manifest saying so.
    #[must_use]
    pub fn concerns(&self, id: u64) -> bool {
        match self {
            Self::Segment(segment) | Self::DeadRows { segment, .. } => *segment == id,
            Self::Segments(ids) | Self::DeadRowsOf(ids) => ids.contains(&id),
        }
    }
}

impl fmt::Display for ManifestPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(id) => write!(f, "the record of segment {id:016x}"),
            Self::Segments(ids) => {
                write!(f, "the records of segments {:016x} to {:016x}", ids.start(), ids.end())
            }
            Self::DeadRows { segment, table: Some(table) } => {
                write!(f, "the dead rows of table `{table}` of segment {segment:016x}")
            }
            Self::DeadRows { segment, table: None } => write!(f, "dead rows of segment {segment:016x}"),
            Self::DeadRowsOf(ids) => {
                write!(f, "the dead rows of segments {:016x} to {:016x}", ids.start(), ids.end())
            }
        }
    }
}

/// Reads the manifest; `read` reads a table from one end.
pub(super) fn read(read: impl Fn(Bytes, End) -> Result<Half, redb::Error>) -> Result<Manifest, redb::Error> {
    let segments = rows::both_ends(|end| read(SEGMENTS, end))?;
    Ok(Manifest::new(segments, rows::both_ends(|end| read(DEAD, end))?))
}

impl Manifest {
    /// Whether something that is damaged concerns this segment: its record may be lost, or rows may be dead that
    /// [`Self::dead`] does not name.
    #[must_use]
    pub fn is_doubtful(&self, segment: u64) -> bool {
        self.damaged.iter().any(|damage| damage.part.concerns(segment))
    }

    /// Reads the rows of both tables.
    fn new(segments: Run, dead: Run) -> Self {
        let mut manifest = Self::default();
        for row in segments.rows {
            manifest.segment(&row);
        }
        if let Some(gap) = segments.gap {
            let (ids, fault) = segments_of(gap, 1);
            manifest.damaged(ManifestPart::Segments(ids), fault);
        }
        for row in dead.rows {
            manifest.dead_rows(&row);
        }
        if let Some(gap) = dead.gap {
            // There may be sets of the very segments next to the gap in it.
            let (ids, fault) = segments_of(gap, 0);
            manifest.damaged(ManifestPart::DeadRowsOf(ids), fault);
        }
        manifest
    }

    fn damaged(&mut self, part: ManifestPart, fault: Fault) {
        self.damaged.push(ManifestDamage { part, fault });
    }

    fn segment(&mut self, (key, row): &Row) {
        let id = id_of(key);
        match SegmentRecord::decode(row) {
            Ok(record) if segment_key(record.header.id) == **key => self.segments.push(record),
            Ok(_) => self.damaged(ManifestPart::Segment(id), corrupt("this record belongs to another segment", 8)),
            Err(corrupt) => self.damaged(ManifestPart::Segment(id), corrupt.into()),
        }
    }

    fn dead_rows(&mut self, (key, row): &Row) {
        let segment = id_of(key);
        let part = ManifestPart::DeadRows { segment, table: key.get(8).copied().and_then(Table::from_code) };
        match DeadRows::decode(row) {
            Ok(dead) if dead_key(dead.segment, dead.table) != **key => {
                self.damaged(part, corrupt("these rows are of another segment", 8));
            }
            Ok(dead) => match self.record(segment) {
                Some(record) if !has_rows(record, dead.table, &dead.rows) => {
                    self.damaged(part, corrupt("the segment has no such rows", 28));
                }
                // Whose record is damaged, too, is named already.
                None if !self.is_doubtful(segment) => self.damaged(part, corrupt("there is no such segment", 8)),
                _ => {
                    self.dead.insert((segment, dead.table), dead.rows);
                }
            },
            Err(corrupt) => self.damaged(part, corrupt.into()),
        }
    }

    fn record(&self, id: u64) -> Option<&SegmentRecord> {
        let found = self.segments.binary_search_by_key(&id, |record| record.header.id);
        found.ok().and_then(|index| self.segments.get(index))
    }
}

/// Whether a segment's table has all of these rows.
pub(super) fn has_rows(record: &SegmentRecord, table: Table, rows: &RoaringBitmap) -> bool {
    rows.max().is_none_or(|last| last < record.facts.rows(table))
}

pub(super) fn segment_key(id: u64) -> [u8; 8] {
    id.to_be_bytes()
}

pub(super) fn dead_key(segment: u64, table: Table) -> [u8; 9] {
    let mut key = [0; 9];
    key[..8].copy_from_slice(&segment.to_be_bytes());
    key[8] = table.code();
    key
}

/// The segment that a key names. What is missing of a key counts as zeros.
fn id_of(key: &[u8]) -> u64 {
    let mut id = [0; 8];
    id.iter_mut().zip(key).for_each(|(byte, found)| *byte = *found);
    u64::from_be_bytes(id)
}

/// The segments of a gap, as far from the keys next to it as given, and why they cannot be reached.
fn segments_of(gap: Gap, distance: u64) -> (RangeInclusive<u64>, Fault) {
    let first = gap.after.map_or(0, |key| id_of(&key).saturating_add(distance));
    let last = gap.before.map_or(u64::MAX, |key| id_of(&key).saturating_sub(distance));
    (first..=last, gap.fault)
}

fn corrupt(what: &'static str, offset: usize) -> Fault {
    Fault::Corrupt(Corrupt { what, offset })
}
