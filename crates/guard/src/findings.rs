//! What is wrong in a guard file, and where: the vocabulary of verification.

use std::collections::BTreeMap;
use std::fmt;

/// The most findings that are kept one by one; beyond them they are only counted.
pub(crate) const FINDINGS_MAX: usize = 65_536;

/// One place in a guard file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// What is stored there.
    pub place: Place,
    /// Where it starts in the file, in bytes; the damaged byte itself where a single bit flipped.
    pub offset: u64,
    /// What is wrong.
    pub finding: Finding,
}

/// What is stored at a place of a guard file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file header; copy 1 or 2.
    Header {
        /// 1 at the start of the file, 2 after the first group.
        copy: u8,
    },
    /// A head slot, which holds redb's page 0.
    Head {
        /// `A` or `B`.
        slot: char,
        /// 1 at the start of the file, 2 after the first group.
        copy: u8,
    },
    /// A page that this version leaves zero (reserved, or parity).
    Reserved,
    /// A data page, or its entry in the checksum page.
    Data {
        /// The logical page, as redb counts them.
        page: u64,
    },
}

/// What is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// One bit flipped; reading heals it.
    FlippedBit {
        /// Which bit of the byte at the offset, 0 is the least significant.
        bit: u8,
    },
    /// One bit of a data page's checksum entry flipped; reading heals it.
    FlippedChecksumBit {
        /// Which bit of the byte at the offset, 0 is the least significant.
        bit: u8,
    },
    /// More is wrong than one bit. For a data page that redb does not reach, this is what a crash may leave behind.
    Unhealable,
    /// A write of a head slot that a crash cut short. Nothing acknowledged was in it, and the next opening restores it.
    Unfinished,
    /// The disk cannot read it.
    Unreadable,
}

impl Finding {
    /// Returns whether opening or reading puts it right without loss.
    pub fn is_healable(self) -> bool {
        match self {
            Self::FlippedBit { .. } | Self::FlippedChecksumBit { .. } | Self::Unfinished => true,
            Self::Unhealable | Self::Unreadable => false,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { copy } => write!(f, "file header, copy {copy}"),
            Self::Head { slot, copy } => write!(f, "head slot {slot}, copy {copy}"),
            Self::Reserved => write!(f, "reserved page"),
            Self::Data { page } => write!(f, "page {page}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FlippedBit { bit } => write!(f, "bit {bit} flipped, heals"),
            Self::FlippedChecksumBit { bit } => write!(f, "bit {bit} of its checksum flipped, heals"),
            Self::Unhealable => write!(f, "damaged beyond healing"),
            Self::Unfinished => write!(f, "unfinished write of a crash, nothing lost"),
            Self::Unreadable => write!(f, "the disk cannot read it"),
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, offset, finding } = self;
        write!(f, "{place} (file offset {offset}): {finding}")
    }
}

/// What reads have met so far, one spot for each place, bounded by [`FINDINGS_MAX`].
#[derive(Debug, Default)]
pub(crate) struct Met {
    spots: BTreeMap<Place, Spot>,
}

impl Met {
    pub(crate) fn add(&mut self, spot: Spot) {
        if self.spots.len() < FINDINGS_MAX || self.spots.contains_key(&spot.place) {
            self.spots.insert(spot.place, spot);
        }
    }

    pub(crate) fn list(&self) -> Vec<Spot> {
        self.spots.values().cloned().collect()
    }
}
