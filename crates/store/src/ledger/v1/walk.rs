//! From the parts of a block to its entries, past whatever is damaged.

use std::ops::Range;

use spanstone_model::EntryHeader;

use super::frame::FRAME_FIXED_BYTES;
use super::{Corrupt, Fault, Frame, FrameHead, Part, StoredBody};

/// How many parts from the start of a block may be lost before the block is given up.
const PROBES_MAX: u32 = 64;
/// How much is reserved for a stored body before its bytes have been seen.
const RESERVE_BYTES_MAX: usize = 1024 * 1024;

/// The parts of a block, each fetched when it is first needed and then kept.
pub(crate) struct Parts<F> {
    block: u64,
    fetch: F,
    parts: Vec<Option<Result<Part, Fault>>>,
    entries: u32,
}

/// A step of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An entry, whole; its body has not been decompressed.
    Entry {
        /// Its number in the block.
        index: u32,
        /// Its frame.
        frame: Frame,
    },
    /// Entries that cannot be read.
    Lost(Lost),
}

/// Entries that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Their numbers in the block.
    pub entries: Range<u32>,
    /// What is known of the first of them, when its head is intact.
    pub first: Option<EntryHeader>,
    /// What is wrong.
    pub fault: Fault,
}

/// Walks a block's entries in order.
pub struct Walk<F> {
    parts: Parts<F>,
    position: Position,
    next: u32,
}

/// A place in the stream of frames.
#[derive(Clone, Copy)]
struct Position {
    part: u32,
    offset: usize,
}

/// Why a frame cannot be read, and what is known of it.
struct FrameFault {
    header: Option<EntryHeader>,
    fault: Fault,
}

impl From<Fault> for FrameFault {
    fn from(fault: Fault) -> Self {
        Self { header: None, fault }
    }
}

impl From<Corrupt> for FrameFault {
    fn from(corrupt: Corrupt) -> Self {
        Fault::from(corrupt).into()
    }
}

impl<F: FnMut(u32) -> Result<Vec<u8>, Fault>> Parts<F> {
    /// Fetches parts until one of them says how many there are.
    ///
    /// # Errors
    /// Fails with what is wrong with the first part when none can be read.
    pub(crate) fn open(block: u64, fetch: F) -> Result<Self, Fault> {
        let mut opened = Self { block, fetch, parts: Vec::new(), entries: 0 };
        for part in 0..PROBES_MAX {
            let fetched = opened.fetch(part);
            let head = fetched.as_ref().ok().map(|part| part.head);
            let past_the_end = part > 0 && fetched == Err(Fault::Missing);
            opened.parts.push(Some(fetched));
            if let Some(head) = head {
                opened.entries = head.entries;
                let count = usize::try_from(head.parts).unwrap_or(usize::MAX);
                opened.parts.resize(count, None);
                return Ok(opened);
            }
            if past_the_end {
                break;
            }
        }
        match opened.parts.swap_remove(0) {
            Some(Err(fault)) => Err(fault),
            Some(Ok(_)) | None => Err(Fault::Missing),
        }
    }

    /// How many entries the block has.
    pub(crate) fn entries(&self) -> u32 {
        self.entries
    }

    /// Reads one entry, fetching only the parts that are needed to find it and that hold it.
    ///
    /// # Errors
    /// Fails when a part that holds it, or the frames before it, cannot be read.
    pub(crate) fn entry(&mut self, index: u32) -> Result<Frame, Fault> {
        let mut position = self.last_entry_point(index)?;
        let mut next = self.get(position.part)?.head.first_entry;
        while next < index {
            let head = self.head(&mut position)?;
            self.skip(&mut position, head.size.stored_bytes)?;
            next += 1;
        }
        self.frame(&mut position).map_err(|failed| failed.fault)
    }

