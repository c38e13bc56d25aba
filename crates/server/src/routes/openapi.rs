//! `GET /api/openapi.json`: what this server answers, for programs. Needs no key.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};

use crate::call::Call;
use crate::error::{Answer, Failure, NOT_MODIFIED};

static TAG: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    crate::openapi::document().hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
});

/// Gives the document, unless the client has it.
pub(crate) async fn show(call: Call) -> Answer {
    let known = call.header("if-none-match").is_some_and(|known| known.contains(&*TAG));
    let mut answer = if known { HttpResponse::build(NOT_MODIFIED) } else { HttpResponse::Ok() };
    let tag = HeaderValue::from_str(&TAG).map_err(|error| Failure::internal(error.to_string()))?;
    answer.insert_header((ETAG, tag));
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache")));
    if known {
        return Ok(answer.finish());
    }
    answer.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")));
    Ok(answer.body(crate::openapi::document()))
}
