//! A limit on the memory of all request bodies at once.
//!
//! A body reserves its size before it is kept, and gives it back when it is journaled. What finds no room waits a
//! moment and then is told to come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a body waits for room: well below the five seconds that exporters give a request.
const WAIT: Duration = Duration::from_secs(2);

/// The memory for bodies.
#[derive(Debug)]
pub(crate) struct Budget {
    room: Arc<Semaphore>,
    bytes_max: usize,
    peak: AtomicUsize,
}

/// Memory that a body holds; given back when dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    room: Arc<Semaphore>,
    permit: OwnedSemaphorePermit,
}

/// There is no room now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Budget {
    /// Memory for `bytes_max` bytes of bodies.
    pub(crate) fn new(bytes_max: usize) -> Self {
        let bytes_max = bytes_max.min(Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(bytes_max)), bytes_max, peak: AtomicUsize::new(0) }
    }

    /// A reservation of nothing, to be grown.
    pub(crate) fn reserve_nothing(&self) -> Result<Reservation, NoRoom> {
        let permit = self.room.clone().try_acquire_many_owned(0).map_err(|_| NoRoom)?;
        Ok(Reservation { room: self.room.clone(), permit })
    }

    /// How many bytes are reserved now.
    pub(crate) fn in_flight(&self) -> usize {
        self.bytes_max - self.room.available_permits()
    }

    /// Takes note of how much is reserved, for [`Self::peak`].
    pub(crate) fn observe(&self) {
        self.peak.fetch_max(self.in_flight(), Ordering::Relaxed);
    }

    /// The most that was reserved at any time a body was complete.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }
}

impl Reservation {
    /// Grows the reservation, waiting a moment for room.
    ///
    /// # Errors
    /// Fails when there is none.
    pub(crate) async fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        if self.try_grow(bytes).is_ok() {
            return Ok(());
        }
        let count = u32::try_from(bytes).map_err(|_| NoRoom)?;
        let more = tokio::time::timeout(WAIT, self.room.clone().acquire_many_owned(count)).await;
        self.permit.merge(more.map_err(|_| NoRoom)?.map_err(|_| NoRoom)?);
        Ok(())
    }

    /// Grows the reservation if there is room at once.
    ///
    /// # Errors
    /// Fails when there is none.
    pub(crate) fn try_grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let count = u32::try_from(bytes).map_err(|_| NoRoom)?;
        let more = self.room.clone().try_acquire_many_owned(count).map_err(|_| NoRoom)?;
        self.permit.merge(more);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::new(100);
        let mut first = budget.reserve_nothing().expect("nothing always fits");
        first.try_grow(60).expect("there is room");
        let mut second = budget.reserve_nothing().expect("nothing always fits");
        assert_eq!(second.try_grow(41), Err(NoRoom));
        second.try_grow(40).expect("exactly what is left");
        budget.observe();
        assert_eq!((budget.in_flight(), budget.peak()), (100, 100));
        drop(first);
        assert_eq!(budget.in_flight(), 40);
        second.try_grow(60).expect("there is room again");
    }

    #[test]
    fn who_finds_no_room_waits_and_then_gives_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let budget = Budget::new(10);
            let mut all = budget.reserve_nothing().expect("nothing always fits");
            all.grow(10).await.expect("there is room");
            let mut late = budget.reserve_nothing().expect("nothing always fits");
            assert_eq!(late.grow(1).await, Err(NoRoom));
            let waiting = async { late.grow(1).await };
            let leaving = async { drop(all) };
            assert_eq!(futures_util::future::join(waiting, leaving).await.0, Ok(()));
        });
    }
}
