//! The durable truth: what was acknowledged is on disk, and what is read was checked.
//!
//! Owns the data directory: its lock, the ledger, and the hot set in front of it. Refuses to know wire formats: it
//! is given a decoder for what it journals.

mod directory;
mod error;
pub mod hot;
pub mod ledger;
mod pipeline;
mod replay;
mod store;
mod verify;

pub use directory::LEDGER_FILE;
pub use error::{StoreError, StoreErrorKind};
pub use ledger::{DocumentChange, DocumentKind, Documents, EncodedBody};
pub use pipeline::Done;
pub use replay::Decode;
pub use store::{Counters, Store, StoreOptions};
pub use verify::{VerifyReport, verify, verify_disk};
