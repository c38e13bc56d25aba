//! The columns of a batch by their types.
//!
//! Owns the check that a column is of the type that the format says: the bytes of a segment are somebody else's until
//! then.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, BooleanArray, Float64Array, Int32Array, Int64Array, LargeBinaryArray, ListArray, RecordBatch, StringArray,
    UInt32Array, UInt64Array,
};
use spanstone_store::segment::SegmentError;

/// Some columns of consecutive rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'b> {
    batch: &'b RecordBatch,
    segment: u64,
}

/// A column of texts, each text once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'b> {
    pub(crate) keys: &'b Int32Array,
    pub(crate) values: &'b StringArray,
}

/// A column of bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'b>(&'b LargeBinaryArray);

/// A column of lists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lists<'b>(&'b ListArray);

/// A column of whole numbers of whatever kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wholes<'b> {
    Integers(&'b Int64Array),
    Counts(&'b UInt64Array),
    Rows(&'b UInt32Array),
    Flags(&'b BooleanArray),
}

impl<'b> Columns<'b> {
    pub(crate) fn new(batch: &'b RecordBatch, segment: u64) -> Self {
        Self { batch, segment }
    }

    pub(crate) fn len(self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn texts(self, index: usize) -> Result<Texts<'b>, SegmentError> {
        Texts::of(self.column(index)?).ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn ids(self, index: usize) -> Result<&'b StringArray, SegmentError> {
        self.column(index)?.as_string_opt::<i32>().ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn integers(self, index: usize) -> Result<&'b Int64Array, SegmentError> {
        self.column(index)?.as_primitive_opt::<Int64Type>().ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn counts(self, index: usize) -> Result<&'b UInt64Array, SegmentError> {
        self.column(index)?.as_primitive_opt::<UInt64Type>().ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn rows(self, index: usize) -> Result<&'b UInt32Array, SegmentError> {
        self.column(index)?.as_primitive_opt::<UInt32Type>().ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn floats(self, index: usize) -> Result<&'b Float64Array, SegmentError> {
        let column = self.column(index)?;
        column.as_primitive_opt::<arrow_array::types::Float64Type>().ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn flags(self, index: usize) -> Result<&'b BooleanArray, SegmentError> {
        self.column(index)?.as_boolean_opt().ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn cells(self, index: usize) -> Result<Cells<'b>, SegmentError> {
        self.column(index)?.as_binary_opt::<i64>().map(Cells).ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn lists(self, index: usize) -> Result<Lists<'b>, SegmentError> {
        self.column(index)?.as_list_opt::<i32>().map(Lists).ok_or_else(|| self.wrong_type(index))
    }

    pub(crate) fn wholes(self, index: usize) -> Result<Wholes<'b>, SegmentError> {
        Wholes::of(self.column(index)?).ok_or_else(|| self.wrong_type(index))
    }

    /// Lists of texts, and the texts of all of them.
    pub(crate) fn lists_of_texts(self, index: usize) -> Result<(Lists<'b>, Texts<'b>), SegmentError> {
        let lists = self.lists(index)?;
        Ok((lists, Texts::of(lists.0.values()).ok_or_else(|| self.wrong_type(index))?))
    }

    /// Lists of whole numbers, and the numbers of all of them.
    pub(crate) fn lists_of_wholes(self, index: usize) -> Result<(Lists<'b>, Wholes<'b>), SegmentError> {
        let lists = self.lists(index)?;
        Ok((lists, Wholes::of(lists.0.values()).ok_or_else(|| self.wrong_type(index))?))
    }

    fn column(self, index: usize) -> Result<&'b dyn Array, SegmentError> {
        self.batch.columns().get(index).map(AsRef::as_ref).ok_or_else(|| self.wrong_type(index))
    }

    fn wrong_type(self, index: usize) -> SegmentError {
        self.damaged(index, "it is missing or of another type than its format says".to_owned())
    }

    /// A column says what it cannot say.
    pub(crate) fn damaged(self, index: usize, what: String) -> SegmentError {
        let name = self.batch.schema_ref().fields().get(index).map_or("", |field| field.name());
        SegmentError::Damaged { file: format!("{:016x}", self.segment), place: format!("column `{name}`"), what }
    }
}

impl<'b> Texts<'b> {
    fn of(column: &'b dyn Array) -> Option<Self> {
        let dictionary = column.as_dictionary_opt::<Int32Type>()?;
        Some(Self { keys: dictionary.keys(), values: dictionary.values().as_string_opt::<i32>()? })
    }

    /// The place of the row's text among `values`; nothing for a row without one.
    pub(crate) fn key(self, row: usize) -> Option<usize> {
        if self.keys.is_null(row) {
            return None;
        }
        usize::try_from(self.keys.value(row)).ok().filter(|key| *key < self.values.len())
    }

    pub(crate) fn get(self, row: usize) -> Option<&'b str> {
        self.key(row).map(|key| self.values.value(key))
    }
}

impl<'b> Wholes<'b> {
    fn of(column: &'b dyn Array) -> Option<Self> {
        if let Some(integers) = column.as_primitive_opt::<Int64Type>() {
            return Some(Self::Integers(integers));
        }
        if let Some(counts) = column.as_primitive_opt::<UInt64Type>() {
            return Some(Self::Counts(counts));
        }
        if let Some(rows) = column.as_primitive_opt::<UInt32Type>() {
            return Some(Self::Rows(rows));
        }
        column.as_boolean_opt().map(Self::Flags)
    }

    /// Adds the numbers in some rows to a list.
    pub(crate) fn append_to(self, rows: impl Iterator<Item = usize>, list: &mut Vec<Option<i64>>) {
        match self {
            Self::Integers(integers) if integers.null_count() == 0 => {
                list.extend(rows.map(|row| Some(integers.value(row))));
            }
            Self::Rows(numbers) if numbers.null_count() == 0 => {
                list.extend(rows.map(|row| Some(i64::from(numbers.value(row)))));
            }
            _ => list.extend(rows.map(|row| self.get(row))),
        }
    }

    /// The number in a row, held within the range; nothing where there is none.
    pub(crate) fn get(self, row: usize) -> Option<i64> {
        match self {
            Self::Integers(integers) => integers.is_valid(row).then(|| integers.value(row)),
            Self::Counts(counts) => counts.is_valid(row).then(|| i64::try_from(counts.value(row)).unwrap_or(i64::MAX)),
            Self::Rows(rows) => rows.is_valid(row).then(|| rows.value(row).into()),
            Self::Flags(flags) => flags.is_valid(row).then(|| flags.value(row).into()),
        }
    }
}

impl<'b> Cells<'b> {
    pub(crate) fn get(self, row: usize) -> Option<&'b [u8]> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

impl Lists<'_> {
    /// Where the items of a row are among all of them.
    pub(crate) fn items(self, row: usize) -> Range<usize> {
        let offsets = self.0.value_offsets();
        let place = |row: usize| offsets.get(row).and_then(|offset| usize::try_from(*offset).ok()).unwrap_or(0);
        if self.0.is_null(row) { 0..0 } else { place(row)..place(row + 1) }
    }

    pub(crate) fn is_empty(self, row: usize) -> bool {
        self.len(row) == 0
    }

    /// How many items the list of a row has; none where there is no list.
    pub(crate) fn len(self, row: usize) -> i32 {
        if self.0.is_null(row) { 0 } else { self.0.value_length(row) }
    }
}
