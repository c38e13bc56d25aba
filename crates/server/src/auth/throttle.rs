//! A limit on failed tries to sign in.
//!
//! Counts per address, in windows of a minute, and forgets addresses when there are too many: then somebody is
//! trying addresses rather than passwords, and the slow password hash is what holds them back.

use std::collections::HashMap;

use parking_lot::Mutex;
use spanstone_model::Timestamp;

/// How many failed tries an address has per window.
const TRIES_MAX: u32 = 10;
/// How long a window is.
const WINDOW_SECONDS: i64 = 60;
/// How many addresses are remembered.
const ADDRESSES_MAX: usize = 10_000;

/// The failed tries of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    windows: Mutex<HashMap<String, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Timestamp,
    failed: u32,
}

impl Throttle {
    /// Asks whether an address may try.
    ///
    /// # Errors
    /// Fails with the seconds after which it may.
    pub(crate) fn check(&self, email: &str, now: Timestamp) -> Result<(), u32> {
        let windows = self.windows.lock();
        let Some(window) = windows.get(&key(email)) else { return Ok(()) };
        let left = window.seconds_left(now);
        if window.failed < TRIES_MAX || left <= 0 {
            return Ok(());
        }
        Err(u32::try_from(left).unwrap_or(u32::MAX))
    }

    /// Counts a failed try.
    pub(crate) fn failed(&self, email: &str, now: Timestamp) {
        let mut windows = self.windows.lock();
        if windows.len() >= ADDRESSES_MAX {
            windows.retain(|_, window| window.seconds_left(now) > 0);
        }
        if windows.len() >= ADDRESSES_MAX {
            windows.clear();
        }
        let window = windows.entry(key(email)).or_insert(Window { began: now, failed: 0 });
        if window.seconds_left(now) <= 0 {
            *window = Window { began: now, failed: 0 };
        }
        window.failed += 1;
    }

    /// Forgets the failed tries of an address that succeeded.
    pub(crate) fn succeeded(&self, email: &str) {
        self.windows.lock().remove(&key(email));
    }
}

impl Window {
    /// Rounded up; a clock that was set back ends the window, too.
    fn seconds_left(self, now: Timestamp) -> i64 {
        let passed = now.micros_since(self.began);
        if passed < 0 { 0 } else { WINDOW_SECONDS - passed / 1_000_000 }
    }
}

/// Addresses are told apart as the engine tells them apart; an overlong one is cut so that it costs no memory.
fn key(email: &str) -> String {
    email.trim().chars().take(320).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_eleventh_try_within_a_minute_waits_for_its_end() {
        let throttle = Throttle::default();
        for _ in 0..TRIES_MAX {
            assert_eq!(throttle.check("A@b.c", second(0)), Ok(()));
            throttle.failed("a@B.c ", second(0));
        }
        assert_eq!(throttle.check("a@b.c", second(1)), Err(59));
        assert_eq!(throttle.check("other@b.c", second(1)), Ok(()));
        assert_eq!(throttle.check("a@b.c", second(60)), Ok(()));
        throttle.failed("a@b.c", second(60));
        assert_eq!(throttle.check("a@b.c", second(61)), Ok(()), "a new window has begun");
    }

    #[test]
    fn a_success_clears_the_count() {
        let throttle = Throttle::default();
        for _ in 0..TRIES_MAX {
            throttle.failed("a", second(0));
        }
        throttle.succeeded("a");
        assert_eq!(throttle.check("a", second(0)), Ok(()));
    }

    #[test]
    fn the_number_of_addresses_is_bounded() {
        let throttle = Throttle::default();
        for index in 0..=ADDRESSES_MAX {
            throttle.failed(&index.to_string(), second(0));
        }
        assert!(throttle.windows.lock().len() <= ADDRESSES_MAX);
    }
}
