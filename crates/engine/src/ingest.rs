//! The way of a request into the store.

use spanstone_ingest::{Keep, RefusedEvent};
use spanstone_model::{BodyKind, EntryHeader};
use spanstone_store::{EncodedBody, StoreError};

use crate::score_configs::Applied;
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
        let IngestRequest { header, body } = request;
        let Applied { body, refused } = match header.kind {
            BodyKind::LangfuseBatch => self.score_configs.apply(&header.project, body),
            _ => Applied { body, refused: Vec::new() },
        };
        let prices = self.prices.hinting(&header.project);
        let hint_keys = prices.as_ref().map_or(&[][..], |prices| prices.table.hint_keys());
        let decoded = spanstone_ingest::decode_with_hints(&header, &body, Keep::Skeleton, &self.limits, hint_keys);
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(refusal) => return done(Err(refusal.into())),
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
        let finish = move |stored: Result<(), StoreError>| {
            if stored.is_ok() {
                waiting.hand_in(&project, uncounted);
            }
            done(stored.map(|()| receipt).map_err(EngineError::from));
        };
        self.store.append(header, encoded, decoded.events, Box::new(finish));
    }
}
