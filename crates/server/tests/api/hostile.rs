//! Bad input: none of it costs anything but its own request.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use spanstone_model::Limits;

use crate::fixtures::{one, packed};
use crate::harness::{Request, Server, encode};

/// What actix reads of a URL, and of everything before a body.
const URL_BYTES_MAX: usize = 65_535;
const HEAD_BYTES_MAX: usize = 131_072;

const INGESTION: &str = "/api/public/ingestion";

fn nothing_stored(server: &Server) {
    assert_eq!(server.json("/api/public/traces")["meta"]["totalItems"], 0);
    assert_eq!(server.json("/api/public/observations")["meta"]["totalItems"], 0);
}

#[test]
fn malformed_json_is_refused_whole() {
    let server = Server::start();
    for body in ["{", "{\"batch\":[}", "\u{0}", "[1,2", "{\"batch\":[{\"id\":\"\\u12\"}]}", "nonsense"] {
        let answer = server.send(Request::new("POST", INGESTION).key().body("application/json", body.into()));
        assert_eq!((answer.status, answer.text()), (400, "Invalid JSON".to_owned()), "{body}");
    }
    for body in [json!({}), json!([]), json!({"batch": {}}), json!("text"), json!(null)] {
        let answer = server.post(INGESTION, &body);
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["message"], "Invalid request data", "{body}");
        assert!(answer.json()["errors"].is_array(), "{body}");
    }
    nothing_stored(&server);
}

#[test]
fn a_wrong_type_in_one_event_costs_that_event_alone() {
    let server = Server::start();
    let event = |id: &str, body: Json| json!({"id": id, "type": "trace-create", "timestamp": "2026-08-21T07:00:00Z", "body": body});
    let answer = server.ingest(&json!([
        event("good", json!({"id": "t1"})),
        event("bad", json!({"id": "t2", "name": 7})),
        event("worse", json!("not an object")),
        "not an event",
        event("fine", json!({"id": "t3"})),
    ]));
    let ids = |list: &str| -> Vec<Json> {
        answer[list].as_array().expect("a list").iter().map(|event| event["id"].clone()).collect()
    };
    assert_eq!(ids("successes"), [json!("good"), json!("fine")]);
    assert_eq!(ids("errors"), [json!("bad"), json!("worse"), json!("unknown")]);
    for error in answer["errors"].as_array().expect("a list") {
        assert_eq!((&error["status"], &error["message"]), (&json!(400), &json!("Invalid request data")), "{error}");
        let issues = error["error"].as_str().expect("a text");
        assert!(serde_json::from_str::<Json>(issues).is_ok_and(|issues| issues.is_array()), "{issues}");
    }
    assert_eq!(server.json("/api/public/traces")["meta"]["totalItems"], 2);
}

#[test]
fn an_unknown_type_of_event_is_refused_alone() {
    let server = Server::start();
    let answer = server.ingest(&one("teapot-create", json!({"id": "t"})));
    assert_eq!(answer["successes"], json!([]));
    assert_eq!((&answer["errors"][0]["id"], &answer["errors"][0]["status"]), (&json!("event-1"), &json!(400)));
}

#[test]
fn ids_may_be_long_and_hold_anything() {
    let server = Server::start();
    let long = "x".repeat(800);
    for id in [long.as_str(), "run/7 of 9", "ünï/🦀", "a%2Fb", "100%", "..", "a?b#c&d", "tab\there"] {
        let answer = server.ingest(&json!([
            one("trace-create", json!({"id": id, "sessionId": id}))[0],
            one("span-create", json!({"id": id, "traceId": id}))[0],
            one("score-create", json!({"id": id, "traceId": id, "name": "n", "value": 1}))[0],
        ]));
        assert_eq!(answer["errors"], json!([]), "{id}");
        let encoded = encode(id);
        for resource in ["traces", "observations", "sessions", "scores", "v2/scores"] {
            let found = server.json(&format!("/api/public/{resource}/{encoded}"));
            assert_eq!(found["id"], id, "{resource}");
        }
        let listed = server.json(&format!("/api/public/observations?traceId={encoded}"));
        assert_eq!(listed["data"][0]["id"], id);
    }
    assert_eq!(server.json("/api/public/traces/run/7%20of%209")["id"], "run/7 of 9", "as JS SDK 3 asks");
    let too_long = "x".repeat(801);
    let answer = server.ingest(&one("trace-create", json!({"id": too_long})));
    assert_eq!(answer["errors"][0]["status"], 400);
    assert_eq!(server.get(&format!("/api/public/traces/{too_long}")).status, 404);
}

