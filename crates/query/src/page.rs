//! Pages of rows: by number, as Langfuse's older endpoints count them, and by cursor.

/// Which page of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// The number of the page, from 1.
    pub page: u32,
    /// How many rows a page has.
    pub limit: u32,
}

impl PageRequest {
    /// How many rows come before this page.
    #[must_use]
    pub fn offset(self) -> usize {
        let rows = u64::from(self.page.saturating_sub(1)) * u64::from(self.limit);
        usize::try_from(rows).unwrap_or(usize::MAX)
    }

    /// The rows of this page, out of all.
    pub fn of<T>(self, rows: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        rows.skip(self.offset()).take(self.limit as usize)
    }
}

/// One page of a list, and how many rows the whole list has.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// How many rows match, over all pages.
    pub total: usize,
}

/// The rows after a cursor, and the cursor after them if there are more.
#[derive(Debug, Clone, PartialEq)]
pub struct CursorPage<T, C> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<C>,
}

impl<T, C> CursorPage<T, C> {
    /// The first `limit` of some rows, of which one more was looked for.
    pub fn of(mut rows: Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> C) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { rows, next }
    }
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_after_those_before_it() {
        assert_eq!(PageRequest { page: 1, limit: 3 }.offset(), 0);
        assert_eq!(PageRequest { page: 3, limit: 50 }.offset(), 100);
        assert_eq!(PageRequest { page: 2, limit: 3 }.of(0..5).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(PageRequest { page: u32::MAX, limit: u32::MAX }.of(0..5).count(), 0);
        assert_eq!(PageRequest { page: u32::MAX, limit: u32::MAX }.offset(), 18_446_744_060_824_649_730);
    }
}
