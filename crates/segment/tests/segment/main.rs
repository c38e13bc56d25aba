//! Segments through what the crate offers: what was written is read, whatever happens to the disk.

mod coded;
mod damage;
mod round_trip;
mod rows;
mod rules;
mod words;
mod written;
