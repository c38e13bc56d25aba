//! CRC-32 of a block bound to its place, and the bit that a mismatch names.
//!
//! Owns checksum and healing of one block: a data page with its entry, one copy of a head slot, a file header. Knows
//! neither where blocks are nor what to do about damage.

use crc32fast::Hasher;

/// The reflected CRC-32 polynomial: the syndrome of a flip in the last bit that the CRC takes in.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// A single flipped bit, as found and undone by [`heal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flip {
    /// In the block itself; `bit` counts from the least significant.
    Block { byte: usize, bit: u8 },
    /// In the stored checksum.
    Checksum { bit: u8 },
}

/// What comparing a block with its checksum showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Sound,
    /// One bit had flipped; block and checksum are right again.
    Healed(Flip),
    /// More than one bit is wrong; block and checksum are untouched.
    Unhealable,
}

/// Returns the CRC-32 over a page number and a block.
pub(crate) fn checksum(page: u64, block: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&page.to_le_bytes());
    hasher.update(block);
    hasher.finalize()
}

/// Compares a block with its stored checksum and undoes a single flipped bit in either.
pub(crate) fn heal(page: u64, block: &mut [u8], stored: &mut u32) -> Verdict {
    let syndrome = *stored ^ checksum(page, block);
    if syndrome == 0 {
        return Verdict::Sound;
    }
    let Some(flip) = locate(syndrome, block.len()) else { return Verdict::Unhealable };
    match flip {
        Flip::Block { byte, bit } => block[byte] ^= 1 << bit,
        Flip::Checksum { bit } => *stored ^= 1 << bit,
    }
    Verdict::Healed(flip)
}

/// Returns the only single flip that has this syndrome in a block of this length, if there is one.
///
/// CRC is linear, so the syndrome of a flip depends only on its distance from the end of the block: the last bit (the CRC
/// takes the most significant bit of a byte last) gives the polynomial, every earlier one gives one zero step
/// more. Searching costs about 50 µs for a page and needs no table.
fn locate(syndrome: u32, block_bytes: usize) -> Option<Flip> {
    if syndrome.is_power_of_two() {
        return Some(Flip::Checksum { bit: bit_index(syndrome.trailing_zeros()) });
    }
    let mut candidate = POLYNOMIAL;
    for byte in (0..block_bytes).rev() {
        for bit in (0..8).rev() {
            if candidate == syndrome {
                return Some(Flip::Block { byte, bit });
            }
            let carry = candidate & 1;
            candidate = (candidate >> 1) ^ (POLYNOMIAL * carry);
        }
    }
    None
}

fn bit_index(bit: u32) -> u8 {
    u8::try_from(bit).expect("a u32 has 32 bits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::PAGE_BYTES;

    #[test]
    fn every_single_flip_in_a_page_or_its_checksum_is_named_and_undone() {
        let good: Vec<u8> = (0..PAGE_BYTES).map(|i| u8::try_from(i * 31 % 251).unwrap()).collect();
        let sum = checksum(7, &good);
        for position in 0..PAGE_BYTES * 8 {
            let (byte, bit) = (position / 8, u8::try_from(position % 8).unwrap());
            let mut block = good.clone();
            let mut stored = sum;
            block[byte] ^= 1 << bit;
            assert_eq!(heal(7, &mut block, &mut stored), Verdict::Healed(Flip::Block { byte, bit }));
            assert_eq!((block.as_slice(), stored), (good.as_slice(), sum));
        }
        for bit in 0..32 {
            let mut block = good.clone();
            let mut stored = sum ^ (1 << bit);
            assert_eq!(heal(7, &mut block, &mut stored), Verdict::Healed(Flip::Checksum { bit }));
            assert_eq!((block.as_slice(), stored), (good.as_slice(), sum));
        }
    }

    #[test]
    fn a_page_read_from_another_place_does_not_verify() {
        let block = vec![1; PAGE_BYTES];
        assert_ne!(checksum(7, &block), checksum(8, &block));
    }

    proptest! {
        #[test]
        fn two_flipped_bits_are_never_taken_for_one(
            seed: u8,
            first in 0..PAGE_BYTES * 8 + 32,
            second in 0..PAGE_BYTES * 8 + 32,
        ) {
            prop_assume!(first != second);
            let mut block = vec![seed; PAGE_BYTES];
            let mut stored = checksum(3, &block);
            for position in [first, second] {
                match position.checked_sub(PAGE_BYTES * 8) {
                    None => block[position / 8] ^= 1 << (position % 8),
                    Some(bit) => stored ^= 1 << bit,
                }
            }
            let damaged = (block.clone(), stored);
            prop_assert_eq!(heal(3, &mut block, &mut stored), Verdict::Unhealable);
            prop_assert_eq!((block, stored), damaged);
        }
    }
}
