//! Blocks of the journal, their parts laid end to end: nothing panics, decoding is deterministic, and every entry is
//! either given or told as lost.

#![no_main]

use libfuzzer_sys::fuzz_target;

mod journal;

fuzz_target!(|bytes: &[u8]| journal::check(bytes));
