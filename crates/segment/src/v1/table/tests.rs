//! When pages are cut.

use redb::backends::InMemoryBackend;
use spanstone_testkit::Seed;

use super::*;
use crate::tests::{rows, some};
use crate::v1::{scores, sink::Pages};

/// Text that no compression makes small.
fn noise(seed: &mut Seed, bytes: usize) -> String {
    let letter = |seed: &mut Seed| char::from(b' ' + u8::try_from(seed.below(95)).expect("a letter"));
    (0..bytes).map(|_| letter(seed)).collect()
}

#[test]
fn a_page_of_payloads_is_cut_at_a_mebibyte_and_a_large_row_does_not_drag_others_along() {
    let pages = Arc::new(Pages::new(Box::new(InMemoryBackend::new()), 1));
    let mut writer = TableWriter::new(Table::Scores, pages.section(Section::Table(Table::Scores))).expect("memory");
    let mut score = some(rows::scores(), 1).swap_remove(0);
    let mut seed = Seed::new(1);
    for row in 0..300 {
        score.metadata = vec![noise(&mut seed, if row == 150 { 6_000_000 } else { 30_000 }).into()];
        writer.append(|batch| scores::push(batch, &score)).expect("memory");
    }
    let (section, extent) = writer.finish().expect("memory").swap_remove(0);
    let source = Source::new(Arc::from(pages.into_device()), 1, section, Arc::new(extent));
    let reader = TableReader::load(Table::Scores, source, 300).expect("what was written");
    let column = number_of(Table::Scores, "metadata").expect("scores have metadata");
    let metadata = reader.bare.metadata();
    let mut sizes = Vec::new();
    for group in 0..metadata.num_row_groups() {
        let index = metadata.page_index_for_row_group(group);
        let pages = index.offset_index(column).expect("every column has one").page_locations();
        sizes.extend(pages.iter().map(|page| page.compressed_page_size));
    }
    let large = sizes.iter().filter(|size| **size > 1_300_000).count();
    assert_eq!(large, 1, "{sizes:?}");
    assert!(sizes.len() >= 8, "{sizes:?}");
}

#[test]
fn ranges_are_as_long_as_they_can_be() {
    let rows: RoaringBitmap = [10, 11, 12, 20, 22, 23].into_iter().collect();
    assert_eq!(ranges_of(rows.iter(), 10), [0..3, 10..11, 12..14]);
    assert_eq!(ranges_of(std::iter::empty(), 10), []);
}
