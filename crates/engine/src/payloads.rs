//! Payloads, read back out of the journal.
//!
//! Owns the cache of decoded requests, bounded in bytes. A payload that cannot be read, because its journal entry is
//! damaged beyond healing, is answered by a text that says so: one damaged entry must not cost a whole answer.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use spanstone_ingest::Keep;
use spanstone_model::{Change, Payload, PayloadRef, Payloads, Stamp, Text};
use spanstone_store::Store;

use crate::metadata;

/// The payloads of one event.
#[derive(Debug, Default)]
struct EventPayloads {
    input: Option<Text>,
    output: Option<Text>,
    metadata: Option<Text>,
}

/// The payloads of every event of one request.
#[derive(Debug)]
struct Request {
    events: Vec<EventPayloads>,
    bytes: usize,
}

/// The place of a request: its journal block and its index there.
type RequestRef = (u64, u32);

#[derive(Debug, Default)]
struct Cache {
    /// The requests read last, the latest at the end.
    requests: VecDeque<(RequestRef, Arc<Request>)>,
    bytes: usize,
}

/// Reads payloads.
#[derive(Debug)]
pub(crate) struct PayloadReader {
    cache: Mutex<Cache>,
    cache_bytes_max: usize,
}

/// Where the payloads of a row are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) input: Option<PayloadRef>,
    pub(crate) output: Option<PayloadRef>,
    pub(crate) metadata: &'a [(Stamp, PayloadRef)],
}

impl PayloadReader {
    pub(crate) fn new(cache_bytes_max: usize) -> Self {
        Self { cache: Mutex::default(), cache_bytes_max }
    }

    /// The payloads of one row.
    pub(crate) fn read(&self, store: &Store, places: Places<'_>) -> Payloads {
        let side = |place: Option<PayloadRef>, pick: fn(&EventPayloads) -> Option<Text>| {
            place.and_then(|place| self.text(store, place, pick))
        };
        let pieces: Vec<Text> = places
            .metadata
            .iter()
            .filter_map(|(_, place)| self.text(store, *place, |event| event.metadata.clone()))
            .collect();
        Payloads {
            input: side(places.input, |event| event.input.clone()),
            output: side(places.output, |event| event.output.clone()),
            metadata: metadata::merge(pieces.iter().map(|piece| &**piece)),
        }
    }

    fn text(&self, store: &Store, place: PayloadRef, pick: fn(&EventPayloads) -> Option<Text>) -> Option<Text> {
        let PayloadRef::Journal(place) = place else { return None };
        match self.request(store, (place.block, place.entry)) {
            Ok(request) => request.events.get(place.event as usize).and_then(pick),
            Err(damage) => Some(damage),
        }
    }

    /// A decoded request, or a text that says why there is none.
    fn request(&self, store: &Store, place: RequestRef) -> Result<Arc<Request>, Text> {
        if let Some(request) = self.cache.lock().get(place) {
            return Ok(request);
        }
        let request = self.load(store, place).map(Arc::new)?;
        self.cache.lock().put(place, request.clone(), self.cache_bytes_max);
        Ok(request)
    }

    fn load(&self, store: &Store, (block, entry): RequestRef) -> Result<Request, Text> {
        let unreadable = |error: &dyn std::fmt::Display| {
            tracing::error!(block, entry, %error, "a payload cannot be read");
            Text::from(format!("[spanstone: this payload cannot be read: journal block {block}, entry {entry}]"))
        };
        let (header, body) = store.entry(block, entry).map_err(|error| unreadable(&error))?;
        let decoded = spanstone_ingest::decode_journaled(&header, &body, Keep::Payloads)
            .map_err(|refusal| unreadable(&refusal))?;
        let events: Vec<_> = decoded.events.into_iter().map(|event| EventPayloads::of(event.change)).collect();
        let bytes = events.iter().map(EventPayloads::bytes).sum();
        Ok(Request { events, bytes })
    }
}

impl EventPayloads {
    fn of(change: Change) -> Self {
        let text = |payload: Option<Payload>| match payload {
            Some(Payload::Text(text)) => Some(Text::from(text)),
            Some(Payload::Elided) | None => None,
        };
        match change {
            Change::Trace(it) => Self { input: text(it.input), output: text(it.output), metadata: text(it.metadata) },
            Change::Observation(it) => {
                Self { input: text(it.input), output: text(it.output), metadata: text(it.metadata) }
            }
            Change::Score(it) => Self { input: None, output: None, metadata: text(it.metadata) },
            Change::Deletion(_) => Self::default(),
        }
    }

    fn bytes(&self) -> usize {
        let texts = [&self.input, &self.output, &self.metadata];
        size_of::<Self>() + texts.into_iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

impl Cache {
    fn get(&mut self, place: RequestRef) -> Option<Arc<Request>> {
        let index = self.requests.iter().position(|(known, _)| *known == place)?;
        let found = self.requests.remove(index)?;
        let request = found.1.clone();
        self.requests.push_back(found);
        Some(request)
    }

    fn put(&mut self, place: RequestRef, request: Arc<Request>, bytes_max: usize) {
        if request.bytes > bytes_max || self.get(place).is_some() {
            return;
        }
        self.bytes += request.bytes;
        self.requests.push_back((place, request));
        while self.bytes > bytes_max {
            let Some((_, oldest)) = self.requests.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(bytes: usize) -> Arc<Request> {
        Arc::new(Request { events: Vec::new(), bytes })
    }

    #[test]
    fn the_cache_keeps_what_was_read_last_within_its_bytes() {
        let mut cache = Cache::default();
        for block in 0..4 {
            cache.put((block, 0), request(10), 30);
        }
        assert!(cache.get((0, 0)).is_none());
        assert!(cache.get((1, 0)).is_some());
        cache.put((4, 0), request(10), 30);
        assert!(cache.get((2, 0)).is_none() && cache.get((1, 0)).is_some());
        cache.put((5, 0), request(31), 30);
        assert!(cache.get((5, 0)).is_none());
        assert_eq!(cache.bytes, 30);
    }
}
