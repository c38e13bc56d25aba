//! Version 3 of the ledger's records: what version 2 did not have, as `docs/ON_DISK_FORMAT.md` describes it. An entry of the
//! journal may say who sent it, and may be what was worked out of earlier ones.
//!
//! Everything else is as in version 2; its meta record only has another number.

pub(super) mod sender;

/// The version of the ledger that this folder describes.
pub const FORMAT_VERSION: u32 = 3;
