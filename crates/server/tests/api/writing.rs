//! Every way to write, and what it answers.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};

use serde_json::json;

use crate::fixtures::{one, packed};
use crate::harness::{Request, Server};

#[test]
fn a_batch_is_answered_with_both_lists_and_visible_at_once() {
    let server = Server::start();
    let answer = server.ingest(&one("trace-create", json!({"id": "t", "name": "first"})));
    assert_eq!(answer, json!({"successes": [{"id": "event-1", "status": 201}], "errors": []}));
    assert_eq!(server.json("/api/public/traces/t")["name"], "first");
    assert_eq!(server.ingest(&json!([])), json!({"successes": [], "errors": []}));
}

#[test]
fn a_trailing_slash_and_a_doubled_one_do_not_matter() {
    let server = Server::start();
    let batch = json!({"batch": one("trace-create", json!({"id": "t"}))});
    assert_eq!(server.post("/api/public/ingestion/", &batch).status, 207);
    assert_eq!(server.post("//api/public/ingestion", &batch).status, 207);
    assert_eq!(server.get("/api/public/traces/t/").status, 200);
}

#[test]
fn headers_may_be_spelt_with_underscores() {
    let server = Server::start();
    let export = json!({"resourceSpans": []});
    let send = |name, version| {
        let request = Request::new("POST", "/api/public/otel/v1/traces").key();
        server.send(request.header(name, version).json(&export)).status
    };
    assert_eq!(send("x-langfuse-ingestion-version", "4"), 200);
    assert_eq!(send("x_langfuse_ingestion_version", "5"), 400);
    assert_eq!(send("x-langfuse-ingestion-version", "5"), 400);
}

#[test]
fn otlp_answers_in_the_type_of_the_request() {
    let server = Server::start();
    let send = |content_type: &str, body: &[u8]| {
        let request = Request::new("POST", "/api/public/otel/v1/traces").key();
        server.send(request.body(content_type, body.to_vec()))
    };
    let protobuf = send("application/x-protobuf", b"");
    assert_eq!(
        (protobuf.status, protobuf.header("content-type"), protobuf.text()),
        (200, Some("application/x-protobuf"), String::new())
    );
    let json_answer = send("application/json; charset=utf-8", b"{}");
    assert_eq!((json_answer.status, json_answer.text()), (200, "{}".to_owned()));
    let neither = send("application/protobuf", b"");
    assert_eq!((neither.status, neither.json()), (400, json!({"error": "Invalid content type"})));
    let broken = send("application/json", b"{");
    assert_eq!((broken.status, broken.json()), (400, json!({"error": "Failed to parse OTel JSON Trace"})));
    let broken = send("application/x-protobuf", b"\xff\xff");
    assert_eq!((broken.status, broken.json()), (400, json!({"error": "Failed to parse OTel Protobuf Trace"})));
    let metrics = server.post("/api/public/otel/v1/metrics", &json!({"resourceMetrics": []}));
    assert_eq!((metrics.status, metrics.json()), (200, json!({"message": "OK"})));
}

#[test]
fn bodies_may_be_packed_on_every_route() {
    let server = Server::start();
    let batch = json!({"batch": one("trace-create", json!({"id": "packed"}))}).to_string();
    assert_eq!(server.send(packed("/api/public/ingestion", "application/json", batch.as_bytes())).status, 207);
    assert_eq!(server.get("/api/public/traces/packed").status, 200);
    let export = packed("/api/public/otel/v1/traces", "application/json", b"{}");
    assert_eq!(server.send(export).status, 200);
    let request = Request::new("POST", "/api/public/otel/v1/traces").key().header("content-encoding", "gzip");
    let answer = server.send(request.body("application/json", b"{}".to_vec()));
    assert_eq!((answer.status, answer.json()), (400, json!({"error": "Failed to decompress request body"})));
}

