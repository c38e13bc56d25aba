//! From frames to the parts of a block.

use super::part::{PART_HEAD_BYTES, next_payload_bytes};
use super::{PartHead, Totals};

/// A frame to be written: its head and its body as stored.
pub(crate) struct Piece<'a> {
    pub(crate) head: Vec<u8>,
    pub(crate) stored: &'a [u8],
}

/// Cuts the frames of one block into parts and hands each to `put`, in order, with its number. Holds one part in memory.
///
/// # Errors
/// Fails with the first error of `put`.
pub(crate) fn assemble<E>(
    block: u64,
    pieces: &[Piece<'_>],
    totals: Totals,
    mut put: impl FnMut(u32, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let lengths = payload_lengths(pieces);
    let parts = u32::try_from(lengths.len()).expect("a block's parts are counted in u32");
    let entries = u32::try_from(pieces.len()).expect("a block's entries are counted in u32");
    let mut stream = Stream::new(pieces);
    let mut bytes = Vec::new();
    for (part, length) in (0..).zip(lengths) {
        bytes.clear();
        bytes.resize(PART_HEAD_BYTES, 0);
        let first_entry = stream.frames_begun;
        let first_frame = stream.fill(&mut bytes, length);
        let head = PartHead {
            block,
            part,
            parts,
            entries,
            first_entry,
            first_frame: u32::try_from(first_frame).expect("a part's payload is less than 64 KiB"),
            totals,
        };
        head.write(&mut bytes);
        put(part, &bytes)?;
    }
    Ok(())
}

/// How the frames are cut: the payload lengths of the parts.
pub(crate) fn payload_lengths(pieces: &[Piece<'_>]) -> Vec<usize> {
    let mut rest: usize = pieces.iter().map(|piece| piece.head.len() + piece.stored.len()).sum();
    let mut lengths = Vec::new();
    while rest > 0 {
        let next = next_payload_bytes(rest);
        lengths.push(next);
        rest -= next;
    }
    lengths
}

/// The frames as one stream of bytes.
struct Stream<'a> {
    pieces: &'a [Piece<'a>],
    frames_begun: u32,
    /// What is left of the frame that was begun last: its head, then its body.
    head: &'a [u8],
    stored: &'a [u8],
}

impl<'a> Stream<'a> {
    fn new(pieces: &'a [Piece<'a>]) -> Self {
        Self { pieces, frames_begun: 0, head: &[], stored: &[] }
    }

    /// Appends the next `length` bytes to `out` and returns where among them the first frame begins (`length` if none
    /// does).
    fn fill(&mut self, out: &mut Vec<u8>, length: usize) -> usize {
        let mut filled = 0;
        let mut first_frame = length;
        while filled < length {
            if self.head.is_empty() && self.stored.is_empty() {
                let (piece, rest) = self.pieces.split_first().expect("the lengths add up to the frames");
                self.pieces = rest;
                self.head = &piece.head;
                self.stored = piece.stored;
                self.frames_begun += 1;
                first_frame = first_frame.min(filled);
            }
            let source = if self.head.is_empty() { &mut self.stored } else { &mut self.head };
            let (taken, rest) = source.split_at(source.len().min(length - filled));
            out.extend_from_slice(taken);
            filled += taken.len();
            *source = rest;
        }
        first_frame
    }
}