    /// Where to start reading for `index`: the last readable part whose entries begin with `index` or one before it.
    fn last_entry_point(&mut self, index: u32) -> Result<Position, Fault> {
        let (mut low, mut high) = (0, self.count());
        let mut best = Err(Fault::Missing);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).map(|part| part.head) {
                Ok(head) if head.first_entry <= index => {
                    best = Ok(entry_point(middle, head.first_frame));
                    low = middle + 1;
                }
                Ok(_) => high = middle,
                Err(fault) => return self.last_entry_point_between(low..high, index).or(best).or(Err(fault)),
            }
        }
        best
    }

    /// The same by looking at every part, because a lost one cannot say on which side of it `index` begins.
    fn last_entry_point_between(&mut self, parts: Range<u32>, index: u32) -> Result<Position, Fault> {
        for part in parts.rev() {
            if let Ok(found) = self.get(part)
                && found.head.first_entry <= index
            {
                return Ok(entry_point(part, found.head.first_frame));
            }
        }
        Err(Fault::Missing)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.parts.len()).expect("the number of parts was a u32")
    }

    fn fetch(&mut self, part: u32) -> Result<Part, Fault> {
        let decoded = Part::decode((self.fetch)(part)?)?;
        if decoded.head.block == self.block && decoded.head.part == part {
            Ok(decoded)
        } else {
            Err(Fault::Corrupt(Corrupt { what: "this part belongs to another row", offset: 8 }))
        }
    }

    fn get(&mut self, part: u32) -> Result<&Part, Fault> {
        let index = usize::try_from(part).unwrap_or(usize::MAX);
        match self.parts.get(index) {
            None => {
                return Err(Fault::Corrupt(Corrupt { what: "an entry runs past the end of its block", offset: 0 }));
            }
            Some(None) => {
                let fetched = self.fetch(part);
                self.parts[index] = Some(fetched);
            }
            Some(Some(_)) => {}
        }
        match &self.parts[index] {
            Some(Ok(part)) => Ok(part),
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(Fault::Missing),
        }
    }

    fn frame(&mut self, position: &mut Position) -> Result<Frame, FrameFault> {
        let head = self.head(position)?;
        let stored_bytes = offset(head.size.stored_bytes);
        let mut stored = Vec::with_capacity(stored_bytes.min(RESERVE_BYTES_MAX));
        match self.take(position, stored_bytes, &mut stored) {
            Ok(()) => Ok(Frame { header: head.header, body: StoredBody { stored, size: head.size } }),
            Err(fault) => Err(FrameFault { header: Some(head.header), fault }),
        }
    }

    fn head(&mut self, position: &mut Position) -> Result<FrameHead, Fault> {
        let mut head = Vec::with_capacity(FRAME_FIXED_BYTES);
        self.take(position, FRAME_FIXED_BYTES, &mut head)?;
        let length = FrameHead::length(&head)?;
        self.take(position, length - FRAME_FIXED_BYTES, &mut head)?;
        Ok(FrameHead::decode(&head)?)
    }

    /// Appends the next `length` bytes of the stream to `out`.
    fn take(&mut self, position: &mut Position, length: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        let end = out.len() + length;
        while out.len() < end {
            let rest = self.rest(*position)?;
            let taken = &rest[..rest.len().min(end - out.len())];
            out.extend_from_slice(taken);
            let (taken, exhausted) = (taken.len(), taken.len() == rest.len());
            position.advance(taken, exhausted);
        }
        Ok(())
    }

    fn skip(&mut self, position: &mut Position, length: u32) -> Result<(), Fault> {
        let mut left = offset(length);
        while left > 0 {
            let rest = self.rest(*position)?.len();
            let taken = rest.min(left);
            position.advance(taken, taken == rest);
            left -= taken;
        }
        Ok(())
    }

    /// What a part holds from `position` on.
    fn rest(&mut self, position: Position) -> Result<&[u8], Fault> {
        Ok(self.get(position.part)?.payload().get(position.offset..).unwrap_or_default())
    }
}

impl Position {
    fn advance(&mut self, bytes: usize, exhausted: bool) {
        if exhausted {
            self.part += 1;
            self.offset = 0;
        } else {
            self.offset += bytes;
        }
    }
}

impl<F: FnMut(u32) -> Result<Vec<u8>, Fault>> Walk<F> {
    /// Starts at the first entry.
    pub(crate) fn new(parts: Parts<F>) -> Self {
        Self { parts, position: Position { part: 0, offset: 0 }, next: 0 }
    }

    /// Goes on at the next part in which a later entry begins, and returns the entries passed over.
    fn resume(&mut self, from: u32) -> Range<u32> {
        let lost_from = self.next;
        for part in from + 1..self.parts.count() {
            let Ok(found) = self.parts.get(part) else {
                continue;
            };
            let begins = offset(found.head.first_frame) < found.payload().len();
            if begins && found.head.first_entry > lost_from {
                self.next = found.head.first_entry;
                self.position = entry_point(part, found.head.first_frame);
                return lost_from..self.next;
            }
        }
        self.next = self.parts.entries;
        lost_from..self.next
    }
}

impl<F: FnMut(u32) -> Result<Vec<u8>, Fault>> Iterator for Walk<F> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if self.next >= self.parts.entries {
            return None;
        }
        let index = self.next;
        let begun_in = self.position.part;
        match self.parts.frame(&mut self.position) {
            Ok(frame) => {
                self.next += 1;
                Some(Found::Entry { index, frame })
            }
            Err(FrameFault { header, fault }) => {
                Some(Found::Lost(Lost { entries: self.resume(begun_in), first: header, fault }))
            }
        }
    }
}

fn entry_point(part: u32, first_frame: u32) -> Position {
    Position { part, offset: offset(first_frame) }
}

fn offset(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Reads a block from its parts laid end to end, bodies included: what a fuzzer calls.
///
/// # Errors
/// Fails when no part can be read. Damage to some of them is reported by the [`Found::Lost`]s of the result.
pub fn decode_block(bytes: &[u8]) -> Result<Vec<Found>, Fault> {
    let rows = Part::split(bytes);
    let block = rows.iter().find_map(|row| Part::decode(row.to_vec()).ok()).map_or(0, |part| part.head.block);
    let parts = Parts::open(block, |part: u32| rows.get(offset(part)).map(|row| row.to_vec()).ok_or(Fault::Missing))?;
    Ok(Walk::new(parts)
        .map(|found| match found {
            Found::Entry { index, frame } => match frame.body.restore() {
                Ok(_) => Found::Entry { index, frame },
                Err(fault) => Found::Lost(Lost { entries: index..index + 1, first: Some(frame.header), fault }),
            },
            lost @ Found::Lost(_) => lost,
        })
        .collect())
}
