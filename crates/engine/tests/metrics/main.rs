//! Metrics against an evaluation that looks at one row after the other.
//!
//! Random requests fill two engines: one keeps everything in memory, the other seals it whenever it can. Random questions
//! must have the answer that follows from the rows that the lists give.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an oracle over a few dozen rows counts in whatever numbers are at hand"
)]

#[path = "../client/deleting.rs"]
mod deleting;
mod oracle;
mod questions;
mod script;
#[path = "../client/sending.rs"]
mod sending;

use std::path::Path;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use spanstone_engine::query::metrics::{Cell, Generation, Metrics, MetricsAnswer, MetricsRequest};
use spanstone_engine::{Engine, Options};
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Timestamp};

use deleting::delete_trace;

const MIB: usize = 1024 * 1024;

fn clock() -> Timestamp {
    Timestamp::parse("2026-08-31T12:00:00Z").expect("a valid time")
}

fn project() -> ProjectId {
    ProjectId::from_wire("project-1")
}

fn open(dir: &Path, hot_bytes_max: usize) -> Engine {
    let limits = Limits { hot_bytes_max, ..Limits::default() };
    let options = Options { limits, ..Options::new(dir, clock) };
    Engine::open(options).expect("the directory is ours alone")
}

fn send(engine: &Engine, body: &[u8]) {
    let header = EntryHeader::new(project(), BodyKind::LangfuseBatch, clock());
    assert_eq!(sending::send(engine, header, body.to_vec()).expect("the batch is good").refused, []);
}

/// An answer as its JSON.
fn answer(engine: &Engine, request: &MetricsRequest, generation: Generation) -> Vec<Map<String, Json>> {
    let question = Metrics::new(request, generation).expect("it is a good question");
    let MetricsAnswer { columns, rows } =
        engine.reads(engine.watch()).metrics(&project(), &question).expect("the engine answers");
    let cell = |cell: Cell| match cell {
        Cell::Null => Json::Null,
        Cell::Text(text) => json!(&*text),
        Cell::Texts(texts) => texts.iter().map(|text| json!(&**text)).collect(),
        Cell::Flag(flag) => json!(flag),
        Cell::Whole(whole) => json!(i64::try_from(whole).expect("a number that fits")),
        Cell::Real(real) => json!(real),
        Cell::Bars(bars) => json!(bars),
    };
    let row = |cells: Vec<Cell>| columns.iter().cloned().zip(cells.into_iter().map(cell)).collect();
    rows.into_iter().map(row).collect()
}

/// Whether two answers say the same: floats to nine digits, histograms by what every histogram of the values shares.
fn is_same(found: &Json, expected: &Json) -> bool {
    match (found, expected) {
        (Json::Number(found), Json::Number(expected)) => {
            let (found, expected) = (found.as_f64().unwrap_or(f64::NAN), expected.as_f64().unwrap_or(f64::NAN));
            (found - expected).abs() <= 1e-9 * expected.abs().max(1e-9)
        }
        // What the oracle says of a histogram: the number of values, the least and the most.
        (Json::Array(bars), Json::Object(about)) => {
            let part = |bar: Option<&Json>, place: usize| bar.and_then(|bar| bar[place].as_f64());
            let heights: f64 = bars.iter().filter_map(|bar| bar[2].as_f64()).sum();
            (heights - about["count"].as_f64().unwrap_or(f64::NAN)).abs() < 1e-6
                && part(bars.first(), 0) == about["least"].as_f64()
                && part(bars.last(), 1) == about["most"].as_f64()
                && bars.len() as u64 <= about["bins"].as_u64().unwrap_or(0)
        }
        (Json::Array(found), Json::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| is_same(found, expected))
        }
        _ => found == expected,
    }
}

fn are_same(found: &[Map<String, Json>], expected: &[Map<String, Json>]) -> bool {
    let is_same_row = |(found, expected): (&Map<String, Json>, &Map<String, Json>)| {
        found.len() == expected.len()
            && expected.iter().all(|(column, value)| found.get(column).is_some_and(|found| is_same(found, value)))
    };
    found.len() == expected.len() && found.iter().zip(expected).all(is_same_row)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn metrics_are_what_the_rows_come_to(batches in script::batches(), seeds in vec(any::<u64>(), 60)) {
        let (hot_dir, sealed_dir) =
            (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let hot = open(hot_dir.path(), 64 * MIB);
        let sealing = open(sealed_dir.path(), 4_096);
        for (number, batch) in batches.iter().enumerate() {
            let body = script::body(batch);
            for engine in [&hot, &sealing] {
                send(engine, &body);
                if let Some(trace) = script::deleted(number, batch) {
                    delete_trace(engine, &project(), &trace);
                }
            }
            // The last batches stay in memory beside what is sealed.
            if number + 3 < batches.len() {
                prop_assert!(sealing.settle(Duration::from_secs(60)), "the archive does not come to rest");
            }
        }
        let listed = oracle::Listed::of(&hot);
        for seed in seeds {
            let (request, generation) = questions::random(seed);
            let expected = oracle::answer(&listed, &request, generation);
            for engine in [&hot, &sealing] {
                let found = answer(engine, &request, generation);
                prop_assert!(
                    are_same(&found, &expected),
                    "{generation:?} {request:#?}\nfound {found:#?}\nexpected {expected:#?}"
                );
            }
        }
        prop_assert_eq!(sealing.counters().archive.unreadable, 0);
    }
}

/// Enough weeks that they are worked on by several threads, where there are several processors.
#[test]
fn the_metrics_of_many_segments_are_what_memory_comes_to() {
    let (hot_dir, sealed_dir) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (hot, sealing) = (open(hot_dir.path(), 64 * MIB), open(sealed_dir.path(), 4_096));
    for week in 0..24 {
        let body = script::week(week);
        send(&hot, &body);
        send(&sealing, &body);
        assert!(sealing.settle(Duration::from_secs(60)));
    }
    let segments = sealing.counters().sealed.segments;
    assert!(segments >= 16, "{segments} segments");
    let listed = oracle::Listed::of(&hot);
    for seed in 0..200 {
        let (request, generation) = questions::random(seed);
        let from = Timestamp::parse("2025-01-01T00:00:00Z").expect("a valid time");
        let request = MetricsRequest { from, ..request };
        let expected = oracle::answer(&listed, &request, generation);
        for engine in [&hot, &sealing] {
            let found = answer(engine, &request, generation);
            assert!(are_same(&found, &expected), "{request:#?}\nfound {found:#?}\nexpected {expected:#?}");
        }
    }
}
