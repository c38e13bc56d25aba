//! Cuts a byte range of the logical device into the pieces that are read and written in one go.

use std::ops::Range;

use crate::geometry::{GROUP_DATA_PAGES, PAGE, PAGE_BYTES, index_in_group};

/// The most pages in one [`Piece::Run`] (256 KiB), so that their entries fit on the stack.
pub(crate) const RUN_PAGES_MAX: usize = 64;

/// A part of a range; `buffer` says which bytes of the caller's buffer it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes of logical page 0, from `start` on.
    Head { start: usize, buffer: Range<usize> },
    /// Whole pages that follow each other in the file.
    Run { first: u64, buffer: Range<usize> },
    /// Bytes of one page, from `start` on.
    Part { page: u64, start: usize, buffer: Range<usize> },
}

/// Returns the pieces of the range of `len` bytes from `offset` on, in order.
pub(crate) fn pieces(offset: u64, len: usize) -> impl Iterator<Item = Piece> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let rest = len - done;
        if rest == 0 {
            return None;
        }
        let at = offset + done as u64;
        let page = at / PAGE;
        let start = index(at % PAGE);
        let in_page = rest.min(PAGE_BYTES - start);
        let size = if page == 0 || in_page < PAGE_BYTES { in_page } else { run_bytes(page, rest) };
        let buffer = done..done + size;
        done += size;
        Some(match (page, size) {
            (0, _) => Piece::Head { start, buffer },
            (_, size) if size < PAGE_BYTES => Piece::Part { page, start, buffer },
            _ => Piece::Run { first: page, buffer },
        })
    })
}

/// Returns how many bytes of whole pages follow each other in the file, from a page on.
fn run_bytes(page: u64, rest: usize) -> usize {
    let in_group = index(GROUP_DATA_PAGES) - index_in_group(page);
    (rest / PAGE_BYTES).min(in_group).min(RUN_PAGES_MAX) * PAGE_BYTES
}

fn index(value: u64) -> usize {
    usize::try_from(value).expect("bounded by the page size or the pages of a group")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_page_zero_partial_pages_run_limits_and_groups() {
        let cut: Vec<Piece> = pieces(4000, 3 * PAGE_BYTES).collect();
        assert_eq!(
            cut,
            [
                Piece::Head { start: 4000, buffer: 0..96 },
                Piece::Run { first: 1, buffer: 96..96 + 2 * PAGE_BYTES },
                Piece::Part { page: 3, start: 0, buffer: 96 + 2 * PAGE_BYTES..3 * PAGE_BYTES },
            ]
        );
        let cut: Vec<Piece> = pieces(1023 * PAGE, 66 * PAGE_BYTES).collect();
        assert_eq!(
            cut,
            [
                Piece::Run { first: 1023, buffer: 0..PAGE_BYTES },
                Piece::Run { first: 1024, buffer: PAGE_BYTES..65 * PAGE_BYTES },
                Piece::Run { first: 1088, buffer: 65 * PAGE_BYTES..66 * PAGE_BYTES },
            ]
        );
        assert_eq!(pieces(77, 0).next(), None);
    }
}
