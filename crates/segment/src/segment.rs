//! Reading a segment.
//!
//! Owns what of an open segment is in memory: the header page, and what reads have needed so far of its index, filters
//! and footers.

mod columns;
mod look_up;

use std::sync::Arc;

use arrow_array::RecordBatch;
use redb::StorageBackend;
use roaring::RoaringBitmap;
use spanstone_guard::{Counters, Disk, Guard, Options, PAGE_BYTES};
use spanstone_model::TraceId;

use crate::parts::Parts;
use crate::v1::columns::{observations, scores, traces};
use crate::v1::fault::Fault;
use crate::v1::observations::ObservationColumns;
use crate::v1::page0::{HeaderPage, MAGIC, VERSION, VERSION_OLDEST};
use crate::v1::read::Columns;
use crate::v1::schema::columns_of;
use crate::v1::scores::ScoreColumns;
use crate::v1::section::Section;
use crate::v1::traces::TraceColumns;
use crate::{
    Facts, Finding, Header, SealedObservation, SealedScore, SealedTrace, SegmentError, Table, TracePlace, With, verify,
};

pub use look_up::WordBlocks;

/// Checksum pages of the guard kept in memory for each open segment: 8 KiB, for 8 MiB of data. There may be thousands of
/// segments, and another page is one read away.
const CHECKSUM_PAGES_MAX: usize = 2;

/// A finished segment, open for reading.
///
/// Opening reads the header page; what else is needed is read when it is, and kept, most of it until [`Segment::forget`].
#[derive(Debug)]
pub struct Segment {
    name: String,
    header: Header,
    facts: Facts,
    counters: Arc<Counters>,
    parts: Parts,
}

impl Segment {
    /// Opens a finished segment. A flipped bit that is met is put right in the file.
    ///
    /// # Errors
    /// The disk fails; the file is unfinished, something else, of another version, or damaged.
    pub fn open(disk: impl Disk, name: &str) -> Result<Self, SegmentError> {
        let is_empty = disk.is_empty().map_err(|error| Fault::Io(error).in_file(name, "reading the length"))?;
        if is_empty {
            // Opened for writing, the guard would make a file of it.
            return Err(SegmentError::Unfinished { file: name.to_owned() });
        }
        Self::open_guard(disk, name, Options::read_write(name))
    }

    /// Opens a finished segment and never writes to its file: a flipped bit is put right in memory only.
    ///
    /// # Errors
    /// As [`Segment::open`].
    pub fn open_read_only(disk: impl Disk, name: &str) -> Result<Self, SegmentError> {
        Self::open_guard(disk, name, Options::read_only(name))
    }

    fn open_guard(disk: impl Disk, name: &str, options: Options) -> Result<Self, SegmentError> {
        let guard = Guard::open(disk, Options { checksum_pages_max: CHECKSUM_PAGES_MAX, ..options })?;
        let counters = guard.counters();
        Self::on_device(Arc::new(guard), name, counters)
    }

    /// Opens a finished segment on a device that verifies its pages.
    pub(crate) fn on_device(
        device: Arc<dyn StorageBackend>,
        name: &str,
        counters: Arc<Counters>,
    ) -> Result<Self, SegmentError> {
        let file = name.to_owned();
        let failed = |source| SegmentError::Io { file: name.to_owned(), action: "reading the header page", source };
        if device.len().map_err(failed)? < PAGE_BYTES as u64 {
            return Err(SegmentError::Unfinished { file });
        }
        let mut bytes = [0; PAGE_BYTES];
        device.read(0, &mut bytes).map_err(failed)?;
        let [first @ .., v0, v1, v2, v3] = bytes.first_chunk::<12>().expect("a page is longer");
        if *first != MAGIC {
            return Err(SegmentError::NotASegment { file, found: *first });
        }
        let version = u32::from_le_bytes([*v0, *v1, *v2, *v3]);
        if !(VERSION_OLDEST..=VERSION).contains(&version) {
            return Err(SegmentError::UnknownVersion { file, found: version, known: VERSION });
        }
        let page = HeaderPage::decode(&bytes).map_err(|what| SegmentError::Damaged {
            file,
            place: "header page".to_owned(),
            what,
        })?;
        let (header, facts) = (page.header.clone(), page.facts);
        Ok(Self { name: name.to_owned(), header, facts, counters, parts: Parts::new(device, page) })
    }

