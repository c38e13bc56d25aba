//! The way of a request into the store.

use spanstone_ingest::{Decoded, Keep, RefusedEvent, media};
use spanstone_model::{BodyKind, EntryHeader};
use spanstone_store::{EncodedBody, StoreError};

use crate::score_configs::Applied;
use crate::tail::News;
use crate::{Engine, EngineError};

/// A request whose sender is known and whose body has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestRequest {
    /// What is known of it besides its body.
    pub header: EntryHeader,
    /// Its body, inflated.
    pub body: Vec<u8>,
}

/// What became of the events of a request, once those that were accepted are on disk and visible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Receipt {
    /// The ids of the accepted events, in processing order.
    pub accepted: Vec<String>,
    /// The events that were not accepted.
    pub refused: Vec<RefusedEvent>,
    /// How many changes to traces, observations and scores were stored.
    pub stored: usize,
}

impl Engine {
    /// Stores what a request says.
    ///
    /// Decodes and compresses on the calling thread. `done` is called exactly once, on this thread or another, when
    /// the data is on disk and visible to every read, or could not be stored.
    pub fn ingest(&self, request: IngestRequest, done: impl FnOnce(Result<Receipt, EngineError>) + Send + 'static) {
        let IngestRequest { mut header, body } = request;
        let Applied { body, refused } = match header.kind {
            BodyKind::LangfuseBatch => self.score_configs.apply(&header.project, body),
            _ => Applied { body, refused: Vec::new() },
        };
        let decoded = match self.decode(&mut header, &body) {
            Ok(decoded) => decoded,
            Err(error) => return done(Err(error)),
        };
        let mut receipt =
            Receipt { accepted: decoded.accepted, refused: decoded.refused, stored: decoded.events.len() };
        receipt.refused.extend(refused);
        if decoded.events.is_empty() {
            return done(Ok(receipt));
        }
        let encoded = match EncodedBody::encode(&body) {
            Ok(encoded) => encoded,
            Err(error) => return done(Err(EngineError::Store(error.into()))),
        };
        drop(body);
        if self.accounts.is_deleted(&header.project) {
            return done(Err(EngineError::Invalid(format!("the project `{}` has been deleted", header.project))));
        }
        let uncounted = self.waiting.candidates(&decoded.events);
        let (waiting, project) = (self.waiting.clone(), header.project.clone());
        let news = self.tail.news(&header.project, &decoded.events);
        let finish = move |stored: Result<(), StoreError>| {
            if stored.is_ok() {
                waiting.hand_in(&project, uncounted);
                news.iter().for_each(News::tell);
            }
            done(stored.map(|()| receipt).map_err(EngineError::from));
        };
        self.store.append(header, encoded, decoded.events, Box::new(finish));
    }

    /// Decodes a body, and stores the media that are taken out of it, if they are; the header says so then.
    fn decode(&self, header: &mut EntryHeader, body: &[u8]) -> Result<Decoded, EngineError> {
        let hint_keys = self.prices.hint_keys(&header.project);
        let decode = |header: &EntryHeader, keep| {
            spanstone_ingest::decode_with_hints(header, body, keep, &self.limits, &hint_keys)
        };
        if !self.extract_media || !media::may_hold_media(body) {
            return Ok(decode(header, Keep::Skeleton)?);
        }
        let mut decoded = decode(header, Keep::Payloads)?;
        let media = media::take_out(&mut decoded.events);
        self.keep_media(&header.project, &media)?;
        header.media_taken = !media.is_empty();
        media::elide(&mut decoded.events);
        Ok(decoded)
    }
}
