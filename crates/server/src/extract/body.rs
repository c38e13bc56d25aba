//! Reading one body.
//!
//! Owns the limits: a body that announces too much is refused unread, one that turns out too large is dropped when
//! it does, one that stops coming is given up. Each byte is copied once, from the connection's buffer into the
//! vector that goes to the journal.

use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use spanstone_model::Limits;

use super::budget::{Budget, NoRoom, Reservation};
use super::inflate::{InflateError, Packing, inflate};
use crate::error::{Code, Failure};

/// How long the next piece of a body may take. SDKs give up after 5 to 20 s.
const PIECE_WAIT: Duration = Duration::from_secs(10);
/// How long a whole body may take.
const BODY_WAIT: Duration = Duration::from_secs(60);

/// Which limit a body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLimit {
    /// A batch of ingestion events.
    Batch,
    /// An OTLP export.
    Otlp,
    /// An e-mail address and a password.
    SignIn,
    /// Anything else.
    Other,
}

/// The largest body of a sign-in, in bytes: its sender is nobody yet.
const SIGN_IN_BYTES_MAX: usize = 4_096;

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is.
    Identity,
    /// Packed.
    Packed(Packing),
}

/// The names of what can be unpacked, for whoever sent something else.
pub(crate) const ENCODINGS: &str = "gzip, zstd, deflate, identity";

/// A body as it came, and the memory it holds.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    encoding: Encoding,
    limit: BodyLimit,
    bytes_max: usize,
    reservation: Reservation,
}

impl BodyLimit {
    /// The limit in bytes.
    pub(crate) fn bytes_max(self, limits: &Limits) -> usize {
        match self {
            Self::Batch => limits.batch_body_bytes_max,
            Self::Otlp => limits.otlp_body_bytes_max,
            Self::SignIn => SIGN_IN_BYTES_MAX,
            Self::Other => limits.other_body_bytes_max,
        }
    }

    fn exceeded(self, bytes_max: usize) -> Failure {
        let message = match self {
            // The text of the web framework beneath Langfuse, megabytes and all.
            Self::Batch => format!("Body exceeded {}mb limit", megabytes(bytes_max)),
            Self::Otlp | Self::SignIn | Self::Other => {
                format!("the body is larger than {bytes_max} bytes; send less at once")
            }
        };
        Failure::new(Code::BodyTooLarge, message)
    }
}

impl Encoding {
    /// Reads the `Content-Encoding` header. A list may name one packing, and `identity` as often as it likes.
    ///
    /// # Errors
    /// Fails on a packing that is not known, and on two of them, one in the other.
    pub(crate) fn parse(header: Option<&str>) -> Result<Self, Failure> {
        let mut found = Self::Identity;
        for name in header.unwrap_or_default().split(',').map(str::trim) {
            let packing = match name.to_ascii_lowercase().as_str() {
                "" | "identity" => continue,
                "gzip" | "x-gzip" => Packing::Gzip,
                "zstd" => Packing::Zstd,
                "deflate" => Packing::Deflate,
                _ => {
                    let message = format!("content encoding `{name}` is not supported; send one of {ENCODINGS}");
                    return Err(Failure::invalid(message));
                }
            };
            if found != Self::Identity {
                let message = format!("the body is packed more than once (`{name}`); send one of {ENCODINGS}");
                return Err(Failure::invalid(message));
            }
            found = Self::Packed(packing);
        }
        Ok(found)
    }
}

