//! What is not as it was written in a segment, and where.
//!
//! Owns what a segment must be: whole chunks, tables that decode, rows in order, keys that name every row. Refuses to judge
//! pages and checksums: the guard does.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::parts::Parts;
use crate::v1::columns::{any, observations, scores, traces};
use crate::v1::fault::Fault;
use crate::v1::keys::{hash_of, place_of};
use crate::v1::observations::ObservationColumns;
use crate::v1::read::Columns;
use crate::v1::scan::TableScan;
use crate::v1::schema::{columns_of, time_column};
use crate::v1::scores::ScoreColumns;
use crate::v1::section::Section;
use crate::v1::source::Source;
use crate::v1::traces::TraceColumns;
use crate::v1::words::WordsWriter;
use crate::{Facts, Header, SegmentKind, Table, TextColumn};

/// The most findings that are kept of one part.
const FINDINGS_MAX: usize = 1_000;

/// One thing that is wrong in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: a chunk, a table, a row.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Reads everything of a segment and reports what is wrong.
pub(crate) fn verify(parts: &Parts, header: &Header, facts: Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    match parts.sources() {
        Ok(sources) => sources.iter().for_each(|source| verify_chunks(source, &mut findings)),
        Err(fault) => findings.push(finding_of("section index", fault)),
    }
    for table in header.kind.tables() {
        if let Err(fault) = verify_table(parts, *table, facts, &mut findings) {
            findings.push(finding_of(table.as_str(), fault));
        }
    }
    if header.kind == SegmentKind::Traces {
        for (table, column) in
            TextColumn::TABLES.iter().flat_map(|table| TextColumn::ALL.map(|column| (*table, column)))
        {
            if let Err(fault) = verify_words(parts, table, column) {
                findings.push(finding_of(Section::Words(table, column).name(), fault));
            }
        }
    }
    let keys: &[_] = match header.kind {
        SegmentKind::Traces => &[
            (Table::Traces, Section::Keys(Table::Traces), traces::ID),
            (Table::Observations, Section::Keys(Table::Observations), observations::ID),
        ],
        SegmentKind::Scores => &[
            (Table::Scores, Section::Keys(Table::Scores), scores::ID),
            (Table::Scores, Section::TraceKeys, scores::TRACE_ID),
        ],
    };
    for (table, section, column) in keys {
        if let Err(fault) = verify_keys(parts, *table, *section, column, &mut findings) {
            findings.push(finding_of(section.name(), fault));
        }
    }
    findings
}

fn finding_of(place: &str, fault: Fault) -> Finding {
    match fault {
        Fault::Io(error) => Finding { place: place.to_owned(), what: error.to_string() },
        Fault::Parquet(table, error) => Finding { place: format!("table {table}"), what: error.to_string() },
        Fault::Damaged { place, what } => Finding { place, what },
    }
}

fn verify_chunks(source: &Source, findings: &mut Vec<Finding>) {
    for chunk in 0..source.chunks() {
        if let Err(error) = source.read_chunk(chunk) {
            let page = source.page_of(chunk).unwrap_or(0);
            findings.push(Finding {
                place: format!("page {page}, chunk {chunk} of {}", source.name()),
                what: error.to_string(),
            });
        }
    }
}

/// Decodes every row of a table and checks what rows promise each other.
fn verify_table(parts: &Parts, table: Table, facts: Facts, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let reader = parts.table(table)?;
    let columns: Vec<_> = columns_of(table).iter().map(|column| column.name).collect();
    let mut scan = TableScan::new(reader, &columns, 0..facts.rows(table))?;
    let mut order = Order::new(table, facts);
    let mut known = 0;
    while let Some(batch) = scan.next_batch()? {
        let checked = order.check(&batch.columns).map_err(|what| Fault::damaged(format!("table {table}"), what))?;
        for (place, what) in checked {
            let row = batch.first_row as usize + place;
            known += 1;
            if known <= FINDINGS_MAX {
                findings.push(Finding { place: format!("table {table}, row {row}"), what });
            }
        }
    }
    order.end().map_err(|what| Fault::damaged(format!("table {table}"), what))
}

/// What the rows of a table so far say about the next one.
struct Order {
    table: Table,
    facts: Facts,
    /// The last row's place: row of its trace, time and id.
    last: Option<(u32, i64, String)>,
    /// How many observations the traces so far have.
    observations: u32,
    /// The first and the last time so far.
    time: Option<(i64, i64)>,
}

impl Order {
    fn new(table: Table, facts: Facts) -> Self {
        Self { table, facts, last: None, observations: 0, time: None }
    }

    /// What is wrong with the rows of a batch, each by its place in it.
    fn check(&mut self, batch: &RecordBatch) -> Result<Vec<(usize, String)>, String> {
        let columns = Columns(batch);
        let times = columns.integers(time_column(self.table))?;
        let ids = columns.ids(any::ID)?;
        let trace_rows =
            if self.table == Table::Observations { Some(columns.smalls(observations::TRACE_ROW)?) } else { None };
        let mut found = Vec::new();
        for (place, what) in undecodable(self.table, batch)? {
            found.push((place, what));
        }
        for place in 0..batch.num_rows() {
            let time = times.must_time(place).micros();
            let trace_row = trace_rows.as_ref().map_or(0, |rows| rows.must(place));
            let next = (trace_row, time, ids.must(place)?.to_owned());
            if self.last.as_ref().is_some_and(|last| *last >= next) {
                found.push((place, format!("{next:?} comes after {:?}", self.last)));
            }
            self.last = Some(next);
            let (first, last) = self.time.unwrap_or((time, time));
            self.time = Some((first.min(time), last.max(time)));
        }
        if self.table == Table::Traces {
            self.check_observations(&columns, batch.num_rows(), &mut found)?;
        }
        Ok(found)
    }