#[test]
fn opentelemetrys_own_paths_take_traces_and_say_what_becomes_of_the_rest() {
    let server = Server::start();
    let send = |path: &str, content_type: &str, body: &[u8]| {
        server.send(Request::new("POST", path).key().body(content_type, body.to_vec()))
    };
    let (json_type, protobuf) = ("application/json", "application/x-protobuf");
    let span = json!({"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "plain",
        "startTimeUnixNano": "1787295600000000000", "endTimeUnixNano": "1787295601000000000"});
    let export = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string();
    let traces = send("/v1/traces", json_type, export.as_bytes());
    assert_eq!((traces.status, traces.text()), (200, "{}".to_owned()));
    assert_eq!(server.json("/api/public/traces/0af7651916cd43dd8448eb211c80319c")["name"], "plain");
    let metrics = send("/v1/metrics", protobuf, b"");
    assert_eq!((metrics.status, metrics.text(), metrics.header("content-type")), (200, String::new(), Some(protobuf)));
    let logs = send("/v1/logs", json_type, b"{}");
    assert_eq!((logs.status, logs.json()["code"].clone()), (404, json!(5)));
    assert!(logs.text().contains("OTEL_LOGS_EXPORTER=none"), "{}", logs.text());
    let broken = send("/v1/traces", json_type, b"{");
    assert_eq!((broken.status, broken.json()), (400, json!({"code": 3, "message": "Failed to parse OTel JSON Trace"})));
    let broken = send("/v1/traces", protobuf, b"\xff\xff");
    assert_eq!((broken.status, broken.header("content-type")), (400, Some(protobuf)));
    assert_eq!(broken.text(), "\u{8}\u{3}\u{12}\u{23}Failed to parse OTel Protobuf Trace");
    let stranger = server.send(Request::new("POST", "/v1/traces").body(json_type, b"{}".to_vec()));
    assert_eq!((stranger.status, stranger.json()["code"].clone()), (401, json!(16)));
    assert_eq!(server.get("/v1/traces").status, 405);
    assert_eq!(server.get("/v1/spans").json()["code"], json!(5));
}

#[test]
fn a_body_may_be_packed_by_zstd_and_deflate_too() {
    let server = Server::start();
    let send = |encoding: &str, body: Vec<u8>| {
        let request = Request::new("POST", "/v1/traces").key().header("content-encoding", encoding);
        server.send(request.body("application/json", body))
    };
    let zstd = zstd::encode_all(&b"{}"[..], 1).expect("memory takes it");
    assert_eq!(send("zstd", zstd.clone()).status, 200);
    assert_eq!(send("deflate", b"\x78\x9c\xab\xae\x05\x00\x01\x75\x00\xf9".to_vec()).status, 200);
    let damaged = send("zstd", b"{}".to_vec());
    assert_eq!((damaged.status, damaged.json()["message"].clone()), (400, json!("Failed to decompress request body")));
    let twice = send("zstd, gzip", zstd);
    assert_eq!(twice.status, 400);
    assert!(twice.text().contains("packed more than once"), "{}", twice.text());
    let unknown = send("br", b"{}".to_vec());
    assert!(unknown.text().contains("`br` is not supported; send one of gzip, zstd, deflate"), "{}", unknown.text());
    let bomb = zstd::encode_all(&vec![b' '; 80_000_000][..], 3).expect("memory takes it");
    assert!(bomb.len() < 100_000, "small on the wire");
    assert_eq!(send("zstd", bomb).status, 413);
}

