//! Answers that are packed on their way out, for clients that take that.
//!
//! Owns which answers are worth it, and the packing itself: a piece at a time, as the connection takes it, so that a large
//! answer holds up nobody else on its thread and no more than a piece of it is in memory twice.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// How large an answer must be for its packing to be worth the time.
const BYTES_MIN: usize = 8 * 1024;
/// How much is packed at a time: about two milliseconds' work.
const STEP_BYTES: usize = 128 * 1024;
/// Fast, and smaller than nothing by far: what is sent is JSON that is read once.
const GZIP_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 1;

/// Packs an answer of JSON that is large, if the client takes a packing that we know.
pub(crate) fn pack(answer: HttpResponse, request: &HeaderMap) -> HttpResponse {
    let is_json = answer.headers().get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    let is_large = matches!(answer.body().size(), BodySize::Sized(size) if size >= BYTES_MIN as u64);
    if !is_json || !is_large || answer.headers().contains_key(CONTENT_ENCODING) {
        return answer;
    }
    let packing = Packing::wanted(request);
    let mut answer = answer.map_body(|_, body| match (packing, body.try_into_bytes()) {
        (Some(packing), Ok(bytes)) => BoxBody::new(Packed::new(packing, bytes)),
        (None, Ok(bytes)) => BoxBody::new(bytes),
        (_, Err(body)) => body,
    });
    let headers = answer.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(packing) = packing {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(packing.name()));
        headers.remove(CONTENT_LENGTH);
    }
    answer
}

/// How an answer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Zstd,
    Gzip,
}

impl Packing {
    /// What a client takes; of several what costs us least.
    fn wanted(request: &HeaderMap) -> Option<Self> {
        let lists = || request.get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
        let takes = |packing: &Self| lists().flat_map(|list| list.split(',')).any(|entry| packing.is_in(entry));
        [Self::Zstd, Self::Gzip].into_iter().find(takes)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// Whether an entry names it, and does not say that it is not wanted.
    fn is_in(self, entry: &str) -> bool {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        name.eq_ignore_ascii_case(self.name()) && weight.is_ok_and(|weight| weight > 0.0)
    }
}

/// A body that is packed while it is sent.
struct Packed {
    rest: Bytes,
    /// Nothing when everything was given.
    encoder: Option<Encoder>,
}

enum Encoder {
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Packed {
    fn new(packing: Packing, rest: Bytes) -> Self {
        let gzip = || Encoder::Gzip(GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL)));
        let encoder = match packing {
            Packing::Gzip => gzip(),
            Packing::Zstd => {
                zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL).map_or_else(|_| gzip(), Encoder::Zstd)
            }
        };
        Self { rest, encoder: Some(encoder) }
    }

    /// The next piece; nothing at the end.
    fn next(&mut self) -> std::io::Result<Option<Bytes>> {
        while let Some(encoder) = &mut self.encoder {
            if self.rest.is_empty() {
                let end = self.encoder.take().map(Encoder::finish).transpose()?;
                return Ok(end.map(Bytes::from));
            }
            let piece = self.rest.split_to(STEP_BYTES.min(self.rest.len()));
            let packed = encoder.pack(&piece)?;
            if !packed.is_empty() {
                return Ok(Some(Bytes::from(packed)));
            }
        }
        Ok(None)
    }
}

impl Encoder {
    /// Packs a piece; gives what has come out by now.
    fn pack(&mut self, piece: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Zstd(encoder) => {
                encoder.write_all(piece)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Gzip(encoder) => {
                encoder.write_all(piece)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
        }
    }

    fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Zstd(encoder) => encoder.finish(),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

impl MessageBody for Packed {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(self.next().transpose())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn a_client_is_given_what_it_takes() {
        let wanted = |value| Packing::wanted(&accepting(value));
        assert_eq!(wanted("gzip, deflate"), Some(Packing::Gzip));
        assert_eq!(wanted("gzip;q=1.0, br, ZSTD;q=0.5"), Some(Packing::Zstd));
        assert_eq!(wanted("zstd;q=0, gzip;q=0.0"), None);
        assert_eq!(wanted("identity"), None);
        assert_eq!(wanted("gzip;q=many"), None);
        assert_eq!(Packing::wanted(&HeaderMap::new()), None);
    }

    #[test]
    fn what_comes_out_in_pieces_is_one_whole() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(|number| number.to_string().into_bytes()).collect();
        for packing in [Packing::Zstd, Packing::Gzip] {
            let mut body = Packed::new(packing, Bytes::from(text.clone()));
            let mut packed = Vec::new();
            while let Some(piece) = body.next().expect("memory takes it") {
                packed.extend_from_slice(&piece);
            }
            let mut unpacked = Vec::new();
            let copied = match packing {
                Packing::Zstd => zstd::stream::copy_decode(&packed[..], &mut unpacked),
                Packing::Gzip => flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).map(drop),
            };
            copied.expect("it is whole");
            assert!(unpacked == text && packed.len() < text.len() / 2, "{packing:?}");
        }
    }

    #[test]
    fn small_answers_and_others_than_json_stay_as_they_are() {
        let answer = |type_: &str, size: usize| {
            let answer = HttpResponse::Ok().content_type(type_).body(vec![b' '; size]);
            pack(answer, &accepting("gzip")).headers().get(CONTENT_ENCODING).cloned()
        };
        assert_eq!(answer("application/json; charset=utf-8", BYTES_MIN), Some(HeaderValue::from_static("gzip")));
        assert_eq!(answer("application/json", BYTES_MIN - 1), None);
        assert_eq!(answer("image/png", BYTES_MIN), None);
    }
}
