//! Directories that older versions wrote are opened, read, written to and verified.
//!
//! `segments_1` was written by the last commit before segments of version 2: 1,500 traces of a generation and a tool each,
//! sealed, and some late news in the journal.

#[path = "../client/sending.rs"]
mod sending;

use std::path::Path;
use std::time::Duration;

use spanstone_engine::query::{Filter, ObservationQuery, PageRequest, Table};
use spanstone_engine::{Engine, Options};
use spanstone_model::{
    BodyKind, Cost, EntryHeader, Level, Limits, Observation, ObservationId, ProjectId, Timestamp, TraceId,
};

use spanstone_store::verify;

const LEDGER: &[u8] = include_bytes!("segments_1/ledger.redb.zst");
const SEGMENTS: [(&str, &[u8]); 2] = [
    ("0000000000000001.segment", include_bytes!("segments_1/0000000000000001.segment.zst")),
    ("0000000000000002.segment", include_bytes!("segments_1/0000000000000002.segment.zst")),
];
/// More than a file of it has.
const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

fn project() -> ProjectId {
    ProjectId::from_wire("old")
}

fn clock() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00Z").expect("a valid time")
}

fn unpack(dir: &Path) {
    let write = |path: &Path, packed: &[u8]| {
        let bytes = zstd::bulk::decompress(packed, FILE_BYTES_MAX).expect("it was packed here");
        std::fs::write(path, bytes).expect("the directory is ours");
    };
    let week = dir.join("archive/2026-W39");
    std::fs::create_dir_all(&week).expect("the directory is ours");
    write(&dir.join("ledger.redb"), LEDGER);
    for (name, packed) in SEGMENTS {
        write(&week.join(name), packed);
    }
}

fn open(dir: &Path, hot_bytes_max: usize) -> Engine {
    let limits = Limits { hot_bytes_max, reserve_bytes: 0, ..Limits::default() };
    let options = Options { limits, ..Options::new(dir, clock) };
    Engine::open(options).expect("it was written by an older version")
}

fn send(engine: &Engine, event: &str) {
    let header = EntryHeader::new(project(), BodyKind::LangfuseBatch, clock());
    let body = format!(r#"{{"batch":[{event}]}}"#).into_bytes();
    assert_eq!(sending::send(engine, header, body).expect("the batch is good").refused, []);
}

fn observation(engine: &Engine, id: &str) -> Observation {
    let reads = engine.reads(engine.watch());
    let found = reads.observation(&project(), &ObservationId::from_wire(id)).expect("it can be read");
    Observation::clone(&found.expect("it is there").row.observation)
}

fn dollars(observation: &Observation) -> Option<f64> {
    observation.cost.total().map(Cost::dollars)
}

/// How many observations a filter finds.
fn count(engine: &Engine, filter: &str) -> usize {
    let filter = if filter.is_empty() { "[]" } else { filter };
    let filter = Filter::parse(filter, Table::Observations, 10).expect("a filter");
    let query = ObservationQuery { filter, page: PageRequest { page: 1, limit: 1 } };
    engine.reads(engine.watch()).observations(&project(), &query).expect("it can be read").total
}

fn assert_reads_as_written(engine: &Engine) {
    let sealed = observation(engine, "gen-4");
    assert_eq!((sealed.model.as_deref(), dollars(&sealed)), (Some("gpt-4o"), Some(0.0015)));
    assert_eq!(sealed.usage.get("total"), Some(124));
    assert_eq!((sealed.price, sealed.cost_is_computed, sealed.usage_is_counted), (None, false, false));
    assert_eq!(dollars(&observation(engine, "gen-7")), None);
    assert_eq!(observation(engine, "gen-3").status_message.as_deref(), Some("late"));
    assert_eq!(dollars(&observation(engine, "gen-new")), Some(0.25));
    assert_eq!(count(engine, ""), 3_001);
    assert_eq!(count(engine, r#"[{"type":"string","column":"name","operator":"=","value":"look up"}]"#), 1_500);
    assert_eq!(count(engine, r#"[{"type":"number","column":"totalCost","operator":">","value":0.001}]"#), 751);
    let reads = engine.reads(engine.watch());
    let detail = reads.trace(&project(), &TraceId::from_wire("trace-8"), 10).expect("it can be read");
    assert_eq!(detail.expect("it is there").observations.len(), 2);
}

#[test]
fn segments_without_the_columns_of_later_versions_are_read_updated_merged_and_verified() {
    let dir = tempfile::tempdir().expect("a directory");
    unpack(dir.path());
    assert!(verify(dir.path()).expect("it can be verified").is_clean());

    let engine = open(dir.path(), 64 * 1024 * 1024);
    assert_reads_as_written(&engine);
    let event = |number: u32| {
        let id = format!("gen-{number}");
        format!(
            r#"{{"id":"late-{id}","type":"generation-update","timestamp":"2026-11-01T00:00:00Z",
                 "body":{{"id":"{id}","traceId":"trace-{number}","level":"ERROR"}}}}"#
        )
    };
    send(&engine, &event(4));
    assert_eq!(observation(&engine, "gen-4").level, Level::Error);
    assert_reads_as_written(&engine);
    engine.close();
    assert!(verify(dir.path()).expect("it can be verified").is_clean());

    // With hardly any memory, what is written is sealed at once, and merged with the old segments after a while.
    let engine = open(dir.path(), 4_096);
    for number in 100..140 {
        send(&engine, &event(number));
        assert!(engine.settle(Duration::from_secs(60)), "the archive does not come to rest");
    }
    assert!(engine.counters().archive.compactions > 0, "{:?}", engine.counters().archive);
    assert_eq!(observation(&engine, "gen-120").level, Level::Error);
    assert_eq!(observation(&engine, "gen-4").level, Level::Error);
    assert_reads_as_written(&engine);
    assert_eq!(engine.counters().archive.unreadable, 0);
    engine.close();
    assert!(verify(dir.path()).expect("it can be verified").is_clean());
}
