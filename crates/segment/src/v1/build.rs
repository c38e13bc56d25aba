//! Rows on their way into a table: collected column by column until there are enough for a batch.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, LargeBinaryBuilder, ListBuilder, StringBuilder, UInt32Builder,
    UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, SchemaRef};

use super::cells::payload_head;
use super::schema::{Column, Direction, Kind, arrow_schema, columns_of, item_field};
use crate::Table;

/// The cells of a column.
#[derive(Debug)]
enum Cells {
    Text(StringBuilder),
    Integer(Int64Builder),
    Count(UInt64Builder),
    Small(UInt32Builder),
    Flag(BooleanBuilder),
    Number(Float64Builder),
    Bytes(LargeBinaryBuilder),
    Texts(ListBuilder<StringBuilder>),
    Counts(ListBuilder<UInt64Builder>),
    Amounts(ListBuilder<Int64Builder>),
}

impl Cells {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Id | Kind::Text | Kind::Label => Self::Text(StringBuilder::new()),
            Kind::Time | Kind::Money => Self::Integer(Int64Builder::new()),
            Kind::Count => Self::Count(UInt64Builder::new()),
            Kind::Small => Self::Small(UInt32Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::Bytes | Kind::Payload => Self::Bytes(LargeBinaryBuilder::new()),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new()).with_field(item_field(DataType::Utf8))),
            Kind::Counts => {
                Self::Counts(ListBuilder::new(UInt64Builder::new()).with_field(item_field(DataType::UInt64)))
            }
            Kind::Amounts => {
                Self::Amounts(ListBuilder::new(Int64Builder::new()).with_field(item_field(DataType::Int64)))
            }
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Integer(cells) => Arc::new(cells.finish()),
            Self::Count(cells) => Arc::new(cells.finish()),
            Self::Small(cells) => Arc::new(cells.finish()),
            Self::Flag(cells) => Arc::new(cells.finish()),
            Self::Number(cells) => Arc::new(cells.finish()),
            Self::Bytes(cells) => Arc::new(cells.finish()),
            Self::Texts(cells) => Arc::new(cells.finish()),
            Self::Counts(cells) => Arc::new(cells.finish()),
            Self::Amounts(cells) => Arc::new(cells.finish()),
        }
    }
}

/// The rows of a batch. A row is written cell by cell, in the order of the table's columns; each call names its
/// column, so that the order here and there cannot drift apart.
#[derive(Debug)]
pub(crate) struct BatchBuilder {
    schema: SchemaRef,
    columns: &'static [Column],
    cells: Vec<Cells>,
    /// The column of the next cell.
    next: usize,
    rows: usize,
    bytes: usize,
}

impl BatchBuilder {
    pub(crate) fn new(table: Table) -> Self {
        let columns = columns_of(table);
        let cells = columns.iter().map(|column| Cells::new(column.kind)).collect();
        Self { schema: arrow_schema(table, Direction::Write), columns, cells, next: 0, rows: 0, bytes: 0 }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many bytes of text and bytes there are.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows as a batch; the builder is empty then.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.cells.iter_mut().map(Cells::finish).collect();
        self.rows = 0;
        self.bytes = 0;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }

    /// The cells of the next column, which must be the named one.
    fn cells(&mut self, name: &str) -> &mut Cells {
        assert_eq!(self.columns[self.next].name, name, "cells are written in the order of the columns");
        let place = self.next;
        self.next = (self.next + 1) % self.columns.len();
        self.rows += usize::from(self.next == 0);
        &mut self.cells[place]
    }

    pub(crate) fn text<'a>(&mut self, name: &'static str, text: impl Into<Option<&'a str>>) {
        let text = text.into();
        self.bytes += text.map_or(0, str::len);
        match self.cells(name) {
            Cells::Text(cells) => cells.append_option(text),
            other => other.refuse(name),
        }
    }

    pub(crate) fn integer(&mut self, name: &'static str, value: impl Into<Option<i64>>) {
        match self.cells(name) {
            Cells::Integer(cells) => cells.append_option(value.into()),
            other => other.refuse(name),
        }
    }

    pub(crate) fn count(&mut self, name: &'static str, value: u64) {
        match self.cells(name) {
            Cells::Count(cells) => cells.append_value(value),
            other => other.refuse(name),
        }
    }

    pub(crate) fn small(&mut self, name: &'static str, value: impl Into<Option<u32>>) {
        match self.cells(name) {
            Cells::Small(cells) => cells.append_option(value.into()),
            other => other.refuse(name),
        }
    }

    pub(crate) fn flag(&mut self, name: &'static str, value: impl Into<Option<bool>>) {
        match self.cells(name) {
            Cells::Flag(cells) => cells.append_option(value.into()),
            other => other.refuse(name),
        }
    }

    pub(crate) fn number(&mut self, name: &'static str, value: Option<f64>) {
        match self.cells(name) {
            Cells::Number(cells) => cells.append_option(value),
            other => other.refuse(name),
        }
    }

    pub(crate) fn bytes_of(&mut self, name: &'static str, value: Option<&[u8]>) {
        self.bytes += value.map_or(0, <[u8]>::len);
        match self.cells(name) {
            Cells::Bytes(cells) => cells.append_option(value),
            other => other.refuse(name),
        }
    }

    /// Writes input and output, which may be large, without another copy of them.
    pub(crate) fn payload(&mut self, name: &'static str, input: Option<&str>, output: Option<&str>) {
        let head = payload_head(input, output);
        let texts = [input, output].map(|text| text.unwrap_or_default().as_bytes());
        self.bytes += texts.iter().map(|text| text.len()).sum::<usize>();
        match (self.cells(name), head) {
            (Cells::Bytes(cells), None) => cells.append_null(),
            (Cells::Bytes(cells), Some(head)) => {
                for piece in [&head, texts[0], texts[1]] {
                    cells.write_all(piece).expect("a builder in memory takes everything");
                }
                cells.append_value([]);
            }
            (other, _) => other.refuse(name),
        }
    }

    pub(crate) fn texts<'a>(&mut self, name: &'static str, texts: impl Iterator<Item = &'a str>) {
        let mut bytes = 0;
        match self.cells(name) {
            Cells::Texts(cells) => {
                for text in texts {
                    bytes += text.len();
                    cells.values().append_value(text);
                }
                cells.append(true);
            }
            other => other.refuse(name),
        }
        self.bytes += bytes;
    }

    pub(crate) fn counts(&mut self, name: &'static str, values: impl Iterator<Item = u64>) {
        match self.cells(name) {
            Cells::Counts(cells) => {
                values.for_each(|value| cells.values().append_value(value));
                cells.append(true);
            }
            other => other.refuse(name),
        }
    }

    pub(crate) fn amounts(&mut self, name: &'static str, values: impl Iterator<Item = i64>) {
        match self.cells(name) {
            Cells::Amounts(cells) => {
                values.for_each(|value| cells.values().append_value(value));
                cells.append(true);
            }
            other => other.refuse(name),
        }
    }
}

impl Cells {
    /// A cell of another kind was to be written: the code that writes rows contradicts the list of columns.
    fn refuse(&self, name: &str) {
        unreachable!("column `{name}` holds {self:?}");
    }
}
