//! What a client gets back: an empty message, or a status that says why not.

use actix_web::web::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use h2::server::SendResponse;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::error::RpcStatus;

/// What is encoded in a status message, beside everything outside ASCII.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const ACCEPTED: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// An empty message behind its mark: every field of an export's answer is at its default.
const EMPTY_MESSAGE: [u8; 5] = [0; 5];

/// Answers with an empty message.
pub(super) fn empty(mut respond: SendResponse<Bytes>) {
    let sent = respond.send_response(head(), false).and_then(|mut body| {
        body.send_data(Bytes::from_static(&EMPTY_MESSAGE), false)?;
        body.send_trailers(HeaderMap::from_iter([(STATUS, HeaderValue::from(0))]))
    });
    log(sent);
}

/// Answers with a status alone.
pub(super) fn failure(mut respond: SendResponse<Bytes>, status: &RpcStatus) {
    let mut answer = head();
    let headers = answer.headers_mut();
    headers.insert(STATUS, HeaderValue::from(u16::from(status.code)));
    let message = utf8_percent_encode(&status.message, ENCODED).to_string();
    if let Ok(message) = HeaderValue::from_str(&message) {
        headers.insert(MESSAGE, message);
    }
    if status.retry_after_seconds.is_some()
        && let Ok(details) = HeaderValue::from_str(&STANDARD_NO_PAD.encode(status.encode()))
    {
        headers.insert(DETAILS, details);
    }
    log(respond.send_response(answer, true).map(drop));
}

/// Answers what is no call.
pub(super) fn not_grpc(mut respond: SendResponse<Bytes>) {
    let mut answer = Response::new(());
    *answer.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    log(respond.send_response(answer, true).map(drop));
}

fn head() -> Response<()> {
    let mut answer = Response::new(());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(ACCEPTED, HeaderValue::from_static("identity,gzip,zstd,deflate"));
    answer
}

/// A client that has gone away cannot be told.
fn log(sent: Result<(), h2::Error>) {
    if let Err(error) = sent {
        tracing::debug!(%error, "a gRPC client did not wait for its answer");
    }
}
