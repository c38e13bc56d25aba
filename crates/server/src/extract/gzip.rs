//! Inflation under a limit.

use std::io::{BufRead, Read};

use flate2::bufread::MultiGzDecoder;

use super::budget::Reservation;

/// Why a body was not inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InflateError {
    /// It is not gzip, or it is cut or damaged.
    Damaged,
    /// It inflates to more than the limit.
    TooLarge,
    /// There is no memory for it now.
    NoRoom,
}

/// How much more memory is reserved at a time.
const STEP: usize = 256 * 1024;

/// Inflates gzip, of one member or several; stops as soon as more than `limit` bytes have come out.
pub(super) fn inflate(compressed: &[u8], limit: usize, reservation: &mut Reservation) -> Result<Vec<u8>, InflateError> {
    let mut decoder = MultiGzDecoder::new(compressed);
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
            return finish(decoder.into_inner(), inflated);
        }
    }
}

/// Nothing may be left over: bytes after the last member mean that this is something else.
fn finish(mut rest: impl BufRead, inflated: Vec<u8>) -> Result<Vec<u8>, InflateError> {
    match rest.fill_buf() {
        Ok([]) => Ok(inflated),
        _ => Err(InflateError::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;
    use crate::extract::budget::Budget;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    fn inflated(compressed: &[u8], limit: usize, room: usize) -> Result<Vec<u8>, InflateError> {
        let mut reservation = Budget::new(room).reserve_nothing().expect("nothing always fits");
        inflate(compressed, limit, &mut reservation)
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![0; 50_000_000]);
        assert!(bomb.len() < 60_000);
        assert_eq!(inflated(&bomb, 1_000_000, usize::MAX >> 4), Err(InflateError::TooLarge));
        assert_eq!(inflated(&bomb, 49_999_999, usize::MAX >> 4), Err(InflateError::TooLarge));
        assert_eq!(inflated(&bomb, 50_000_000, usize::MAX >> 4).map(|data| data.len()), Ok(50_000_000));
        assert_eq!(inflated(&bomb, 50_000_000, 1_000_000), Err(InflateError::NoRoom));
    }

    #[test]
    fn several_members_are_one_body() {
        let members = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(inflated(&members, 100, 1_000_000), Ok(b"one two".to_vec()));
    }

    #[test]
    fn what_is_cut_damaged_or_something_else_is_refused() {
        let whole = gzip(b"some text that is long enough to be compressed, compressed, compressed");
        assert_eq!(inflated(&whole[..whole.len() - 1], 1_000, 1_000_000), Err(InflateError::Damaged));
        assert_eq!(inflated(b"{}", 1_000, 1_000_000), Err(InflateError::Damaged));
        assert_eq!(inflated(b"", 1_000, 1_000_000), Err(InflateError::Damaged));
        assert_eq!(inflated(&[whole, b"x".to_vec()].concat(), 1_000, 1_000_000), Err(InflateError::Damaged));
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(data: Vec<u8>) {
            prop_assert_eq!(inflated(&gzip(&data), data.len(), 10_000_000), Ok(data));
        }

        #[test]
        fn no_bytes_make_it_panic(data: Vec<u8>) {
            let _ = inflated(&data, 1_000, 1_000_000);
        }
    }
}
