//! Headers that answers carry whatever they say: CORS on Langfuse's public API, and what browsers should know.

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::error::NO_CONTENT;
use crate::path;

const METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE");

/// The answer to a browser that asks before it sends: yes, to any origin, without credentials. Needs no key.
pub(crate) fn preflight(request: &HeaderMap) -> HttpResponse {
    let mut answer = HttpResponse::build(NO_CONTENT);
    answer.insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS));
    if let Some(wanted) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone()));
        answer.append_header((VARY, "Access-Control-Request-Headers"));
    }
    answer.insert_header((CONTENT_LENGTH, HeaderValue::from_static("0")));
    answer.finish()
}

/// Adds what every answer carries.
pub(crate) fn finish(answer: &mut HttpResponse, request: &HeaderMap, path: &str) {
    let headers = answer.headers_mut();
    if path::is_public_api(path) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = request.get(ORIGIN) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
}