#[test]
fn a_body_over_its_limit_is_refused_and_nothing_is_stored() {
    let server = Server::with_limits(Limits {
        batch_body_bytes_max: 2_000,
        otlp_body_bytes_max: 2_000,
        other_body_bytes_max: 2_000,
        ..Limits::default()
    });
    let large = "x".repeat(3_000);
    let batch = json!({"batch": [
        one("trace-create", json!({"id": "t"}))[0],
        one("trace-create", json!({"id": "u", "input": large}))[0],
    ]});
    let answer = server.post(INGESTION, &batch);
    assert_eq!((answer.status, answer.text()), (413, "Body exceeded 0mb limit".to_owned()));
    let answer = server.post("/api/public/otel/v1/traces", &json!({"resourceSpans": [], "x": large}));
    assert_eq!(answer.status, 413);
    assert!(answer.json()["error"].as_str().is_some_and(|text| text.contains("2000 bytes")), "{}", answer.text());
    assert_eq!(server.post("/api/public/traces", &json!({"id": "t", "input": large})).status, 413);
    // Without an announced length the body is dropped when it turns out too large.
    let mut chunked = b"POST /api/public/ingestion HTTP/1.1\r\nhost: t\r\nconnection: close\r\n".to_vec();
    let head = String::from_utf8(Request::new("POST", "/").key().bytes()).expect("text");
    let key = head.lines().find(|line| line.starts_with("authorization")).expect("a key");
    chunked.extend(format!("{key}\r\ntransfer-encoding: chunked\r\n\r\n").bytes());
    for piece in batch.to_string().as_bytes().chunks(500) {
        chunked.extend(format!("{:x}\r\n", piece.len()).bytes());
        chunked.extend(piece);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    assert_eq!(server.send_bytes(&chunked).status, 413);
    nothing_stored(&server);
}

#[test]
fn a_large_body_over_the_real_limit_gets_its_answer() {
    let server = Server::start();
    let batch = json!({"batch": one("trace-create", json!({"id": "t", "input": "x".repeat(5_000_000)}))});
    let answer = server.post(INGESTION, &batch);
    assert_eq!((answer.status, answer.text()), (413, "Body exceeded 4.5mb limit".to_owned()));
    nothing_stored(&server);
}

#[test]
fn a_gzip_bomb_stops_at_the_limit() {
    let server = Server::with_limits(Limits { otlp_body_bytes_max: 1_000_000, ..Limits::default() });
    let bomb = vec![b' '; 100_000_000];
    let answer = server.send(packed("/api/public/otel/v1/traces", "application/json", &bomb));
    assert_eq!(answer.status, 413);
    let answer = server.send(packed(INGESTION, "application/json", &bomb));
    assert_eq!(answer.status, 413);
    nothing_stored(&server);
    assert!(server.send(Request::new("GET", "/metrics")).text().contains("\nspanstone_body_bytes_in_flight 0\n"));
}

#[test]
fn when_memory_for_bodies_is_gone_clients_are_told_to_come_again() {
    let server = Server::with_limits(Limits { inflight_body_bytes_max: 100, ..Limits::default() });
    let answer = server.post(INGESTION, &json!({"batch": one("trace-create", json!({"id": "t"}))}));
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.json()["error"], "ServiceUnavailableError");
}

