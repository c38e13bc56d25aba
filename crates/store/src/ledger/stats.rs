//! How much the journal holds.

use super::Ledger;
use super::v1::Totals;

/// How much the journal holds, and how much it ever held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalStats {
    /// Blocks that are not cut.
    pub blocks: u64,
    /// Their entries.
    pub entries: u64,
    /// Bytes of the bodies as they arrived.
    pub body_bytes: u64,
    /// Bytes of the bodies as stored.
    pub stored_bytes: u64,
    /// The same for all blocks that there ever were.
    pub ever: JournalTotals,
}

/// How much the journal ever held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalTotals {
    /// Blocks.
    pub blocks: u64,
    /// Entries.
    pub entries: u64,
    /// Bytes of the bodies as they arrived.
    pub body_bytes: u64,
    /// Bytes of the bodies as stored.
    pub stored_bytes: u64,
}

impl Ledger {
    /// How much the journal holds, and how much it ever held. Reads nothing.
    #[must_use]
    pub fn stats(&self) -> JournalStats {
        let status = self.status.read();
        let (totals, archive) = (status.totals, status.archive);
        let Totals { entries, body_bytes, stored_bytes } = totals;
        let ever = JournalTotals { blocks: self.next_block() - 1, entries, body_bytes, stored_bytes };
        JournalStats {
            blocks: ever.blocks - archive.cut,
            // Totals that were found past damage may be too small.
            entries: entries.saturating_sub(archive.cut_totals.entries),
            body_bytes: body_bytes.saturating_sub(archive.cut_totals.body_bytes),
            stored_bytes: stored_bytes.saturating_sub(archive.cut_totals.stored_bytes),
            ever,
        }
    }
}
