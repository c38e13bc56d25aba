//! Head slots: where logical page 0 and the logical length live, and which of them counts.
//!
//! Owns the bytes of one copy of a slot, and the decision between four copies, which must neither lose an acknowledged
//! commit nor invent one. Pure: reads and writes no disk. The rules and their reasons are in `docs/ON_DISK_FORMAT.md`,
//! "Head slots".

use crate::checksum::{Verdict, checksum, heal};
use crate::geometry::{Area, LOGICAL_BYTES_MAX, PAGE, PAGE_BYTES, SlotName};

const SECTOR_BYTES: usize = 512;
const STAMP_BYTES: usize = 8;
const SECTORS: usize = 9;
/// Bytes of one copy of a slot.
pub(crate) const COPY_BYTES: usize = SECTORS * SECTOR_BYTES;
const CHECKSUM_AT: usize = COPY_BYTES - 4;
const PIECE_BYTES: usize = SECTOR_BYTES - STAMP_BYTES;
const RECORD_BYTES: usize = SECTORS * PIECE_BYTES;
const MAGIC: &[u8; 8] = b"SPANHEAD";
const PAGE_AT: usize = 16;
/// How far below the generation that counts a stamp of a torn copy can be. Restoring after a crash skips one generation,
/// so the slot being overwritten can be three behind.
const STAMPS_BELOW: u64 = 3;
/// How far above the generation that counts a stamp of a torn copy can be: the write that was cut short, or the
/// restoring of that.
const STAMPS_ABOVE: u64 = 2;
/// The generation of the first head of a file; far enough from zero that a zeroed sector never looks like an old one.
pub(crate) const FIRST_GENERATION: u64 = 8;
/// The greatest generation that is believed; beyond it counting on could overflow.
const GENERATION_MAX: u64 = 1 << 62;

/// What a head slot stores.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Counts the writes of the head; the greatest counts.
    pub(crate) generation: u64,
    /// The logical length in bytes, a multiple of the page size.
    pub(crate) len: u64,
    /// Logical page 0.
    pub(crate) page: Box<[u8; PAGE_BYTES]>,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("generation", &self.generation).field("len", &self.len).finish_non_exhaustive()
    }
}

impl Head {
    /// Returns the head of an empty device.
    pub(crate) fn empty(generation: u64) -> Self {
        Self { generation, len: 0, page: Box::new([0; PAGE_BYTES]) }
    }

    /// Returns the head as it is written at a physical page.
    pub(crate) fn encode(&self, physical_page: u64) -> [u8; COPY_BYTES] {
        let mut record = [0; RECORD_BYTES];
        record[..8].copy_from_slice(MAGIC);
        record[8..PAGE_AT].copy_from_slice(&self.len.to_le_bytes());
        record[PAGE_AT..PAGE_AT + PAGE_BYTES].copy_from_slice(&self.page[..]);

        let mut bytes = [0; COPY_BYTES];
        for (sector, piece) in bytes.chunks_exact_mut(SECTOR_BYTES).zip(record.chunks_exact(PIECE_BYTES)) {
            sector[..STAMP_BYTES].copy_from_slice(&self.generation.to_le_bytes());
            sector[STAMP_BYTES..].copy_from_slice(piece);
        }
        let sum = checksum(physical_page, &bytes[..CHECKSUM_AT]);
        bytes[CHECKSUM_AT..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }
}

/// One copy of a slot, as found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A complete head; `verdict` tells whether a bit had to be healed.
    Valid { head: Head, verdict: Verdict },
    /// Not a head. The stamps of its sectors may tell why.
    Invalid { stamps: [u64; SECTORS] },
    /// The disk cannot read it, or the file ends before it.
    Unreadable,
}

impl Found {
    /// Reads a copy found at a physical page, healing a single flipped bit.
    pub(crate) fn decode(physical_page: u64, found: &[u8; COPY_BYTES]) -> Self {
        let mut bytes = *found;
        let (content, sum) = bytes.split_at_mut(CHECKSUM_AT);
        let mut stored = u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]]);
        let verdict = heal(physical_page, content, &mut stored);
        let invalid = Self::Invalid { stamps: stamps(found) };
        if verdict == Verdict::Unhealable {
            return invalid;
        }
        head_of(&bytes).map_or(invalid, |head| Self::Valid { head, verdict })
    }

    fn generation(&self) -> Option<u64> {
        match self {
            Self::Valid { head, .. } => Some(head.generation),
            Self::Invalid { .. } | Self::Unreadable => None,
        }
    }

    /// Returns whether this is a write that was cut short, given the generation that counts.
    pub(crate) fn is_torn(&self, counting: u64) -> bool {
        let Self::Invalid { stamps } = self else { return false };
        let near = counting.saturating_sub(STAMPS_BELOW)..=counting.saturating_add(STAMPS_ABOVE);
        !is_uniform(stamps) && stamps.iter().all(|stamp| near.contains(stamp))
    }

    /// Returns whether this copy can have held an acknowledged head newer than the one that counts.
    fn may_have_been_newer(&self, counting: u64) -> bool {
        match self {
            Self::Valid { .. } => false,
            Self::Invalid { stamps } => {
                let older = counting.saturating_sub(STAMPS_BELOW)..counting;
                let proves_older = is_uniform(stamps) && older.contains(&stamps[0]);
                !proves_older && !self.is_torn(counting)
            }
            Self::Unreadable => true,
        }
    }
}

