//! Opening and creating a guard file.
//!
//! Owns the decision what a file is, and the putting right of headers and head slots before anything else is written.
//! Nothing here is written when the file is open for reading only.

use std::io;

use crate::checksum::{Flip, Verdict};
use crate::checksum_pages::zero_group_entries;
use crate::device::{write_slot, write_slot_copy};
use crate::disk::Disk;
use crate::error::GuardError;
use crate::findings::{Finding, Place, Spot};
use crate::geometry::{Area, PAGE, PAGE_BYTES, SlotName, checksum_page_offset, physical_bytes};
use crate::head::{COPY_BYTES, Chosen, FIRST_GENERATION, Found, FoundSlots, Head};
use crate::header::{self, HEADER_BYTES, Header};

/// A file whose head is known and, unless it was opened for reading only, whole in every copy.
pub(crate) struct Opened {
    pub(crate) slot: SlotName,
    pub(crate) head: Head,
    /// What was not as it was written.
    pub(crate) spots: Vec<Spot>,
}

/// Opens or creates a guard file.
pub(crate) fn open(disk: &impl Disk, name: &str, read_only: bool) -> Result<Opened, GuardError> {
    let failed = |action| move |source| GuardError::Io { file: name.to_owned(), action, source };
    let layout = match Layout::read(disk, name) {
        Err(GuardError::NotAGuardFile { .. }) if is_new(disk).map_err(failed("reading"))? => {
            if read_only {
                return Err(GuardError::Empty { file: name.to_owned() });
            }
            return create(disk).map_err(failed("creating the file"));
        }
        read => read?,
    };
    let chosen = layout.choose(disk, name)?;
    let mut opened =
        Opened { slot: chosen.slot, head: chosen.head.clone(), spots: layout.spots(chosen.head.generation) };
    if !read_only {
        restore(disk, &layout, &chosen, &mut opened).map_err(failed("restoring the head of the file"))?;
    }
    Ok(opened)
}

/// Makes every copy of header and head whole again, each step durable before the next relies on it.
fn restore(disk: &impl Disk, layout: &Layout, chosen: &Chosen, opened: &mut Opened) -> io::Result<()> {
    let headers = layout.damaged_headers();
    for area in &headers {
        write_header(disk, *area)?;
    }
    for area in &chosen.rewrite {
        write_slot_copy(disk, chosen.slot, *area, &chosen.head)?;
    }
    if !headers.is_empty() || !chosen.rewrite.is_empty() {
        disk.sync_data()?;
    }
    if chosen.restore_other {
        opened.slot = chosen.slot.other();
        opened.head = chosen.restored();
        write_slot(disk, opened.slot, &opened.head)?;
        disk.sync_data()?;
    }
    Ok(())
}

/// Headers and slots as found in a file that is not empty.
pub(crate) struct Layout {
    headers: [Header; 2],
    pub(crate) slots: FoundSlots,
}

impl Layout {
    /// Reads both head areas. A copy that the disk cannot read counts as damaged.
    pub(crate) fn read(disk: &impl Disk, name: &str) -> Result<Self, GuardError> {
        let headers = Area::BOTH.map(|area| read_header(disk, area));
        let known = headers.iter().any(|header| matches!(header, Header::Known { .. }));
        let foreign = headers.iter().find_map(|header| match header {
            Header::Foreign { version } => Some(*version),
            Header::Known { .. } | Header::Damaged => None,
        });
        match (known, foreign) {
            (true, _) => {}
            (false, Some(found)) => return Err(GuardError::UnknownVersion { file: name.to_owned(), found }),
            (false, None) => return Err(GuardError::NotAGuardFile { file: name.to_owned() }),
        }
        Ok(Self { headers, slots: read_slots(disk) })
    }

    /// Chooses the head that counts, in a file that is long enough for it.
    pub(crate) fn choose(&self, disk: &impl Disk, name: &str) -> Result<Chosen, GuardError> {
        let file = name.to_owned();
        let found = match disk.len() {
            Ok(found) => found,
            Err(source) => return Err(GuardError::Io { file, action: "reading the length", source }),
        };
        let chosen = self.slots.choose();
        let expected = physical_bytes(chosen.as_ref().map_or(0, |chosen| chosen.head.len));
        if found < expected {
            return Err(GuardError::Truncated { file, expected, found });
        }
        chosen.map_err(|lost| GuardError::HeadDamaged { file, slot: lost.0.letter() })
    }

    fn damaged_headers(&self) -> Vec<Area> {
        let sound = Header::Known { verdict: Verdict::Sound };
        Area::BOTH.into_iter().zip(self.headers).filter(|(_, found)| *found != sound).map(|(area, _)| area).collect()
    }

    /// Lists what is not as it was written, given the generation that counts.
    pub(crate) fn spots(&self, counting: u64) -> Vec<Spot> {
        let mut spots = Vec::new();
        for (area, header) in Area::BOTH.into_iter().zip(self.headers) {
            let place = Place::Header { copy: area.number() };
            let offset = area.start() * PAGE;
            match header {
                Header::Known { verdict } => spots.extend(block_spot(place, offset, HEADER_BYTES, verdict)),
                Header::Foreign { .. } | Header::Damaged => {
                    spots.push(Spot { place, offset, finding: Finding::Unhealable });
                }
            }
        }
        for slot in SlotName::BOTH {
            for (area, found) in Area::BOTH.into_iter().zip(self.slots.slot(slot)) {
                let place = Place::Head { slot: slot.letter(), copy: area.number() };
                let offset = area.slot_page(slot) * PAGE;
                spots.extend(self.slot_spot(slot, found, counting, place, offset));
            }
        }
        spots
    }

