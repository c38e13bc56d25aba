//! Deleting: what Langfuse's clients ask for, and our own for sessions and projects.

use serde_json::{Value as Json, json};
use spanstone_model::Limits;

use crate::fixtures::{filled, one};
use crate::harness::{Answer, PROJECT, PUBLIC_KEY, Request, Server, encode};
use crate::viewer::cookie;

fn delete(server: &Server, path: &str) -> (u16, Json) {
    told(&server.send(Request::new("DELETE", path).key()))
}

fn delete_traces(server: &Server, body: &Json) -> (u16, Json) {
    told(&server.send(Request::new("DELETE", "/api/public/traces").key().json(body)))
}

fn told(answer: &Answer) -> (u16, Json) {
    (answer.status, answer.json())
}

/// The ids of everything that a list gives.
fn listed(server: &Server, list: &str) -> Vec<String> {
    let rows = server.json(&format!("/api/public/{list}?limit=100"))["data"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> = rows.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect();
    ids.sort();
    ids
}

const OTEL_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[test]
fn a_deleted_trace_is_gone_from_every_read_with_what_belongs_to_it() {
    let server = filled();
    assert!(listed(&server, "v3/scores").contains(&"numeric".to_owned()));
    let answer = delete(&server, "/api/public/traces/chat%2F1");
    assert_eq!(answer, (200, json!({"message": "Trace deleted successfully"})));
    assert_eq!(listed(&server, "traces"), [OTEL_TRACE]);
    assert_eq!(server.get("/api/public/traces/chat%2F1").status, 404);
    assert_eq!(listed(&server, "observations"), ["b7ad6b7169203331", "c7ad6b7169203332"]);
    assert_eq!(server.get("/api/public/observations/generation").status, 404);
    assert_eq!(server.json("/api/public/v2/observations?traceId=chat%2F1")["data"], json!([]));
    assert_eq!(listed(&server, "v3/scores"), ["early", "of-session"], "scores go with their trace, others stay");
    assert_eq!(server.get("/api/public/scores/numeric").status, 404);
    assert_eq!(listed(&server, "sessions"), ["s/2"], "a session is there as long as a trace names it");
}

#[test]
fn what_is_not_there_is_deleted_as_well() {
    let server = Server::start();
    assert_eq!(delete(&server, "/api/public/traces/nothing").0, 200);
    assert_eq!(delete(&server, "/api/public/traces/no/such/thing").0, 200);
    assert_eq!(delete(&server, "/api/public/scores/nothing").0, 202);
    assert_eq!(
        delete(&server, "/api/spanstone/v1/sessions/nothing"),
        (200, json!({"message": "Session deleted successfully", "traces": 0, "scores": 0}))
    );
}

#[test]
fn a_trace_that_was_deleted_can_be_written_anew() {
    let server = filled();
    assert_eq!(delete(&server, "/api/public/traces/chat%2F1").0, 200);
    server.ingest(&one("trace-create", json!({"id": "chat/1", "name": "again"})));
    let trace = server.json("/api/public/traces/chat%2F1");
    assert_eq!((trace["name"].clone(), trace["observations"].clone()), (json!("again"), json!([])));
    assert_eq!(
        (trace["input"].clone(), trace["tags"].clone(), trace["scores"].clone()),
        (json!(null), json!([]), json!([]))
    );
}

#[test]
fn many_traces_are_deleted_at_once() {
    let server = filled();
    let body = json!({"traceIds": ["chat/1", OTEL_TRACE, "nothing"]});
    assert_eq!(delete_traces(&server, &body), (200, json!({"message": "Traces deleted successfully"})));
    assert!(listed(&server, "traces").is_empty() && listed(&server, "observations").is_empty());
}

#[test]
fn a_list_of_traces_has_langfuses_bounds() {
    let server = Server::with_limits(Limits { deleted_traces_max: 2, ..Limits::default() });
    server.ingest(&one("trace-create", json!({"id": "a"})));
    for (body, message) in [
        (json!({"traceIds": ["a", "b", "c"]}), "Too big: expected array to have <=2 items"),
        (json!({"traceIds": []}), "Too small: expected array to have >=1 items"),
        (json!({}), "Invalid input: expected array, received undefined"),
        (json!({"traceIds": ["a", 1]}), "Invalid input: expected string, received number"),
        (json!({"traceIds": ["a"], "filter": {}}), "Unrecognized key: \"filter\""),
    ] {
        let (status, answer) = delete_traces(&server, &body);
        assert_eq!((status, answer["message"].clone()), (400, json!("Invalid request data")), "{answer}");
        assert_eq!(answer["error"][0]["message"], message, "{answer}");
    }
    let broken = Request::new("DELETE", "/api/public/traces").key().body("application/json", b"{".to_vec());
    assert_eq!(server.send(broken).status, 400);
    assert_eq!(listed(&server, "traces"), ["a"], "nothing of a refused request is deleted");
    assert_eq!(Limits::default().deleted_traces_max, 1_000);
}

#[test]
fn a_score_of_any_kind_is_deleted_and_its_trace_stays() {
    let server = filled();
    for id in ["numeric", "correction", "of-session", "early"] {
        let answer = delete(&server, &format!("/api/public/scores/{id}"));
        assert_eq!(answer, (202, json!({"message": "Score deletion queued successfully"})));
    }
    assert_eq!(listed(&server, "v3/scores"), ["boolean", "categorical", "text"]);
    assert_eq!(server.json("/api/public/traces/chat%2F1")["observations"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_session_goes_with_its_traces_and_scores() {
    let server = filled();
    let answer = delete(&server, &format!("/api/spanstone/v1/sessions/{}", encode("s/1")));
    assert_eq!(answer, (200, json!({"message": "Session deleted successfully", "traces": 1, "scores": 1})));
    assert_eq!(listed(&server, "sessions"), ["s/2"]);
    assert_eq!(listed(&server, "traces"), [OTEL_TRACE]);
    assert_eq!(listed(&server, "v3/scores"), ["early"]);
}

#[test]
fn a_session_with_too_many_traces_is_not_half_deleted() {
    let server = Server::with_limits(Limits { deleted_session_traces_max: 1, ..Limits::default() });
    for id in ["a", "b"] {
        server.ingest(&one("trace-create", json!({"id": id, "sessionId": "s"})));
    }
    let (status, answer) = delete(&server, "/api/spanstone/v1/sessions/s");
    assert_eq!(status, 400, "{answer}");
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(message.contains("`s` has 2 traces") && message.contains("DELETE /api/public/traces"), "{message}");
    assert_eq!(listed(&server, "traces"), ["a", "b"]);
}

#[test]
fn a_project_is_deleted_by_people_and_not_by_keys() {
    let server = filled();
    let own = format!("/api/spanstone/v1/projects/{PROJECT}");
    let (status, answer) = delete(&server, &format!("/api/public/projects/{PROJECT}"));
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(status == 403 && message.contains("Organization-scoped API key required"), "{status} {answer}");
    assert_eq!(delete(&server, &own).0, 403);
    assert_eq!(server.send(Request::new("DELETE", &own)).status, 401);
    assert_eq!(listed(&server, "traces").len(), 2);

    let cookie = cookie(&server);
    let as_user = |path: &str| told(&server.send(Request::new("DELETE", path).header("cookie", &cookie)));
    assert_eq!(as_user("/api/spanstone/v1/projects/another").0, 404);
    assert_eq!(as_user(&own), (200, json!({"message": "Project deleted successfully"})));
    assert_eq!(server.get("/api/public/traces").status, 401, "its keys are gone");
    assert_eq!(as_user(&own).0, 404);
    let session = server.send(Request::new("GET", "/api/spanstone/v1/session").header("cookie", &cookie)).json();
    assert_eq!(session["projects"], json!([]));
}

#[test]
fn deleting_needs_a_whole_key() {
    let server = filled();
    for path in ["/api/public/traces", "/api/public/traces/chat%2F1", "/api/public/scores/numeric"] {
        assert_eq!(server.send(Request::new("DELETE", path)).status, 401, "{path}");
        let public = Request::new("DELETE", path).header("Authorization", &format!("Bearer {PUBLIC_KEY}"));
        assert_eq!(server.send(public).status, 403, "{path}");
    }
    let session = "/api/spanstone/v1/sessions/s%2F1";
    assert_eq!(server.send(Request::new("DELETE", session)).status, 401);
    assert_eq!(listed(&server, "traces").len(), 2);
}

#[test]
fn what_is_stored_is_told_by_week_to_whoever_has_a_key() {
    let server = filled();
    let storage = server.json("/api/spanstone/v1/storage");
    assert_eq!((storage["project"].clone(), storage["weeks"].clone()), (json!(PROJECT), json!([])));
    assert_eq!(storage["memory"]["observations"], 5);
    assert_eq!(storage["journal"]["requests"], 3);
    assert_eq!(storage["archivist"]["seals"], 0);
    assert_eq!(server.send(Request::new("GET", "/api/spanstone/v1/storage")).status, 401);
}
