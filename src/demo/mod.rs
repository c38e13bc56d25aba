//! What `spanstone demo` sends: a few traces such as real applications make, told through the public API.
//!
//! Owns the stories and their wire forms. They are a pure function of the time that they end at, so the same
//! time gives the same bytes; nothing here sends anything.

mod coding;
mod failing;
mod otlp;
mod planner;
mod rag;
mod story;
mod support;

use serde_json::Value;
use spanstone_model::Timestamp;

use story::Ids;

/// A request to make, and what the person watching should know of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// Where to post it.
    pub(crate) path: &'static str,
    /// What to post.
    pub(crate) body: Value,
    /// The traces in it, each with a line about it.
    pub(crate) traces: Vec<Link>,
}

/// A trace to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// Its id.
    pub(crate) trace_id: String,
    /// What there is to see.
    pub(crate) about: &'static str,
}

/// Every request of the demo, as if all of it had happened in the hour before `now`.
pub(crate) fn requests(now: Timestamp) -> Vec<Request> {
    let mut ids = Ids::new(now);
    vec![
        support::request(now, &mut ids),
        rag::request(now, &mut ids),
        coding::request(now, &mut ids),
        failing::request(now, &mut ids),
        planner::request(now, &mut ids),
    ]
}

#[cfg(test)]
mod tests;
