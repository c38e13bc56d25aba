//! Who may do what: methods, CORS, keys, error bodies.

use serde_json::json;

use crate::fixtures::one;
use crate::harness::{PUBLIC_KEY, Request, SECRET_KEY, Server};

fn basic(pair: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

#[test]
fn a_wrong_method_is_told_before_a_missing_key() {
    let server = Server::start();
    let status = |method, path| server.send(Request::new(method, path)).status;
    for (method, path) in [
        ("GET", "/api/public/ingestion"),
        ("GET", "/api/public/spans"),
        ("PUT", "/api/public/traces"),
        ("HEAD", "/api/public/traces"),
        ("POST", "/api/public/observations"),
        ("DELETE", "/api/public/sessions/a"),
        ("GET", "/api/public/otel/v1/traces"),
        ("POST", "/metrics"),
    ] {
        assert_eq!(status(method, path), 405, "{method} {path}");
    }
    let refused = server.send(Request::new("GET", "/api/public/ingestion"));
    assert_eq!(refused.json(), json!({"error": "MethodNotAllowedError", "message": "Method not allowed"}));
    assert_eq!(refused.header("allow"), Some("POST"));
    for method in ["GET", "POST", "DELETE"] {
        assert_eq!(status(method, "/api/public/health"), 200, "{method}");
    }
    assert_eq!(status("GET", "/api/public/ready"), 200);
}

#[test]
fn what_is_not_there_is_told_in_json() {
    let server = Server::start();
    let answer = server.send(Request::new("GET", "/api/public/nothing"));
    assert_eq!(
        (answer.status, answer.json()),
        (404, json!({"message": "there is no `/api/public/nothing` here", "error": "LangfuseNotFoundError"}))
    );
    assert_eq!(server.send(Request::new("GET", "/api/spanstone/v2")).json()["code"], "not_found");
    assert_eq!(server.send(Request::new("GET", "/nothing")).status, 404);
}

#[test]
fn each_way_to_be_nobody_has_its_text() {
    let server = Server::start();
    let hint = "Confirm that you've configured the correct host.";
    for (header, message) in [
        (None, "No authorization header".to_owned()),
        (Some("Digest x".to_owned()), "Invalid authorization header".to_owned()),
        (Some(basic("nocolon")), format!("Invalid authorization header. {hint}")),
        (Some(basic(&format!("{PUBLIC_KEY}:wrong"))), format!("Invalid credentials. {hint}")),
        (Some("Bearer nobody".to_owned()), format!("Invalid public key. {hint}")),
    ] {
        let send = |path, method| {
            let request = Request::new(method, path);
            server.send(match &header {
                Some(header) => request.header("Authorization", header),
                None => request,
            })
        };
        let answer = send("/api/public/traces", "GET");
        assert_eq!((answer.status, answer.json()), (401, json!({"message": message})));
        let answer = send("/api/public/ingestion", "POST");
        assert_eq!((answer.status, answer.json()), (401, json!({"error": "UnauthorizedError", "message": message})));
        let answer = send("/api/public/otel/v1/traces", "POST");
        assert_eq!((answer.status, answer.json()), (401, json!({"message": message})));
    }
}

#[test]
fn the_secret_decides_and_the_public_half_is_not_compared() {
    let server = Server::start();
    for pair in [format!("anything:{SECRET_KEY}"), format!("{PUBLIC_KEY}:{SECRET_KEY}:more")] {
        let request = Request::new("GET", "/api/public/projects").header("authorization", &basic(&pair));
        let answer = server.send(request);
        assert_eq!(
            (answer.status, answer.json()),
            (
                200,
                json!({"data": [{
                    "id": "project-1", "name": "First", "metadata": {},
                    "organization": {"id": "organization-1", "name": "Home"}
                }]})
            )
        );
    }
}

#[test]
fn a_public_key_alone_writes_scores_and_nothing_else() {
    let server = Server::start();
    let bearer = |method, path| Request::new(method, path).header("Authorization", &format!("Bearer {PUBLIC_KEY}"));
    let forbidden = json!({"message": "Access denied - insufficient permissions for this endpoint"});
    for (method, path) in [
        ("GET", "/api/public/traces"),
        ("POST", "/api/public/traces"),
        ("POST", "/api/public/otel/v1/traces"),
        ("GET", "/api/public/v3/scores"),
    ] {
        let answer = server.send(bearer(method, path).json(&json!({})));
        assert_eq!((answer.status, answer.json()), (403, forbidden.clone()), "{method} {path}");
    }
    let score = json!({"id": "a", "traceId": "t", "name": "n", "value": 1});
    assert_eq!(server.send(bearer("POST", "/api/public/scores").json(&score)).json(), json!({"id": "a"}));
    let batch = json!({"batch": [
        one("score-create", json!({"id": "b", "traceId": "t", "name": "n", "value": 1}))[0],
        one("trace-create", json!({"id": "t"}))[0],
    ]});
    let answer = server.send(bearer("POST", "/api/public/ingestion").json(&batch)).json();
    assert_eq!(answer["successes"], json!([{"id": "event-1", "status": 201}]));
    assert_eq!(
        answer["errors"],
        json!([{"id": "event-1", "status": 401, "message": "Authentication error", "error": "Access Scope Denied"}])
    );
    assert_eq!(server.get("/api/public/traces/t").status, 404);
}

#[test]
fn browsers_of_any_origin_may_ask_without_credentials() {
    let server = Server::start();
    let asked = Request::new("OPTIONS", "/api/public/ingestion")
        .header("Origin", "https://shop.example")
        .header("Access-Control-Request-Headers", "authorization,x-langfuse-sdk-name");
    let answer = server.send(asked);
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,HEAD,PUT,PATCH,POST,DELETE"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,x-langfuse-sdk-name"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let answer = server.send(Request::new("GET", "/api/public/traces").header("Origin", "https://shop.example"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"), "errors are readable, too");
    assert_eq!(answer.header("vary"), Some("Origin"));
    let answer = server.send(Request::new("OPTIONS", "/api/spanstone/v1/session").header("Origin", "https://x"));
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (405, None));
}

#[test]
fn every_answer_tells_browsers_to_be_careful() {
    let server = Server::start();
    for path in ["/api/public/health", "/", "/nothing", "/assets/main.js"] {
        let answer = server.send(Request::new("GET", path));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("SAMEORIGIN"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("strict-origin-when-cross-origin"), "{path}");
        assert_eq!(answer.header("x-robots-tag"), Some("noindex"), "{path}");
    }
}
