//! `POST /api/public/ingestion`: batches of events.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use spanstone_model::BodyKind;

use super::entry;
use crate::auth;
use crate::call::Call;
use crate::error::{Answer, MULTI_STATUS};
use crate::extract::BodyLimit;
use crate::render;

/// Takes a batch. A public key alone may send one, too: then only its scores are taken.
pub(crate) async fn batch(mut call: Call) -> Answer {
    let client = auth::scores(&call)?;
    let body = call.body(&client, BodyLimit::Batch).await?;
    let header = entry(client, BodyKind::LangfuseBatch, call.engine().now(), |name| call.header(name));
    let (receipt, ()) = call.store(header, body, |_, bytes| Ok((Some(bytes), ()))).await?;
    Ok(HttpResponse::build(MULTI_STATUS)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")))
        .body(render::receipt::batch(&receipt)))
}
