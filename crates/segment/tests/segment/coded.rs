//! Columns of texts by their numbers say what the rows say.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use roaring::RoaringBitmap;
use spanstone_model::{Text, TraceId};
use spanstone_segment::columns::{observations, traces as columns};
use spanstone_segment::{Segment, Table};

use crate::rows::{TraceRows, traces};
use crate::written::segment_of;

/// The texts of some rows of a column.
fn coded(segment: &Segment, table: Table, column: &'static str, rows: &RoaringBitmap) -> Vec<(u32, Vec<String>)> {
    let mut found = Vec::new();
    for stretch in segment.stretches(table).expect("a footer") {
        let coded = segment.coded(table, column, stretch.rows).expect("a column of texts");
        let texts: Vec<String> = coded.texts().expect("texts").iter().map(str::to_owned).collect();
        let each = |row, codes: &[u32]| {
            if rows.contains(row) {
                found.push((row, codes.iter().map(|code| texts[*code as usize].clone()).collect()));
            }
        };
        coded.each_row(rows, each).expect("a column of texts");
    }
    found
}

fn wanted(count: usize, chosen: u64) -> RoaringBitmap {
    (0..u32::try_from(count).expect("a few rows")).filter(|row| chosen >> (row % 64) & 1 == 1).collect()
}

fn owned<'a>(texts: impl IntoIterator<Item = &'a Text>) -> Vec<String> {
    texts.into_iter().map(ToString::to_string).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn each_row_has_its_texts(rows in traces(), chosen in any::<u64>()) {
        let segment = segment_of(&rows);
        let wanted_rows = wanted(rows.len(), chosen);
        let of = |texts: fn(&TraceRows) -> Vec<String>| -> Vec<(u32, Vec<String>)> {
            wanted_rows.iter().map(|row| (row, texts(&rows[row as usize]))).collect()
        };
        let users = of(|(row, _)| owned(&row.trace.user_id));
        prop_assert_eq!(coded(&segment, Table::Traces, columns::USER_ID, &wanted_rows), users);
        let tags = of(|(row, _)| owned(&row.trace.tags));
        prop_assert_eq!(coded(&segment, Table::Traces, columns::TAGS, &wanted_rows), tags);
        let environments = of(|(row, _)| vec![row.trace.environment.to_string()]);
        prop_assert_eq!(coded(&segment, Table::Traces, columns::ENVIRONMENT, &wanted_rows), environments);
        let all: Vec<_> = rows.iter().flat_map(|(_, observations)| observations).collect();
        let wanted_rows = wanted(all.len(), chosen);
        let models: Vec<_> =
            wanted_rows.iter().map(|row| (row, owned(&all[row as usize].observation.model))).collect();
        prop_assert_eq!(coded(&segment, Table::Observations, observations::MODEL, &wanted_rows), models);
    }
}

/// Many traces like the first of some.
fn many(count: u32, change: impl Fn(u32, &mut spanstone_model::Trace)) -> Vec<TraceRows> {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = traces().prop_filter("with a trace", |rows| !rows.is_empty());
    let (mut first, _) = strategy.new_tree(&mut runner).expect("rows").current().swap_remove(0);
    let row = |number: u32| {
        let trace = Arc::make_mut(&mut first.trace);
        trace.id = TraceId::from_wire(&format!("trace-{number:08}"));
        change(number, trace);
        (first.clone(), Vec::new())
    };
    (0..count).map(row).collect()
}

#[test]
fn rows_of_many_pages_have_their_texts() {
    let tags = |number: u32| (0..number % 4).map(move |tag| Text::from(format!("tag {}", (number + tag * 7) % 50)));
    let rows = many(20_000, |number, trace| {
        trace.user_id = (!number.is_multiple_of(3)).then(|| Text::from(format!("user {}", number % 3_001)));
        trace.tags = tags(number).collect();
    });
    let segment = segment_of(&rows);
    // Some whole pages, and some pages of which hardly anything is wanted.
    let wanted: RoaringBitmap = (100..9_000).chain([12_345, 19_999]).collect();
    let of = |texts: fn(&TraceRows) -> Vec<String>| -> Vec<(u32, Vec<String>)> {
        wanted.iter().map(|row| (row, texts(&rows[row as usize]))).collect()
    };
    let users = of(|(row, _)| owned(&row.trace.user_id));
    assert_eq!(coded(&segment, Table::Traces, columns::USER_ID, &wanted), users);
    assert_eq!(coded(&segment, Table::Traces, columns::TAGS, &wanted), of(|(row, _)| owned(&row.trace.tags)));
}

#[test]
fn texts_too_many_for_a_dictionary_are_numbered_all_the_same() {
    let rows = many(12_000, |number, trace| {
        trace.user_id = (number != 7).then(|| Text::from(format!("{number:0100}")));
        trace.tags = (0..number % 3).map(|tag| Text::from(format!("{:0100}", number - tag))).collect();
    });
    let segment = segment_of(&rows);
    let wanted: RoaringBitmap = [0, 1, 2, 7, 9_000, 11_999].into_iter().collect();
    let of = |texts: fn(&TraceRows) -> Vec<String>| -> Vec<(u32, Vec<String>)> {
        wanted.iter().map(|row| (row, texts(&rows[row as usize]))).collect()
    };
    let users = of(|(row, _)| owned(&row.trace.user_id));
    assert_eq!(coded(&segment, Table::Traces, columns::USER_ID, &wanted), users);
    assert_eq!(coded(&segment, Table::Traces, columns::TAGS, &wanted), of(|(row, _)| owned(&row.trace.tags)));
}

#[test]
fn only_columns_of_texts_have_numbers_and_only_whole_stretches() {
    let segment = segment_of(&many(3, |_, _| {}));
    assert!(segment.coded(Table::Traces, columns::NAME, 0..3).is_ok());
    for (column, rows) in [(columns::NAME, 1..3), (columns::NAME, 0..2), ("colour", 0..3), (columns::TIMESTAMP, 0..3)] {
        assert!(segment.coded(Table::Traces, column, rows).is_err(), "{column}");
    }
}
