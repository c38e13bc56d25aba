//! What is sealed answers as what is in memory does.
//!
//! Two engines are given the same requests: one keeps everything in memory, the other seals it whenever it can. Every
//! question must have the same answer.

mod answers;
#[path = "../client/deleting.rs"]
mod deleting;
mod script;
#[path = "../client/sending.rs"]
mod sending;

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn sealed_rows_answer_every_question_as_rows_in_memory_do(batches in script::batches()) {
        let (hot_dir, sealed_dir) =
            (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let hot = open(hot_dir.path(), 64 * MIB);
        let sealing = open(sealed_dir.path(), 4_096);
        for (number, batch) in batches.iter().enumerate() {
            let body = script::body(batch);
            send(&hot, &body);
            send(&sealing, &body);
            if let Some(trace) = script::deleted(number, batch) {
                delete_trace(&hot, &project(), &trace);
                delete_trace(&sealing, &project(), &trace);
            }
            prop_assert!(sealing.settle(Duration::from_secs(60)), "the archive does not come to rest");
            // What is remembered of these answers must not be in the way of later ones.
            for question in answers::remembered() {
                prop_assert_eq!(question.answer(&sealing), question.answer(&hot), "{:?} after {}", question, number);
            }
        }
        for question in answers::questions() {
            prop_assert_eq!(question.answer(&sealing), question.answer(&hot), "{:?}", question);
        }
        prop_assert_eq!(sealing.counters().archive.unreadable, 0);
    }
}

#[test]
fn the_script_seals_something() {
    let dir = tempfile::tempdir().expect("a directory");
    let engine = open(dir.path(), 4_096);
    let event = |number: u8| (number % 5, number % 6, number % 4, u32::from(number) * 77);
    let events: Vec<_> = (0..40).map(event).collect();
    for batch in events.chunks(10) {
        send(&engine, &script::body(batch));
        assert!(engine.settle(Duration::from_secs(60)));
    }
    assert!(engine.counters().archive.seals > 1, "{:?}", engine.counters());
}

/// Enough weeks that they are added up on several threads, where there are several processors.
#[test]
fn the_days_of_many_segments_come_to_what_memory_comes_to() {
    let (hot_dir, sealed_dir) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (hot, sealing) = (open(hot_dir.path(), 64 * MIB), open(sealed_dir.path(), 4_096));
    for week in 0..40 {
        let body = script::week(week);
        send(&hot, &body);
        send(&sealing, &body);
        assert!(sealing.settle(Duration::from_secs(60)));
    }
    let segments = sealing.counters().sealed.segments;
    assert!(segments >= 32, "{segments} segments");
    for question in answers::remembered() {
        assert_eq!(question.answer(&sealing), question.answer(&hot), "{question:?}");
    }
}