    /// Checks that the observations of a trace follow those of the trace before.
    fn check_observations(
        &mut self,
        columns: &Columns<'_>,
        rows: usize,
        found: &mut Vec<(usize, String)>,
    ) -> Result<(), String> {
        let (firsts, counts) = (columns.smalls(traces::FIRST_OBSERVATION)?, columns.smalls(traces::OBSERVATIONS_HERE)?);
        for place in 0..rows {
            if firsts.must(place) != self.observations {
                let what = format!("its observations begin at row {}, not {}", firsts.must(place), self.observations);
                found.push((place, what));
            }
            self.observations = firsts.must(place).saturating_add(counts.must(place));
        }
        Ok(())
    }

    /// Checks what all rows come to.
    fn end(&self) -> Result<(), String> {
        if self.table == Table::Traces && self.observations != self.facts.observations {
            return Err(format!("its traces have {} observations of {}", self.observations, self.facts.observations));
        }
        let said = if self.table == Table::Observations { self.facts.start } else { self.facts.time };
        let said = said.map(|(first, last)| (first.micros(), last.micros()));
        if said != self.time {
            return Err(format!("its times are {:?}, the header page says {said:?}", self.time));
        }
        Ok(())
    }
}

/// The rows of a batch that cannot be decoded.
fn undecodable(table: Table, batch: &RecordBatch) -> Result<Vec<(usize, String)>, String> {
    let rows = 0..batch.num_rows();
    Ok(match table {
        Table::Traces => {
            let columns = TraceColumns::new(batch)?;
            rows.filter_map(|place| Some((place, columns.row(place).err()?))).collect()
        }
        Table::Observations => {
            let columns = ObservationColumns::new(batch)?;
            rows.filter_map(|place| Some((place, columns.row(place).err()?))).collect()
        }
        Table::Scores => {
            let columns = ScoreColumns::new(batch)?;
            rows.filter_map(|place| Some((place, columns.row(place).err()?))).collect()
        }
    })
}

/// Checks that an index of words is the one that the texts have.
fn verify_words(parts: &Parts, table: Table, column: TextColumn) -> Result<(), Fault> {
    let section = Section::Words(table, column);
    let (Some(words), Some(source)) = (parts.words(table, column)?, parts.find(section)?) else { return Ok(()) };
    let wrong = |what: String| Fault::damaged(section.name(), what);
    let reader = parts.table(table)?;
    let mut firsts = words.firsts().iter().skip(1).copied().peekable();
    let mut again = WordsWriter::new(Comparison { source, place: 0 }, column);
    let mut scan = TableScan::new(Arc::clone(&reader), &[column.name()], 0..reader.rows())?;
    while let Some(batch) = scan.next_batch()? {
        let cells = Columns(&batch.columns).cells(column.name()).map_err(wrong)?;
        for place in 0..batch.columns.num_rows() {
            let row = u64::from(batch.first_row) + place as u64;
            if firsts.next_if(|first| u64::from(*first) == row).is_some() {
                again.end_block()?;
            }
            again.add(cells.get(place))?;
        }
    }
    match again.finish()? {
        Some(comparison) if comparison.place == comparison.source.bytes() => Ok(()),
        _ => Err(wrong("it is longer than the index that the texts have".to_owned())),
    }
}

/// Takes what a section should hold, and compares.
struct Comparison {
    source: Source,
    place: u64,
}

impl Write for Comparison {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let there = self.source.read(self.place, bytes.len())?;
        if there != bytes {
            let differs = there.iter().zip(bytes).position(|(there, expected)| there != expected).unwrap_or(0);
            let message = format!("byte {} is not what the texts have", self.place + differs as u64);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.place += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Checks that keys name every row that has an id in a column, and no other.
fn verify_keys(
    parts: &Parts,
    table: Table,
    section: Section,
    column: &'static str,
    findings: &mut Vec<Finding>,
) -> Result<(), Fault> {
    let wrong = |what: String| Fault::damaged(section.name(), what);
    let keys = parts.keys(section)?;
    let reader = parts.table(table)?;
    let rows = reader.rows();
    // By row, where its key is in the order of keys; taken out when it is met.
    let mut expected: Vec<Option<u32>> = Vec::with_capacity(rows as usize);
    let mut scan = TableScan::new(reader, &[column], 0..rows)?;
    while let Some(batch) = scan.next_batch()? {
        let columns = Columns(&batch.columns);
        let id = columns.strs(column).map_err(wrong)?;
        for place in 0..batch.columns.num_rows() {
            let hash = id.get(place).map(hash_of);
            if hash.is_some_and(|hash| !keys.may_hold(hash)) && findings.len() < FINDINGS_MAX {
                let what = format!("the filter does not know row {}", expected.len());
                findings.push(Finding { place: section.name().to_owned(), what });
            }
            expected.push(hash.map(place_of));
        }
    }
    let mut last = None;
    for page in 0..keys.pages() {
        for entry in keys.page(page)? {
            let (place, row) = entry;
            let known = expected.get_mut(row as usize).and_then(Option::take);
            if known != Some(place) || last >= Some(entry) {
                return Err(wrong(format!("key {place:08x} of row {row} is wrong or out of order")));
            }
            last = Some(entry);
        }
    }
    match expected.iter().position(Option::is_some) {
        Some(row) => Err(wrong(format!("row {row} has no key"))),
        None => Ok(()),
    }
}