#[test]
fn clocks_may_be_centuries_off() {
    let server = Server::start();
    for (id, time) in [("past", "0001-01-01T00:00:00Z"), ("future", "9999-12-31T23:59:59.999Z")] {
        let answer = server.ingest(&json!([
            {"id": "e", "type": "trace-create", "timestamp": time, "body": {"id": id, "timestamp": time}},
            {"id": "f", "type": "span-create", "timestamp": time,
             "body": {"id": id, "traceId": id, "startTime": time, "endTime": "2026-08-21T07:00:00Z"}},
        ]));
        assert_eq!(answer["errors"], json!([]));
        let trace = server.json(&format!("/api/public/traces/{id}"));
        assert_eq!(trace["timestamp"].as_str().map(|text| &text[..4]), Some(&time[..4]));
    }
    let listed = server.json("/api/public/traces?fromTimestamp=0001-01-01T00:00:00Z&toTimestamp=0002-01-01T00:00:00Z");
    assert_eq!(listed["data"][0]["id"], "past");
    let first = &server.json("/api/public/v2/observations?limit=1")["meta"]["cursor"];
    let cursor = encode(first.as_str().expect("a cursor"));
    let next = server.json(&format!("/api/public/v2/observations?limit=1&cursor={cursor}"));
    assert_eq!(next["data"][0]["id"], "past");
}

#[test]
fn ten_thousand_events_are_one_batch() {
    let server = Server::start();
    let events: Vec<Json> = (0..10_000)
        .map(|index| {
            json!({"id": format!("e{index}"), "type": "span-create", "timestamp": "2026-08-21T07:00:00Z",
                   "body": {"id": format!("o{index}"), "traceId": "t", "input": "x"}})
        })
        .collect();
    let answer = server.ingest(&json!(events));
    assert_eq!(answer["successes"].as_array().map(Vec::len), Some(10_000));
    assert_eq!(server.json("/api/public/observations?limit=1")["meta"]["totalItems"], 10_000);
    let trace = server.json("/api/public/traces/t");
    assert_eq!(trace["observations"].as_array().map(Vec::len), Some(10_000));
}

#[test]
fn a_trace_with_more_observations_than_the_limit_is_told_apart_from_its_list() {
    let server = Server::with_limits(Limits { trace_observations_max: 2, ..Limits::default() });
    for id in ["a", "b", "c"] {
        server.ingest(&one("span-create", json!({"id": id, "traceId": "t"})));
    }
    let answer = server.get("/api/public/traces/t");
    assert_eq!((answer.status, answer.json()["error"].clone()), (422, json!("PayloadTooLargeError")));
    assert_eq!(server.json("/api/public/traces/t?fields=core,metrics")["id"], "t");
    assert_eq!(server.json("/api/public/v2/observations?traceId=t")["data"].as_array().map(Vec::len), Some(3));
}

#[test]
fn more_events_than_the_limit_are_refused_whole() {
    let server = Server::with_limits(Limits { batch_events_max: 2, ..Limits::default() });
    let event = one("trace-create", json!({"id": "t"}))[0].clone();
    let answer = server.post(INGESTION, &json!({"batch": [event, event, event]}));
    assert_eq!(answer.status, 413, "{}", answer.text());
    nothing_stored(&server);
}

#[test]
fn a_batch_that_is_sent_again_changes_nothing() {
    let server = Server::start();
    let batch = json!([
        {"id": "e1", "type": "generation-update", "timestamp": "2026-08-21T07:00:05Z",
         "body": {"id": "g", "traceId": "t", "output": "late", "endTime": "2026-08-21T07:00:04Z"}},
        {"id": "e2", "type": "generation-create", "timestamp": "2026-08-21T07:00:01Z",
         "body": {"id": "g", "traceId": "t", "name": "n", "output": "early", "startTime": "2026-08-21T07:00:01Z"}},
        {"id": "e3", "type": "trace-create", "timestamp": "2026-08-21T07:00:00Z", "body": {"id": "t", "tags": ["a"]}},
    ]);
    server.ingest(&batch);
    let first = server.json("/api/public/traces/t");
    assert_eq!(first["observations"][0]["output"], "late");
    for _ in 0..3 {
        server.ingest(&batch);
    }
    assert_eq!(server.json("/api/public/traces/t"), first);
    assert_eq!(server.json("/api/public/observations")["meta"]["totalItems"], 1);
}