impl Body {
    /// Reads a body to its end. `announced` is the length that the request's headers tell.
    ///
    /// # Errors
    /// Fails when the body is too large, too slow or cut off, and when there is no memory for it now.
    pub(crate) async fn read<S>(
        mut pieces: S,
        announced: Option<usize>,
        encoding: Encoding,
        limit: BodyLimit,
        limits: &Limits,
        budget: &Budget,
    ) -> Result<Self, Failure>
    where
        S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    {
        let bytes_max = limit.bytes_max(limits);
        if announced.is_some_and(|length| length > bytes_max) {
            return Err(limit.exceeded(bytes_max));
        }
        let mut reservation = budget.reserve_nothing().map_err(no_room)?;
        let mut reserved = announced.unwrap_or(0);
        reservation.grow(reserved).await.map_err(no_room)?;
        let mut bytes = Vec::with_capacity(reserved);
        let deadline = tokio::time::Instant::now() + BODY_WAIT;
        loop {
            let wait = deadline.min(tokio::time::Instant::now() + PIECE_WAIT);
            let piece = tokio::time::timeout_at(wait, pieces.next()).await.map_err(|_| too_slow())?;
            let Some(piece) = piece else { break };
            let piece = piece.map_err(|error| cut_off(&error))?;
            let length = bytes.len() + piece.len();
            if length > bytes_max {
                return Err(limit.exceeded(bytes_max));
            }
            if length > reserved {
                reservation.grow(length - reserved).await.map_err(no_room)?;
                reserved = length;
            }
            bytes.extend_from_slice(&piece);
        }
        budget.observe();
        Ok(Self { bytes, encoding, limit, bytes_max, reservation })
    }

    /// The same body without the mark at its start, which `is_packed` reads together with what follows it.
    ///
    /// # Errors
    /// Fails as `is_packed` does, and when what is packed does not say how.
    pub(crate) fn framed(
        self,
        mark_bytes: usize,
        encoding: Encoding,
        is_packed: fn(&[u8]) -> Result<bool, Failure>,
    ) -> Result<Self, Failure> {
        let encoding = match (is_packed(&self.bytes)?, encoding) {
            (false, _) => Encoding::Identity,
            (true, Encoding::Identity) => {
                return Err(Failure::invalid("the message is packed, but no header says how"));
            }
            (true, packed) => packed,
        };
        let Self { mut bytes, encoding: _, limit, bytes_max, reservation } = self;
        bytes.drain(..mark_bytes);
        Ok(Self { bytes, encoding, limit, bytes_max, reservation })
    }

    /// Unpacks the body. Takes time: not for the threads that serve connections.
    ///
    /// # Errors
    /// Fails when it is packed wrongly, or when it unpacks to more than its limit.
    pub(crate) fn unpack(self) -> Result<(Vec<u8>, Reservation), Failure> {
        let Self { bytes, encoding, limit, bytes_max, mut reservation } = self;
        match encoding {
            Encoding::Identity => Ok((bytes, reservation)),
            Encoding::Packed(packing) => match inflate(packing, &bytes, bytes_max, &mut reservation) {
                Ok(inflated) => Ok((inflated, reservation)),
                Err(InflateError::Damaged) => Err(Failure::invalid("Failed to decompress request body")),
                Err(InflateError::TooLarge) => Err(limit.exceeded(bytes_max)),
                Err(InflateError::NoRoom) => Err(no_room(NoRoom)),
            },
        }
    }
}

/// Reads on in a body that nobody holds in memory as a whole: what comes next of it, until it is about `bytes` long; nothing
/// at its end.
///
/// # Errors
/// Fails when the body is too slow or cut off.
pub(crate) async fn pieces<S>(body: &mut S, bytes: usize) -> Result<Option<Vec<u8>>, Failure>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let mut read = Vec::new();
    while read.len() < bytes {
        let piece = tokio::time::timeout(PIECE_WAIT, body.next()).await.map_err(|_| too_slow())?;
        let Some(piece) = piece else { break };
        read.extend_from_slice(&piece.map_err(|error| cut_off(&error))?);
    }
    Ok((!read.is_empty()).then_some(read))
}

fn no_room(_: NoRoom) -> Failure {
    Failure::unavailable("too many requests are in memory; try again in a moment")
}

fn too_slow() -> Failure {
    Failure::new(Code::BodyTimeout, "the body did not arrive in time")
}

