//! One request on its way through a handler.
//!
//! Owns what handlers do with a request: ask for headers, parameters and captured parts of the path, read the body
//! (only for a client that is known), and have the engine work on a thread that may wait.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use spanstone_engine::{Engine, Principal, Reads, Receipt};
use spanstone_model::{Deletion, EntryHeader, Limits, ProjectId};
use tokio::sync::oneshot;

use crate::context::Context;
use crate::error::{ACCEPTED, Answer, CREATED, Code, Failure};
use crate::extract::{self, Body, BodyLimit, Encoding};
use crate::params::Params;
use crate::path;

/// A request, its body unread, and the context it is answered in.
pub(crate) struct Call {
    request: HttpRequest,
    payload: Payload,
    captured: Vec<String>,
    /// The query string, when it is not the request's own.
    query: Option<String>,
    context: Arc<Context>,
}

impl Call {
    /// A call of a route that captured parts of the path.
    pub(crate) fn new(request: HttpRequest, payload: Payload, captured: Vec<String>, context: Arc<Context>) -> Self {
        Self { request, payload, captured, query: None, context }
    }

    /// A call by the same client of another route, with other parameters and without a body.
    pub(crate) fn inner(&self, captured: Vec<String>, query: String) -> Self {
        Self {
            request: self.request.clone(),
            payload: Payload::None,
            captured,
            query: Some(query),
            context: self.context.clone(),
        }
    }

    /// What requests share.
    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// The engine, for what answers from memory; anything else belongs into [`Self::read`].
    pub(crate) fn engine(&self) -> &Engine {
        &self.context.engine
    }

    /// The limits in force.
    pub(crate) fn limits(&self) -> &Limits {
        self.context.engine.limits()
    }

