//! Discarding: the rows of cut blocks are deleted, a bounded piece at a time.
//!
//! Owns how far that has come. Rows that cannot be deleted, because a page that the deletion has to read is damaged,
//! are passed over until the ledger is opened again: they cost space and nothing else.

use std::sync::atomic::Ordering;

use super::journal::{self, FIRST_BLOCK, RowPlace};
use super::{Ledger, LedgerError, LedgerErrorKind};

/// How far discarding has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Discard {
    /// What precedes this place is gone, or was passed over.
    from: RowPlace,
    /// How many rows from there on can be deleted, when one behind them could not.
    rows_deletable: Option<usize>,
}

impl Default for Discard {
    fn default() -> Self {
        Self { from: (FIRST_BLOCK, 0), rows_deletable: None }
    }
}

impl Ledger {
    /// Deletes rows of cut blocks, at most `rows_max` in one durable transaction; one row has up to 64 KiB. Returns whether
    /// there may be more. Costs nothing when there is nothing to delete.
    ///
    /// # Errors
    /// A full disk leaves everything as it was. Damage is passed over: it keeps rows that nobody needs from being deleted.
    /// Any other failure of the storage poisons the ledger.
    pub fn discard_blocks(&self, rows_max: usize) -> Result<bool, LedgerError> {
        let writer = self.writer()?;
        let cut = self.first_block() - 1;
        if self.status.read().discard.from.0 > cut {
            return Ok(false);
        }
        let _turn = self.turn(writer)?;
        let Discard { from, rows_deletable } = self.status.read().discard;
        let first = match self.read(|transaction| journal::first_row(transaction, from, cut)) {
            Ok(Some(first)) => first,
            Ok(None) => return Ok(self.go_on_from(None, cut)),
            Err(error) => {
                let error = LedgerError::storage("reading cut blocks", error);
                return self.pass_over(from, error);
            }
        };
        let rows_max = rows_deletable.map_or(rows_max, |rows| rows.min(rows_max)).max(1);
        let (mut removed, mut rest) = (0, None);
        let outcome = self.commit_past_damage(writer, |transaction| {
            let removed = |(block, _): RowPlace| {
                // Nobody is told of a block of which a part may be gone.
                self.first_kept.fetch_max(block + 1, Ordering::AcqRel);
                removed += 1;
            };
            rest = journal::remove_rows(transaction, first, cut, rows_max, removed)
                .map_err(|error| LedgerError::storage("deleting cut blocks", error))?;
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(self.go_on_from(rest, cut)),
            Err(error) if removed == 0 => self.pass_over(first, error),
            Err(error) if error.kind() == LedgerErrorKind::Damaged && removed < rows_max => {
                self.status.write().discard.rows_deletable = Some(removed);
                self.unless_poisoned(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes where the rest of the cut blocks begins, if there is a rest, and returns whether there is.
    fn go_on_from(&self, rest: Option<RowPlace>, cut: u64) -> bool {
        let from = rest.unwrap_or((cut + 1, 0));
        self.status.write().discard = Discard { from, rows_deletable: None };
        rest.is_some()
    }

    /// Goes on behind the block of a row that cannot be deleted.
    fn pass_over(&self, (block, part): RowPlace, error: LedgerError) -> Result<bool, LedgerError> {
        if error.kind() != LedgerErrorKind::Damaged {
            return Err(error);
        }
        tracing::warn!(block, part, %error, "a journal block that is needed no more cannot be deleted and takes space");
        self.status.write().discard = Discard { from: (block + 1, 0), rows_deletable: None };
        self.unless_poisoned(error)
    }

    /// Damage does not keep the rest from being deleted, unless the ledger could not be opened again after it.
    fn unless_poisoned(&self, error: LedgerError) -> Result<bool, LedgerError> {
        if self.poisoned().is_some() { Err(error) } else { Ok(true) }
    }
}
