//! Our own API for the viewer and for programs: skeletons, users, what is written as it is written; packed answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::fixtures::filled;
use crate::harness::{Answer, Request, Server};

/// A trace of so many generations, one below the other in tens.
fn large(server: &Server, count: usize) {
    let time = |millis: usize| {
        format!("2026-08-21T07:{:02}:{:02}.{:03}Z", millis / 60_000, millis / 1_000 % 60, millis % 1_000)
    };
    let id = |number: usize| format!("{number:016x}");
    let trace =
        json!({"id": "trace", "type": "trace-create", "timestamp": time(0), "body": {"id": "large", "name": "many"}});
    let generation = |number: usize| {
        let parent = if number == 0 { Json::Null } else { json!(id(number / 10)) };
        let body = json!({"id": id(number), "traceId": "large", "parentObservationId": parent, "name": format!("step {}", number % 100),
            "startTime": time(number), "endTime": time(number + 7), "completionStartTime": time(number + 3), "model": "gpt-4o",
            "input": "in", "output": "out", "usageDetails": {"input": 1_200, "output": 345}, "costDetails": {"total": 0.001_234}});
        json!({"id": format!("event {number}"), "type": "generation-create", "timestamp": time(number), "body": body})
    };
    server.ingest(&json!([trace]));
    for first in (0..count).step_by(5_000) {
        server.ingest(&Json::Array((first..count.min(first + 5_000)).map(generation).collect()));
    }
}

#[test]
fn a_skeleton_says_in_columns_what_the_tree_needs() {
    let server = filled();
    let skeleton = server.json("/api/spanstone/v1/skeletons/chat%2F1");
    assert_eq!(skeleton["trace"]["name"], "chat");
    assert_eq!((&skeleton["count"], &skeleton["origin"]), (&json!(3), &json!(1_787_295_601_000_000_i64)));
    let columns = &skeleton["observations"];
    assert_eq!(columns["id"], json!(["agent", "generation", "event"]));
    assert_eq!(columns["parent"], json!([-1, 0, 1]));
    assert_eq!(columns["start"], json!([0, 1_000_000, 2_000_000]));
    assert_eq!(columns["duration"], json!([4_500_000, 2_000_000, null]));
    assert_eq!(columns["firstToken"], json!([null, 250_000, null]));
    let named = |column: &str, names: &str| {
        let codes = columns[column].as_array().expect("a column").iter();
        codes
            .map(|code| {
                code.as_u64().map_or(Json::Null, |code| skeleton[names][usize::try_from(code).expect("small")].clone())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(named("type", "types"), [json!("SPAN"), json!("GENERATION"), json!("EVENT")]);
    assert_eq!(named("level", "levels"), [json!("WARNING"), json!("DEFAULT"), json!("ERROR")]);
    assert_eq!(named("name", "names"), [json!("agent"), json!("llm"), json!("failed")]);
    assert_eq!(named("model", "models"), [Json::Null, json!("gpt-4o"), Json::Null]);
    assert_eq!(columns["inputTokens"], json!([0, 15, 0]));
    assert_eq!(columns["cost"], json!([null, 0.0015, null]));
    assert_eq!(columns["texts"], json!([3, 3, 0]));
    assert_eq!(skeleton["messages"], json!([[0, "slow"]]));
    assert_eq!(server.json("/api/spanstone/v1/projects/project-1/skeletons/chat/1"), skeleton);
    assert_eq!(server.get("/api/spanstone/v1/skeletons/nothing").status, 404);
}

#[test]
fn a_skeleton_of_twenty_thousand_observations_is_small_and_smaller_when_packed() {
    let server = Server::start();
    large(&server, 20_000);
    let path = "/api/spanstone/v1/skeletons/large";
    let plain = server.get(path);
    assert_eq!(plain.json()["count"], 20_000);
    assert!(plain.body.len() < 2_000_000, "{} bytes", plain.body.len());
    for (accepted, unpack) in [("gzip", ungzip as fn(&[u8]) -> Vec<u8>), ("gzip, zstd", unzstd)] {
        let request = Request::new("GET", path).key().header("accept-encoding", accepted);
        let packed = server.send_bytes(&request.bytes());
        assert_eq!(packed.header("content-encoding"), accepted.rsplit(", ").next());
        assert!(packed.header("vary").is_some(), "{:?}", packed.headers);
        let body = unchunked(&packed);
        assert!(body.len() * 4 < plain.body.len(), "{} bytes", body.len());
        assert!(unpack(&body) == plain.body, "{accepted}");
    }
}

fn ungzip(packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut plain).expect("it is whole");
    plain
}

fn unzstd(packed: &[u8]) -> Vec<u8> {
    zstd::decode_all(packed).expect("it is whole")
}

fn unchunked(answer: &Answer) -> Vec<u8> {
    if answer.header("transfer-encoding").is_none() {
        return answer.body.clone();
    }
    let (mut rest, mut body) = (answer.body.as_slice(), Vec::new());
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").expect("a length");
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).expect("ASCII"), 16).expect("a length");
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 4 + length..];
    }
}

