//! Reading sections.
//!
//! Every page that is read was verified by the guard. What is read once and decides how the rest is read (index, Parquet
//! footers, keys) is read by whole chunks and verified against their checksums, too.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use redb::StorageBackend;
use spanstone_guard::PAGE_BYTES;

use super::section::{CHUNK_HEADER_BYTES, CHUNK_PAYLOAD_BYTES, ChunkHeader, Extent, Section};

const STREAM_BUFFER_BYTES: usize = 16 * 1024;

/// A section that can be read from anywhere. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    device: Arc<dyn StorageBackend>,
    segment: u64,
    section: Section,
    extent: Arc<Extent>,
    /// Whether whole chunks are read and their checksums compared.
    checking: bool,
}

impl Source {
    pub(crate) fn new(device: Arc<dyn StorageBackend>, segment: u64, section: Section, extent: Arc<Extent>) -> Self {
        Self { device, segment, section, extent, checking: false }
    }

    /// The same, comparing the checksum of every chunk that it reads.
    pub(crate) fn checking(&self) -> Self {
        Self { checking: true, ..self.clone() }
    }

    /// Its name in messages.
    pub(crate) fn name(&self) -> &'static str {
        self.section.name()
    }

    /// Its length in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.extent.bytes
    }

    /// How many chunks it has.
    pub(crate) fn chunks(&self) -> u32 {
        self.extent.chunks()
    }

    /// The page at which a chunk begins.
    pub(crate) fn page_of(&self, chunk: u32) -> Option<u32> {
        self.extent.page_of(chunk)
    }

    /// Reads a range of its bytes.
    pub(crate) fn read(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.bytes());
        if end.is_none() {
            let message = format!("{length} bytes at {start} of {} are beyond its {}", self.name(), self.bytes());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let mut out = vec![0; length];
        let mut done = 0;
        while done < length {
            let at = start + done as u64;
            let chunk = u32::try_from(at / CHUNK_PAYLOAD_BYTES as u64).expect("an extent has fewer chunks than pages");
            let within = usize::try_from(at % CHUNK_PAYLOAD_BYTES as u64).expect("less than a chunk");
            let count = (CHUNK_PAYLOAD_BYTES - within).min(length - done);
            let piece = &mut out[done..done + count];
            if self.checking {
                piece.copy_from_slice(&self.read_chunk(chunk)?[within..within + count]);
            } else {
                self.device.read(self.offset_of(chunk)? + (CHUNK_HEADER_BYTES + within) as u64, piece)?;
            }
            done += count;
        }
        Ok(out)
    }

    /// Reads the payload of a chunk and compares its checksum.
    pub(crate) fn read_chunk(&self, chunk: u32) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; CHUNK_HEADER_BYTES + self.extent.payload_bytes(chunk)];
        self.device.read(self.offset_of(chunk)?, &mut bytes)?;
        let header = ChunkHeader { section: self.section, segment: self.segment, index: chunk };
        let payload = header.check(&bytes).map_err(|what| {
            io::Error::new(io::ErrorKind::InvalidData, format!("chunk {chunk} of {}: {what}", self.name()))
        })?;
        if payload.len() + CHUNK_HEADER_BYTES != bytes.len() {
            let message = format!("chunk {chunk} of {} is {} bytes long", self.name(), payload.len());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        bytes.drain(..CHUNK_HEADER_BYTES);
        Ok(bytes)
    }

    fn offset_of(&self, chunk: u32) -> io::Result<u64> {
        let page = self.extent.page_of(chunk).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{} has no chunk {chunk}", self.name()))
        })?;
        Ok(u64::from(page) * PAGE_BYTES as u64)
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.bytes()
    }
}

impl ChunkReader for Source {
    type T = BufReader<Stream>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::with_capacity(STREAM_BUFFER_BYTES, Stream { source: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.read(start, length).map(Bytes::from).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

/// A section that is read from some place on.
#[derive(Debug)]
pub(crate) struct Stream {
    source: Source,
    at: u64,
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = self.source.bytes().saturating_sub(self.at);
        let count = usize::try_from(rest).unwrap_or(usize::MAX).min(out.len());
        out[..count].copy_from_slice(&self.source.read(self.at, count)?);
        self.at += count as u64;
        Ok(count)
    }
}
