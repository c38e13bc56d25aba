//! The engine as the server uses it: what is handed in is there for the next read, and after a restart.

mod accounts;
mod media;
mod payloads;
mod restart;
#[path = "../client/sending.rs"]
mod sending;

use std::path::Path;

use spanstone_engine::query::{Filter, ObservationQuery, PageRequest, TraceOrder, TraceParts, TraceQuery};
use spanstone_engine::{Engine, EngineError, ObservationItem, Options, Receipt, TraceItem};
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Timestamp};

fn clock() -> Timestamp {
    Timestamp::parse("2026-08-21T12:00:00Z").expect("a valid time")
}

fn open(dir: &Path) -> Engine {
    let options = Options {
        data_dir: dir.to_owned(),
        limits: Limits::default(),
        retention: Default::default(),
        extract_media: false,
        clock,
    };
    Engine::open(options).expect("the directory is ours alone")
}

fn project() -> ProjectId {
    ProjectId::from_wire("project-1")
}

fn send(engine: &Engine, events: &serde_json::Value) -> Result<Receipt, EngineError> {
    let body = serde_json::to_vec(&serde_json::json!({ "batch": events })).expect("a JSON value has a text");
    send_body(engine, BodyKind::LangfuseBatch, body)
}

fn send_body(engine: &Engine, kind: BodyKind, body: Vec<u8>) -> Result<Receipt, EngineError> {
    let header = EntryHeader::new(project(), kind, clock());
    sending::send(engine, header, body)
}

fn event(id: &str, kind: &str, timestamp: &str, body: impl Into<serde_json::Value>) -> serde_json::Value {
    let body = body.into();
    serde_json::json!({ "id": id, "type": kind, "timestamp": timestamp, "body": body })
}

fn traces(engine: &Engine) -> Vec<TraceItem> {
    let page = PageRequest { page: 1, limit: 100 };
    let query = TraceQuery { filter: Filter::all(), order: TraceOrder::default(), page };
    engine.reads(engine.watch()).traces(&project(), &query, TraceParts::ALL).expect("the replay is done").rows
}

fn observations(engine: &Engine) -> Vec<ObservationItem> {
    let page = PageRequest { page: 1, limit: 100 };
    let query = ObservationQuery { filter: Filter::all(), page };
    engine.reads(engine.watch()).observations(&project(), &query).expect("the replay is done").rows
}

/// A trace with a generation, as an SDK sends it: created, then updated.
fn sample() -> serde_json::Value {
    serde_json::json!([
        event(
            "e1",
            "trace-create",
            "2026-08-21T11:00:00.000Z",
            serde_json::json!({
                "id": "t1", "name": "answer", "userId": "ada", "sessionId": "s1", "tags": ["b", "a"],
                "input": {"question": "why?"}, "metadata": {"a": {"x": 1}, "n": "1"}, "timestamp": "2026-08-21T11:00:00.000Z",
            })
        ),
        event(
            "e2",
            "generation-create",
            "2026-08-21T11:00:01.000Z",
            serde_json::json!({
                "id": "g1", "traceId": "t1", "name": "llm", "model": "gpt-x", "startTime": "2026-08-21T11:00:01.000Z",
                "input": [{"role": "user", "content": "why?"}], "metadata": {"k": [1, 2]},
            })
        ),
        event(
            "e3",
            "generation-update",
            "2026-08-21T11:00:03.000Z",
            serde_json::json!({
                "id": "g1", "traceId": "t1", "endTime": "2026-08-21T11:00:02.500Z", "output": "because",
                "usage": {"input": 10, "output": 5, "unit": "TOKENS", "totalCost": 0.25}, "metadata": {"k": [9], "l": null},
            })
        ),
        event(
            "e4",
            "score-create",
            "2026-08-21T11:00:04.000Z",
            serde_json::json!({
                "id": "sc1", "traceId": "t1", "name": "quality", "value": 0.5,
            })
        ),
    ])
}

