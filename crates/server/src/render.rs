//! Rows of the engine as JSON, in the shapes of Langfuse's public API and of our own.
//!
//! Owns names, nulls and sentinels of every answer; rows are written straight to bytes. Refuses queries and status
//! codes.

pub(crate) mod comment;
pub(crate) mod cost;
pub(crate) mod daily;
pub(crate) mod experiment;
pub(crate) mod facets;
pub(crate) mod media;
pub(crate) mod metrics;
pub(crate) mod model;
pub(crate) mod observation;
pub(crate) mod observation_v2;
pub(crate) mod page;
pub(crate) mod prices;
pub(crate) mod project;
pub(crate) mod receipt;
pub(crate) mod score;
pub(crate) mod score_config;
pub(crate) mod score_v2;
pub(crate) mod score_v3;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod skeleton;
pub(crate) mod storage;
pub(crate) mod trace;
pub(crate) mod user;
pub(crate) mod viewer;

mod number;
mod stored;

pub(crate) use number::{Number, dollars, seconds};
pub(crate) use stored::{Metadata, Stored};

use serde::Serialize;

/// A value as JSON bytes.
pub(crate) fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("rows have string keys and cannot fail to serialise")
}
