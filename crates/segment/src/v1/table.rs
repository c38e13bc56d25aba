//! A table as Parquet data in a section.
//!
//! Owns when batches and row groups are cut, and the numbering of rows across row groups.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, Field, Schema};
use parking_lot::Mutex;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowSelection};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::arrow::{FieldLevels, ProjectionMask, parquet_to_arrow_field_levels};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
};
use parquet::file::statistics::Statistics;
use roaring::RoaringBitmap;
use spanstone_model::Timestamp;

use super::arena::Arena;
use super::build::BatchBuilder;
use super::codes::CodedColumn;
use super::fault::{Fault, fenced};
use super::layout::Layout;
use super::pages::Bare;
use super::schema::{Column, Direction, Kind, arrow_schema, columns_of, data_type, time_column, writer_properties};
use super::section::{Extent, Section};
use super::sink::SectionSink;
use super::source::Source;
use super::words::{TextColumn, WordsWriter};
use crate::Table;

/// Rows that are handed to the Parquet writer at once.
const BATCH_ROWS: usize = 1_024;
/// Bytes that are: a page of payloads is cut soon after it has its size.
const BATCH_BYTES: usize = 256 * 1024;
/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 65_536;
/// Memory that a row group may take while it is collected; it is written when it takes more.
const ROW_GROUP_BYTES: usize = 16 * 1024 * 1024;
/// Rows that are decoded at once.
const READ_ROWS: usize = 8_192;
/// Rows that are decoded at once when their payloads are read, too.
const READ_PAYLOAD_ROWS: usize = 128;

/// Sets of columns of which it is remembered how they become arrays.
const PROJECTIONS_MAX: usize = 8;

/// A table that is being written.
#[derive(Debug)]
pub(crate) struct TableWriter {
    table: Table,
    writer: ArrowWriter<SectionSink>,
    batch: BatchBuilder,
    rows: u32,
    /// The indexes of its texts, each with the place of its column.
    words: Vec<(usize, WordsWriter<SectionSink>)>,
}

impl TableWriter {
    pub(crate) fn new(table: Table, sink: SectionSink) -> Result<Self, Fault> {
        let options = ArrowWriterOptions::new()
            .with_properties(writer_properties(table))
            .with_skip_arrow_metadata(true)
            .with_page_store_factory(Arc::new(Arena::default()))
            .with_schema_root(table.as_str().to_owned());
        let writer = ArrowWriter::try_new_with_options(sink, arrow_schema(table, Direction::Write), options)
            .map_err(|error| Fault::Parquet(table, error))?;
        Ok(Self { table, writer, batch: BatchBuilder::new(table), rows: 0, words: Vec::new() })
    }

    /// Writes an index of the words of a column, too.
    pub(crate) fn with_words(mut self, column: TextColumn, sink: SectionSink) -> Self {
        let place = number_of(self.table, column.name());
        self.words.extend(place.map(|place| (place, WordsWriter::new(sink, column))));
        self
    }

    /// How many rows were appended.
    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    /// Appends the row that `push` writes.
    pub(crate) fn append(&mut self, push: impl FnOnce(&mut BatchBuilder)) -> Result<(), Fault> {
        push(&mut self.batch);
        self.rows += 1;
        if self.batch.rows() >= BATCH_ROWS || self.batch.bytes() >= BATCH_BYTES {
            self.write_batch()?;
        }
        Ok(())
    }

    /// Writes what is left, and says where the table is, and its indexes.
    pub(crate) fn finish(mut self) -> Result<Vec<(Section, Extent)>, Fault> {
        self.write_batch()?;
        let table = self.table;
        let sink = self.writer.into_inner().map_err(|error| Fault::Parquet(table, error))?;
        let mut sections = vec![sink.finish()?];
        for (_, words) in self.words {
            if let Some(sink) = words.finish()? {
                sections.push(sink.finish()?);
            }
        }
        Ok(sections)
    }

