//! How long a query may go on.
//!
//! Owns the two reasons to stop one: it takes too long, or nobody waits for it any more. Both are looked at between
//! batches of rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::QueryError;

/// Looked at by a query while it works.
#[derive(Debug, Clone)]
pub struct Watch {
    deadline: Instant,
    patience: Duration,
    abandoned: Arc<AtomicBool>,
}

/// Held by whoever waits for the answer. Once it is dropped, the query stops.
#[derive(Debug)]
pub struct Waiting(Arc<AtomicBool>);

impl Watch {
    /// A query that begins now and may take this long.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self { deadline: Instant::now() + patience, patience, abandoned: Arc::default() }
    }

    /// To be held while somebody waits for the answer.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        Waiting(Arc::clone(&self.abandoned))
    }

    /// Whether the query may go on.
    ///
    /// # Errors
    /// Fails when it may not.
    pub fn check(&self) -> Result<(), QueryError> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(QueryError::Abandoned);
        }
        if Instant::now() > self.deadline {
            return Err(QueryError::TooLong { seconds: self.patience.as_secs() });
        }
        Ok(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_stops_when_its_time_is_up_or_nobody_waits() {
        assert_eq!(Watch::new(Duration::ZERO).check(), Err(QueryError::TooLong { seconds: 0 }));
        let watch = Watch::new(Duration::from_secs(3_600));
        let waiting = watch.waiting();
        assert_eq!(watch.check(), Ok(()));
        drop(waiting);
        assert_eq!(watch.check(), Err(QueryError::Abandoned));
    }
}
