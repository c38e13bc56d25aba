//! Versions 1 and 2 of the bytes of a segment, which differ in nothing but which columns there are. Sealed: later versions
//! read these and do not change them.
//!
//! From below: `section` (chunks), `sink` and `source` (sections in a file), `keys` (rows by id), `words` (rows by
//! the words of their texts), `schema`, `layout`, `build` and
//! `read` (columns), `traces`, `observations` and `scores` (rows), `arena`, `pages`, `codes`, `table` and `scan` (Parquet data), `page0` (what makes it count).

mod arena;
mod build;
mod bytes;
mod cells;
pub(crate) mod codes;
pub mod columns;
pub(crate) mod fault;
pub(crate) mod keys;
mod layout;
pub(crate) mod observations;
mod origin;
pub(crate) mod page0;
mod pages;
mod payloads;
pub(crate) mod read;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod scores;
pub(crate) mod section;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod traces;
pub(crate) mod words;

pub use cells::{input_and_output, metadata_pieces};
pub use words::TextColumn;
