//! Reading a column of texts by numbers that stand for them.
//!
//! Owns that it makes no difference to the reader whether Parquet has such numbers: where the texts were too many for a
//! dictionary, numbers are given out here.

use std::fmt;
use std::ops::Range;

use arrow_array::RecordBatch;
use hashbrown::HashMap;
use roaring::RoaringBitmap;

use crate::v1::codes::CodedColumn;
use crate::v1::fault::{Fault, fenced};
use crate::v1::read::Columns;
use crate::{Scan, SegmentError, Table};

/// A column of texts, or of lists of texts, in one stretch of rows: each text once, and for each row the numbers of its texts.
pub struct Coded {
    file: String,
    table: Table,
    rows: Range<u32>,
    column: Column,
}

enum Column {
    /// As Parquet has it; rows are counted in the stretch.
    Stored(CodedColumn),
    /// As it was numbered here.
    Numbered(Numbered),
}

/// Texts, in the order of their numbers.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    joined: String,
    /// Where each ends in `joined`.
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
    }

    /// They, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut from = 0;
        self.ends.iter().map(move |to| &self.joined[std::mem::replace(&mut from, *to)..*to])
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Texts of all rows of a stretch.
#[derive(Default)]
struct Numbered {
    texts: Texts,
    /// For each row where its numbers end in `codes`.
    ends: Vec<usize>,
    codes: Vec<u32>,
}

impl Coded {
    pub(crate) fn stored(file: &str, table: Table, rows: Range<u32>, column: CodedColumn) -> Self {
        Self { file: file.to_owned(), table, rows, column: Column::Stored(column) }
    }

    /// Numbers the texts of the one column of a scan, which is of a whole stretch.
    pub(crate) fn numbered(file: &str, table: Table, rows: Range<u32>, scan: Scan) -> Result<Self, SegmentError> {
        let mut numbered = Numbered::default();
        let mut numbers = HashMap::new();
        for batch in scan {
            let added = numbered.add(&batch?.columns, &mut numbers);
            added.map_err(|what| Fault::damaged(format!("table {table}"), what).in_file(file, "reading it"))?;
        }
        Ok(Self { file: file.to_owned(), table, rows, column: Column::Numbered(numbered) })
    }

    /// The texts. A text's place here is its number.
    ///
    /// # Errors
    /// The column is damaged.
    pub fn texts(&self) -> Result<Texts, SegmentError> {
        match &self.column {
            Column::Stored(column) => column.texts().map_err(|what| self.damaged(what)),
            Column::Numbered(numbered) => Ok(numbered.texts.clone()),
        }
    }

    /// Gives each of `rows` that is in the stretch the numbers of its texts, in order; none for a row without a text. Rows
    /// between them may be given, too: they are on the same page.
    ///
    /// # Errors
    /// The disk fails, or the column is damaged.
    pub fn each_row(self, rows: &RoaringBitmap, mut each: impl FnMut(u32, &[u32])) -> Result<(), SegmentError> {
        let Self { file, table, rows: stretch, column } = self;
        let first = stretch.start;
        let each = |row: u32, codes: &[u32]| each(first + row, codes);
        let column = match column {
            Column::Stored(column) => column,
            Column::Numbered(numbered) => {
                numbered.each_row(each);
                return Ok(());
            }
        };
        let absolute = |rows: Range<u32>| first.saturating_add(rows.start)..first.saturating_add(rows.end);
        let is_wanted = |page: Range<u32>| rows.range_cardinality(absolute(page)) > 0;
        let damaged = |what| Fault::damaged(format!("table {table}"), what);
        let read = fenced(table, || column.each_row(is_wanted, each).map_err(damaged));
        read.map_err(|fault| fault.in_file(&file, "reading it"))
    }

    fn damaged(&self, what: String) -> SegmentError {
        Fault::damaged(format!("table {}", self.table), what).in_file(&self.file, "reading it")
    }
}

impl fmt::Debug for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coded").field("file", &self.file).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Numbered {
    fn add(&mut self, batch: &RecordBatch, numbers: &mut HashMap<String, u32>) -> Result<(), String> {
        let schema = batch.schema_ref();
        let name = schema.fields().first().map(|field| field.name().as_str()).ok_or("a scan of no column")?;
        let rows = Columns(batch).strings(name)?;
        for row in 0..batch.num_rows() {
            for text in rows.get(row)? {
                let number = match numbers.get(text) {
                    Some(number) => *number,
                    None => {
                        let number = u32::try_from(self.texts.len()).map_err(|_| "too many texts".to_owned())?;
                        self.texts.push(text);
                        numbers.insert(text.to_owned(), number);
                        number
                    }
                };
                self.codes.push(number);
            }
            self.ends.push(self.codes.len());
        }
        Ok(())
    }

    fn each_row(&self, mut each: impl FnMut(u32, &[u32])) {
        let mut from = 0;
        for (row, to) in (0..).zip(&self.ends) {
            each(row, &self.codes[from..*to]);
            from = *to;
        }
    }
}
