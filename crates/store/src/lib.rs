//! The durable truth: what was acknowledged is on disk, and what is read was checked.
//!
//! Owns the data directory: its lock, the ledger, the archive of sealed segments, and the hot layers in front of them. Refuses to know wire formats: it
//! is given a decoder for what it journals.

pub mod archive;
mod directory;
mod error;
mod fold;
pub mod hot;
mod layers;
pub mod ledger;
pub mod media;
mod payloads;
mod pipeline;
mod price;
mod replay;
mod stats;
mod store;
mod verify;

pub use archive::{
    ArchiveCounts, ArchiveReport, ArchiveStats, LiveSegment, ProjectRetention, Retention, RowSets, Sealed,
    SegmentReport, WeekStats,
};
pub use directory::LEDGER_FILE;
pub use error::{StoreError, StoreErrorKind};
pub use ledger::{DocumentChange, DocumentKind, Documents, EncodedBody};
pub use pipeline::Done;
pub use price::{NoPrices, Price};
pub use replay::Decode;
pub use spanstone_segment as segment;
pub use stats::{OfflineStats, stats, stats_of_folder};
pub use store::{Counters, Store, StoreOptions};
pub use verify::{VerifyReport, verify, verify_folder};
