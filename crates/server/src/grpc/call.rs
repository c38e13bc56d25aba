//! One call: which method, who calls, the message, and what becomes of it.

use std::pin::Pin;
use std::sync::Arc;
use std::task;

use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;
use h2::RecvStream;
use h2::server::SendResponse;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{Method, Request};
use spanstone_model::BodyKind;

use super::reply;
use crate::auth;
use crate::context::Context;
use crate::error::{Code, Failure};
use crate::extract::{Body, BodyLimit, ENCODINGS, Encoding};
use crate::routes::{entry, otlp::NO_LOGS};

const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// How large the mark before a message is, in bytes.
const MARK_BYTES: usize = 5;

/// Answers a call.
pub(super) async fn handle(context: Arc<Context>, request: Request<RecvStream>, respond: SendResponse<Bytes>) {
    let (head, body) = request.into_parts();
    if head.method != Method::POST || !header(&head, CONTENT_TYPE.as_str()).starts_with("application/grpc") {
        return reply::not_grpc(respond);
    }
    let outcome = answer(&context, &head, body).await;
    let status = outcome.as_ref().map_or_else(|failure| failure.status().as_u16(), |()| 200);
    context.traffic.count_grpc(status);
    match outcome {
        Ok(()) => reply::empty(respond),
        Err(failure) => reply::failure(respond, &failure.into_status(|| context.engine.new_id())),
    }
}

async fn answer(context: &Arc<Context>, head: &Parts, body: RecvStream) -> Result<(), Failure> {
    let client = auth::project_of(&context.engine, head.headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()))?;
    match head.uri.path() {
        TRACES => {}
        // As over HTTP: many instrumentations send them unasked, and nobody looks for them here.
        METRICS => return Ok(()),
        LOGS => return Err(unimplemented(NO_LOGS)),
        path => return Err(unimplemented(format!("there is no method `{path}` here; traces go to `{TRACES}`"))),
    }
    let name = header(head, "grpc-encoding");
    let encoding = Encoding::parse(Some(name)).map_err(|_| {
        unimplemented(format!("the message encoding `{name}` is not supported; send one of {ENCODINGS}"))
    })?;
    let announced = header(head, CONTENT_LENGTH.as_str()).parse().ok();
    let (limits, budget) = (context.engine.limits(), &context.budget);
    let body = Body::read(Pieces(body), announced, Encoding::Identity, BodyLimit::Otlp, limits, budget).await?;
    let message = body.framed(MARK_BYTES, encoding, is_packed)?;
    let header = entry(client, BodyKind::OtlpProtobuf, context.engine.now(), |name| {
        head.headers.get(name).and_then(|value| value.to_str().ok())
    });
    context.store(header, message, |_, bytes| Ok((Some(bytes), ()))).await?;
    Ok(())
}

/// Reads the mark before a message: whether it is packed, and how long it is. The message must be the only one.
fn is_packed(bytes: &[u8]) -> Result<bool, Failure> {
    let Some((&[flag, a, b, c, d], message)) = bytes.split_first_chunk::<MARK_BYTES>() else {
        return Err(Failure::invalid("the call holds no message"));
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if message.len() != length {
        let message = format!("one message of {length} bytes was announced, {} came", message.len());
        return Err(Failure::invalid(message));
    }
    match flag {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Failure::invalid(format!("the flag before the message is {other}, not 0 or 1"))),
    }
}

fn unimplemented(message: impl Into<String>) -> Failure {
    Failure::new(Code::MethodNotAllowed, message)
}

/// A header as text; the empty text when it is not there.
fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The pieces of a body. A piece that was handed on makes room for the next.
struct Pieces(RecvStream);

impl Stream for Pieces {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> task::Poll<Option<Self::Item>> {
        let Self(stream) = &mut *self;
        let piece = std::task::ready!(stream.poll_data(waker));
        let cut_off = |error: h2::Error| PayloadError::Io(std::io::Error::other(error));
        task::Poll::Ready(piece.map(|piece| {
            let piece = piece.map_err(cut_off)?;
            stream.flow_control().release_capacity(piece.len()).map_err(cut_off)?;
            Ok(piece)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_before_a_message_must_fit_it() {
        let read = |bytes: &[u8]| is_packed(bytes).map_err(|failure| failure.into_status(String::new).message);
        assert_eq!(read(b"\0\0\0\0\0"), Ok(false));
        assert_eq!(read(b"\x01\0\0\0\x02ab"), Ok(true));
        assert_eq!(read(b"\0\0\0\0"), Err("the call holds no message".into()));
        assert_eq!(read(b"\0\0\0\0\x02abc"), Err("one message of 2 bytes was announced, 3 came".into()));
        assert_eq!(read(b"\0\xff\xff\xff\xff"), Err("one message of 4294967295 bytes was announced, 0 came".into()));
        assert_eq!(read(b"\x02\0\0\0\0"), Err("the flag before the message is 2, not 0 or 1".into()));
    }
}
