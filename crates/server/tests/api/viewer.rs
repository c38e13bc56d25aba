//! Our own API, the viewer's files, and what the operator watches.

use serde_json::json;

use crate::fixtures::filled;
use crate::harness::{EMAIL, PASSWORD, PROJECT, Request, Server};

const SESSION: &str = "/api/spanstone/v1/session";

fn sign_in(server: &Server, password: &str) -> crate::harness::Answer {
    server.send(Request::new("POST", SESSION).json(&json!({"email": EMAIL, "password": password})))
}

pub(crate) fn cookie(server: &Server) -> String {
    let answer = sign_in(server, PASSWORD);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    cookie.split(';').next().expect("the first part").to_owned()
}

#[test]
fn signing_in_gives_a_cookie_that_opens_the_own_api() {
    let server = filled();
    let nobody = server.send(Request::new("GET", SESSION)).json();
    assert_eq!(nobody, json!({"user": null, "projects": [], "version": "0.1.0"}));
    let cookie = cookie(&server);
    let signed_in = server.send(Request::new("GET", SESSION).header("cookie", &cookie)).json();
    assert_eq!(
        signed_in,
        json!({
            "user": {"email": "ada@example.org", "name": "Ada"},
            "projects": [{"id": "project-1", "name": "First"}], "version": "0.1.0"
        })
    );
    let list = format!("/api/spanstone/v1/projects/{PROJECT}/traces");
    assert_eq!(server.send(Request::new("GET", &list)).status, 401);
    assert_eq!(server.send(Request::new("GET", &list).header("cookie", &cookie)).json()["total"], 2);
    assert_eq!(server.get(&list).json()["total"], 2, "a key opens it, too");
    assert_eq!(server.get("/api/spanstone/v1/projects/other/traces").status, 404);
    assert_eq!(server.send(Request::new("GET", "/api/public/traces").header("cookie", &cookie)).status, 401);
    let out = server.send(Request::new("DELETE", SESSION).header("cookie", &cookie));
    assert_eq!(out.json()["user"], json!(null));
    assert!(out.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
}

#[test]
fn a_forged_cookie_opens_nothing() {
    let server = Server::start();
    let cookie = cookie(&server);
    let forged = cookie.replacen('.', "0.", 1);
    assert_eq!(server.send(Request::new("GET", SESSION).header("cookie", &forged)).json()["user"], json!(null));
}

#[test]
fn signing_in_needs_json_and_the_right_password() {
    let server = Server::start();
    let wrong = sign_in(&server, "wrong");
    assert_eq!(
        (wrong.status, wrong.json()),
        (401, json!({"message": "the e-mail address or the password is wrong", "code": "unauthorized"}))
    );
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string().into_bytes();
    assert_eq!(server.send(Request::new("POST", SESSION).body("text/plain", body)).status, 415);
    let huge = json!({"email": EMAIL, "password": "x".repeat(10_000)});
    assert_eq!(server.send(Request::new("POST", SESSION).json(&huge)).status, 413);
    assert_eq!(server.send(Request::new("POST", SESSION).json(&json!({"email": 7}))).status, 400);
}

#[test]
fn ten_wrong_passwords_close_the_door_for_a_while() {
    let server = Server::start();
    for _ in 0..10 {
        assert_eq!(sign_in(&server, "wrong").status, 401);
    }
    let refused = sign_in(&server, PASSWORD);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("60")));
    assert_eq!(refused.json()["code"], "too_many_tries");
}

#[test]
fn the_viewer_reads_lists_trees_and_payloads() {
    let server = filled();
    let base = format!("/api/spanstone/v1/projects/{PROJECT}");
    insta::assert_json_snapshot!("viewer_traces", server.json(&format!("{base}/traces?limit=2")));
    insta::assert_json_snapshot!("viewer_trace", server.json(&format!("{base}/traces/chat%2F1")));
    insta::assert_json_snapshot!("viewer_observation", server.json(&format!("{base}/observations/generation")));
    let found = |query: &str| server.json(&format!("{base}/traces?{query}"))["total"].clone();
    assert_eq!(found("search=CHAT"), 2);
    assert_eq!(found("tag=a&tag=b"), 1);
    assert_eq!(found("environment=production&environment=default"), 2);
    assert_eq!(found("userId=grace"), 1);
    assert_eq!(found("fromTimestamp=2026-08-21T07:00:30Z"), 1);
    assert_eq!(server.get(&format!("{base}/traces/nothing")).json()["code"], "not_found");
}

#[test]
fn a_list_goes_on_where_its_cursor_points() {
    let server = filled();
    let base = format!("/api/spanstone/v1/projects/{PROJECT}/traces?limit=1");
    let (mut ids, mut path) = (Vec::new(), base.clone());
    loop {
        let page = server.json(&path);
        ids.extend(page["data"].as_array().expect("a list").iter().map(|row| row["id"].clone()));
        let Some(cursor) = page["cursor"].as_str() else { break };
        path = format!("{base}&cursor={cursor}");
    }
    let mut unique = ids.clone();
    unique.sort_by_key(ToString::to_string);
    unique.dedup();
    assert_eq!((ids.len(), unique.len()), (2, 2));
}

#[test]
fn every_deep_link_is_the_page_and_assets_are_cached() {
    let server = Server::start();
    for path in ["/", "/sign-in", "/project/p/traces/a%2Fb?observation=c", "/project/p/sessions/s"] {
        let page = server.send(Request::new("GET", path));
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert!(page.header("content-security-policy").is_some_and(|it| it.contains("default-src 'self'")));
    }
    let asset = server.send(Request::new("GET", "/assets/main.js"));
    assert_eq!((asset.status, asset.header("cache-control")), (200, Some("no-cache")));
    let etag = asset.header("etag").expect("a tag").to_owned();
    let again = server.send(Request::new("GET", "/assets/main.js").header("if-none-match", &etag));
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = server.send(Request::new("HEAD", "/assets/main.js"));
    assert_eq!((head.status, head.body.len()), (200, 0));
    let old = server.send(Request::new("GET", "/trace/abc"));
    assert_eq!((old.status, old.header("location")), (302, Some("/project/project-1/traces/abc")));
}

#[test]
fn the_operator_sees_what_passed() {
    let server = filled();
    let text = server.send(Request::new("GET", "/metrics")).text();
    for line in [
        "spanstone_http_requests_total{route=\"/api/public/ingestion\",status=\"2xx\"} 2",
        "spanstone_events_stored_total 15",
        "spanstone_events_refused_total 0",
        "spanstone_journal_entries 3",
        "spanstone_hot_rows{kind=\"observation\"} 5",
        "spanstone_body_bytes_in_flight 0",
        "process_start_time_seconds 1787299200",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(text.contains("process_resident_memory_bytes "));
    assert!(!text.contains(PROJECT) && !text.contains("chat/1"), "no data of a project");
}
