//! Inflation under a limit.

use std::io::{self, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

use super::budget::Reservation;

/// How a body is packed, when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// gzip, of one member or several.
    Gzip,
    /// zstd, of one frame or several.
    Zstd,
    /// HTTP's `deflate`: a zlib stream.
    Deflate,
}

/// Why a body was not inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InflateError {
    /// It is packed in another way, or it is cut or damaged.
    Damaged,
    /// It inflates to more than the limit.
    TooLarge,
    /// There is no memory for it now.
    NoRoom,
}

/// How much more memory is reserved at a time.
const STEP: usize = 256 * 1024;
/// The largest window of zstd, as a power of two: 8 MiB, what RFC 8878 has every decoder support. Memory for it is touched
/// only as far as the body reaches.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Inflates a body; stops as soon as more than `limit` bytes have come out.
pub(super) fn inflate(
    packing: Packing,
    packed: &[u8],
    limit: usize,
    reservation: &mut Reservation,
) -> Result<Vec<u8>, InflateError> {
    // Nothing at all is a valid series of no zstd frames, but no body that anybody packed.
    if packed.is_empty() {
        return Err(InflateError::Damaged);
    }
    let mut rest = packed;
    let inflated = match packing {
        Packing::Gzip => drain(MultiGzDecoder::new(&mut rest), limit, reservation),
        Packing::Deflate => drain(ZlibDecoder::new(&mut rest), limit, reservation),
        Packing::Zstd => drain(zstd_decoder(&mut rest).map_err(|_| InflateError::Damaged)?, limit, reservation),
    }?;
    // Bytes after the end mean that this is something else.
    if rest.is_empty() { Ok(inflated) } else { Err(InflateError::Damaged) }
}

fn zstd_decoder(packed: &mut &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

fn drain(mut decoder: impl Read, limit: usize, reservation: &mut Reservation) -> Result<Vec<u8>, InflateError> {
    let mut inflated = Vec::new();
    loop {
        let room = STEP.min(limit - inflated.len() + 1);
        reservation.try_grow(room).map_err(|_| InflateError::NoRoom)?;
        inflated.reserve(room);
        let read = decoder.by_ref().take(room as u64).read_to_end(&mut inflated);
        let count = read.map_err(|_| InflateError::Damaged)?;
        if inflated.len() > limit {
            return Err(InflateError::TooLarge);
        }
        if count < room {
            return Ok(inflated);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;
    use crate::extract::budget::Budget;

    const PACKINGS: [Packing; 3] = [Packing::Gzip, Packing::Zstd, Packing::Deflate];

    fn packed(packing: Packing, data: &[u8]) -> Vec<u8> {
        match packing {
            Packing::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(data).expect("memory takes it");
                encoder.finish().expect("memory takes it")
            }
            Packing::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(data).expect("memory takes it");
                encoder.finish().expect("memory takes it")
            }
            Packing::Zstd => zstd::encode_all(data, 3).expect("memory takes it"),
        }
    }

    fn inflated(packing: Packing, packed: &[u8], limit: usize, room: usize) -> Result<Vec<u8>, InflateError> {
        let mut reservation = Budget::new(room).reserve_nothing().expect("nothing always fits");
        inflate(packing, packed, limit, &mut reservation)
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        for packing in PACKINGS {
            let bomb = packed(packing, &vec![0; 50_000_000]);
            assert!(bomb.len() < 60_000);
            let inflated = |limit, room| inflated(packing, &bomb, limit, room).map(|data| data.len());
            assert_eq!(inflated(1_000_000, usize::MAX >> 4), Err(InflateError::TooLarge), "{packing:?}");
            assert_eq!(inflated(49_999_999, usize::MAX >> 4), Err(InflateError::TooLarge), "{packing:?}");
            assert_eq!(inflated(50_000_000, usize::MAX >> 4), Ok(50_000_000), "{packing:?}");
            assert_eq!(inflated(50_000_000, 1_000_000), Err(InflateError::NoRoom), "{packing:?}");
        }
    }

    #[test]
    fn a_window_beyond_eight_mebibytes_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.window_log(24).expect("a window");
        encoder.write_all(&[0; 100]).expect("memory takes it");
        let wide = encoder.finish().expect("memory takes it");
        assert_eq!(inflated(Packing::Zstd, &wide, 1_000, 1_000_000), Err(InflateError::Damaged));
    }

    #[test]
    fn several_members_are_one_body() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let members = [packed(packing, b"one "), packed(packing, b"two")].concat();
            assert_eq!(inflated(packing, &members, 100, 1_000_000), Ok(b"one two".to_vec()), "{packing:?}");
        }
    }

    #[test]
    fn what_is_cut_damaged_or_something_else_is_refused() {
        for packing in PACKINGS {
            let whole = packed(packing, b"some text that is long enough to be compressed, compressed, compressed");
            let inflated = |packed: &[u8]| inflated(packing, packed, 1_000, 1_000_000);
            assert_eq!(inflated(&whole[..whole.len() - 1]), Err(InflateError::Damaged), "{packing:?}");
            assert_eq!(inflated(b"{}"), Err(InflateError::Damaged), "{packing:?}");
            assert_eq!(inflated(b""), Err(InflateError::Damaged), "{packing:?}");
            assert_eq!(inflated(&[whole, b"x".to_vec()].concat()), Err(InflateError::Damaged), "{packing:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(data: Vec<u8>) {
            for packing in PACKINGS {
                let back = inflated(packing, &packed(packing, &data), data.len(), 10_000_000);
                prop_assert_eq!(back.as_ref(), Ok(&data), "{:?}", packing);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(data: Vec<u8>) {
            for packing in PACKINGS {
                let _ = inflated(packing, &data, 1_000, 1_000_000);
            }
        }
    }
}
