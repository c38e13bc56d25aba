//! Version 1 of the bytes of a segment. Sealed: later versions read this one and do not change it.

pub mod columns;
