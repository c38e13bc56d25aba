//! The index of words as the segment offers it.

use roaring::RoaringBitmap;
use spanstone_segment::words::{Case, Phrase, Wanted};
use spanstone_segment::{Segment, SegmentKind, SegmentWriter, Table, TextColumn};
use spanstone_testkit::SimulatedDisk;

use crate::rows::header;
use crate::rules::{observation, trace};

/// Traces of three observations, each with a word of its own in an input of some kilobytes.
fn written(traces: u32) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let mut writer = SegmentWriter::create(disk.clone(), header(SegmentKind::Traces)).expect("an empty disk");
    for number in 0..traces {
        let id = format!("t{number:05}");
        writer.trace(trace(&id, i64::from(number) * 10)).expect("in order");
        for step in 0..3 {
            let row = number * 3 + step;
            let input = format!(
                "{} word{row} {}",
                "some talk about nothing ".repeat(200),
                if row % 50 == 0 { "Rare" } else { "usual" }
            );
            let micros = i64::from(number) * 10 + i64::from(step);
            writer.observation(observation(&format!("o{row:05}"), &id, micros, Some(input.into()))).expect("in order");
        }
    }
    writer.finish().expect("memory");
    disk
}

fn words(text: &str) -> Wanted {
    Phrase::new(text, Case::Ignored).expect("it has words").words()
}

fn rows(segment: &Segment, text: &str) -> Option<RoaringBitmap> {
    segment.look_up(Table::Observations, TextColumn::Payload, &words(text)).map(|blocks| blocks.rows)
}

#[test]
fn words_lead_to_the_pages_that_have_them() {
    let segment = Segment::open(written(300), "words").expect("it is finished");
    assert_eq!(segment.verify(), Vec::new());
    let all = rows(&segment, "talk").expect("there is an index");
    assert_eq!(all.len(), 900);
    for row in (0..900).step_by(37) {
        let found = rows(&segment, &format!("word{row}")).expect("there is an index");
        assert!(found.contains(row) && found.len() < 300, "{found:?}");
    }
    assert_eq!(rows(&segment, "absent").expect("there is an index").len(), 0);
    assert!(rows(&segment, "rare word850").expect("there is an index").contains(850));
    let traces =
        segment.look_up(Table::Traces, TextColumn::Payload, &words("talk")).expect("there is little to look at");
    assert_eq!((traces.rows.len(), traces.firsts), (300, vec![0]), "traces without texts are looked through at once");
    segment.forget();
    assert_eq!(rows(&segment, "talk").expect("it is read again").len(), 900);
}

#[test]
fn an_index_that_cannot_be_read_is_no_index() {
    let disk = written(300);
    let whole = disk.image();
    let magic = (0..whole.len()).step_by(4_096).filter(|page| !whole.is_hole(*page)).find(|page| {
        // A chunk says which section it belongs to.
        let mut bytes = [0; 8];
        whole.read(*page, &mut bytes);
        bytes[..4] == *b"SPSC" && bytes[5] == 66
    });
    let page = magic.expect("there is a chunk of the words of observations");
    for bit in [0, 8 * 777, 8 * 2_000, 8 * 4_000, 8 * 4_001] {
        disk.flip(page * 8 + bit);
    }
    let segment = Segment::open_read_only(disk, "damaged").expect("the header page is whole");
    assert!(!segment.verify().is_empty());
    assert_eq!(rows(&segment, "talk"), None);
}
