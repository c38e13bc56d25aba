//! What holds for the bytes of a journal block, whatever they are. Used by the fuzz target and by the test of
//! `crates/store` that replays its corpus.

use spanstone_store::ledger::v1::{Found, decode_block};

/// Bytes of a part before its payload, and where its length and its checksum are. (`docs/ON_DISK_FORMAT.md`, "Part".)
const PART_HEAD: usize = 68;
const PART_LENGTH: usize = 36;
const PART_CRC: usize = 64;
/// Bytes of an entry's frame before the project's id, and where the id's length and the checksum are.
const FRAME_HEAD: usize = 36;
const FRAME_PROJECT_LENGTH: usize = 16;
const FRAME_CRC: usize = 32;

/// Decodes the bytes as they are, and once more with the checksums that they should have: what gets past the checksums is
/// not damage but a bug or an attack, and must not panic either.
pub(crate) fn check(bytes: &[u8]) {
    decode(bytes);
    let mut sealed = bytes.to_vec();
    seal(&mut sealed);
    decode(&sealed);
}

/// Decoding is deterministic, and accounts for the entries from 0 on, each once and in order.
fn decode(bytes: &[u8]) {
    let found = decode_block(bytes);
    assert_eq!(found, decode_block(bytes));
    let mut next = 0;
    for found in found.into_iter().flatten() {
        let entries = match found {
            Found::Entry { index, .. } => index..index + 1,
            Found::Lost(lost) => lost.entries,
        };
        assert_eq!(entries.start, next, "an entry is passed over in silence, or told twice");
        assert!(!entries.is_empty(), "nothing is told as lost");
        next = entries.end;
    }
}

/// Writes the checksums of every part, and of every entry's head that lies in one part.
fn seal(mut bytes: &mut [u8]) {
    while bytes.len() > PART_HEAD {
        let length = number(&bytes[PART_LENGTH..PART_LENGTH + 4]);
        let end = PART_HEAD.saturating_add(length).min(bytes.len());
        let (part, rest) = bytes.split_at_mut(end);
        seal_part(part);
        bytes = rest;
    }
}

fn seal_part(part: &mut [u8]) {
    let (head, payload) = part.split_at_mut(PART_HEAD);
    for at in 0..payload.len() {
        if payload[at..].starts_with(b"SPNE") {
            seal_frame(&mut payload[at..]);
        }
    }
    let sum = crc32fast::hash(&[&head[..PART_CRC], payload].concat());
    head[PART_CRC..].copy_from_slice(&sum.to_le_bytes());
}

fn seal_frame(frame: &mut [u8]) {
    if frame.len() < FRAME_HEAD {
        return;
    }
    let (head, rest) = frame.split_at_mut(FRAME_HEAD);
    let project = number(&head[FRAME_PROJECT_LENGTH..FRAME_PROJECT_LENGTH + 2]);
    if let Some(project) = rest.get(..project) {
        let sum = crc32fast::hash(&[&head[..FRAME_CRC], project].concat());
        head[FRAME_CRC..].copy_from_slice(&sum.to_le_bytes());
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}
