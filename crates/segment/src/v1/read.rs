//! The columns of a batch that was read, by name and kind.
//!
//! What is not as the schema says is an error, never a panic: the batch came from a disk.

use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, BooleanArray, DictionaryArray, Float64Array, Int64Array, LargeBinaryArray, ListArray, RecordBatch,
    StringArray, UInt32Array, UInt64Array,
};
use hashbrown::HashMap;
use spanstone_model::{Text, Timestamp};

/// A batch whose columns are looked up by name.
pub(crate) struct Columns<'a>(pub(crate) &'a RecordBatch);

impl<'a> Columns<'a> {
    fn get<A: Array + 'static>(&self, name: &str) -> Result<&'a A, String> {
        let column = self.0.column_by_name(name).ok_or_else(|| format!("there is no column `{name}`"))?;
        column.as_any().downcast_ref().ok_or_else(|| format!("column `{name}` is of type {}", column.data_type()))
    }

    /// Whether a column was read at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.column_by_name(name).is_some()
    }

    pub(crate) fn ids(&self, name: &str) -> Result<Ids<'a>, String> {
        Ok(Ids(self.get(name)?))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Texts<'a>, String> {
        Texts::new(self.get(name)?)
    }

    /// A column of ids or of texts, whichever it is.
    pub(crate) fn strs(&self, name: &str) -> Result<Strs<'a>, String> {
        match self.ids(name) {
            Ok(ids) => Ok(Strs::Ids(ids)),
            Err(_) => Ok(Strs::Texts(self.texts(name)?)),
        }
    }

    pub(crate) fn integers(&self, name: &str) -> Result<Integers<'a>, String> {
        Ok(Integers(self.get(name)?))
    }

    pub(crate) fn counts(&self, name: &str) -> Result<&'a UInt64Array, String> {
        self.get(name)
    }

    pub(crate) fn smalls(&self, name: &str) -> Result<Smalls<'a>, String> {
        Ok(Smalls(self.get(name)?))
    }

    pub(crate) fn flags(&self, name: &str) -> Result<&'a BooleanArray, String> {
        self.get(name)
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<&'a Float64Array, String> {
        self.get(name)
    }

    pub(crate) fn cells(&self, name: &str) -> Result<Cells<'a>, String> {
        Ok(Cells(self.get(name)?))
    }

    pub(crate) fn text_lists(&self, name: &str) -> Result<TextLists<'a>, String> {
        let lists: &ListArray = self.get(name)?;
        let items = lists.values().as_any().downcast_ref();
        let items = items.ok_or_else(|| format!("column `{name}` has items of type {}", lists.value_type()))?;
        Ok(TextLists { lists, items: Texts::new(items)? })
    }

    /// A column of texts or of lists of texts, whichever it is.
    pub(crate) fn strings(&self, name: &str) -> Result<Strings<'a>, String> {
        match self.get::<ListArray>(name) {
            Ok(_) => Ok(Strings::Lists(self.text_lists(name)?)),
            Err(_) => Ok(Strings::Texts(self.texts(name)?)),
        }
    }

    pub(crate) fn lists<A: Array + 'static>(&self, name: &str) -> Result<Lists<'a, A>, String> {
        let lists: &ListArray = self.get(name)?;
        let items = lists.values().as_any().downcast_ref();
        let items = items.ok_or_else(|| format!("column `{name}` has items of type {}", lists.value_type()))?;
        Ok(Lists { lists, items })
    }
}

/// A column of ids.
pub(crate) struct Ids<'a>(&'a StringArray);

impl<'a> Ids<'a> {
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    pub(crate) fn must(&self, row: usize) -> Result<&'a str, String> {
        self.get(row).ok_or_else(|| "a row without an id".to_owned())
    }
}

/// A column of texts of which many rows have the same; each is made into a shared text once.
pub(crate) struct Texts<'a> {
    keys: &'a DictionaryArray<Int32Type>,
    values: &'a StringArray,
    shared: RefCell<HashMap<usize, Text>>,
}

impl<'a> Texts<'a> {
    fn new(keys: &'a DictionaryArray<Int32Type>) -> Result<Self, String> {
        let values = keys.values().as_any().downcast_ref();
        let values = values.ok_or_else(|| format!("a dictionary of type {}", keys.value_type()))?;
        Ok(Self { keys, values, shared: RefCell::default() })
    }

