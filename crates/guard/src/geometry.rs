//! Where everything is in a guard file: pages, groups, head areas.
//!
//! Owns the arithmetic between the logical device that redb sees and the physical file. Knows no content.

/// Bytes in a page, logical and physical.
pub const PAGE_BYTES: usize = 4096;
/// [`PAGE_BYTES`] for arithmetic on offsets.
pub(crate) const PAGE: u64 = PAGE_BYTES as u64;
/// Data pages in a group, and entries in a checksum page.
pub(crate) const GROUP_DATA_PAGES: u64 = 1024;
/// Parity pages in a group.
pub(crate) const GROUP_PARITY_PAGES: u64 = 64;
/// Pages of a group before its first data page: checksum page, parity directory, parity pages.
pub(crate) const GROUP_LEAD_PAGES: u64 = 2 + GROUP_PARITY_PAGES;
/// All pages of a group.
const GROUP_PAGES: u64 = GROUP_LEAD_PAGES + GROUP_DATA_PAGES;
/// Pages of a head area: file header, two head slots of two pages, three reserved pages.
pub(crate) const HEAD_AREA_PAGES: u64 = 8;
/// Pages of one copy of a head slot.
pub(crate) const HEAD_SLOT_PAGES: u64 = 2;
/// The greatest logical length in bytes (4 PiB, redb's own bound), so that no arithmetic on offsets can overflow.
pub(crate) const LOGICAL_BYTES_MAX: u64 = 1 << 52;

/// Which of the two copies of the head area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// At the start of the file.
    First,
    /// After the first group.
    Second,
}

impl Area {
    pub(crate) const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// Returns the physical page this area starts at, which is also that of its file header.
    pub(crate) fn start(self) -> u64 {
        match self {
            Self::First => 0,
            Self::Second => HEAD_AREA_PAGES + GROUP_PAGES,
        }
    }

    /// Returns the physical page at which this area's copy of a head slot starts.
    pub(crate) fn slot_page(self, slot: SlotName) -> u64 {
        let slots_before = match slot {
            SlotName::A => 0,
            SlotName::B => 1,
        };
        self.start() + 1 + slots_before * HEAD_SLOT_PAGES
    }

    /// Returns the first of this area's reserved pages; they reach to the end of the area.
    pub(crate) fn reserved_page(self) -> u64 {
        self.start() + 1 + 2 * HEAD_SLOT_PAGES
    }

    /// Returns 1 or 2, for messages.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
        }
    }
}

/// Which of the two head slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotName {
    A,
    B,
}

impl SlotName {
    pub(crate) const BOTH: [Self; 2] = [Self::A, Self::B];

    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Returns the letter, for messages.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
        }
    }
}

/// Returns the group that holds a logical page.
pub(crate) fn group_of(page: u64) -> u64 {
    page / GROUP_DATA_PAGES
}

/// Returns a page's index among the data pages of its group.
pub(crate) fn index_in_group(page: u64) -> usize {
    usize::try_from(page % GROUP_DATA_PAGES).expect("an index in a group is below 1024")
}

/// Returns the physical page at which a group starts.
fn group_start(group: u64) -> u64 {
    let areas = if group == 0 { 1 } else { 2 };
    areas * HEAD_AREA_PAGES + group * GROUP_PAGES
}

/// Returns the file offset of a group's checksum page.
pub(crate) fn checksum_page_offset(group: u64) -> u64 {
    group_start(group) * PAGE
}

/// Returns the file offset of a group's parity directory, which its parity pages follow.
pub(crate) fn parity_offset(group: u64) -> u64 {
    (group_start(group) + 1) * PAGE
}

/// Returns the file offset of a page's checksum entry.
pub(crate) fn entry_offset(page: u64) -> u64 {
    checksum_page_offset(group_of(page)) + (page % GROUP_DATA_PAGES) * 4
}

/// Returns the file offset of a data page.
pub(crate) fn data_offset(page: u64) -> u64 {
    (group_start(group_of(page)) + GROUP_LEAD_PAGES + page % GROUP_DATA_PAGES) * PAGE
}

/// Returns how many groups a file of this logical length has; never less than one.
pub(crate) fn groups(logical_bytes: u64) -> u64 {
    logical_bytes.div_ceil(GROUP_DATA_PAGES * PAGE).max(1)
}

/// Returns the file length in bytes that a logical length requires.
pub(crate) fn physical_bytes(logical_bytes: u64) -> u64 {
    (2 * HEAD_AREA_PAGES + groups(logical_bytes) * GROUP_PAGES) * PAGE
}

/// Returns how many bytes of the disk a device of this logical length takes when every page of it was written: without the
/// holes in its file.
#[must_use]
pub fn disk_bytes(logical_bytes: u64) -> u64 {
    let head_pages = 2 * (1 + 2 * HEAD_SLOT_PAGES);
    // Logical page 0 lives in the head slots.
    logical_bytes.saturating_sub(PAGE) + (groups(logical_bytes) + head_pages) * PAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_head_areas_follow_each_other_without_gap_or_overlap() {
        assert_eq!(checksum_page_offset(0), Area::First.reserved_page() * PAGE + 3 * PAGE);
        assert_eq!(Area::Second.start() * PAGE, data_offset(1023) + PAGE);
        assert_eq!(checksum_page_offset(1), (Area::Second.start() + HEAD_AREA_PAGES) * PAGE);
        for group in 1..5 {
            assert_eq!(checksum_page_offset(group + 1), data_offset(group * 1024 + 1023) + PAGE);
            assert_eq!(parity_offset(group) + 65 * PAGE, data_offset(group * 1024));
        }
    }

    #[test]
    fn a_file_ends_with_its_last_group_or_the_second_head_area() {
        assert_eq!(physical_bytes(0), 1106 * PAGE);
        assert_eq!(physical_bytes(1024 * PAGE), 1106 * PAGE);
        assert_eq!(physical_bytes(1025 * PAGE), data_offset(2047) + PAGE);
        assert_eq!(physical_bytes(LOGICAL_BYTES_MAX) % PAGE, 0);
    }
}
