//! Writing sections into a file, all of them at the same time.
//!
//! Owns the order of the file: a chunk takes the next free pages when it is full.

use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use redb::StorageBackend;
use spanstone_guard::PAGE_BYTES;

use super::section::{CHUNK_HEADER_BYTES, CHUNK_PAGES, CHUNK_PAYLOAD_BYTES, ChunkHeader, Extent, Section};

/// How much the device grows at a time: a group of the guard, so that it has no half-used group to clear.
const GROWTH_PAGES: u32 = 1_024;

/// The pages of a segment that is being written. Page 0 stays zero until [`Pages::finish`].
#[derive(Debug)]
pub(crate) struct Pages {
    device: Box<dyn StorageBackend>,
    segment: u64,
    place: Mutex<Place>,
}

#[derive(Debug)]
struct Place {
    /// The next free page.
    next: u32,
    /// How many pages the device has.
    grown: u32,
}

impl Pages {
    /// The pages of an empty device.
    pub(crate) fn new(device: Box<dyn StorageBackend>, segment: u64) -> Self {
        Self { device, segment, place: Mutex::new(Place { next: 1, grown: 0 }) }
    }

    /// A new section.
    pub(crate) fn section(self: &Arc<Self>, section: Section) -> SectionSink {
        SectionSink { pages: Arc::clone(self), section, buffer: Vec::new(), extent: Extent::default() }
    }

    /// How many pages are taken, page 0 included.
    pub(crate) fn taken(&self) -> u32 {
        self.place.lock().next
    }

    /// The device, once no section is being written any more.
    #[cfg(test)]
    pub(crate) fn into_device(self: Arc<Self>) -> Box<dyn StorageBackend> {
        Arc::into_inner(self).expect("all sections are finished").device
    }

    /// Makes everything durable, and then the header page that makes it count.
    pub(crate) fn finish(&self, header_page: &[u8; PAGE_BYTES]) -> io::Result<()> {
        self.device.set_len(u64::from(self.taken()) * PAGE_BYTES as u64)?;
        self.device.sync_data()?;
        self.device.write(0, header_page)?;
        self.device.sync_data()
    }

    /// Appends a chunk and says at which page.
    fn append(&self, chunk: &[u8]) -> io::Result<u32> {
        let mut place = self.place.lock();
        let pages = u32::try_from(chunk.len() / PAGE_BYTES).expect("a chunk has a few pages");
        let page = place.next;
        let end = page.checked_add(pages).filter(|end| *end <= u32::MAX - GROWTH_PAGES);
        let end = end.ok_or_else(|| io::Error::other(format!("a segment has {} pages at most", u32::MAX)))?;
        if end > place.grown {
            let grown = end.next_multiple_of(GROWTH_PAGES);
            self.device.set_len(u64::from(grown) * PAGE_BYTES as u64)?;
            place.grown = grown;
        }
        self.device.write(u64::from(page) * PAGE_BYTES as u64, chunk)?;
        place.next = end;
        Ok(page)
    }
}

/// A section that is being written. Its bytes are in the file when it has been [finished](SectionSink::finish).
#[derive(Debug)]
pub(crate) struct SectionSink {
    pages: Arc<Pages>,
    section: Section,
    /// The chunk that is being filled: room for its header, then its payload.
    buffer: Vec<u8>,
    extent: Extent,
}

impl SectionSink {
    /// Writes what is left, and says where the section is.
    pub(crate) fn finish(mut self) -> io::Result<(Section, Extent)> {
        self.write_chunk()?;
        Ok((self.section, self.extent))
    }

    fn write_chunk(&mut self) -> io::Result<()> {
        if self.buffer.len() <= CHUNK_HEADER_BYTES {
            return Ok(());
        }
        let (_, payload) = self.buffer.split_at(CHUNK_HEADER_BYTES);
        let payload_bytes = payload.len();
        let header = ChunkHeader { section: self.section, segment: self.pages.segment, index: self.extent.chunks() };
        let header = header.encode(payload);
        self.buffer[..CHUNK_HEADER_BYTES].copy_from_slice(&header);
        self.buffer.resize(self.buffer.len().next_multiple_of(PAGE_BYTES), 0);
        let page = self.pages.append(&self.buffer)?;
        self.extent.push(page, payload_bytes);
        self.buffer.clear();
        Ok(())
    }
}

impl Write for SectionSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.is_empty() {
            self.buffer.reserve_exact(CHUNK_PAGES as usize * PAGE_BYTES);
            self.buffer.resize(CHUNK_HEADER_BYTES, 0);
        }
        let room = CHUNK_HEADER_BYTES + CHUNK_PAYLOAD_BYTES - self.buffer.len();
        let (now, _) = bytes.split_at(room.min(bytes.len()));
        self.buffer.extend_from_slice(now);
        if now.len() == room {
            self.write_chunk()?;
        }
        Ok(now.len())
    }

    /// Bytes that fill no chunk stay: a section has one short chunk, its last.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
