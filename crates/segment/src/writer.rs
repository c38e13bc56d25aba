//! Writing a segment, row by row.
//!
//! Owns the rules that rows keep: their order, which kind of segment they go to, how large they may be.

use std::sync::Arc;

use redb::StorageBackend;
use spanstone_guard::{Disk, Guard, Options, PAGE_BYTES, disk_bytes};
use spanstone_model::{ObservationId, PayloadRef, ScoreId, Stamp, Text, Timestamp, TraceId};

use crate::v1::fault::Fault;
use crate::v1::keys::KeyList;
use crate::v1::page0::{HeaderPage, PROJECT_BYTES_MAX, VERSION};
use crate::v1::section::{Extent, Section, encode_index};
use crate::v1::sink::Pages;
use crate::v1::table::TableWriter;
use crate::v1::{TextColumn, observations, scores, traces};
use crate::{Facts, Header, ROWS_MAX, SealedObservation, SealedScore, SealedTrace, SegmentError, SegmentKind, Table};

/// The most text and bytes in one row: Parquet counts the bytes of a page in 31 bits.
const ROW_BYTES_MAX: u64 = 1 << 30;

/// A segment that is being written. Dropped before [`SegmentWriter::finish`], it leaves a file that is refused as
/// unfinished.
///
/// What it holds in memory is bounded: a row group of each table, compressed; a trace's row; twelve bytes for each row's key.
#[derive(Debug)]
pub struct SegmentWriter {
    header: Header,
    pages: Arc<Pages>,
    tables: Tables,
    facts: Facts,
}

#[derive(Debug)]
enum Tables {
    Traces(Box<TracesWriter>),
    Scores(Box<ScoresWriter>),
}

#[derive(Debug)]
struct TracesWriter {
    traces: TableWriter,
    trace_keys: KeyList,
    observations: TableWriter,
    observation_keys: KeyList,
    /// The last trace; its row says how many observations follow, so it is written after them.
    pending: Option<PendingTrace>,
}

#[derive(Debug)]
struct PendingTrace {
    sealed: SealedTrace,
    row: u32,
    first_observation: u32,
    /// The place in the order of its last observation.
    last: Option<(Timestamp, ObservationId)>,
}

#[derive(Debug)]
struct ScoresWriter {
    scores: TableWriter,
    keys: KeyList,
    trace_keys: KeyList,
    last: Option<(Timestamp, ScoreId)>,
}

impl SegmentWriter {
    /// Begins a segment on an empty disk.
    ///
    /// # Errors
    /// The disk fails, or is not empty; a project whose id is longer than an id can be.
    pub fn create(disk: impl Disk, header: Header) -> Result<Self, SegmentError> {
        let name = name_of(&header);
        let refused = |what| SegmentError::Refused { segment: header.id, what };
        let is_empty = disk.is_empty();
        if !is_empty.map_err(|error| Fault::Io(error).in_file(&name, "reading the length"))? {
            return Err(refused("its file is not empty".to_owned()));
        }
        let project_bytes = header.project.as_str().len();
        if project_bytes > PROJECT_BYTES_MAX {
            return Err(refused(format!("a project id of {project_bytes} bytes, {PROJECT_BYTES_MAX} at most")));
        }
        let device = Guard::open(disk, Options::read_write(name.clone()))?;
        Self::on_device(Box::new(device), header).map_err(|fault| fault.in_file(&name, "creating it"))
    }

    /// Begins a segment on an empty device.
    pub(crate) fn on_device(device: Box<dyn StorageBackend>, header: Header) -> Result<Self, Fault> {
        let pages = Arc::new(Pages::new(device, header.id));
        let table = |table| TableWriter::new(table, pages.section(Section::Table(table)));
        let tables = match header.kind {
            SegmentKind::Traces => Tables::Traces(Box::new(TracesWriter {
                traces: with_words(table(Table::Traces)?, Table::Traces, &pages),
                trace_keys: KeyList::default(),
                observations: with_words(table(Table::Observations)?, Table::Observations, &pages),
                observation_keys: KeyList::default(),
                pending: None,
            })),
            SegmentKind::Scores => Tables::Scores(Box::new(ScoresWriter {
                scores: table(Table::Scores)?,
                keys: KeyList::default(),
                trace_keys: KeyList::default(),
                last: None,
            })),
        };
        Ok(Self { header, pages, tables, facts: Facts::default() })
    }

