//! Deleting: traces, scores and a project through Langfuse's API, sessions and projects through our own.
//!
//! Every deletion is on disk, and out of every read, when it is answered. What is not there is deleted as well as what is,
//! as in Langfuse.

use spanstone_engine::wire::langfuse::request;
use spanstone_model::{Deletion, ProjectId, ScoreId, SessionId, TraceId};

use crate::auth::{self, Viewer};
use crate::call::{Call, accepted, json};
use crate::error::{Answer, Code, Failure};
use crate::extract::BodyLimit;
use crate::render::receipt;

/// `DELETE /api/public/traces/{id}`
pub(crate) async fn trace(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = TraceId::from_wire(call.captured(0));
    call.delete(project, vec![Deletion::Trace(id)]).await?;
    Ok(json(receipt::message("Trace deleted successfully")))
}

/// `DELETE /api/public/traces`
pub(crate) async fn traces(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let body = call.body(&client, BodyLimit::Other).await?;
    let ids = call.wait_for(move |engine| {
        let (bytes, _room) = body.unpack()?;
        Ok(request::trace_ids(&bytes, engine.limits())?)
    });
    let ids = ids.await?;
    call.delete(client.project, ids.into_iter().map(Deletion::Trace).collect()).await?;
    Ok(json(receipt::message("Traces deleted successfully")))
}

/// `DELETE /api/public/scores/{id}`
pub(crate) async fn score(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = ScoreId::from_wire(call.captured(0));
    call.delete(project, vec![Deletion::Score(id)]).await?;
    // Langfuse deletes later, and its clients know this status.
    Ok(accepted(receipt::message("Score deletion queued successfully")))
}

/// `DELETE /api/spanstone/v1/sessions/{id}`: the traces of a session, and the scores that are about it alone.
pub(crate) async fn session(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = SessionId::from_wire(call.captured(0));
    let found = project.clone();
    let deletions = call.wait_for(move |engine| Ok(engine.session_deletions(&found, &id)?)).await?;
    let is_trace = |deletion: &&Deletion| matches!(deletion, Deletion::Trace(_));
    let traces = deletions.iter().filter(is_trace).count();
    let scores = deletions.len() - traces;
    call.delete(project, deletions).await?;
    Ok(json(receipt::deleted("Session deleted successfully", traces, scores)))
}

/// `DELETE /api/public/projects/{id}`: in Langfuse for keys of an organization only, of which there are none here.
pub(crate) async fn langfuse_project(call: Call) -> Answer {
    auth::project(&call)?;
    let message = "Invalid API key. Organization-scoped API key required for this operation; Spanstone has none: \
                   sign in and use DELETE /api/spanstone/v1/projects/{projectId}.";
    Err(Failure::new(Code::Forbidden, message))
}

/// `DELETE /api/spanstone/v1/projects/{id}`: a project with its keys and everything in it. For people: a key that leaks
/// must not cost a whole project.
pub(crate) async fn project(call: Call) -> Answer {
    match auth::viewer(&call)? {
        Viewer::User(_) => {}
        Viewer::Key(_) => {
            return Err(Failure::new(Code::Forbidden, "a key cannot delete a project; sign in as a user"));
        }
    }
    let id = ProjectId::from_wire(call.captured(0));
    call.read(move |engine| {
        if engine.engine().delete_project(&id)? {
            Ok(receipt::message("Project deleted successfully"))
        } else {
            Err(Failure::not_found(format!("there is no project `{id}`")))
        }
    })
    .await
}
