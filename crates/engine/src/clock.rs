//! The only clock.

use std::time::{SystemTime, UNIX_EPOCH};

use spanstone_model::Timestamp;

/// The time by the machine's clock; 1970 for a clock set before that.
#[must_use]
pub fn system_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
