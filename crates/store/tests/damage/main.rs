//! Flipped bits, cuts and a full disk, on whole stores: whatever happens to the file, nothing panics, no answer is wrong, and
//! what is wrong is counted and named.
#![expect(clippy::print_stderr, reason = "seeds and counts have to reach whoever reads the outcome")]
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod crash;
mod cut;
mod fixtures;
mod flips;
mod full;
mod store;
