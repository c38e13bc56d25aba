//! Handlers, a file per resource: each establishes who asks, reads what is asked, has the engine do it, and renders.

pub(crate) mod comments;
pub(crate) mod costs;
pub(crate) mod daily;
pub(crate) mod deletions;
pub(crate) mod experiments;
pub(crate) mod facets;
pub(crate) mod health;
pub(crate) mod ingestion;
pub(crate) mod legacy;
pub(crate) mod media;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod observations;
pub(crate) mod observations_v2;
pub(crate) mod openapi;
pub(crate) mod otlp;
pub(crate) mod projects;
pub(crate) mod prometheus;
pub(crate) mod score_configs;
pub(crate) mod scores;
pub(crate) mod scores_v2;
pub(crate) mod scores_v3;
pub(crate) mod search;
pub(crate) mod sessions;
pub(crate) mod storage;
pub(crate) mod tail;
pub(crate) mod traces;
pub(crate) mod users;
pub(crate) mod viewer;

use spanstone_engine::{Access, Principal};
use spanstone_model::{BodyKind, EntryHeader, Sender, Timestamp};

/// What the journal keeps beside a body; `header` looks up what the client says of itself.
pub(crate) fn entry<'h>(
    client: Principal,
    kind: BodyKind,
    received_at: Timestamp,
    header: impl Fn(&str) -> Option<&'h str>,
) -> EntryHeader {
    let (name, version) = (header("x-langfuse-sdk-name"), header("x-langfuse-sdk-version"));
    EntryHeader {
        project: client.project,
        kind,
        received_at,
        scores_only: client.access == Access::ScoresOnly,
        media_taken: false,
        sender: Sender::new(Some(&client.public_key), name, version),
    }
}