#[test]
fn users_are_those_whom_traces_name_with_what_these_come_to() {
    let server = filled();
    let trace = |id: &str, user: &str, time: &str, environment: &str| {
        json!({"id": format!("event {id}"), "type": "trace-create",
        "timestamp": time, "body": {"id": id, "userId": user, "timestamp": time, "environment": environment}})
    };
    server.ingest(&json!([
        trace("u1", "ada", "2026-08-21T06:00:00Z", "production"),
        trace("u2", "bob", "2026-08-21T09:00:00Z", "staging"),
    ]));
    let users = server.json("/api/spanstone/v1/users");
    assert_eq!(users["meta"]["totalItems"], users["data"].as_array().map(Vec::len).expect("a list"));
    assert_eq!(users["data"][0]["id"], "bob", "whoever was seen last comes first");
    let ada =
        users["data"].as_array().and_then(|users| users.iter().find(|user| user["id"] == "ada")).expect("she is there");
    assert_eq!(
        *ada,
        json!({"id": "ada", "firstSeen": "2026-08-21T06:00:00.000Z", "lastSeen": "2026-08-21T07:00:00.000Z", "traces": 2,
            "observations": 3, "inputTokens": 15, "outputTokens": 3, "totalTokens": 18, "totalCost": 0.0015})
    );
    let ids = |query: &str| {
        let users = server.json(&format!("/api/spanstone/v1/projects/project-1/users?{query}"));
        users["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|user| user["id"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("environment=staging"), ["bob"]);
    assert_eq!(ids("search=AD"), ["ada"]);
    assert_eq!(ids("fromTimestamp=2026-08-21T08:30:00Z"), ["bob"]);
    assert_eq!(ids("orderBy=totalCost.desc&limit=1"), ["ada"]);
    for (query, part) in [("orderBy=colour.asc", "orderBy"), ("limit=101", "limit"), ("colour=red", "colour")] {
        let refused = server.get(&format!("/api/spanstone/v1/users?{query}"));
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.text().contains(part), "{query}: {}", refused.text());
    }
}

#[test]
fn facets_count_the_rows_that_pass() {
    let server = filled();
    let list = server.json("/api/public/traces?limit=100");
    let rows = list["data"].as_array().expect("a list");
    let count = |field: &str| {
        let mut counts = std::collections::BTreeMap::<String, u64>::new();
        for row in rows {
            match &row[field] {
                Json::Array(values) => {
                    values
                        .iter()
                        .for_each(|value| *counts.entry(value.as_str().expect("text").to_owned()).or_default() += 1);
                }
                Json::String(value) => *counts.entry(value.clone()).or_default() += 1,
                _ => {}
            }
        }
        counts
    };
    let facets = server.json("/api/spanstone/v1/facets?columns=environment,name,userId,tags,level&spreads=time,latency,totalCost,totalTokens");
    assert_eq!(facets["total"], rows.len());
    for column in facets["columns"].as_array().expect("columns") {
        let name = column["column"].as_str().expect("a name");
        if name == "level" {
            continue;
        }
        let found: std::collections::BTreeMap<_, _> = column["values"]
            .as_array()
            .expect("values")
            .iter()
            .map(|value| (value["value"].as_str().expect("text").to_owned(), value["count"].as_u64().expect("a count")))
            .collect();
        assert_eq!(found, count(name), "{name}");
        assert_eq!(column["distinct"], found.len());
    }
    for spread in facets["spreads"].as_array().expect("spreads") {
        let counted: u64 = spread["buckets"]
            .as_array()
            .expect("buckets")
            .iter()
            .map(|it| it["count"].as_u64().expect("a count"))
            .sum();
        assert_eq!(counted + spread["missing"].as_u64().expect("a count"), rows.len() as u64, "{spread}");
    }
    let chat = server
        .json("/api/spanstone/v1/projects/project-1/facets?columns=level,name&name=chat&spreads=latency,totalCost");
    assert_eq!(chat["columns"][0]["values"], json!([{"value": "ERROR", "count": 1}]));
    assert_eq!(
        chat["columns"][1],
        json!({"column": "name", "values": [{"value": "chat", "count": 1}], "distinct": 1, "missing": 0})
    );
    assert_eq!(chat["spreads"][0]["buckets"], json!([{"from": 2, "to": 5, "count": 1}]));
    assert_eq!(chat["spreads"][1]["buckets"], json!([{"from": 0.001, "to": 0.002, "count": 1}]));
    let models =
        server.json("/api/spanstone/v1/facets?table=observations&columns=type,model&environment=production&limit=1");
    assert_eq!(models["columns"][1]["values"], json!([{"value": "gpt-4o", "count": 1}]));
    assert_eq!(models["columns"][0]["distinct"], 3);
    let refused = server.get("/api/spanstone/v1/facets?columns=model");
    assert_eq!((refused.status, refused.json()["code"].clone()), (400, json!("invalid_request")));
}

/// A client that follows what is written.
struct Follower(BufReader<TcpStream>);

impl Follower {
    fn new(server: &Server, query: &str) -> Self {
        let mut stream = TcpStream::connect(server.address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time");
        let request = Request::new("GET", &format!("/api/spanstone/v1/tail{query}")).key();
        stream.write_all(&request.bytes()).expect("the server reads");
        let mut follower = Self(BufReader::new(stream));
        assert_eq!(follower.event().0, "ready");
        follower
    }

    /// The next event and its data.
    fn event(&mut self) -> (String, Json) {
        let mut event = String::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).expect("an event in time") > 0, "the server closed");
            if let Some(name) = line.strip_prefix("event: ") {
                event = name.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (event, serde_json::from_str(data).expect("JSON"));
            }
        }
    }
}