#[test]
fn an_update_that_overtakes_its_creation_is_applied_after_it() {
    let server = Server::start();
    let event = |kind: &str, second: u8, body: Json| json!([{"id": kind, "type": kind, "timestamp": format!("2026-08-21T07:00:0{second}Z"), "body": body}]);
    server.ingest(&event("span-update", 5, json!({"id": "s", "traceId": "t", "output": "late"})));
    let create = json!({"id": "s", "traceId": "t", "name": "n", "output": "early", "input": "in"});
    server.ingest(&event("span-create", 1, create));
    let found = server.json("/api/public/observations/s");
    assert_eq!((&found["name"], &found["input"], &found["output"]), (&json!("n"), &json!("in"), &json!("late")));
}

#[test]
fn a_body_that_never_comes_does_not_hold_others_up() {
    let server = Server::start();
    let mut slow: Vec<_> = Vec::new();
    for _ in 0..20 {
        let mut stream = std::net::TcpStream::connect(server.address).expect("the server accepts");
        let whole = Request::new("POST", INGESTION).key().json(&json!({"batch": []})).bytes();
        std::io::Write::write_all(&mut stream, &whole[..whole.len() - 1]).expect("the server reads");
        slow.push(stream);
    }
    let began = Instant::now();
    assert_eq!(server.ingest(&json!([])), json!({"successes": [], "errors": []}));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_filter_of_too_many_conditions_is_refused_by_name_as_far_as_it_can_be_read() {
    let server = Server::start();
    let path = |count: usize| {
        let condition = json!({"type": "string", "column": "name", "operator": "=", "value": "a"});
        format!("/api/public/traces?filter={}", encode(&Json::Array(vec![condition; count]).to_string()))
    };
    assert_eq!(server.get(&path(100)).status, 200);
    for count in [101, 500] {
        assert!(path(count).len() < URL_BYTES_MAX, "{count}");
        let answer = server.get(&path(count));
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], "InvalidRequestError");
        let message = format!("a filter may have at most 100 conditions, this one has {count}");
        assert_eq!(answer.json()["message"], message);
    }
    // Longer ones are refused before there is a request, without a body.
    let longer = Request::new("GET", &path(700)).key().bytes();
    assert!((URL_BYTES_MAX..HEAD_BYTES_MAX).contains(&longer.len()));
    let answer = server.send_bytes(&longer);
    assert_eq!((answer.status, answer.text()), (400, String::new()));
    let mut stream = std::net::TcpStream::connect(server.address).expect("the server accepts");
    let endless = Request::new("GET", &path(10_000)).key().bytes();
    // The server hangs up in the middle, which may be all that is seen of its answer.
    let _ = std::io::Write::write_all(&mut stream, &endless);
    let mut answer = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(server.get(&path(1)).status, 200);
}

#[test]
fn strange_requests_get_answers() {
    let server = Server::start();
    let status = |bytes: &[u8]| server.send_bytes(bytes).status;
    assert_eq!(status(b"nonsense\r\n\r\n"), 400);
    assert_eq!(status(b"GET / HTTP/1.1\r\nhost: t\r\nconnection: close\r\ncontent-length: x\r\n\r\n"), 400);
    assert_eq!(server.get("/api/public/traces?limit=101").status, 400);
    assert_eq!(server.get("/api/public/traces?limit=%FF").status, 400);
    assert_eq!(server.get("/api/public/traces/%00").status, 404);
    assert_eq!(server.get("/api/public/traces?filter=%5B%7B%7D%5D").status, 400);
    assert_eq!(server.get("/assets/..%2f..%2fCargo.toml").status, 404);
}