    fn write_batch(&mut self) -> Result<(), Fault> {
        let failed = |error| Fault::Parquet(self.table, error);
        let batch = self.batch.take().map_err(|error| failed(error.into()))?;
        self.writer.write(&batch).map_err(failed)?;
        let ends = self.writer.in_progress_rows() >= ROW_GROUP_ROWS || self.writer.memory_size() >= ROW_GROUP_BYTES;
        if ends {
            self.writer.flush().map_err(failed)?;
        }
        self.index_words(&batch, ends)
    }

    fn index_words(&mut self, batch: &RecordBatch, group_ends: bool) -> Result<(), Fault> {
        for (place, words) in &mut self.words {
            let cells = batch.column(*place).as_binary_opt::<i64>();
            let cells = cells.ok_or_else(|| damaged(self.table, "a column of texts is of another type"))?;
            (0..cells.len()).try_for_each(|row| words.add(cells.is_valid(row).then(|| cells.value(row))))?;
            if group_ends || words.is_full() {
                words.end_block()?;
            }
        }
        Ok(())
    }
}

/// A table that can be read.
#[derive(Debug)]
pub(crate) struct TableReader {
    pub(super) table: Table,
    source: Arc<Source>,
    bare: Bare,
    layout: Layout,
    /// What was worked out of some sets of columns that were read.
    projections: Mutex<Vec<(Vec<usize>, Arc<FieldLevels>)>>,
    /// The first row of each row group, and the number of rows.
    starts: Vec<u32>,
    /// What all that holds in memory, in bytes: it takes a walk through it to find out.
    memory_bytes: usize,
}

impl TableReader {
    /// Loads what the table says of itself, which must be `rows` rows.
    pub(crate) fn load(table: Table, source: Source, rows: u32) -> Result<Self, Fault> {
        let options = ParquetMetaDataOptions::new()
            .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_column_stats_policy(ParquetStatisticsPolicy::skip_except(&statistics_of(table)));
        let reader = ParquetMetaDataReader::new()
            .with_column_index_policy(PageIndexPolicy::Skip)
            .with_offset_index_policy(PageIndexPolicy::Required)
            .with_metadata_options(Some(options));
        let bare = fenced(table, || {
            let bare = reader.parse_and_finish(&source.checking()).and_then(Bare::new);
            bare.map_err(|error| Fault::Parquet(table, error))
        })?;
        let metadata = bare.metadata();
        let layout = Layout::new(table, metadata.file_metadata().schema_descr(), |place| is_empty(metadata, place));
        let layout = layout.map_err(|what| damaged(table, what))?;
        let mut starts = vec![0];
        let mut total = 0;
        for group in bare.metadata().row_groups() {
            total = u32::try_from(group.num_rows())
                .ok()
                .and_then(|count| u32::checked_add(total, count))
                .ok_or_else(|| damaged(table, format!("a row group of {} rows", group.num_rows())))?;
            starts.push(total);
        }
        if total != rows {
            return Err(damaged(table, format!("it has {total} rows, the header page says {rows}")));
        }
        let memory_bytes = bare.metadata().memory_size() + starts.len() * size_of::<u32>();
        Ok(Self { table, source: Arc::new(source), bare, layout, projections: Mutex::default(), starts, memory_bytes })
    }