#[test]
fn the_older_endpoints_write_one_thing_each() {
    let server = Server::start();
    let created = server.post("/api/public/traces", &json!({"id": "t", "name": "old"}));
    assert_eq!((created.status, created.json()), (200, json!({"id": "t"})));
    let generated = server.post("/api/public/traces", &json!({"name": "without an id"})).json();
    let generated = generated["id"].as_str().expect("an id").to_owned();
    assert_eq!(server.json(&format!("/api/public/traces/{generated}"))["name"], "without an id");
    let span = json!({"id": "s", "traceId": "t", "name": "work", "startTime": "2026-08-21T07:00:00Z"});
    assert_eq!(server.post("/api/public/spans", &span).json(), json!({"id": "s"}));
    let end = json!({"spanId": "s", "endTime": "2026-08-21T07:00:02Z"});
    assert_eq!(server.send(Request::new("PATCH", "/api/public/spans").key().json(&end)).json(), json!({"id": "s"}));
    assert_eq!(server.json("/api/public/observations/s")["latency"], 2);
    let generation = json!({"id": "g", "traceId": "t", "prompt": "2+2", "completion": "4", "model": "m"});
    assert_eq!(server.post("/api/public/generations", &generation).json(), json!({"id": "g"}));
    assert_eq!(server.json("/api/public/observations/g")["output"], 4);
    let event = json!({"id": "e", "traceId": "t", "name": "click"});
    assert_eq!(server.post("/api/public/events", &event).json(), json!({"id": "e"}));
    let refused = server.post("/api/public/events", &json!({"traceId": "t", "name": "click"}));
    assert_eq!((refused.status, refused.json()["message"].clone()), (400, json!("Invalid request data")));
    let refused = server.post("/api/public/spans", &json!({"name": 7}));
    assert_eq!(refused.status, 400, "{}", refused.text());
}

#[test]
fn scores_come_alone_or_as_an_array() {
    let server = Server::start();
    let score = |id: &str, value: serde_json::Value| json!({"id": id, "traceId": "t", "name": "n", "value": value});
    let single = server.post("/api/public/scores", &score("a", json!(1)));
    assert_eq!((single.status, single.json()), (200, json!({"id": "a"})));
    let all = server.post("/api/public/scores", &json!([score("b", json!(1)), score("c", json!("good"))]));
    assert_eq!((all.status, all.json()), (202, json!({"message": "Accepted"})));
    let some = server.post("/api/public/scores", &json!([score("d", json!(1)), {"name": "nothing"}]));
    assert_eq!(some.status, 207);
    assert_eq!((some.json()["accepted"].clone(), some.json()["rejected"].clone()), (json!(1), json!(1)));
    assert!(some.json()["errors"][0]["message"].is_string(), "{}", some.text());
    let none = server.post("/api/public/scores", &json!({"name": "nothing"}));
    assert_eq!((none.status, none.json()["message"].clone()), (400, json!("Invalid request data")));
    let ids: Vec<_> = server.json("/api/public/v3/scores")["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|score| score["id"].clone())
        .collect();
    assert_eq!(ids, [json!("d"), json!("c"), json!("b"), json!("a")]);
}

#[test]
fn a_batch_is_stored_even_if_its_sender_hangs_up() {
    let server = Server::start();
    let batch = json!({"batch": one("trace-create", json!({"id": "gone"}))});
    let mut stream = TcpStream::connect(server.address).expect("the server accepts");
    let request = Request::new("POST", "/api/public/ingestion").key().json(&batch);
    stream.write_all(&request.bytes()).expect("the server reads");
    stream.shutdown(Shutdown::Both).expect("the connection was open");
    drop(stream);
    // Whether the server saw the whole body before it saw the end is the kernel's choice, but bytes come first.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while server.get("/api/public/traces/gone").status != 200 {
        assert!(std::time::Instant::now() < deadline, "the batch was lost");
    }
}

#[test]
fn a_server_that_is_told_to_stop_lets_go_of_the_engine_whoever_is_connected() {
    let mut server = Server::start();
    server.ingest(&one("trace-create", json!({"id": "t"})));
    let idle = TcpStream::connect(server.address).expect("the server accepts");
    let began = std::time::Instant::now();
    server.stop();
    assert!(began.elapsed().as_secs() < 5, "an idle connection does not hold it up");
    assert_eq!(std::sync::Arc::strong_count(&server.engine), 1, "so that it can be closed");
    drop(idle);
}
