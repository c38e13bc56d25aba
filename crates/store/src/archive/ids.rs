//! Columns of a scan as plain values.
//!
//! Owns the conversion of the few columns that compaction and verification walk through. A column of another type than
//! the format says is damage, never a panic.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int64Type, UInt32Type};
use arrow_array::{Array as _, ArrayRef, RecordBatch};
use spanstone_model::{Text, Timestamp};

use crate::StoreError;

/// A column of texts that are always there.
pub(super) fn ids(batch: &RecordBatch, name: &'static str) -> Result<Vec<Text>, StoreError> {
    let column = column(batch, name)?;
    let texts = column.as_string_opt::<i32>().ok_or(StoreError::Column { name })?;
    Ok((0..texts.len()).map(|row| Text::from(texts.value(row))).collect())
}

/// A column of times that are always there.
pub(super) fn times(batch: &RecordBatch, name: &'static str) -> Result<Vec<Timestamp>, StoreError> {
    let column = column(batch, name)?;
    let micros = column.as_primitive_opt::<Int64Type>().ok_or(StoreError::Column { name })?;
    Ok(micros.values().iter().map(|micros| Timestamp::from_micros(*micros)).collect())
}

/// A column of row numbers.
pub(super) fn rows(batch: &RecordBatch, name: &'static str) -> Result<Vec<u32>, StoreError> {
    let column = column(batch, name)?;
    let numbers = column.as_primitive_opt::<UInt32Type>().ok_or(StoreError::Column { name })?;
    Ok(numbers.values().to_vec())
}

fn column<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a ArrayRef, StoreError> {
    batch.column_by_name(name).ok_or(StoreError::Column { name })
}
