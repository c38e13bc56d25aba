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

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// Keeps, of rows that come in order, those of one page, and counts them all.
pub(crate) fn paginate<T>(rows: impl Iterator<Item = T>, request: PageRequest) -> Page<T> {
    let (offset, limit) = (request.offset(), request.limit as usize);
    let mut page = Page { rows: Vec::new(), total: 0 };
    for row in rows {
        if page.total >= offset && page.rows.len() < limit {
            page.rows.push(row);
        }
        page.total += 1;
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_past_the_end_is_empty_and_still_counts_the_list() {
        let page = |page, limit| paginate(0..7, PageRequest { page, limit });
        assert_eq!(page(1, 3), Page { rows: vec![0, 1, 2], total: 7 });
        assert_eq!(page(3, 3), Page { rows: vec![6], total: 7 });
        assert_eq!(page(9, 3), Page { rows: vec![], total: 7 });
        assert_eq!(page(u32::MAX, u32::MAX), Page { rows: vec![], total: 7 });
    }
}