fn cut_off(error: &PayloadError) -> Failure {
    tracing::debug!(%error, "a request body was cut off");
    Failure::invalid("Failed to read request body")
}

/// Langfuse's way to write its limit: 4.5.
fn megabytes(bytes: usize) -> String {
    let tenths = bytes / 100_000;
    if tenths.is_multiple_of(10) { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn limits() -> Limits {
        Limits { batch_body_bytes_max: 10, ..Limits::default() }
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(future)
    }

    fn read(pieces: &[&'static str], announced: Option<usize>, budget: &Budget) -> Result<Vec<u8>, u16> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        let (pieces, limits) = (stream::iter(pieces), limits());
        let body = Body::read(pieces, announced, Encoding::Identity, BodyLimit::Batch, &limits, budget);
        let body = run(body).and_then(Body::unpack).map(|(bytes, _)| bytes);
        body.map_err(|failure| failure.status().as_u16())
    }

    #[test]
    fn a_body_may_be_as_large_as_its_limit() {
        let budget = Budget::new(1_000);
        assert_eq!(read(&["12345", "67890"], None, &budget), Ok(b"1234567890".to_vec()));
        assert_eq!(read(&["12345", "678901"], None, &budget), Err(413));
        assert_eq!(read(&[], Some(11), &budget), Err(413), "refused unread");
        assert_eq!(read(&["1"], Some(1), &budget), Ok(b"1".to_vec()));
        assert_eq!(budget.in_flight(), 0);
    }

    #[test]
    fn a_body_that_finds_no_memory_is_told_to_come_again() {
        assert_eq!(read(&["12345"], Some(5), &Budget::new(4)), Err(503));
        assert_eq!(read(&["12345"], None, &Budget::new(4)), Err(503));
    }

    #[test]
    fn a_body_that_stops_coming_is_given_up() {
        let budget = Budget::new(1_000);
        let pieces = stream::iter([Ok(Bytes::from_static(b"1"))]).chain(stream::pending());
        let limits = limits();
        let body = Body::read(pieces, Some(5), Encoding::Identity, BodyLimit::Batch, &limits, &budget);
        assert_eq!(run(body).expect_err("given up").status().as_u16(), 408);
        assert_eq!(budget.in_flight(), 0);
    }

    #[test]
    fn a_body_that_trickles_is_given_up_after_a_minute() {
        let budget = Budget::new(1_000);
        let pieces = stream::repeat_with(|| Ok(Bytes::new())).then(|piece| async {
            tokio::time::sleep(PIECE_WAIT / 2).await;
            piece
        });
        let limits = limits();
        let body = Body::read(Box::pin(pieces), None, Encoding::Identity, BodyLimit::Batch, &limits, &budget);
        assert_eq!(run(body).expect_err("given up").status().as_u16(), 408);
    }

    #[test]
    fn the_limit_is_told_in_langfuses_words() {
        let failure = BodyLimit::Batch.exceeded(4_500_000);
        assert!(format!("{failure:?}").contains("Body exceeded 4.5mb limit"));
        assert_eq!(megabytes(3_000_000), "3");
    }

    #[test]
    fn one_packing_is_undone() {
        let parsed = |header| Encoding::parse(Some(header)).map_err(|failure| failure.status().as_u16());
        assert_eq!(Encoding::parse(None).expect("none"), Encoding::Identity);
        assert_eq!(parsed(""), Ok(Encoding::Identity));
        assert_eq!(parsed("x-GZIP"), Ok(Encoding::Packed(Packing::Gzip)));
        assert_eq!(parsed("identity, zstd"), Ok(Encoding::Packed(Packing::Zstd)));
        assert_eq!(parsed("deflate"), Ok(Encoding::Packed(Packing::Deflate)));
        assert_eq!(parsed("br"), Err(400));
        assert_eq!(parsed("gzip, zstd"), Err(400));
        assert_eq!(parsed("gzip, gzip"), Err(400));
    }
}