    /// Appends a trace, in the order of timestamp and id; the observations that follow belong to it. Returns its row.
    ///
    /// # Errors
    /// The disk fails, or the row breaks a rule: out of order, in a segment of scores, larger than can be stored.
    pub fn trace(&mut self, sealed: SealedTrace) -> Result<u32, SegmentError> {
        let Tables::Traces(tables) = &mut self.tables else {
            return Err(refused(&self.header, "a trace in a segment of scores"));
        };
        let trace = &sealed.trace;
        let key = (trace.timestamp, &trace.id);
        let last = tables.pending.as_ref().map(|last| (last.sealed.trace.timestamp, &last.sealed.trace.id));
        if last.is_some_and(|last| last >= key) {
            return Err(refused(&self.header, format!("trace `{}` after {last:?}", trace.id)));
        }
        let texts = [sealed.payloads.input.as_ref(), sealed.payloads.output.as_ref()];
        let tags = trace.tags.iter().map(|tag| tag.len() as u64).sum();
        let raw = check_texts(&self.header, &trace.id, texts, &trace.metadata, &sealed.payloads.metadata, tags)?;
        let row = tables.traces.rows() + u32::from(tables.pending.is_some());
        check_rows(&self.header, row)?;

        tables.trace_keys.push(trace.id.as_str(), row);
        widen(&mut self.facts.time, trace.timestamp);
        self.facts.raw_bytes += raw;
        let first_observation = tables.observations.rows();
        let next = PendingTrace { sealed, row, first_observation, last: None };
        let written = tables.write_pending(Some(next));
        written.map_err(|fault| self.failed(fault))?;
        Ok(row)
    }

    /// Appends an observation of the last trace, in the order of start and id. Returns its row.
    ///
    /// # Errors
    /// The disk fails, or the row breaks a rule: out of order, of another trace, larger than can be stored.
    pub fn observation(&mut self, sealed: SealedObservation) -> Result<u32, SegmentError> {
        let observation = &sealed.observation;
        let of_trace = |id: &TraceId| *id == observation.trace_id;
        let Tables::Traces(tables) = &mut self.tables else {
            return Err(refused(&self.header, "an observation in a segment of scores"));
        };
        let Some(pending) = tables.pending.as_mut().filter(|pending| of_trace(&pending.sealed.trace.id)) else {
            let what = format!("observation `{}` is not of the last trace", observation.id);
            return Err(refused(&self.header, what));
        };
        let key = (observation.start, observation.id.clone());
        if pending.last.as_ref().is_some_and(|last| *last >= key) {
            let what = format!("observation `{}` after {:?}", observation.id, pending.last);
            return Err(refused(&self.header, what));
        }
        let texts = [sealed.payloads.input.as_ref(), sealed.payloads.output.as_ref()];
        let (refs, pieces) = (&observation.metadata, &sealed.payloads.metadata);
        let raw = check_texts(&self.header, &observation.id, texts, refs, pieces, 0)?;
        let row = tables.observations.rows();
        check_rows(&self.header, row)?;

        pending.last = Some(key);
        tables.observation_keys.push(observation.id.as_str(), row);
        widen(&mut self.facts.start, observation.start);
        self.facts.raw_bytes += raw;
        let trace_row = pending.row;
        let written = tables.observations.append(move |batch| observations::push(batch, &sealed, trace_row));
        written.map_err(|fault| self.failed(fault))?;
        Ok(row)
    }

    /// Appends a score, in the order of timestamp and id. Returns its row.
    ///
    /// # Errors
    /// The disk fails, or the row breaks a rule: out of order, in a segment of traces, larger than can be stored.
    pub fn score(&mut self, sealed: SealedScore) -> Result<u32, SegmentError> {
        let score = &sealed.score;
        let Tables::Scores(tables) = &mut self.tables else {
            return Err(refused(&self.header, "a score in a segment of traces"));
        };
        let key = (score.timestamp, score.id.clone());
        if tables.last.as_ref().is_some_and(|last| *last >= key) {
            return Err(refused(&self.header, format!("score `{}` after {:?}", score.id, tables.last)));
        }
        let raw = check_texts(&self.header, &score.id, [None, None], &score.metadata, &sealed.metadata, 0)?;
        let row = tables.scores.rows();
        check_rows(&self.header, row)?;

        tables.last = Some(key);
        tables.keys.push(score.id.as_str(), row);
        if let Some(trace) = &score.trace_id {
            tables.trace_keys.push(trace.as_str(), row);
        }
        widen(&mut self.facts.time, score.timestamp);
        self.facts.raw_bytes += raw;
        let written = tables.scores.append(move |batch| scores::push(batch, &sealed));
        written.map_err(|fault| self.failed(fault))?;
        Ok(row)
    }

