//! The endpoints that wrote one thing at a time before there were batches: each request becomes a batch of one.

use spanstone_engine::wire::langfuse::request::{self, RequestRefusal, Single};
use spanstone_model::{BodyKind, Timestamp};

use super::entry;
use crate::auth;
use crate::call::{Call, json};
use crate::error::{Answer, Failure};
use crate::extract::BodyLimit;
use crate::render;

/// Turns a body into a batch of one event, and the id of what it speaks of.
type Translate = fn(&[u8], Timestamp, &mut dyn FnMut() -> String) -> Result<Single, RequestRefusal>;

/// `POST /api/public/traces`
pub(crate) async fn create_trace(call: Call) -> Answer {
    write(call, request::trace).await
}

/// `POST /api/public/spans`
pub(crate) async fn create_span(call: Call) -> Answer {
    write(call, request::span).await
}

/// `PATCH /api/public/spans`
pub(crate) async fn update_span(call: Call) -> Answer {
    write(call, request::span_update).await
}

/// `POST /api/public/generations`
pub(crate) async fn create_generation(call: Call) -> Answer {
    write(call, request::generation).await
}

/// `PATCH /api/public/generations`
pub(crate) async fn update_generation(call: Call) -> Answer {
    write(call, request::generation_update).await
}

/// `POST /api/public/events`
pub(crate) async fn create_event(call: Call) -> Answer {
    write(call, request::event).await
}

async fn write(mut call: Call, translate: Translate) -> Answer {
    let client = auth::project(&call)?;
    let body = call.body(&client, BodyLimit::Other).await?;
    let now = call.engine().now();
    let header = entry(client, BodyKind::LangfuseBatch, now, |name| call.header(name));
    let translated = call.store(header, body, move |engine, bytes| {
        let (batch, id) = translate(&bytes, now, &mut || engine.new_id())?;
        Ok((Some(batch), id))
    });
    let (receipt, id) = translated.await?;
    match receipt.refused.first() {
        Some(event) => Err(Failure::event(event)),
        None => Ok(json(render::receipt::created(&id))),
    }
}