fn stamps(bytes: &[u8; COPY_BYTES]) -> [u64; SECTORS] {
    std::array::from_fn(|sector| u64_at(bytes, sector * SECTOR_BYTES))
}

fn is_uniform(stamps: &[u64; SECTORS]) -> bool {
    stamps.iter().all(|stamp| *stamp == stamps[0])
}

/// Returns the head in bytes whose checksum matched, unless they contradict themselves.
fn head_of(bytes: &[u8; COPY_BYTES]) -> Option<Head> {
    let stamps = stamps(bytes);
    let generation = stamps[0];
    let mut record = [0; RECORD_BYTES];
    for (sector, piece) in bytes.chunks_exact(SECTOR_BYTES).zip(record.chunks_exact_mut(PIECE_BYTES)) {
        piece.copy_from_slice(&sector[STAMP_BYTES..]);
    }
    let len = u64_at(&record, 8);
    let consistent = stamps.iter().all(|stamp| *stamp == generation)
        && generation <= GENERATION_MAX
        && record[..8] == MAGIC[..]
        && len <= LOGICAL_BYTES_MAX
        && len.is_multiple_of(PAGE);
    let mut page = Box::new([0; PAGE_BYTES]);
    page.copy_from_slice(&record[PAGE_AT..PAGE_AT + PAGE_BYTES]);
    consistent.then_some(Head { generation, len, page })
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(value)
}

/// Both copies of both slots, as found in a file.
#[derive(Debug)]
pub(crate) struct FoundSlots {
    /// In the order of [`SlotName::BOTH`], then [`Area::BOTH`].
    pub(crate) copies: [[Found; 2]; 2],
}

/// The head that counts, and what is needed to make every copy whole again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) slot: SlotName,
    pub(crate) head: Head,
    /// Copies of the chosen slot that have to be written again as they were.
    pub(crate) rewrite: Vec<Area>,
    /// Whether the other slot has to be replaced by [`Chosen::restored`].
    pub(crate) restore_other: bool,
}

impl Chosen {
    /// Returns the head that replaces a broken other slot: the same content, two generations on, because the write that
    /// broke it may have used the next one.
    pub(crate) fn restored(&self) -> Head {
        Head { generation: self.head.generation.saturating_add(STAMPS_ABOVE), ..self.head.clone() }
    }
}

/// Both copies of a slot are damaged, and an acknowledged head may have been in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotLost(pub(crate) SlotName);

impl FoundSlots {
    pub(crate) fn slot(&self, slot: SlotName) -> &[Found; 2] {
        match slot {
            SlotName::A => &self.copies[0],
            SlotName::B => &self.copies[1],
        }
    }

    /// Returns the greatest generation in a valid copy of a slot.
    pub(crate) fn newest(&self, slot: SlotName) -> Option<u64> {
        self.slot(slot).iter().filter_map(Found::generation).max()
    }

