//! The first rows of an order, out of many that come in any order.
//!
//! Owns the bound on memory: no more rows are kept than can be wanted, and of each only what orders it and where it is.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use spanstone_model::{Text, Timestamp};

use crate::QueryError;
use crate::page::{Direction, PageRequest};

/// What a row is ordered by, before its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Nothing: the id alone.
    Id,
    /// A time.
    Time(Timestamp),
    /// A text, or none, which comes last in either direction.
    Text(Option<Text>),
    /// Yes or no.
    Flag(bool),
}

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory, with this number among those that were collected there.
    Hot(usize),
    /// In a segment.
    Sealed {
        /// Which of the segments.
        segment: usize,
        /// Which row.
        row: u32,
    },
}

/// A row that may be wanted.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) key: Key,
    pub(crate) id: Text,
    pub(crate) place: Place,
    direction: Direction,
}

/// The first rows of an order.
#[derive(Debug)]
pub(crate) struct Top {
    rows: BinaryHeap<Candidate>,
    rows_max: usize,
    direction: Direction,
    /// A row that is not wanted, and neither is any after it.
    bound: Option<Candidate>,
}

impl Top {
    /// Keeps the first `rows_max` rows.
    pub(crate) fn new(rows_max: usize, direction: Direction) -> Self {
        Self { rows: BinaryHeap::new(), rows_max, direction, bound: None }
    }

    /// For rows of one more source: it wants what this one wants now.
    pub(crate) fn child(&self) -> Self {
        let bound = if self.rows.len() < self.rows_max { self.bound.as_ref() } else { self.last() };
        Self { bound: bound.cloned(), ..Self::new(self.rows_max, self.direction) }
    }

    /// Keeps the first of what this and another have kept.
    pub(crate) fn append(&mut self, other: Self) {
        for candidate in other.rows {
            if self.wants(&candidate.key, &candidate.id) {
                self.rows.push(candidate);
                if self.rows.len() > self.rows_max {
                    self.rows.pop();
                }
            }
        }
    }

    /// The last row that is kept, when there is room for no more; or a row from elsewhere that comes before it.
    fn last(&self) -> Option<&Candidate> {
        let own = self.rows.peek().filter(|_| self.rows.len() >= self.rows_max);
        match (own, &self.bound) {
            (Some(own), Some(bound)) => Some(own.min(bound)),
            (own, bound) => own.or(bound.as_ref()),
        }
    }

    /// How many rows are kept at most.
    pub(crate) fn rows_max(&self) -> usize {
        self.rows_max
    }

    /// Whether a row with this key and id would be kept.
    pub(crate) fn wants(&self, key: &Key, id: &str) -> bool {
        let is_before = |last: &Candidate| order(self.direction, (key, id), (&last.key, &last.id)) == Ordering::Less;
        self.rows_max > 0 && self.last().is_none_or(is_before)
    }

    /// Whether a row could be kept that is as new as `time`; only of use in an order by time.
    pub(crate) fn wants_time(&self, time: Timestamp) -> bool {
        match (self.last().map(|last| &last.key), self.direction) {
            (Some(Key::Time(last)), Direction::Descending) => time >= *last,
            (Some(Key::Time(last)), Direction::Ascending) => time <= *last,
            _ => self.rows_max > 0,
        }
    }

    /// Keeps a row, if it is among the first so far.
    pub(crate) fn push(&mut self, key: Key, id: &str, place: Place) {
        if !self.wants(&key, id) {
            return;
        }
        self.rows.push(Candidate { key, id: Text::from(id), place, direction: self.direction });
        if self.rows.len() > self.rows_max {
            self.rows.pop();
        }
    }

    /// The rows, in order.
    pub(crate) fn into_rows(self) -> Vec<Candidate> {
        self.rows.into_sorted_vec()
    }
}

impl Candidate {
    /// A row that is known to be wanted.
    pub(crate) fn alone(id: &str, place: Place) -> Self {
        Self { key: Key::Id, id: Text::from(id), place, direction: Direction::Descending }
    }
}

/// Which of two rows comes first, by their keys, then by their ids.
pub(crate) fn order(direction: Direction, left: (&Key, &str), right: (&Key, &str)) -> Ordering {
    match (left.0, right.0, direction) {
        (Key::Text(None), Key::Text(Some(_)), _) => Ordering::Greater,
        (Key::Text(Some(_)), Key::Text(None), _) => Ordering::Less,
        (_, _, Direction::Ascending) => left.cmp(&right),
        (_, _, Direction::Descending) => right.cmp(&left),
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        order(self.direction, (&self.key, &self.id), (&other.key, &other.id))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// How many rows a list by number may skip.
pub const OFFSET_MAX: usize = 100_000;

/// How many rows of an order must be known to give a page of it.
pub(crate) fn rows_of(page: PageRequest) -> Result<usize, QueryError> {
    let offset = page.offset();
    if offset > OFFSET_MAX {
        return Err(QueryError::TooDeep { offset, max: OFFSET_MAX });
    }
    Ok(offset.saturating_add(page.limit as usize))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_by_number_does_not_skip_without_end() {
        assert_eq!(rows_of(PageRequest { page: 3, limit: 50 }), Ok(150));
        assert_eq!(rows_of(PageRequest { page: 1, limit: 1_000 }), Ok(1_000));
        let too_deep = rows_of(PageRequest { page: 1_002, limit: 100 });
        assert_eq!(too_deep, Err(QueryError::TooDeep { offset: 100_100, max: 100_000 }));
    }

    #[test]
    fn what_has_no_text_comes_last_in_either_direction() {
        let rows = [("a", Some("x")), ("b", None), ("c", Some("")), ("d", Some("y")), ("e", None)];
        let ids = |direction, rows_max| {
            let mut top = Top::new(rows_max, direction);
            for (index, (id, text)) in rows.into_iter().enumerate() {
                top.push(Key::Text(text.map(Text::from)), id, Place::Hot(index));
            }
            top.into_rows().iter().map(|row| row.id.to_string()).collect::<String>()
        };
        assert_eq!(ids(Direction::Ascending, 5), "cadbe");
        assert_eq!(ids(Direction::Descending, 5), "daceb");
        assert_eq!(ids(Direction::Ascending, 2), "ca");
        assert_eq!(ids(Direction::Descending, 4), "dace");
    }

    proptest! {
        #[test]
        fn what_is_kept_is_the_beginning_of_the_sorted_rows(
            rows in prop::collection::vec((0..5_i64, "[a-c]{1,2}"), 0..30),
            rows_max in 0..10_usize,
            descending: bool,
        ) {
            let direction = if descending { Direction::Descending } else { Direction::Ascending };
            let mut top = Top::new(rows_max, direction);
            for (index, (time, id)) in rows.iter().enumerate() {
                top.push(Key::Time(Timestamp::from_micros(*time)), id, Place::Hot(index));
            }
            let mut sorted = rows;
            sorted.sort();
            if descending {
                sorted.reverse();
            }
            sorted.truncate(rows_max);
            let kept: Vec<_> = top.into_rows().into_iter().map(|row| match row.key {
                Key::Time(time) => (time.micros(), row.id.to_string()),
                key => unreachable!("no such key was pushed: {key:?}"),
            }).collect();
            prop_assert_eq!(kept, sorted);
        }
    }
}
