//! The filter language against an evaluation of every row by itself.
//!
//! Random rows, some of them sealed, updated or deleted; random filters over every column and operator; the answers of the
//! engine must be those of a reading of Langfuse's rules that shares no code with it.

mod brute;
mod columns;
#[path = "../client/deleting.rs"]
mod deleting;
mod rows;
#[path = "../client/sending.rs"]
mod sending;

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;
use spanstone_engine::query::{
    Filter, ObservationQuery, PageRequest, ScoreQuery, Table, TraceOrder, TraceParts, TraceQuery,
};
use spanstone_engine::{Engine, Options, Reads};
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Sender, Timestamp, TraceId};

use deleting::delete_trace;

const ALL: PageRequest = PageRequest { page: 1, limit: 1_000 };

fn clock() -> Timestamp {
    Timestamp::parse("2026-08-31T12:00:00Z").expect("a valid time")
}

fn project() -> ProjectId {
    ProjectId::from_wire("project-1")
}

fn send(engine: &Engine, batch: &[Json]) {
    let body = serde_json::to_vec(&serde_json::json!({ "batch": batch })).expect("a JSON value has a text");
    let header = EntryHeader {
        sender: Sender::new(Some("pk-1"), Some("python"), Some("4.1")),
        ..EntryHeader::new(project(), BodyKind::LangfuseBatch, clock())
    };
    assert_eq!(sending::send(engine, header, body).expect("the batch is good").refused, []);
}

/// The ids of the rows that the engine gives for a filter, sorted.
fn answer(reads: &Reads<'_>, table: Table, filter: &Json) -> Vec<String> {
    let filter = Filter::parse(&filter.to_string(), table, 100).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let project = project();
    let failed = "the engine answers";
    let mut ids: Vec<String> = match table {
        Table::Traces => {
            let query = TraceQuery { filter, order: TraceOrder::default(), page: ALL };
            let parts = TraceParts { texts: false, observation_ids: false, scores: false, sums: false };
            let page = reads.traces(&project, &query, parts).expect(failed);
            assert_eq!(page.total, page.rows.len());
            page.rows.iter().map(|item| item.row.trace.id.as_str().to_owned()).collect()
        }
        Table::Observations => {
            let page = reads.observations(&project, &ObservationQuery { filter, page: ALL }).expect(failed);
            assert_eq!(page.total, page.rows.len());
            page.rows.iter().map(|item| item.row.observation.id.as_str().to_owned()).collect()
        }
        Table::ObservationsV2 => {
            let (mut ids, mut cursor) = (Vec::new(), None);
            loop {
                let page = reads.observations_after(&project, &filter, cursor.as_ref(), 3, false).expect(failed);
                ids.extend(page.rows.iter().map(|item| item.row.observation.id.as_str().to_owned()));
                cursor = page.next;
                if cursor.is_none() {
                    break ids;
                }
            }
        }
        Table::Scores => {
            let query = ScoreQuery { filter, page: ALL, require_trace: false, listable_only: false };
            let page = reads.scores(&project, &query).expect(failed);
            assert_eq!(page.total, page.rows.len());
            page.rows.iter().map(|item| item.row.score.id.as_str().to_owned()).collect()
        }
    };
    ids.sort();
    ids
}

/// What happens before questions are asked: batches, and whether the engine may seal after each; a trace to delete.
fn story() -> impl Strategy<Value = Vec<(Vec<rows::Action>, bool, Option<u8>)>> {
    vec((vec(rows::action(), 1..14), any::<bool>(), prop::option::weighted(0.2, 0..6_u8)), 2..7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn every_filter_selects_the_rows_that_its_rules_select(story in story(), filters in vec(columns::filters(), 120)) {
        let dir = tempfile::tempdir().expect("a directory");
        let limits = Limits { hot_bytes_max: 8_192, ..Limits::default() };
        let options = Options { limits, ..Options::new(dir.path(), clock) };
        let engine = Engine::open(options).expect("the directory is ours alone");
        for (actions, seal, deleted) in &story {
            send(&engine, &rows::batch(actions));
            if *seal {
                prop_assert!(engine.settle(Duration::from_secs(60)), "the archive does not come to rest");
            }
            if let Some(trace) = deleted {
                delete_trace(&engine, &project(), &TraceId::from_wire(&format!("t{trace}")));
            }
        }
        let reads = engine.reads(engine.watch());
        let known = brute::Known::read(&reads, &project());
        for (table, filter) in &filters {
            prop_assert_eq!(answer(&reads, *table, filter), known.select(*table, filter), "{:?} {}", table, filter);
        }
        prop_assert_eq!(engine.counters().archive.unreadable, 0);
    }
}

#[test]
fn the_story_has_rows_of_every_kind_for_every_column() {
    let dir = tempfile::tempdir().expect("a directory");
    let limits = Limits { hot_bytes_max: 8_192, ..Limits::default() };
    let options = Options { limits, ..Options::new(dir.path(), clock) };
    let engine = Engine::open(options).expect("the directory is ours alone");
    for number in 0..32_u32 {
        let action = |kind: u8| {
            (
                kind,
                (number % 8) as u8,
                (number % 6) as u8,
                number.wrapping_mul(0x9e37_79b9).rotate_left(u32::from(kind)),
            )
        };
        send(&engine, &rows::batch(&(0..5).map(action).collect::<Vec<_>>()));
        assert!(engine.settle(Duration::from_secs(60)));
    }
    assert!(engine.counters().archive.seals > 1, "{:?}", engine.counters());
    let reads = engine.reads(engine.watch());
    let known = brute::Known::read(&reads, &project());
    for (table, column) in columns::all() {
        let of_null =
            |operator| serde_json::json!([{"type": "null", "column": column, "operator": operator, "value": ""}]);
        let mut filter = of_null("is not null");
        if matches!(column, "input" | "output") {
            // Nothing is looked up by such a condition alone.
            filter =
                serde_json::json!([{"type": "string", "column": column, "operator": "matches", "value": "question"}]);
        }
        let found = answer(&reads, table, &filter);
        assert_eq!(found, known.select(table, &filter), "{table:?} {column}");
        assert!(!found.is_empty() || columns::NEVER.contains(&column), "{table:?} {column} has no value in any row");
    }
}