#[test]
fn whoever_follows_is_told_of_traces_that_pass_and_no_others() {
    let mut server = Server::start();
    let mut all = Follower::new(&server, "");
    let mut staging = Follower::new(&server, "?environment=staging");
    let trace = |id: &str, environment: &str| {
        json!({"id": format!("event {id}"), "type": "trace-create",
        "timestamp": "2026-08-21T07:00:00Z", "body": {"id": id, "environment": environment}})
    };
    server.ingest(&json!([trace("a", "production")]));
    assert_eq!(all.event().1["id"], "a");
    let span = json!({"id": "event s", "type": "span-create", "timestamp": "2026-08-21T07:00:01Z", "body": {"id": "s", "traceId": "a"}});
    server.ingest(&json!([span, trace("b", "staging")]));
    let mut told = [all.event().1, all.event().1].map(|trace| (trace["id"].clone(), trace["observationCount"].clone()));
    told.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(told, [(json!("a"), json!(1)), (json!("b"), json!(0))]);
    let (event, trace) = staging.event();
    assert_eq!((event.as_str(), &trace["id"]), ("trace", &json!("b")));
    assert_eq!(server.get("/api/spanstone/v1/tail?colour=red").status, 400);
    let began = Instant::now();
    server.stop();
    assert!(began.elapsed().as_secs() < 5, "who follows does not hold it up");
}
