//! What a guard has healed, and what it could not, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

/// Running totals since the guard was opened. Shared: the guard adds, metrics read.
#[derive(Debug, Default)]
pub struct Counters {
    healed_pages: AtomicU64,
    healed_checksums: AtomicU64,
    healed_heads: AtomicU64,
    unhealable_pages: AtomicU64,
}

/// [`Counters`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bits healed in data pages.
    pub healed_pages: u64,
    /// Bits healed in checksum entries.
    pub healed_checksums: u64,
    /// Copies of the file header or of a head slot that were damaged and have been restored.
    pub healed_heads: u64,
    /// Reads of pages that could not be healed.
    pub unhealable_pages: u64,
}

impl Counts {
    /// Returns how many flips were healed, wherever they were.
    pub fn healed(&self) -> u64 {
        self.healed_pages + self.healed_checksums + self.healed_heads
    }
}

impl Counters {
    /// Returns the totals so far.
    pub fn counts(&self) -> Counts {
        Counts {
            healed_pages: self.healed_pages.load(Ordering::Relaxed),
            healed_checksums: self.healed_checksums.load(Ordering::Relaxed),
            healed_heads: self.healed_heads.load(Ordering::Relaxed),
            unhealable_pages: self.unhealable_pages.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn page_healed(&self) {
        self.healed_pages.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn checksum_healed(&self) {
        self.healed_checksums.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn head_healed(&self) {
        self.healed_heads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn page_unhealable(&self) {
        self.unhealable_pages.fetch_add(1, Ordering::Relaxed);
    }
}