    /// Chooses the head that counts.
    ///
    /// # Errors
    /// The slot that is lost, if an acknowledged head may have been in it.
    pub(crate) fn choose(&self) -> Result<Chosen, SlotLost> {
        let slot = if self.newest(SlotName::A) >= self.newest(SlotName::B) { SlotName::A } else { SlotName::B };
        let head = self.slot(slot).iter().find_map(|found| match found {
            Found::Valid { head, .. } if Some(head.generation) == self.newest(slot) => Some(head.clone()),
            _ => None,
        });
        let Some(head) = head else { return Err(SlotLost(slot)) };

        let other = self.slot(slot.other());
        if other.iter().all(|found| found.may_have_been_newer(head.generation)) {
            return Err(SlotLost(slot.other()));
        }
        let whole = |found: &Found, wanted: Option<u64>| matches!(found, Found::Valid { head, verdict: Verdict::Sound } if Some(head.generation) == wanted);
        let rewrite = Area::BOTH
            .into_iter()
            .zip(self.slot(slot))
            .filter(|(_, found)| !whole(found, Some(head.generation)))
            .map(|(area, _)| area)
            .collect();
        let restore_other = !other.iter().all(|found| whole(found, self.newest(slot.other())));
        Ok(Chosen { slot, head, rewrite, restore_other })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(generation: u64) -> Head {
        let fill = u8::try_from(generation % 251).unwrap();
        Head { generation, len: 8 * PAGE, page: Box::new([fill; PAGE_BYTES]) }
    }

    fn valid(generation: u64) -> Found {
        Found::Valid { head: head(generation), verdict: Verdict::Sound }
    }

    /// A copy whose first sectors are of one write and the rest of another.
    fn mixed(first: u64, rest: u64) -> Found {
        let mut bytes = head(rest).encode(1);
        bytes[..3 * SECTOR_BYTES].copy_from_slice(&head(first).encode(1)[..3 * SECTOR_BYTES]);
        Found::decode(1, &bytes)
    }

    /// A copy with three wrong bits in its content.
    fn damaged(generation: u64) -> Found {
        let mut bytes = head(generation).encode(1);
        bytes[600] ^= 7;
        Found::decode(1, &bytes)
    }

    fn choose(a: [Found; 2], b: [Found; 2]) -> Result<Chosen, SlotLost> {
        FoundSlots { copies: [a, b] }.choose()
    }

    fn chosen(slot: SlotName, generation: u64, rewrite: &[Area], restore_other: bool) -> Result<Chosen, SlotLost> {
        Ok(Chosen { slot, head: head(generation), rewrite: rewrite.to_vec(), restore_other })
    }

    #[test]
    fn a_copy_reads_back_and_every_single_flip_in_it_heals() {
        let good = head(5).encode(3);
        assert_eq!(Found::decode(3, &good), Found::Valid { head: head(5), verdict: Verdict::Sound });
        for position in 0..COPY_BYTES * 8 {
            let mut bytes = good;
            bytes[position / 8] ^= 1 << (position % 8);
            let Found::Valid { head: healed, verdict: Verdict::Healed(_) } = Found::decode(3, &bytes) else {
                panic!("bit {position} does not heal");
            };
            assert_eq!(healed, head(5));
        }
    }

    #[test]
    fn the_newest_whole_head_counts() {
        let nothing_to_do = chosen(SlotName::B, 8, &[], false);
        assert_eq!(choose([valid(7), valid(7)], [valid(8), valid(8)]), nothing_to_do);
    }

    #[test]
    fn a_head_that_reached_one_copy_counts_and_is_completed() {
        let expected = chosen(SlotName::A, 9, &[Area::Second], false);
        assert_eq!(choose([valid(9), valid(7)], [valid(8), valid(8)]), expected);
        assert_eq!(choose([valid(9), mixed(9, 7)], [valid(8), valid(8)]), expected);
    }

    #[test]
    fn a_torn_write_falls_back_to_the_head_before_it_and_is_restored() {
        let expected = chosen(SlotName::B, 8, &[], true);
        assert_eq!(choose([mixed(9, 7), mixed(7, 9)], [valid(8), valid(8)]), expected);
        assert_eq!(choose([mixed(9, 7), valid(7)], [valid(8), valid(8)]), expected);
        // The sector that was being written when power failed is garbage, the other copy was not reached.
        assert_eq!(choose([damaged(9), valid(7)], [valid(8), valid(8)]), expected);
        assert_eq!(choose([Found::Unreadable, mixed(9, 7)], [valid(8), valid(8)]), expected);
        assert_eq!(expected.map(|chosen| chosen.restored().generation), Ok(10));
    }

    #[test]
    fn a_crash_while_restoring_is_still_a_torn_write() {
        let expected = chosen(SlotName::B, 8, &[], true);
        assert_eq!(choose([mixed(10, 9), mixed(10, 7)], [valid(8), valid(8)]), expected);
    }

    #[test]
    fn damage_to_one_copy_of_the_newest_head_loses_nothing() {
        let expected = chosen(SlotName::A, 9, &[Area::First], false);
        assert_eq!(choose([damaged(9), valid(9)], [valid(8), valid(8)]), expected);
        assert_eq!(choose([Found::Unreadable, valid(9)], [valid(8), valid(8)]), expected);
    }

    #[test]
    fn damage_to_both_copies_of_the_newest_head_is_refused_rather_than_rolled_back() {
        let lost = Err(SlotLost(SlotName::A));
        assert_eq!(choose([damaged(9), damaged(9)], [valid(8), valid(8)]), lost);
        assert_eq!(choose([damaged(9), Found::Unreadable], [valid(8), valid(8)]), lost);
        assert_eq!(choose([mixed(9, 0), mixed(0, 9)], [valid(8), valid(8)]), lost);
        let zeroed = || Found::decode(1, &[0; COPY_BYTES]);
        assert_eq!(choose([zeroed(), zeroed()], [valid(8), valid(8)]), lost);
    }

    #[test]
    fn damage_to_the_older_slot_is_restored() {
        assert_eq!(choose([valid(9), valid(9)], [damaged(8), damaged(8)]), chosen(SlotName::A, 9, &[], true));
    }

    #[test]
    fn nothing_valid_is_refused() {
        let zeroed = || Found::decode(1, &[0; COPY_BYTES]);
        assert_eq!(choose([zeroed(), zeroed()], [zeroed(), zeroed()]), Err(SlotLost(SlotName::A)));
    }
}
