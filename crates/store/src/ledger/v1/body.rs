//! Bodies: compressed on arrival, checked before they are acknowledged, checked again whenever they are read.

use std::io::Read;

use super::{BODY_BYTES_MAX, Fault};

/// Chosen by measurement; see `docs/ON_DISK_FORMAT.md`.
const LEVEL: i32 = 1;
/// How much of a body is decompressed at a time.
const WINDOW_BYTES: usize = 128 * 1024;

/// What a frame's head says about the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The length of the body as stored.
    pub stored_bytes: u32,
    /// The length of the body as it arrived.
    pub body_bytes: u32,
    /// The CRC-32 of the body as it arrived.
    pub body_crc: u32,
}

/// A request body, compressed, and verified to decompress to what arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedBody {
    stored: Vec<u8>,
    size: Size,
}

/// A request body as it was found in the journal: compressed, and not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBody {
    pub(super) stored: Vec<u8>,
    pub(super) size: Size,
}

/// Why a body cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyMismatch {
    /// It is longer than the format can say.
    #[error("a body of {bytes} bytes is too long; the journal takes up to {BODY_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// What was compressed does not decompress to what arrived.
    #[error("a body changed in memory while it was compressed; send it again, and test this machine's memory")]
    Changed,
}

impl EncodedBody {
    /// Compresses a body, decompresses the result piece by piece and compares it with what arrived.
    ///
    /// # Errors
    /// Fails when the body is longer than [`BODY_BYTES_MAX`], or when memory changed it on the way.
    pub fn encode(body: &[u8]) -> Result<Self, BodyMismatch> {
        let too_long = BodyMismatch::TooLong { bytes: body.len() };
        if body.len() > BODY_BYTES_MAX {
            return Err(too_long);
        }
        let body_crc = crc32fast::hash(body);
        // Compression itself cannot fail: the buffer is as large as zstd's own bound.
        let stored = zstd::bulk::compress(body, LEVEL).map_err(|_| BodyMismatch::Changed)?;
        decompress(&stored, body.len(), body_crc, |_| ()).map_err(|_| BodyMismatch::Changed)?;
        let size = Size {
            stored_bytes: u32::try_from(stored.len()).map_err(|_| too_long)?,
            body_bytes: u32::try_from(body.len()).map_err(|_| too_long)?,
            body_crc,
        };
        Ok(Self { stored, size })
    }

    /// How many bytes it takes in the journal.
    #[must_use]
    pub fn stored_len(&self) -> usize {
        self.stored.len()
    }

    /// What the frame's head says about it.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// The body as it will be stored.
    pub(crate) fn stored(&self) -> &[u8] {
        &self.stored
    }
}

impl StoredBody {
    /// Decompresses the body and checks it against what arrived.
    ///
    /// # Errors
    /// Fails unless it is one zstd frame of exactly the length and the checksum that its head gives.
    pub fn restore(&self) -> Result<Vec<u8>, Fault> {
        let body_bytes = usize::try_from(self.size.body_bytes).unwrap_or(usize::MAX);
        // The length is believed only as far as the compressed bytes make it plausible.
        let mut body = Vec::with_capacity(body_bytes.min(self.stored.len().saturating_mul(64)));
        decompress(&self.stored, body_bytes, self.size.body_crc, |piece| {
            body.extend_from_slice(piece);
        })?;
        Ok(body)
    }

    /// How many bytes it takes in the journal.
    pub(crate) fn stored_len(&self) -> usize {
        self.stored.len()
    }
}

fn decompress(stored: &[u8], body_bytes: usize, body_crc: u32, mut take: impl FnMut(&[u8])) -> Result<(), Fault> {
    const BROKEN: Fault = Fault::Body("the stored body does not decompress");
    const WRONG_LENGTH: Fault = Fault::Body("the stored body decompresses to a different length");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(stored).map_err(|_| BROKEN)?.single_frame();
    // One byte more than there should be, so that a body that fits is read in one step and its end is seen.
    let mut window = vec![0; WINDOW_BYTES.min(body_bytes + 1)];
    let mut hasher = crc32fast::Hasher::new();
    let mut length = 0;
    loop {
        let read = decoder.read(&mut window).map_err(|_| BROKEN)?;
        if read == 0 {
            break;
        }
        length += read;
        if length > body_bytes {
            return Err(WRONG_LENGTH);
        }
        hasher.update(&window[..read]);
        take(&window[..read]);
    }
    if !decoder.finish().is_empty() {
        return Err(Fault::Body("bytes follow the stored body"));
    }
    if length != body_bytes {
        return Err(WRONG_LENGTH);
    }
    if hasher.finalize() != body_crc {
        return Err(Fault::Body("the body is not what arrived: its checksum does not match"));
    }
    Ok(())
}