    /// What it holds in memory, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> u32 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// The rows of each row group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.starts.windows(2).map(|pair| pair[0]..pair[1])
    }

    /// The first and the last time of a row group, as its statistics say.
    pub(crate) fn time_of(&self, group: usize) -> Option<(Timestamp, Timestamp)> {
        let place = self.layout.place(time_number(self.table))?;
        let column = self.bare.metadata().row_groups().get(group)?.columns().get(place)?;
        match column.statistics()? {
            Statistics::Int64(times) => {
                let time = |micros: &i64| Timestamp::from_micros(*micros);
                times.min_opt().map(time).zip(times.max_opt().map(time))
            }
            _ => None,
        }
    }

    /// Reads columns of rows, in order, and hands each batch on with the numbers of its rows.
    pub(crate) fn read(
        &self,
        rows: &RoaringBitmap,
        columns: &[&str],
        mut each: impl FnMut(&RecordBatch, &[u32]) -> Result<(), String>,
    ) -> Result<(), Fault> {
        if let Some(row) = rows.max().filter(|row| *row >= self.rows()) {
            return Err(Fault::damaged(format!("table {}", self.table), format!("there is no row {row}")));
        }
        let projection = self.projection(columns)?;
        for (group, group_rows) in self.groups().enumerate() {
            let mut wanted = rows.range(group_rows.clone());
            if wanted.len() == 0 {
                continue;
            }
            let ranges = ranges_of(rows.range(group_rows.clone()), group_rows.start);
            fenced(self.table, || {
                for batch in self.open(group, &group_rows, ranges, &projection)? {
                    let batch = batch.and_then(|batch| projection.complete(batch));
                    let batch = batch.map_err(|error| Fault::Parquet(self.table, ParquetError::from(error)))?;
                    let numbers: Vec<u32> = wanted.by_ref().take(batch.num_rows()).collect();
                    each(&batch, &numbers)
                        .map_err(|what| damaged(self.table, format!("rows {:?} and on: {what}", numbers.first())))?;
                }
                Ok(())
            })?;
            if wanted.len() > 0 {
                return Err(damaged(self.table, format!("{} rows are missing", wanted.len())));
            }
        }
        Ok(())
    }

    /// A column of texts in a row group; nothing when its texts are not all in a dictionary, or when the file does not have
    /// the column.
    pub(crate) fn coded(&self, column: &str, rows: &Range<u32>) -> Result<Option<CodedColumn>, Fault> {
        let group = self.groups().position(|group| group == *rows);
        let group = group.ok_or_else(|| damaged(self.table, format!("no row group has rows {rows:?}")))?;
        let Some(column) = self.layout.place(self.number(column)?) else { return Ok(None) };
        let chunk = self.bare.metadata().row_group(group).column(column);
        fenced(self.table, || {
            let pages = self.bare.pages(group, column, &self.source);
            let pages = pages.map_err(|error| Fault::Parquet(self.table, error))?;
            CodedColumn::open(chunk, pages).map_err(|what| damaged(self.table, what))
        })
    }

    /// The number of a column among those of the table.
    fn number(&self, column: &str) -> Result<usize, Fault> {
        number_of(self.table, column).ok_or_else(|| damaged(self.table, format!("it has no column `{column}`")))
    }

    pub(super) fn projection(&self, columns: &[&str]) -> Result<Projection, Fault> {
        let numbers: Vec<_> = columns.iter().map(|column| self.number(column)).collect::<Result<_, _>>()?;
        let has_payloads = numbers.iter().any(|number| columns_of(self.table)[*number].kind == Kind::Payload);
        let batch_rows = if has_payloads { READ_PAYLOAD_ROWS } else { READ_ROWS };
        let columns_at: BTreeSet<_> = numbers.iter().map(|number| (self.layout.place(*number), *number)).collect();
        let column = |(_, number): &(Option<usize>, usize)| columns_of(self.table)[*number];
        let absent = columns_at.iter().filter(|(place, _)| place.is_none()).map(column).collect();
        let found = columns_at.iter().filter(|(place, _)| place.is_some()).map(|at| column(at).name).collect();
        let levels = self.levels(columns_at.iter().filter_map(|(place, _)| *place).collect())?;
        Ok(Projection { levels, batch_rows, found, absent })
    }

    /// How columns become arrays. The same few sets of columns are read again and again.
    fn levels(&self, places: Vec<usize>) -> Result<Arc<FieldLevels>, Fault> {
        let mut projections = self.projections.lock();
        if let Some((_, levels)) = projections.iter().find(|(known, _)| *known == places) {
            return Ok(Arc::clone(levels));
        }
        let schema = self.bare.metadata().file_metadata().schema_descr();
        let mask = ProjectionMask::leaves(schema, places.iter().copied());
        let fields = self.layout.fields(schema);
        let levels = fields.and_then(|fields| parquet_to_arrow_field_levels(schema, mask, Some(&fields)));
        let levels = Arc::new(levels.map_err(|error| Fault::Parquet(self.table, error))?);
        if projections.len() == PROJECTIONS_MAX {
            projections.remove(0);
        }
        projections.push((places, Arc::clone(&levels)));
        Ok(levels)
    }

    /// Opens ranges of rows of a row group, counted within it.
    pub(super) fn open(
        &self,
        group: usize,
        rows: &Range<u32>,
        ranges: Vec<Range<usize>>,
        projection: &Projection,
    ) -> Result<ParquetRecordBatchReader, Fault> {
        let count = rows.len();
        let batch_rows = projection.batch_rows.min(count.max(1));
        let is_all = matches!(&ranges[..], [range] if *range == (0..count));
        let selection = (!is_all).then(|| RowSelection::from_consecutive_ranges(ranges.into_iter(), count));
        let group = self.bare.group(group, &self.source);
        ParquetRecordBatchReader::try_new_with_row_groups(&projection.levels, &group, batch_rows, selection)
            .map_err(|error| Fault::Parquet(self.table, error))
    }
}