    pub(crate) fn str(&self, row: usize) -> Option<&'a str> {
        let key = self.keys.key(row)?;
        (key < self.values.len() && self.values.is_valid(key)).then(|| self.values.value(key))
    }

    pub(crate) fn must_str(&self, row: usize) -> Result<&'a str, String> {
        self.str(row).ok_or_else(|| "a row without a text that every row has".to_owned())
    }

    pub(crate) fn get(&self, row: usize) -> Option<Text> {
        let text = self.str(row)?;
        let key = self.keys.key(row)?;
        Some(Arc::clone(self.shared.borrow_mut().entry(key).or_insert_with(|| Text::from(text))))
    }

    pub(crate) fn must(&self, row: usize) -> Result<Text, String> {
        self.get(row).ok_or_else(|| "a row without a text that every row has".to_owned())
    }
}

/// A column of ids or of texts.
pub(crate) enum Strs<'a> {
    Ids(Ids<'a>),
    Texts(Texts<'a>),
}

impl<'a> Strs<'a> {
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Ids(ids) => ids.get(row),
            Self::Texts(texts) => texts.str(row),
        }
    }
}

/// A column of times or money.
pub(crate) struct Integers<'a>(&'a Int64Array);

impl Integers<'_> {
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    pub(crate) fn time(&self, row: usize) -> Option<Timestamp> {
        self.get(row).map(Timestamp::from_micros)
    }

    pub(crate) fn must_time(&self, row: usize) -> Timestamp {
        Timestamp::from_micros(self.0.value(row))
    }
}

/// A column of small numbers.
pub(crate) struct Smalls<'a>(&'a UInt32Array);

impl Smalls<'_> {
    pub(crate) fn get(&self, row: usize) -> Option<u32> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    pub(crate) fn must(&self, row: usize) -> u32 {
        self.0.value(row)
    }
}

/// A column of flags in which none is false.
pub(crate) struct Flags<'a>(pub(crate) &'a BooleanArray);

impl Flags<'_> {
    pub(crate) fn is_true(&self, row: usize) -> bool {
        self.0.is_valid(row) && self.0.value(row)
    }
}

/// A column of bytes.
pub(crate) struct Cells<'a>(&'a LargeBinaryArray);

impl<'a> Cells<'a> {
    pub(crate) fn get(&self, row: usize) -> Option<&'a [u8]> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// A column of lists of texts.
pub(crate) struct TextLists<'a> {
    lists: &'a ListArray,
    items: Texts<'a>,
}

impl TextLists<'_> {
    pub(crate) fn get(&self, row: usize) -> Result<Vec<Text>, String> {
        range_of(self.lists, row)?.map(|item| self.items.must(item)).collect()
    }
}

/// A column of texts or of lists of texts.
pub(crate) enum Strings<'a> {
    Texts(Texts<'a>),
    Lists(TextLists<'a>),
}

impl<'a> Strings<'a> {
    /// The texts of a row.
    pub(crate) fn get(&self, row: usize) -> Result<Vec<&'a str>, String> {
        match self {
            Self::Texts(texts) => Ok(texts.str(row).into_iter().collect()),
            Self::Lists(lists) => range_of(lists.lists, row)?.map(|item| lists.items.must_str(item)).collect(),
        }
    }
}

/// A column of lists.
pub(crate) struct Lists<'a, A> {
    lists: &'a ListArray,
    items: &'a A,
}

impl<'a, A: Array> Lists<'a, A> {
    /// The items of a row's list, as places in [`Lists::items`].
    pub(crate) fn range(&self, row: usize) -> Result<std::ops::Range<usize>, String> {
        range_of(self.lists, row)
    }

    pub(crate) fn items(&self) -> &'a A {
        self.items
    }
}

fn range_of(lists: &ListArray, row: usize) -> Result<std::ops::Range<usize>, String> {
    let (start, end) = (lists.value_offsets()[row], lists.value_offsets()[row + 1]);
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) if start <= end && end <= lists.values().len() => Ok(start..end),
        _ => Err(format!("a list from item {start} to {end}")),
    }
}
