//! What has passed: requests by route and class of status, events taken and refused.

use std::sync::atomic::{AtomicU64, Ordering};

/// 1xx to 5xx.
const CLASSES: usize = 5;

/// The counts since the process began to serve.
#[derive(Debug)]
pub(crate) struct Traffic {
    requests: Vec<[AtomicU64; CLASSES]>,
    grpc: [AtomicU64; CLASSES],
    stored: AtomicU64,
    refused: AtomicU64,
}

impl Traffic {
    /// Counts for `routes` routes, and for requests that no route takes.
    pub(crate) fn new(routes: usize) -> Self {
        let row = || std::array::from_fn(|_| AtomicU64::new(0));
        Self {
            requests: (0..=routes).map(|_| row()).collect(),
            grpc: row(),
            stored: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// Counts an answer of the route with this index, or of none.
    pub(crate) fn count_answer(&self, route: Option<usize>, status: u16) {
        let row = route.and_then(|index| self.requests.get(index)).or(self.requests.last());
        if let Some(row) = row {
            row[class(status)].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts an answer over gRPC, by the status that it would have over HTTP.
    pub(crate) fn count_grpc(&self, status: u16) {
        self.grpc[class(status)].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the events of a request.
    pub(crate) fn count_events(&self, stored: usize, refused: usize) {
        self.stored.fetch_add(stored as u64, Ordering::Relaxed);
        self.refused.fetch_add(refused as u64, Ordering::Relaxed);
    }

    /// The answers of each route by class of status, 1xx first; the last row is for requests that no route took.
    pub(crate) fn answers(&self) -> impl Iterator<Item = [u64; CLASSES]> {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        self.requests.iter().map(move |row| row.each_ref().map(load))
    }

    /// The answers over gRPC by class of status.
    pub(crate) fn grpc(&self) -> [u64; CLASSES] {
        self.grpc.each_ref().map(|count| count.load(Ordering::Relaxed))
    }

    /// How many events were stored.
    pub(crate) fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// How many events were refused.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

fn class(status: u16) -> usize {
    usize::from(status / 100).saturating_sub(1).min(CLASSES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_route_and_class() {
        let traffic = Traffic::new(1);
        traffic.count_answer(Some(0), 207);
        traffic.count_answer(Some(0), 503);
        traffic.count_answer(None, 404);
        traffic.count_answer(Some(7), 999);
        assert_eq!(traffic.answers().collect::<Vec<_>>(), [[0, 1, 0, 0, 1], [0, 0, 0, 1, 1]]);
    }
}
