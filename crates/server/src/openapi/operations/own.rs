//! Our own API, for the viewer and for programs, and what the operator watches.

use crate::error::Code;
use crate::openapi::bodies;
use crate::openapi::operation::{Auth, JSON, Operation, Tag};
use crate::render::facets::Facets;
use crate::render::page::Numbered;
use crate::render::receipt::{Deleted, Message};
use crate::render::search::Hits;
use crate::render::storage::Storage;
use crate::render::user::UserView;
use crate::render::viewer::{ObservationWhole, SessionState, TraceList, TraceTree};
use crate::routes::search;
use crate::routes::viewer::traces;
use crate::routes::{facets, tail, users};

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    all.extend(signing_in());
    all.extend(viewer());
    all.extend(lists());
    all.extend(programs());
    all
}

fn get(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new("GET", path, id, tag, summary)
}

fn signing_in() -> [Operation; 3] {
    let path = "/api/spanstone/v1/session";
    let on = |method, id, summary| {
        Operation::new(method, path, id, Tag::Viewer, summary).auth(Auth::Open).answers::<SessionState<'_>>()
    };
    [
        on("GET", "getSignedIn", "Who is signed in, and which projects they see."),
        on("POST", "signIn", "Signs in, and sets a cookie.")
            .takes(bodies::credentials)
            .fails(&[Code::Unauthorized, Code::TooManyTries]),
        on("DELETE", "signOut", "Signs out."),
    ]
}

fn viewer() -> [Operation; 4] {
    let of_project = "/api/spanstone/v1/projects/{projectId}/traces";
    [
        get(of_project, "listTraceSummaries", Tag::Viewer, "The traces after a cursor, the newest first.")
            .query(traces::read)
            .answers::<TraceList<'_>>(),
        get(
            "/api/spanstone/v1/projects/{projectId}/search",
            "searchProject",
            Tag::Viewer,
            "Full-text search in a project, the newest first.",
        )
        .query(search::read)
        .answers::<Hits<'_>>(),
        get(
            "/api/spanstone/v1/projects/{projectId}/traces/{traceId}",
            "getTraceTree",
            Tag::Viewer,
            "A trace with the skeletons of its observations.",
        )
        .answers::<TraceTree<'_>>(),
        get(
            "/api/spanstone/v1/projects/{projectId}/observations/{observationId}",
            "getObservationWhole",
            Tag::Viewer,
            "An observation with its payloads.",
        )
        .answers::<ObservationWhole<'_>>(),
    ]
    .map(|operation| operation.auth(Auth::KeyOrSession).fails(&[Code::NotFound]))
}

/// What the viewer asks of a project, and a program of the project of its key.
fn lists() -> Vec<Operation> {
    let of_project = [
        skeleton("/api/spanstone/v1/projects/{projectId}/skeletons/{traceId}", "getProjectSkeleton"),
        users("/api/spanstone/v1/projects/{projectId}/users", "listProjectUsers"),
        facets("/api/spanstone/v1/projects/{projectId}/facets", "getProjectFacets"),
        tail("/api/spanstone/v1/projects/{projectId}/tail", "followProject"),
    ];
    let of_key = [
        skeleton("/api/spanstone/v1/skeletons/{traceId}", "getSkeleton"),
        users("/api/spanstone/v1/users", "listUsers"),
        facets("/api/spanstone/v1/facets", "getFacets"),
        tail("/api/spanstone/v1/tail", "follow"),
    ];
    let of_project = of_project.map(|operation| operation.auth(Auth::KeyOrSession).fails(&[Code::NotFound]));
    of_project.into_iter().chain(of_key).collect()
}

fn skeleton(path: &'static str, id: &'static str) -> Operation {
    get(path, id, Tag::Viewer, "A trace without bodies, with a column for each field of its observations.")
        .answers_as(200, JSON, bodies::anything)
        .fails(&[Code::NotFound])
}

fn users(path: &'static str, id: &'static str) -> Operation {
    get(path, id, Tag::Viewer, "Whom traces name, and what their traces come to.")
        .query(users::read)
        .answers::<Numbered<'_, UserView<'_>>>()
}

fn facets(path: &'static str, id: &'static str) -> Operation {
    get(path, id, Tag::Viewer, "How often values occur and how numbers are spread, under the conditions of a list.")
        .query(facets::read)
        .answers::<Facets<'_>>()
}

fn tail(path: &'static str, id: &'static str) -> Operation {
    get(path, id, Tag::Viewer, "Traces as they are written, as server-sent events.").query(tail::read).answers_as(
        200,
        "text/event-stream",
        bodies::text,
    )
}

const MCP: &str =
    "Answers messages of the Model Context Protocol (streamable HTTP, without sessions): tools for agents.";

fn programs() -> Vec<Operation> {
    let delete = |path, id, tag, summary| Operation::new("DELETE", path, id, tag, summary).fails(&[Code::StorageFull]);
    vec![
        delete(
            "/api/spanstone/v1/projects/{projectId}",
            "deleteProject",
            Tag::Server,
            "Deletes a project with its keys and everything in it; for people who are signed in.",
        )
        .auth(Auth::KeyOrSession)
        .answers::<Message<'_>>()
        .fails(&[Code::NotFound]),
        delete(
            "/api/spanstone/v1/sessions/{sessionId}",
            "deleteSession",
            Tag::Sessions,
            "Deletes the traces of a session, and the scores of the session itself.",
        )
        .answers::<Deleted<'_>>()
        .fails(&[Code::InvalidRequest]),
        get("/api/spanstone/v1/storage", "getStorage", Tag::Server, "What is stored of the project, by week.")
            .answers::<Storage<'_>>(),
        get("/api/spanstone/v1/search", "search", Tag::Traces, "Full-text search, the newest first.")
            .query(search::read)
            .answers::<Hits<'_>>(),
        get("/api/openapi.json", "getOpenApi", Tag::Server, "This document.")
            .auth(Auth::Open)
            .answers_as(200, JSON, bodies::anything)
            .answers_nothing(304),
        Operation::new("POST", "/api/public/mcp", "askForAgents", Tag::Server, MCP)
            .takes(bodies::anything)
            .answers_as(200, JSON, bodies::anything)
            .answers_nothing(202)
            .answers_as(400, JSON, bodies::anything)
            .answers_as(406, JSON, bodies::anything),
        get("/metrics", "getPrometheusMetrics", Tag::Server, "What the operator watches, in Prometheus' text format.")
            .auth(Auth::Open)
            .answers_as(200, "text/plain", bodies::text),
    ]
}