#[test]
fn what_was_acknowledged_is_there_for_the_next_read() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let receipt = send(&engine, &sample()).expect("the batch is good");
    assert_eq!(receipt.accepted, ["e1", "e2", "e4", "e3"]);
    assert_eq!(receipt.refused, []);

    let listed = traces(&engine);
    assert_eq!(listed.len(), 1);
    let TraceItem { row, payloads } = &listed[0];
    assert_eq!(row.trace.name.as_deref(), Some("answer"));
    assert_eq!(row.stats.latency_micros(), 1_500_000);
    assert_eq!(row.stats.total_cost.dollars(), 0.25);
    assert_eq!(row.scores.len(), 1);
    assert_eq!(payloads.input.as_deref(), Some(r#"{"question":"why?"}"#));

    let observations = observations(&engine);
    assert_eq!(observations.len(), 1);
    let generation = &observations[0];
    assert_eq!(generation.payloads.output.as_deref(), Some("because"));
    assert_eq!(generation.payloads.input.as_deref(), Some(r#"[{"content":"why?","role":"user"}]"#));
    let metadata: Vec<_> = generation.payloads.metadata.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(metadata, [("k", "[9,2]"), ("l", "null")]);
    assert_eq!(generation.row.observation.usage.get("total"), Some(15));
}

#[test]
fn sending_a_batch_twice_changes_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    send(&engine, &sample()).expect("the batch is good");
    let (first_traces, first_observations) = (traces(&engine), observations(&engine));
    send(&engine, &sample()).expect("the batch is good");
    let values = |items: &[ObservationItem]| items.iter().map(|item| item.payloads.clone()).collect::<Vec<_>>();
    assert_eq!(values(&observations(&engine)), values(&first_observations));
    let again = traces(&engine);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].row.stats, first_traces[0].row.stats);
    assert_eq!(again[0].payloads, first_traces[0].payloads);
}

#[test]
fn a_refused_request_leaves_no_trace_in_the_journal() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    for body in ["", "{", "[]", r#"{"batch":7}"#, r#"{"batch":[]}"#] {
        let _ = send_body(&engine, BodyKind::LangfuseBatch, body.as_bytes().to_vec());
    }
    let receipt =
        send(&engine, &serde_json::json!([event("e", "no-such-type", "2026-08-21T11:00:00Z", serde_json::json!({}))]));
    assert_eq!(receipt.expect("the batch itself is good").refused.len(), 1);
    assert_eq!(engine.counters().journal_blocks, 0);
    assert_eq!(traces(&engine).len(), 0);
}

#[test]
fn every_one_of_many_concurrent_requests_is_stored() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let engine = &engine;
            scope.spawn(move || {
                for index in 0..10 {
                    let id = format!("t-{thread}-{index}");
                    let body = serde_json::json!({ "id": id, "name": id, "input": id });
                    send(engine, &serde_json::json!([event(&id, "trace-create", "2026-08-21T11:00:00Z", body)]))
                        .expect("it is good");
                }
            });
        }
    });
    let mut found: Vec<_> =
        traces(&engine).into_iter().map(|item| (item.row.trace.id.to_string(), item.payloads.input)).collect();
    found.sort();
    let mut expected: Vec<_> = (0..8)
        .flat_map(|thread| (0..10).map(move |index| format!("t-{thread}-{index}")))
        .map(|id| (id.clone(), Some(id.into())))
        .collect();
    expected.sort();
    assert_eq!(found, expected);
    // Requests that arrive during a commit share the next one, but that is luck; none may have a block to itself twice.
    assert!(engine.counters().journal_blocks <= 80);
    assert_eq!(engine.counters().journal_entries, 80);
}

#[test]
fn a_full_memory_is_sealed_and_answers_reads() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let limits = Limits { hot_bytes_max: 2_000, ..Limits::default() };
    let engine = Engine::open(Options {
        data_dir: dir.path().to_owned(),
        limits,
        retention: Default::default(),
        extract_media: false,
        clock,
    })
    .expect("it is ours");
    send(&engine, &sample()).expect("there is room");
    let in_memory = traces(&engine);
    assert!(engine.settle(std::time::Duration::from_secs(60)));
    assert_eq!((engine.counters().archive.seals, engine.counters().hot.traces), (1, 0));
    let sealed = traces(&engine);
    assert_eq!((sealed.len(), sealed[0].row.stats.clone()), (1, in_memory[0].row.stats.clone()));
    assert_eq!(sealed[0].payloads, in_memory[0].payloads);
    send(&engine, &sample()).expect("there is room again");
    assert_eq!(traces(&engine).len(), 1);
}
