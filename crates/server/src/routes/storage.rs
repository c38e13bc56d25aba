//! `GET /api/spanstone/v1/storage`: what is where of the project of a key. What the server shares among all projects
//! (memory, journal, the archivist's work) is told as the sums that `/metrics` shows to anybody.

use crate::auth;
use crate::call::Call;
use crate::error::Answer;
use crate::render;

/// Gives what is stored, by week.
pub(crate) async fn show(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    call.read(move |reads| {
        let engine = reads.engine();
        Ok(render::storage::of_project(&project, &engine.archive_stats(), &engine.counters()))
    })
    .await
}
