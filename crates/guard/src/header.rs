//! The file header: what says that a file is a guard file, and of which version.
//!
//! Owns the 64 bytes at the start of both head areas. Fields are as in `docs/ON_DISK_FORMAT.md`.

use crate::checksum::{Verdict, checksum, heal};
use crate::geometry::{GROUP_DATA_PAGES, GROUP_PARITY_PAGES, PAGE};

/// The version of the format that this program reads and writes.
pub(crate) const VERSION: u32 = 1;
/// Bytes of the header; the rest of its page is zero.
pub(crate) const HEADER_BYTES: usize = 64;
const MAGIC: &[u8; 8] = b"SPANGARD";
const CHECKSUM_AT: usize = HEADER_BYTES - 4;

/// One copy of the header, as found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// This version; `verdict` tells whether a bit had to be healed.
    Known { verdict: Verdict },
    /// A sound header of a version or geometry that this program does not know.
    Foreign { version: u32 },
    /// Not a header.
    Damaged,
}

/// Returns the header as it is written at a physical page.
pub(crate) fn encode(physical_page: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(MAGIC);
    let fields = [u64::from(VERSION), PAGE, GROUP_DATA_PAGES, GROUP_PARITY_PAGES];
    for (index, field) in fields.into_iter().enumerate() {
        let field = u32::try_from(field).expect("the constants of the format fit 32 bits");
        bytes[8 + index * 4..12 + index * 4].copy_from_slice(&field.to_le_bytes());
    }
    let sum = checksum(physical_page, &bytes[..CHECKSUM_AT]);
    bytes[CHECKSUM_AT..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Reads a header found at a physical page, healing a single flipped bit.
pub(crate) fn decode(physical_page: u64, bytes: &[u8; HEADER_BYTES]) -> Header {
    let mut bytes = *bytes;
    let (content, sum) = bytes.split_at_mut(CHECKSUM_AT);
    let mut stored = u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]]);
    let verdict = heal(physical_page, content, &mut stored);
    if verdict == Verdict::Unhealable || content[..8] != MAGIC[..] {
        return Header::Damaged;
    }
    if content[..] == encode(physical_page)[..CHECKSUM_AT] {
        return Header::Known { verdict };
    }
    Header::Foreign { version: u32::from_le_bytes([content[8], content[9], content[10], content[11]]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_and_every_single_flip_in_it_heals() {
        let good = encode(1098);
        assert_eq!(decode(1098, &good), Header::Known { verdict: Verdict::Sound });
        for position in 0..HEADER_BYTES * 8 {
            let mut bytes = good;
            bytes[position / 8] ^= 1 << (position % 8);
            assert!(matches!(decode(1098, &bytes), Header::Known { verdict: Verdict::Healed(_) }));
        }
    }

    #[test]
    fn a_later_version_is_told_from_damage() {
        let mut bytes = encode(0);
        bytes[8] = 9;
        let sum = checksum(0, &bytes[..CHECKSUM_AT]);
        bytes[CHECKSUM_AT..].copy_from_slice(&sum.to_le_bytes());
        assert_eq!(decode(0, &bytes), Header::Foreign { version: 9 });
        assert_eq!(decode(0, &[0; HEADER_BYTES]), Header::Damaged);
        assert_eq!(decode(1, &encode(0)), Header::Damaged);
    }
}
