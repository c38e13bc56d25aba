//! Payloads, read back out of the journal.
//!
//! Owns the cache of decoded requests, bounded in bytes. A payload that cannot be read, because its journal entry is
//! damaged beyond healing, is answered by a text that says so: one damaged entry must not cost a whole answer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use spanstone_model::{EventPayloads, JournalPlace, Text};

use crate::ledger::Ledger;
use crate::replay::Decode;

/// The payloads of every event of one request.
#[derive(Debug)]
struct Request {
    events: Vec<EventPayloads>,
    bytes: usize,
}

/// The place of a request: its journal block and its index there.
type RequestPlace = (u64, u32);

#[derive(Debug, Default)]
struct Cache {
    /// Each request with the number of its last use.
    requests: HashMap<RequestPlace, (u64, Arc<Request>)>,
    /// The requests by their last use.
    by_use: BTreeMap<u64, RequestPlace>,
    uses: u64,
    bytes: usize,
}

/// Reads the payloads of journaled events.
#[derive(Debug)]
pub(crate) struct JournalPayloads {
    decoder: Arc<dyn Decode>,
    cache: Mutex<Cache>,
    cache_bytes_max: usize,
}

impl JournalPayloads {
    pub(crate) fn new(decoder: Arc<dyn Decode>, cache_bytes_max: usize) -> Self {
        Self { decoder, cache: Mutex::default(), cache_bytes_max }
    }

    /// One payload of the event at `place`, or a text that says why there is none.
    pub(crate) fn text(
        &self,
        ledger: &Ledger,
        place: JournalPlace,
        pick: fn(&EventPayloads) -> Option<&Text>,
    ) -> Option<Text> {
        match self.request(ledger, (place.block, place.entry)) {
            Ok(request) => request.events.get(place.event as usize).and_then(pick).cloned(),
            Err(damage) => Some(damage),
        }
    }

    /// Forgets the requests up to and including those of the block `through`.
    pub(crate) fn forget_through(&self, through: u64) {
        self.cache.lock().forget_through(through);
    }

    fn request(&self, ledger: &Ledger, place: RequestPlace) -> Result<Arc<Request>, Text> {
        if let Some(request) = self.cache.lock().get(place) {
            return Ok(request);
        }
        let request = self.load(ledger, place).map(Arc::new)?;
        self.cache.lock().put(place, &request, self.cache_bytes_max);
        Ok(request)
    }

    fn load(&self, ledger: &Ledger, (block, entry): RequestPlace) -> Result<Request, Text> {
        let unreadable = |error: &dyn std::fmt::Display| {
            tracing::error!(block, entry, %error, "a payload cannot be read");
            Text::from(format!("[spanstone: this payload cannot be read: journal block {block}, entry {entry}]"))
        };
        let (header, body) = ledger.entry(block, entry).map_err(|error| unreadable(&error))?;
        let events = self.decoder.payloads(&header, &body).map_err(|refusal| unreadable(&refusal))?;
        let bytes = events.iter().map(bytes_of).sum();
        Ok(Request { events, bytes })
    }
}

fn bytes_of(event: &EventPayloads) -> usize {
    let texts = [&event.input, &event.output, &event.metadata];
    size_of::<EventPayloads>() + texts.into_iter().flatten().map(|text| text.len()).sum::<usize>()
}

impl Cache {
    fn get(&mut self, place: RequestPlace) -> Option<Arc<Request>> {
        let (last_use, request) = self.requests.get_mut(&place)?;
        self.by_use.remove(last_use);
        self.uses += 1;
        *last_use = self.uses;
        self.by_use.insert(self.uses, place);
        Some(request.clone())
    }

    fn forget_through(&mut self, through: u64) {
        let Self { requests, by_use, bytes, .. } = self;
        by_use.retain(|_, place| {
            let stays = place.0 > through;
            if !stays && let Some((_, request)) = requests.remove(place) {
                *bytes -= request.bytes;
            }
            stays
        });
    }

    fn put(&mut self, place: RequestPlace, request: &Arc<Request>, bytes_max: usize) {
        if request.bytes > bytes_max || self.requests.contains_key(&place) {
            return;
        }
        self.uses += 1;
        self.bytes += request.bytes;
        self.requests.insert(place, (self.uses, request.clone()));
        self.by_use.insert(self.uses, place);
        while self.bytes > bytes_max {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            if let Some((_, request)) = self.requests.remove(&oldest) {
                self.bytes -= request.bytes;
            }
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
            cache.put((block, 0), &request(10), 30);
        }
        assert!(cache.get((0, 0)).is_none());
        assert!(cache.get((1, 0)).is_some());
        cache.put((4, 0), &request(10), 30);
        assert!(cache.get((2, 0)).is_none() && cache.get((1, 0)).is_some());
        cache.put((5, 0), &request(31), 30);
        assert!(cache.get((5, 0)).is_none());
        assert_eq!(cache.bytes, 30);
    }

    #[test]
    fn requests_that_are_sealed_are_forgotten() {
        let mut cache = Cache::default();
        for place in [(1, 0), (1, 1), (2, 0), (3, 0)] {
            cache.put(place, &request(10), 100);
        }
        cache.forget_through(2);
        assert!([(1, 0), (1, 1), (2, 0)].into_iter().all(|place| cache.get(place).is_none()));
        assert!(cache.get((3, 0)).is_some());
        assert_eq!((cache.bytes, cache.by_use.len(), cache.requests.len()), (10, 1, 1));
    }
}
