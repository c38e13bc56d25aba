//! Walks through every page of a guard file and reports what is not as it was written.
//!
//! Reads only; heals nothing. Knows nothing of redb, so it cannot tell a damaged live page from what a crash left in a page that
//! nothing reaches: [`crate::Findings`] of a guard through which everything live was read tells them apart.

use std::io;

use crate::checksum::{Verdict, heal};
use crate::disk::Disk;
use crate::error::GuardError;
use crate::findings::{FINDINGS_MAX, Finding, Place, Spot};
use crate::geometry::{
    Area, GROUP_DATA_PAGES, GROUP_PARITY_PAGES, HEAD_AREA_PAGES, PAGE, PAGE_BYTES, SlotName, checksum_page_offset,
    data_offset, groups, parity_offset,
};
use crate::guard::spot_of_flip;
use crate::head::COPY_BYTES;
use crate::header::HEADER_BYTES;
use crate::open::Layout;

/// What a walk through a guard file found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageReport {
    /// How long the logical device is, in bytes.
    pub logical_bytes: u64,
    /// How many data pages were compared with their checksums; those beyond the logical end included.
    pub pages: u64,
    /// What is not as it was written, in the order of the file's parts: headers, head slots, reserved pages, then groups.
    pub spots: Vec<Spot>,
    /// How many more there are, beyond the limit of 65,536 that are listed.
    pub spots_omitted: u64,
}

impl PageReport {
    fn add(&mut self, spot: Spot) {
        if self.spots.len() < FINDINGS_MAX {
            self.spots.push(spot);
        } else {
            self.spots_omitted += 1;
        }
    }
}

/// Compares every byte of a guard file with what it must be. `name` is the file's name in errors.
///
/// # Errors
/// [`GuardError`] where the file would not open at all.
pub fn verify(disk: &impl Disk, name: &str) -> Result<PageReport, GuardError> {
    let layout = Layout::read(disk, name)?;
    let chosen = layout.choose(disk, name)?;
    let mut report = PageReport { logical_bytes: chosen.head.len, ..PageReport::default() };
    for spot in layout.spots(chosen.head.generation) {
        report.add(spot);
    }
    for area in Area::BOTH {
        verify_reserved(disk, area, &mut report);
    }
    for group in 0..groups(chosen.head.len) {
        verify_group(disk, group, &mut report);
    }
    Ok(report)
}

/// What a head area leaves zero: the rest of the header page, the rest of the slots, the reserved pages.
fn verify_reserved(disk: &impl Disk, area: Area, report: &mut PageReport) {
    let start = area.start() * PAGE;
    verify_zeros(disk, start + HEADER_BYTES as u64..start + PAGE, report);
    for slot in SlotName::BOTH {
        let copy = area.slot_page(slot) * PAGE;
        verify_zeros(disk, copy + COPY_BYTES as u64..copy + 2 * PAGE, report);
    }
    verify_zeros(disk, area.reserved_page() * PAGE..start + HEAD_AREA_PAGES * PAGE, report);
}

fn verify_group(disk: &impl Disk, group: u64, report: &mut PageReport) {
    let parity = parity_offset(group);
    verify_zeros(disk, parity..parity + (1 + GROUP_PARITY_PAGES) * PAGE, report);

    let mut entries = [0; PAGE_BYTES];
    let unreadable = disk.read_exact_at(checksum_page_offset(group), &mut entries).is_err();
    for (page, entry) in (group * GROUP_DATA_PAGES..).zip(entries.chunks_exact(4)) {
        let entry = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let finding = if unreadable { Err(Finding::Unreadable) } else { verify_page(disk, page, entry) };
        report.pages += 1;
        match finding {
            Ok(None) => {}
            // Logical page 0 is in the head slots; the data page that would be its own is unused.
            Ok(Some(spot)) if page == 0 => report.add(Spot { place: Place::Reserved, ..spot }),
            Ok(Some(spot)) => report.add(spot),
            Err(finding) => {
                report.add(Spot { place: Place::Data { page }, offset: data_offset(page), finding });
            }
        }
    }
}

fn verify_page(disk: &impl Disk, page: u64, mut entry: u32) -> Result<Option<Spot>, Finding> {
    let mut bytes = [0; PAGE_BYTES];
    disk.read_exact_at(data_offset(page), &mut bytes).map_err(|_: io::Error| Finding::Unreadable)?;
    match heal(page, &mut bytes, &mut entry) {
        Verdict::Sound => Ok(None),
        Verdict::Healed(flip) => Ok(Some(spot_of_flip(page, flip))),
        Verdict::Unhealable => Err(Finding::Unhealable),
    }
}

/// Reports the pages of a range that are not zero.
fn verify_zeros(disk: &impl Disk, range: std::ops::Range<u64>, report: &mut PageReport) {
    let mut offset = range.start;
    while offset < range.end {
        let end = ((offset / PAGE + 1) * PAGE).min(range.end);
        let mut page = [0; PAGE_BYTES];
        let bytes = &mut page[..usize::try_from(end - offset).expect("at most a page")];
        let found = match disk.read_exact_at(offset, bytes) {
            Ok(()) => not_zero(bytes),
            Err(_) => Some((0, Finding::Unreadable)),
        };
        if let Some((at, finding)) = found {
            report.add(Spot { place: Place::Reserved, offset: offset + at as u64, finding });
        }
        offset = end;
    }
}

fn not_zero(bytes: &[u8]) -> Option<(usize, Finding)> {
    let at = bytes.iter().position(|byte| *byte != 0)?;
    let alone = bytes[at].is_power_of_two() && bytes[at + 1..].iter().all(|byte| *byte == 0);
    let bit = u8::try_from(bytes[at].trailing_zeros()).expect("a byte has 8 bits");
    Some((at, if alone { Finding::FlippedBit { bit } } else { Finding::Unhealable }))
}
