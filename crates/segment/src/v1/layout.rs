//! Which columns of a table a file has, and where.
//!
//! Owns that columns are found by their names: in a file that was written before a column was thought of, no row has a value
//! in it, and a column that is not known here is passed over.

use std::sync::Arc;

use arrow_schema::{Field, Fields};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::schema::types::SchemaDescriptor;

use super::schema::{Direction, arrow_schema, columns_of, data_type};
use crate::Table;

/// Where the columns of a table are in one file.
#[derive(Debug)]
pub(crate) struct Layout {
    table: Table,
    /// For each column of the table its place among the leaves of the file's schema.
    places: Box<[Option<usize>]>,
    /// Whether the file has exactly the columns that are written now.
    is_as_written_now: bool,
}

impl Layout {
    /// Finds the columns. Of those that may be missing, one in which no row has a value is as good as missing, and costs less:
    /// `is_empty` tells, by the place in the file, as far as that is known.
    ///
    /// # Errors
    /// Names a column without which there are no rows, and that is not there.
    pub(crate) fn new(
        table: Table,
        schema: &SchemaDescriptor,
        is_empty: impl Fn(usize) -> bool,
    ) -> Result<Self, String> {
        let root = |leaf: usize| schema.column(leaf).path().parts().first().cloned().unwrap_or_default();
        let roots: Vec<_> = (0..schema.num_columns()).map(root).collect();
        let place_of = |name: &str| roots.iter().position(|root| root == name);
        let mut places: Box<[_]> = columns_of(table).iter().map(|column| place_of(column.name)).collect();
        for (column, place) in columns_of(table).iter().zip(&mut places) {
            if column.may_be_absent() {
                *place = place.filter(|place| !is_empty(*place));
            } else if place.is_none() {
                return Err(format!("it has no column `{}`", column.name));
            }
        }
        let is_as_written_now = roots.iter().eq(columns_of(table).iter().map(|column| column.name));
        Ok(Self { table, places, is_as_written_now })
    }

    /// The place of one of the table's columns, given its number; nothing when the file does not have it.
    pub(crate) fn place(&self, column: usize) -> Option<usize> {
        self.places.get(column).copied().flatten()
    }

    /// What the columns of the file are read as, in its order.
    pub(crate) fn fields(&self, schema: &SchemaDescriptor) -> Result<Fields, ParquetError> {
        if self.is_as_written_now {
            return Ok(arrow_schema(self.table, Direction::Read).fields().clone());
        }
        let found = parquet_to_arrow_schema(schema, None)?;
        let known = |name: &str| columns_of(self.table).iter().find(|column| column.name == name);
        let fields = found.fields().iter().map(|field| match known(field.name()) {
            Some(column) => Arc::new(Field::new(column.name, data_type(column.kind, Direction::Read), column.nullable)),
            None => Arc::clone(field),
        });
        Ok(fields.collect())
    }
}
