//! A checksummed, self-healing page device beneath redb.
//!
//! Owns one file of checksummed pages and shows it to redb as a plain device ([`redb::StorageBackend`]). Every page is
//! verified when it is read; a single flipped bit, wherever it is in the file, is healed and counted, and what cannot be
//! healed is an error that names file, page and bytes. The layout is in `docs/ON_DISK_FORMAT.md`, section "Guard file".
//!
//! Refuses to know what redb or anyone above it stores, and to answer a read with bytes it could not verify.
//!
//! Every write transaction above it must be a two-phase commit (`WriteTransaction::set_two_phase_commit`): only
//! then does redb never read a page that a crash may have torn.

mod checksum;
mod checksum_pages;
mod counters;
mod device;
mod disk;
mod error;
mod findings;
mod folder;
mod geometry;
mod guard;
mod head;
mod header;
mod open;
mod pieces;
mod verify;

pub use counters::{Counters, Counts};
pub use disk::{Access, Disk, FileDisk};
pub use error::{Damage, GuardError};
pub use findings::{Finding, Place, Spot};
pub use folder::{FileFolder, Folder};
pub use geometry::{PAGE_BYTES, disk_bytes};
pub use guard::{Findings, Guard, Options};
pub use verify::{PageReport, verify};