    /// Which segment it is.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What it holds.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// What its file has healed, and what it could not.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// How many bytes of memory [`Segment::forget`] would give back, by estimate.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.parts.memory_bytes()
    }

    /// Whether rows were read since this was last asked.
    #[must_use]
    pub fn take_was_read(&self) -> bool {
        self.parts.take_was_read()
    }

    /// Gives back what its tables and its index say of themselves; what is needed again is read again. The filters of its
    /// ids stay in memory.
    pub fn forget(&self) {
        self.parts.forget();
    }

    /// Finds a trace.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_trace(&self, id: &str) -> Result<Option<TracePlace>, SegmentError> {
        Ok(self.find_traces(&[id])?.pop().map(|(_, place)| place))
    }

    /// Finds many traces at once: each that is here, with its number among the ids, in the order of the rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_traces(&self, wanted: &[&str]) -> Result<Vec<(usize, TracePlace)>, SegmentError> {
        let columns = [traces::ID, traces::FIRST_OBSERVATION, traces::OBSERVATIONS_HERE];
        let find = || {
            let mut found = Vec::new();
            let candidates = self.all_candidates(Table::Traces, Section::Keys(Table::Traces), wanted)?;
            if candidates.is_empty() {
                return Ok(found);
            }
            let rows = candidates.iter().map(|(row, _)| *row).collect();
            self.parts.table(Table::Traces)?.read(&rows, &columns, |batch, rows| {
                let batch = Columns(batch);
                let ids = batch.ids(traces::ID)?;
                let (firsts, counts) =
                    (batch.smalls(traces::FIRST_OBSERVATION)?, batch.smalls(traces::OBSERVATIONS_HERE)?);
                for (place, row) in rows.iter().enumerate() {
                    let (id, first, count) = (ids.must(place)?, firsts.must(place), counts.must(place));
                    let end = first.checked_add(count).filter(|end| *end <= self.facts.observations);
                    let end = end.ok_or_else(|| format!("{count} observations from row {first} on"))?;
                    let numbers = of_row(&candidates, *row).filter(|number| wanted[*number] == id);
                    found.extend(numbers.map(|number| (number, TracePlace { row: *row, observations: first..end })));
                }
                Ok(())
            })?;
            Ok(found)
        };
        find().map_err(|fault| self.failed(fault))
    }

    /// Finds an observation.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_observation(&self, id: &str) -> Result<Option<u32>, SegmentError> {
        Ok(self.find_observations(&[id])?.first().copied())
    }

    /// Finds the observations with some ids, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_observations(&self, ids: &[&str]) -> Result<Vec<u32>, SegmentError> {
        self.rows_with(Table::Observations, Section::Keys(Table::Observations), observations::ID, ids)
    }

    /// Finds a score.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn find_score(&self, id: &str) -> Result<Option<u32>, SegmentError> {
        let found = self.rows_with(Table::Scores, Section::Keys(Table::Scores), scores::ID, &[id])?;
        Ok(found.first().copied())
    }

    /// Finds the scores that name a trace, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn scores_of_trace(&self, trace: &str) -> Result<Vec<u32>, SegmentError> {
        self.scores_of_traces(&[trace])
    }

    /// Finds the scores that name one of many traces, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged.
    pub fn scores_of_traces(&self, traces: &[&str]) -> Result<Vec<u32>, SegmentError> {
        self.rows_with(Table::Scores, Section::TraceKeys, scores::TRACE_ID, traces)
    }

    /// The rows that keys name for one of some ids and whose column says so, too; in order.
    fn rows_with(
        &self,
        table: Table,
        section: Section,
        column: &'static str,
        wanted: &[&str],
    ) -> Result<Vec<u32>, SegmentError> {
        let find = || {
            let mut found = Vec::new();
            let candidates = self.all_candidates(table, section, wanted)?;
            if candidates.is_empty() {
                return Ok(found);
            }
            let rows = candidates.iter().map(|(row, _)| *row).collect();
            self.parts.table(table)?.read(&rows, &[column], |batch, rows| {
                let values = Columns(batch).strs(column)?;
                for (place, row) in rows.iter().enumerate() {
                    let value = values.get(place);
                    if of_row(&candidates, *row).any(|number| Some(wanted[number]) == value) {
                        found.push(*row);
                    }
                }
                Ok(())
            })?;
            Ok(found)
        };
        find().map_err(|fault| self.failed(fault))
    }

    /// The rows that may have one of some ids, in order, each with the number of that id.
    fn all_candidates(&self, table: Table, section: Section, ids: &[&str]) -> Result<Vec<(u32, usize)>, Fault> {
        // A segment of the other kind has no such keys.
        if !self.header.kind.tables().contains(&table) {
            return Ok(Vec::new());
        }
        Ok(self.parts.keys(section)?.candidates(ids)?)
    }

    /// Reads traces, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a row that the segment does not have.
    pub fn traces(&self, rows: &RoaringBitmap, with: With) -> Result<Vec<(u32, SealedTrace)>, SegmentError> {
        let mut found = Vec::new();
        self.read(Table::Traces, rows, with, |batch, numbers| {
            let columns = TraceColumns::new(batch)?;
            for (place, row) in numbers.iter().enumerate() {
                found.push((*row, columns.row(place)?));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Reads observations, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a row that the segment does not have.
    pub fn observations(
        &self,
        rows: &RoaringBitmap,
        with: With,
    ) -> Result<Vec<(u32, SealedObservation)>, SegmentError> {
        let mut found = Vec::new();
        let mut traces = Vec::new();
        self.read(Table::Observations, rows, with, |batch, numbers| {
            let columns = ObservationColumns::new(batch)?;
            for (place, row) in numbers.iter().enumerate() {
                found.push((*row, columns.row(place)?));
                traces.push(columns.trace_row(place));
            }
            Ok(())
        })?;
        let ids = self.trace_ids(&traces.iter().copied().collect())?;
        for ((_, sealed), trace) in found.iter_mut().zip(traces) {
            let known = ids.binary_search_by_key(&trace, |(row, _)| *row).ok().and_then(|place| ids.get(place));
            let (_, id) = known.ok_or_else(|| {
                let what = format!("observation `{}` is of row {trace}, which is not there", sealed.observation.id);
                self.failed(Fault::damaged(format!("table {}", Table::Traces), what))
            })?;
            Arc::make_mut(&mut sealed.observation).trace_id = id.clone();
        }
        Ok(found)
    }

    /// The ids of traces, by row.
    fn trace_ids(&self, rows: &RoaringBitmap) -> Result<Vec<(u32, TraceId)>, SegmentError> {
        let mut ids = Vec::new();
        let mut find = || {
            self.parts.table(Table::Traces)?.read(rows, &[traces::ID], |batch, rows| {
                let column = Columns(batch).ids(traces::ID)?;
                for (place, row) in rows.iter().enumerate() {
                    ids.push((*row, TraceId::from_wire(column.must(place)?)));
                }
                Ok(())
            })
        };
        find().map_err(|fault| self.failed(fault))?;
        Ok(ids)
    }

    /// Reads scores, in the order of their rows.
    ///
    /// # Errors
    /// The disk fails, or what is needed is damaged; a row that the segment does not have.
    pub fn scores(&self, rows: &RoaringBitmap, with: With) -> Result<Vec<(u32, SealedScore)>, SegmentError> {
        let mut found = Vec::new();
        self.read(Table::Scores, rows, with, |batch, numbers| {
            let columns = ScoreColumns::new(batch)?;
            for (place, row) in numbers.iter().enumerate() {
                found.push((*row, columns.row(place)?));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Reads what rows are made of.
    fn read(
        &self,
        table: Table,
        rows: &RoaringBitmap,
        with: With,
        each: impl FnMut(&RecordBatch, &[u32]) -> Result<(), String>,
    ) -> Result<(), SegmentError> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = columns_of(table).iter().filter(|column| column.is_read(with));
        let columns: Vec<_> = columns.map(|column| column.name).collect();
        let read = || self.parts.table(table)?.read(rows, &columns, each);
        read().map_err(|fault| self.failed(fault))
    }

    /// Reads everything and reports what is not as it was written.
    #[must_use]
    pub fn verify(&self) -> Vec<Finding> {
        verify::verify(&self.parts, &self.header, self.facts)
    }

    fn failed(&self, fault: Fault) -> SegmentError {
        fault.in_file(&self.name, "reading it")
    }
}

/// The numbers of the ids that a row may have.
fn of_row(candidates: &[(u32, usize)], row: u32) -> impl Iterator<Item = usize> {
    let from = candidates.partition_point(|(candidate, _)| *candidate < row);
    candidates[from..].iter().take_while(move |(candidate, _)| *candidate == row).map(|(_, number)| *number)
}