/// Which columns are read, and how many rows at once.
#[derive(Debug)]
pub(super) struct Projection {
    levels: Arc<FieldLevels>,
    batch_rows: usize,
    /// The names of the columns that the file has, in its order.
    found: Vec<&'static str>,
    /// Columns that were asked for and that the file does not have.
    absent: Vec<Column>,
}

impl Projection {
    /// The names of the columns of a complete batch.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.found.iter().copied().chain(self.absent.iter().map(|column| column.name))
    }

    /// A batch of what the file has, with what it does not have: no row has a value there.
    pub(super) fn complete(&self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if self.absent.is_empty() {
            return Ok(batch);
        }
        let rows = batch.num_rows();
        let mut fields: Vec<_> = batch.schema_ref().fields().iter().cloned().collect();
        let mut arrays = batch.columns().to_vec();
        for column in &self.absent {
            let kind = data_type(column.kind, Direction::Read);
            arrays.push(new_null_array(&kind, rows));
            fields.push(Arc::new(Field::new(column.name, kind, true)));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

pub(super) fn damaged(table: Table, what: impl Into<String>) -> Fault {
    Fault::damaged(format!("table {table}"), what)
}

/// The number of a column among those of its table.
fn number_of(table: Table, name: &str) -> Option<usize> {
    columns_of(table).iter().position(|column| column.name == name)
}

/// The number of the column that bounds the rows in time. It is its place in every file, too, as new columns go last.
fn time_number(table: Table) -> usize {
    number_of(table, time_column(table)).expect("every table has a time")
}

/// The columns whose statistics are read: the times, by which rows are ruled out, and those that most files do not use.
fn statistics_of(table: Table) -> Vec<usize> {
    let is_rare = |number: &usize| columns_of(table)[*number].is_rare();
    [time_number(table)].into_iter().chain((0..columns_of(table).len()).filter(is_rare)).collect()
}

/// Whether no row has a value in a column, as its statistics say.
fn is_empty(metadata: &ParquetMetaData, place: usize) -> bool {
    metadata.row_groups().iter().all(|group| {
        let column = group.columns().get(place);
        let nulls = column.and_then(|column| column.statistics()?.null_count_opt());
        column.zip(nulls).is_some_and(|(column, nulls)| u64::try_from(column.num_values()) == Ok(nulls))
    })
}

/// The ranges of consecutive numbers, counted from `base` on.
fn ranges_of(rows: impl Iterator<Item = u32>, base: u32) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for row in rows {
        let row = (row - base) as usize;
        match ranges.last_mut() {
            Some(last) if last.end == row => last.end += 1,
            _ => ranges.push(row..row + 1),
        }
    }
    ranges
}
