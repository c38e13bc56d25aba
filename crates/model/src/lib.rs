//! The vocabulary every other crate speaks: ids, time, usage, cost, traces, observations, scores, limits.
//!
//! Owns the types and their text forms. Refuses input and output of any kind: no disk, no clock, no network.

pub mod change;
pub mod cost;
pub mod details;
pub mod experiment;
pub mod id;
pub mod journal;
pub mod limits;
pub mod media;
pub mod observation;
pub mod origin;
pub mod payload;
pub mod price;
pub mod score;
pub mod summary;
pub mod time;
pub mod tools;
pub mod trace;
pub mod usage;
pub mod week;

use std::sync::Arc;

pub use change::{
    Assumed, Change, Deletion, Derived, Event, ObservationChange, Patch, ScoreChange, Stamp, StampKind, TraceChange,
};
pub use cost::{Cost, CostDetails};
pub use details::Details;
pub use experiment::Experiment;
pub use id::{IdError, ObservationId, ProjectId, ScoreId, SessionId, TraceId};
pub use journal::{BodyKind, EntryHeader};
pub use limits::Limits;
pub use media::{ContentType, MediaKey, MediaSource};
pub use observation::{Level, Observation, ObservationType, PromptLink};
pub use origin::{IngestionSource, Origin, Sender};
pub use payload::{EventPayloads, JournalPlace, Payload, PayloadRef, Payloads};
pub use price::{PriceLink, PriceQuestion, PriceTier, Priced};
pub use score::{DataType, Score, ScoreSource, ScoreValue};
pub use summary::{Root, RootRank, Summary, TraceStats};
pub use time::{Timestamp, TimestampError};
pub use tools::Tools;
pub use trace::Trace;
pub use usage::UsageDetails;
pub use week::Week;

/// A short, shared string: a name, a model, an environment.
pub type Text = Arc<str>;
