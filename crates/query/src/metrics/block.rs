//! Some rows as columns of numbers: what they are told apart by, and what is measured of them.

use std::hash::{BuildHasher, RandomState};

/// A value that a row says, on its way to a number that stands for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Said<'a> {
    Nothing,
    Text(&'a str),
    List(&'a [&'a str]),
    Whole(i64),
    Real(f64),
    Flag(bool),
}

/// Rows as columns.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// How many rows there are.
    pub(super) len: usize,
    /// For each dimension, the bucket of time last, the numbers of its values.
    pub(super) axes: Vec<Axis>,
    /// For each input what is known.
    pub(super) inputs: Vec<Values>,
}

/// What the rows are told apart by.
#[derive(Debug)]
pub(super) enum Axis {
    /// Each row has one value.
    One(Vec<u32>),
    /// Each row has any number of values, and is counted with each.
    Each(Many),
    /// The same, and each value has an amount that is measured.
    Split(Many),
}

/// Any number of values for each row.
#[derive(Debug, Default)]
pub(super) struct Many {
    /// For each row where its values end.
    pub(super) ends: Vec<usize>,
    pub(super) numbers: Vec<u32>,
    /// What belongs to each value, if anything does.
    pub(super) amounts: Vec<i64>,
}

/// What is measured of the rows.
#[derive(Debug)]
pub(super) enum Values {
    /// Each counts as one.
    Ones,
    Whole(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    /// Marks of texts: equal texts have equal ones.
    Marks(Vec<Option<u64>>),
    /// The amounts of the values by which rows are split.
    Amounts,
}

/// Makes marks of texts: 63 bits, so that two of a million texts have the same one in one of twenty million questions. Nobody
/// can choose texts that do, since the marks differ with each question.
#[derive(Debug, Default, Clone)]
pub(super) struct Marker(RandomState);

impl Marker {
    /// The mark of a text; nothing else has one. It is never the largest number.
    pub(super) fn of(&self, said: Said<'_>) -> Option<u64> {
        match said {
            Said::Text(text) => Some(self.0.hash_one(text) >> 1),
            Said::Nothing | Said::List(_) | Said::Whole(_) | Said::Real(_) | Said::Flag(_) => None,
        }
    }
}

impl Many {
    /// As many rows without values.
    pub(super) fn nothing(rows: usize) -> Self {
        Self { ends: vec![0; rows], ..Self::default() }
    }

    /// Adds a value with its amount to the row that is being read, if it has a number.
    pub(super) fn push(&mut self, number: Option<u32>, amount: i64) {
        if let Some(number) = number {
            self.numbers.push(number);
            self.amounts.push(amount);
        }
    }

    /// Adds a value to the row that is being read.
    pub(super) fn push_bare(&mut self, number: Option<u32>) {
        self.numbers.extend(number);
    }

    /// The same with no value twice in a row; without amounts.
    pub(super) fn once(&self) -> Self {
        let mut once = Self::default();
        for row in 0..self.ends.len() {
            let from = once.numbers.len();
            for number in &self.numbers[self.of(row)] {
                if !once.numbers[from..].contains(number) {
                    once.numbers.push(*number);
                }
            }
            once.end_row();
        }
        once
    }

    /// Goes on to the next row.
    pub(super) fn end_row(&mut self) {
        self.ends.push(self.numbers.len());
    }

    /// The values of a row, as places.
    pub(super) fn of(&self, row: usize) -> std::ops::Range<usize> {
        let from = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        from..self.ends.get(row).copied().unwrap_or(from)
    }
}