    /// Makes the segment whole and durable; only now does it count.
    ///
    /// # Errors
    /// The disk fails.
    pub fn finish(self) -> Result<Facts, SegmentError> {
        let Self { header, pages, tables, mut facts } = self;
        let name = name_of(&header);
        let finish = || {
            let sections = match tables {
                Tables::Traces(tables) => tables.finish(&pages, &mut facts)?,
                Tables::Scores(tables) => tables.finish(&pages, &mut facts)?,
            };
            let index = encode_index(&sections);
            let index_bytes = u32::try_from(index.len()).map_err(std::io::Error::other)?;
            let index_page = pages.taken();
            let mut sink = pages.section(Section::Index);
            std::io::Write::write_all(&mut sink, &index)?;
            sink.finish()?;
            facts.file_bytes = disk_bytes(u64::from(pages.taken()) * PAGE_BYTES as u64);
            let page = HeaderPage { version: VERSION, header, facts, index_page, index_bytes };
            pages.finish(&page.encode())?;
            Ok(facts)
        };
        finish().map_err(|fault: Fault| fault.in_file(&name, "writing it"))
    }

    fn failed(&self, fault: Fault) -> SegmentError {
        fault.in_file(&name_of(&self.header), "writing it")
    }
}

impl TracesWriter {
    /// Writes the last trace, now that all its observations are there, and keeps the next in its place.
    fn write_pending(&mut self, next: Option<PendingTrace>) -> Result<(), Fault> {
        let Some(last) = std::mem::replace(&mut self.pending, next) else { return Ok(()) };
        let count = self.observations.rows() - last.first_observation;
        self.traces.append(|batch| traces::push(batch, &last.sealed, last.first_observation, count))
    }

    fn finish(mut self, pages: &Arc<Pages>, facts: &mut Facts) -> Result<Vec<(Section, Extent)>, Fault> {
        self.write_pending(None)?;
        facts.traces = self.traces.rows();
        facts.observations = self.observations.rows();
        let mut sections = self.traces.finish()?;
        sections.extend(self.observations.finish()?);
        sections.push(write_keys(pages, Section::Keys(Table::Traces), self.trace_keys)?);
        sections.push(write_keys(pages, Section::Keys(Table::Observations), self.observation_keys)?);
        Ok(sections)
    }
}

impl ScoresWriter {
    fn finish(self, pages: &Arc<Pages>, facts: &mut Facts) -> Result<Vec<(Section, Extent)>, Fault> {
        facts.scores = self.scores.rows();
        let mut sections = self.scores.finish()?;
        sections.push(write_keys(pages, Section::Keys(Table::Scores), self.keys)?);
        sections.push(write_keys(pages, Section::TraceKeys, self.trace_keys)?);
        Ok(sections)
    }
}

/// The same table with an index of the words of each of its columns of texts.
fn with_words(writer: TableWriter, table: Table, pages: &Arc<Pages>) -> TableWriter {
    TextColumn::ALL
        .into_iter()
        .fold(writer, |writer, column| writer.with_words(column, pages.section(Section::Words(table, column))))
}

fn write_keys(pages: &Arc<Pages>, section: Section, keys: KeyList) -> Result<(Section, Extent), Fault> {
    let mut sink = pages.section(section);
    keys.write(&mut sink)?;
    Ok(sink.finish()?)
}

/// What a segment is called before it has a file name.
fn name_of(header: &Header) -> String {
    format!("{:016x}.segment", header.id)
}

fn refused(header: &Header, what: impl Into<String>) -> SegmentError {
    SegmentError::Refused { segment: header.id, what: what.into() }
}

fn check_rows(header: &Header, rows: u32) -> Result<(), SegmentError> {
    if rows < ROWS_MAX {
        return Ok(());
    }
    Err(refused(header, format!("more than {ROWS_MAX} rows")))
}

/// Checks that there is a text for each piece of metadata, and that a row is not too large. Returns the bytes of its texts.
fn check_texts(
    header: &Header,
    id: &dyn std::fmt::Display,
    texts: [Option<&Text>; 2],
    refs: &[(Stamp, PayloadRef)],
    pieces: &[Text],
    other_bytes: u64,
) -> Result<u64, SegmentError> {
    if refs.len() != pieces.len() {
        let what = format!("`{id}` has {} pieces of metadata and {} texts of them", refs.len(), pieces.len());
        return Err(refused(header, what));
    }
    let raw: u64 = texts.into_iter().flatten().chain(pieces).map(|text| text.len() as u64).sum();
    if raw + other_bytes > ROW_BYTES_MAX {
        let what = format!("`{id}` has {} bytes of text, {ROW_BYTES_MAX} at most", raw + other_bytes);
        return Err(refused(header, what));
    }
    Ok(raw)
}

fn widen(range: &mut Option<(Timestamp, Timestamp)>, time: Timestamp) {
    let (first, last) = range.unwrap_or((time, time));
    *range = Some((first.min(time), last.max(time)));
}
