//! OTLP exports in JSON: nothing panics, decoding is deterministic, and an export says the same with and without
//! its payloads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spanstone_model::BodyKind;

mod otlp;

fuzz_target!(|body: &[u8]| otlp::check(BodyKind::OtlpJson, body));
