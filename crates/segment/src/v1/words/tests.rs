//! Every word is found where it is, whatever else is there; what is damaged is said to be.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use redb::backends::InMemoryBackend;

use super::*;
use crate::v1::cells::payload_head;
use crate::v1::section::Section;
use crate::v1::sink::Pages;
use crate::v1::source::Source;
use crate::words::{Wanted, reading, words};

const SECTION: Section = Section::Words(Table::Observations, TextColumn::Payload);

fn cell(input: &str, output: &str) -> Vec<u8> {
    let mut cell = payload_head(Some(input), Some(output)).expect("there is a text");
    cell.extend_from_slice(input.as_bytes());
    cell.extend_from_slice(output.as_bytes());
    cell
}

/// The index of some rows, of which a block ends after each of `ends`.
fn index_of(rows: &[Option<Vec<u8>>], ends: &BTreeSet<usize>) -> Source {
    let pages = Arc::new(Pages::new(Box::new(InMemoryBackend::new()), 7));
    let mut writer = WordsWriter::new(pages.section(SECTION), TextColumn::Payload);
    for (row, cell) in rows.iter().enumerate() {
        writer.add(cell.as_deref()).expect("memory");
        if ends.contains(&row) {
            writer.end_block().expect("memory");
        }
    }
    let sink = writer.finish().expect("memory").expect("there is enough text");
    let (section, extent) = sink.finish().expect("memory");
    Source::new(Arc::from(pages.into_device()), 7, section, Arc::new(extent))
}

/// Enough text that there is an index.
fn filler() -> Vec<u8> {
    cell(&"fill ".repeat(60_000), "")
}

fn wanted(text: &str) -> Wanted {
    let mut wanted = Wanted::default();
    wanted.add(text);
    wanted
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-d]{1,2}( [a-d]{1,2}){0,12}",
        "\\{\"[a-c]\":\"[a-d]{1,2}(\\\\n|\\\\u00e9| )[a-d]{1,2}\"\\}",
        Just("東京 Tower".to_owned()),
    ]
}

proptest! {
    #[test]
    fn no_row_is_lost(
        texts in prop::collection::vec(prop::option::weighted(0.8, (text(), text())), 1..60),
        ends in prop::collection::btree_set(0..60_usize, 0..12),
    ) {
        let cells: Vec<_> = texts.iter().map(|it| it.as_ref().map(|(input, output)| cell(input, output))).chain([Some(filler())]).collect();
        let rows = u32::try_from(cells.len()).expect("a few");
        let index = Words::load(&index_of(&cells, &ends), rows).expect("what was written");
        let block_of = |row: u32| index.firsts().partition_point(|first| *first <= row);
        for word in ["a", "B", "cd", "é", "京", "tower", "fill", "nothing"] {
            let found = index.rows_with(wanted(word).hashes()).expect("memory");
            let has = |text: &str| words(&reading(text)).any(|it| it.to_lowercase() == word.to_lowercase());
            let blocks: BTreeSet<usize> = (0..)
                .zip(&texts)
                .filter(|(_, it)| it.as_ref().is_some_and(|(input, output)| has(input) || has(output)))
                .map(|(row, _)| block_of(row))
                .chain((word == "fill").then(|| block_of(rows - 1)))
                .collect();
            // Few words: none of them shares the kept bits of its hash with another.
            let expected: Vec<u32> = (0..rows).filter(|row| blocks.contains(&block_of(*row))).collect();
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{}", word);
        }
        prop_assert_eq!(index.rows_with(&[]).expect("memory").len(), 0, "no word is in no block");
    }

    #[test]
    fn damage_is_an_error_or_a_wrong_row_and_never_a_panic(at in 0..2_000_usize, bit in 0..8_u32) {
        let cells = vec![Some(cell("a b c", "d e")), None, Some(filler())];
        let source = index_of(&cells, &BTreeSet::from([0]));
        let mut bytes = source.read(0, usize::try_from(source.bytes()).expect("small")).expect("memory");
        let place = at % bytes.len();
        bytes[place] ^= 1 << bit;
        let pages = Arc::new(Pages::new(Box::new(InMemoryBackend::new()), 7));
        let mut sink = pages.section(SECTION);
        std::io::Write::write_all(&mut sink, &bytes).expect("memory");
        let (section, extent) = sink.finish().expect("memory");
        let source = Source::new(Arc::from(pages.into_device()), 7, section, Arc::new(extent));
        if let Ok(index) = Words::load(&source, 3) {
            for word in ["a", "e", "fill", "nothing"] {
                let _ = index.rows_with(wanted(word).hashes());
            }
        }
    }
}

#[test]
fn parts_that_are_cut_in_a_block_lose_nothing() {
    // More different words than a part has postings, in blocks of one row.
    let numbers = |from: u32| (from..from + 300_000).map(|number| format!("{number:x} ")).collect::<String>();
    let cells: Vec<_> = (0..9).map(|row| Some(cell(&numbers(row * 300_000), "common"))).collect();
    let index = Words::load(&index_of(&cells, &(0..9).collect()), 9).expect("what was written");
    for row in 0..9_u32 {
        for word in [row * 300_000, row * 300_000 + 299_999] {
            let found = index.rows_with(wanted(&format!("{word:x}")).hashes()).expect("memory");
            assert!(found.contains(row) && found.len() < 4, "{word:x} is in row {row}, found in {found:?}");
        }
    }
    assert_eq!(index.rows_with(wanted("common").hashes()).expect("memory").len(), 9);
}

#[test]
fn few_texts_have_no_index() {
    let pages = Arc::new(Pages::new(Box::new(InMemoryBackend::new()), 7));
    let mut writer = WordsWriter::new(pages.section(SECTION), TextColumn::Payload);
    writer.add(Some(&cell("a", "b"))).expect("memory");
    assert!(writer.finish().expect("memory").is_none());
}