    fn slot_spot(&self, slot: SlotName, found: &Found, counting: u64, place: Place, offset: u64) -> Option<Spot> {
        let finding = match found {
            Found::Valid { verdict: Verdict::Sound, head } => {
                let newest = self.slots.newest(slot);
                (newest != Some(head.generation)).then_some(Finding::Unfinished)
            }
            Found::Valid { verdict, .. } => return block_spot(place, offset, COPY_BYTES, *verdict),
            Found::Unreadable => Some(Finding::Unreadable),
            Found::Invalid { .. } if found.is_torn(counting) => Some(Finding::Unfinished),
            Found::Invalid { .. } => Some(Finding::Unhealable),
        };
        finding.map(|finding| Spot { place, offset, finding })
    }
}

/// Returns where the flip is that was healed in a block whose checksum is its last four bytes.
fn block_spot(place: Place, offset: u64, block_bytes: usize, verdict: Verdict) -> Option<Spot> {
    let (at, finding) = match verdict {
        Verdict::Sound => return None,
        Verdict::Unhealable => (0, Finding::Unhealable),
        Verdict::Healed(Flip::Block { byte, bit }) => (byte, Finding::FlippedBit { bit }),
        Verdict::Healed(Flip::Checksum { bit }) => {
            (block_bytes - 4 + usize::from(bit / 8), Finding::FlippedBit { bit: bit % 8 })
        }
    };
    Some(Spot { place, offset: offset + at as u64, finding })
}

fn read_header(disk: &impl Disk, area: Area) -> Header {
    let mut bytes = [0; HEADER_BYTES];
    match disk.read_exact_at(area.start() * PAGE, &mut bytes) {
        Ok(()) => header::decode(area.start(), &bytes),
        Err(_) => Header::Damaged,
    }
}

fn read_slots(disk: &impl Disk) -> FoundSlots {
    let copies = SlotName::BOTH.map(|slot| {
        Area::BOTH.map(|area| {
            let page = area.slot_page(slot);
            let mut bytes = [0; COPY_BYTES];
            match disk.read_exact_at(page * PAGE, &mut bytes) {
                Ok(()) => Found::decode(page, &bytes),
                Err(_) => Found::Unreadable,
            }
        })
    });
    FoundSlots { copies }
}

fn write_header(disk: &impl Disk, area: Area) -> io::Result<()> {
    disk.write_all_at(area.start() * PAGE, &header::encode(area.start()))
}

/// Creates the file: everything else first and durable, then the headers that make it a guard file.
fn create(disk: &impl Disk) -> Result<Opened, io::Error> {
    disk.set_len(0)?;
    disk.set_len(physical_bytes(0))?;
    disk.write_all_at(checksum_page_offset(0), &zero_group_entries(0)[..])?;
    write_slot(disk, SlotName::A, &Head::empty(FIRST_GENERATION))?;
    let head = Head::empty(FIRST_GENERATION + 1);
    write_slot(disk, SlotName::B, &head)?;
    disk.sync_data()?;
    for area in Area::BOTH {
        write_header(disk, area)?;
    }
    disk.sync_data()?;
    Ok(Opened { slot: SlotName::B, head, spots: Vec::new() })
}

/// Returns whether there is no file yet: it is empty, or its creation was interrupted, so that it has no complete header, is
/// no longer than a new file, and nothing in it was ever written for redb.
fn is_new(disk: &impl Disk) -> io::Result<bool> {
    let file_bytes = disk.len()?;
    if file_bytes > physical_bytes(0) {
        return Ok(false);
    }
    for area in Area::BOTH {
        if !is_begun_header(disk, area, file_bytes)? {
            return Ok(false);
        }
    }
    let slots = read_slots(disk);
    let has_content =
        slots.copies.iter().flatten().any(|found| matches!(found, Found::Valid { head, .. } if head.len > 0));
    Ok(!has_content && has_pristine_checksums(disk, file_bytes)?)
}

/// Returns whether the checksum page of the first group is that of a new file, whole or in part, or not there yet.
fn has_pristine_checksums(disk: &impl Disk, file_bytes: u64) -> io::Result<bool> {
    let offset = checksum_page_offset(0);
    if file_bytes < offset + PAGE {
        return Ok(true);
    }
    let mut found = [0; PAGE_BYTES];
    disk.read_exact_at(offset, &mut found)?;
    let pristine = zero_group_entries(0);
    Ok(found.chunks_exact(4).zip(pristine.chunks_exact(4)).all(|(found, new)| found == new || found == [0; 4]))
}

/// Returns whether a header was not written yet, or only in part.
fn is_begun_header(disk: &impl Disk, area: Area, file_bytes: u64) -> io::Result<bool> {
    let offset = area.start() * PAGE;
    let mut found = [0; HEADER_BYTES];
    let there = file_bytes.saturating_sub(offset).min(HEADER_BYTES as u64);
    let there = usize::try_from(there).expect("at most the length of a header");
    if there > 0 {
        disk.read_exact_at(offset, &mut found[..there])?;
    }
    let complete = header::encode(area.start());
    Ok(found.iter().zip(complete).all(|(found, complete)| *found == complete || *found == 0))
}