    /// A header by its name in lower case, or by the same name with underscores, as Python SDK 2 writes it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.request.headers();
        let value = headers.get(name).or_else(|| headers.get(name.replace('-', "_")));
        value.and_then(|value| value.to_str().ok())
    }

    /// The path, without what base URLs add to it.
    pub(crate) fn path(&self) -> &str {
        path::normalize(self.request.path())
    }

    /// The last part of the path that the route captures, decoded.
    pub(crate) fn last_captured(&self) -> &str {
        self.captured.last().map_or("", String::as_str)
    }

    /// A part of the path that the route captures, decoded.
    pub(crate) fn captured(&self, index: usize) -> &str {
        self.captured.get(index).map_or("", String::as_str)
    }

    /// The parameters of the query string.
    pub(crate) fn params(&self) -> Params {
        Params::parse(self.query.as_deref().unwrap_or_else(|| self.request.query_string()))
    }

    /// Whether the body says it is JSON. What changes something in our own API must: no form of another site can.
    ///
    /// # Errors
    /// Fails when it says something else, or nothing.
    pub(crate) fn require_json(&self) -> Result<(), Failure> {
        let json = self.header(CONTENT_TYPE.as_str()).is_some_and(|it| it.starts_with("application/json"));
        if json {
            return Ok(());
        }
        Err(Failure::new(Code::UnsupportedMediaType, "send the content type `application/json`"))
    }

    /// Reads the body of a client that is known.
    ///
    /// # Errors
    /// Fails when the body breaks a limit; see [`Body::read`].
    pub(crate) async fn body(&mut self, _client: &Principal, limit: BodyLimit) -> Result<Body, Failure> {
        self.read_body(limit).await
    }

    /// Reads the body of a client that is known, and unpacks it on this thread: for limits that are small.
    ///
    /// # Errors
    /// Fails when the body breaks a limit, or is packed wrongly; see [`Body::read`].
    pub(crate) async fn small_body(&mut self, client: &Principal, limit: BodyLimit) -> Result<Vec<u8>, Failure> {
        Ok(self.body(client, limit).await?.unpack()?.0)
    }

    /// Reads the body of a client that is not known yet: it wants to sign in.
    ///
    /// # Errors
    /// Fails when the body breaks a limit; see [`Body::read`].
    pub(crate) async fn sign_in_body(&mut self) -> Result<Vec<u8>, Failure> {
        let body = self.read_body(BodyLimit::SignIn).await?;
        Ok(body.unpack()?.0)
    }

    /// Reads on in a body that is too large for memory: the next pieces of it, together about `bytes` long, or nothing at its
    /// end. Whoever asks has established who sends it.
    ///
    /// # Errors
    /// Fails when the body does not come, or is cut off.
    pub(crate) async fn pieces(&mut self, bytes: usize) -> Result<Option<Vec<u8>>, Failure> {
        extract::pieces(&mut self.payload, bytes).await
    }

    /// Where clients reach this server: as configured, else as this request came.
    pub(crate) fn base_url(&self) -> String {
        if let Some(url) = &self.context.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let connection = self.request.connection_info();
        format!("{}://{}", connection.scheme(), connection.host())
    }

    async fn read_body(&mut self, limit: BodyLimit) -> Result<Body, Failure> {
        let announced = self.header(CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
        let encoding = Encoding::parse(self.header(CONTENT_ENCODING.as_str()))?;
        let context = self.context.clone();
        let (limits, budget) = (context.engine.limits(), &context.budget);
        Body::read(&mut self.payload, announced, encoding, limit, limits, budget).await
    }

    /// Has the engine answer a question on a thread that may wait; the answer is JSON.
    ///
    /// # Errors
    /// Fails as the work does, and when too much is being read already.
    pub(crate) async fn read<F>(self, work: F) -> Answer
    where
        F: FnOnce(&Reads<'_>) -> Result<Vec<u8>, Failure> + Send + 'static,
    {
        let watch = self.context.engine.watch();
        // Goes with this future when the client goes away, and the engine stops looking.
        let _waiting = watch.waiting();
        self.wait_for(move |engine| work(&engine.reads(watch))).await.map(json)
    }

    /// Runs work that takes time on a thread that may wait.
    ///
    /// # Errors
    /// Fails as the work does, and when too much is being read already.
    pub(crate) async fn wait_for<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
    {
        let place = self.context.place_to_read().await?;
        let engine = self.context.engine.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&engine)
        });
        work.await.map_err(|error| Failure::internal(error.to_string()))?
    }

    /// Deletes, and returns when that is on disk and no read sees what was deleted.
    ///
    /// Once started, this goes on even if the client goes away.
    ///
    /// # Errors
    /// Fails as the engine does.
    pub(crate) async fn delete(&self, project: ProjectId, deletions: Vec<Deletion>) -> Result<(), Failure> {
        let (sender, receiver) = oneshot::channel();
        let engine = self.context.engine.clone();
        tokio::task::spawn_blocking(move || {
            // A send fails when the client has gone away: then nobody is there to tell.
            engine.delete(&project, deletions, move |deleted| drop(sender.send(deleted)));
        });
        let deleted = receiver.await.map_err(|_| Failure::internal("the engine dropped a deletion"))?;
        Ok(deleted?)
    }

    /// Stores a body, and answers when it is on disk. `prepare` turns the unpacked body into what the journal
    /// keeps, or into nothing, and into something that the answer needs.
    ///
    /// Once started, this goes on even if the client goes away.
    ///
    /// # Errors
    /// Fails as unpacking, `prepare` and the engine do; then nothing was stored.
    pub(crate) async fn store<T, F>(&self, header: EntryHeader, body: Body, prepare: F) -> Result<(Receipt, T), Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Engine, Vec<u8>) -> Result<(Option<Vec<u8>>, T), Failure> + Send + 'static,
    {
        self.context.store(header, body, prepare).await
    }
}

/// An answer of JSON.
pub(crate) fn json(body: Vec<u8>) -> HttpResponse {
    with_status(StatusCode::OK, body)
}

/// An answer of JSON about what was made.
pub(crate) fn created(body: Vec<u8>) -> HttpResponse {
    with_status(CREATED, body)
}

/// An answer of JSON about what was taken on.
pub(crate) fn accepted(body: Vec<u8>) -> HttpResponse {
    with_status(ACCEPTED, body)
}

fn with_status(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .body(body)
}
