//! A segment on a device without a guard: damage that the guard would find or heal reaches the decoders here, and must
//! not bring them down.

#[path = "../tests/segment/rows.rs"]
pub(crate) mod rows;

use std::sync::Arc;

use parking_lot::Mutex;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use redb::StorageBackend;
use roaring::RoaringBitmap;
use spanstone_testkit::Seed;

use crate::columns::{observations, scores, traces};
use crate::{Segment, SegmentErrorKind, SegmentKind, SegmentWriter, Table, With};

/// A device in memory that can be read while it is written, and damaged.
#[derive(Debug, Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl StorageBackend for Bytes {
    fn len(&self) -> std::io::Result<u64> {
        Ok(self.0.lock().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        let bytes = self.0.lock();
        let found = usize::try_from(offset).ok().and_then(|start| bytes.get(start..start.checked_add(out.len())?));
        out.copy_from_slice(found.ok_or(std::io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.0.lock().resize(usize::try_from(len).expect("a small device"), 0);
        Ok(())
    }

    fn sync_data(&self) -> std::io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        let start = usize::try_from(offset).expect("a small device");
        self.0.lock()[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }
}

/// The same rows in every run.
pub(crate) fn some<T>(strategy: impl Strategy<Value = Vec<T>>, at_least: usize) -> Vec<T> {
    let strategy = strategy.prop_filter("a few", |rows| rows.len() >= at_least);
    strategy.new_tree(&mut TestRunner::deterministic()).expect("rows").current()
}

fn whole(kind: SegmentKind) -> Vec<u8> {
    let device = Bytes::default();
    let mut writer = SegmentWriter::on_device(Box::new(device.clone()), rows::header(kind)).expect("memory");
    match kind {
        SegmentKind::Traces => {
            for (trace, observations) in some(rows::traces(), 5) {
                writer.trace(trace).expect("in order");
                for observation in observations {
                    writer.observation(observation).expect("in order");
                }
            }
        }
        SegmentKind::Scores => {
            for score in some(rows::scores(), 8) {
                writer.score(score).expect("in order");
            }
        }
    }
    writer.finish().expect("memory");
    let bytes = device.0.lock();
    bytes.clone()
}

fn open(bytes: Vec<u8>) -> Result<Segment, crate::SegmentError> {
    Segment::on_device(Arc::new(Bytes(Arc::new(Mutex::new(bytes)))), "damaged", Arc::default())
}

/// Reads everything that can be read. What comes out does not matter, only that something does.
fn use_everything(segment: &Segment) {
    let all = |count: u32| (0..count.min(10_000)).collect::<RoaringBitmap>();
    let facts = segment.facts();
    let _ = segment.find_trace("a");
    let _ = segment.find_observation("a");
    let _ = segment.find_score("a");
    let _ = segment.scores_of_trace("default");
    for with in [With::Named, With::Shown, With::Texts, With::Row, With::Payloads] {
        let _ = segment.traces(&all(facts.traces), with);
        let _ = segment.observations(&all(facts.observations), with);
        let _ = segment.scores(&all(facts.scores), with);
    }
    for (table, columns) in [
        (Table::Traces, [traces::NAME, traces::TAGS, traces::PAYLOAD]),
        (Table::Observations, [observations::MODEL, observations::USAGE_AMOUNTS, observations::START]),
        (Table::Scores, [scores::NAME, scores::NUMBER, scores::METADATA]),
    ] {
        let _ = segment.stretches(table);
        for (column, stretch) in columns
            .iter()
            .flat_map(|it| segment.stretches(table).into_iter().flatten().map(move |stretch| (*it, stretch)))
        {
            if let Ok(coded) = segment.coded(table, column, stretch.rows) {
                let _ = coded.texts();
                let _ = coded.each_row(&all(10_000), |_, _| {});
            }
        }
        if let Ok(scan) = segment.scan(table, &columns, 0..u32::MAX) {
            for batch in scan {
                let _ = batch;
            }
        }
    }
}

#[test]
fn what_was_not_damaged_is_sound() {
    for kind in SegmentKind::ALL {
        assert_eq!(open(whole(kind)).expect("a segment").verify(), Vec::new());
    }
}

#[test]
fn a_flipped_bit_is_found_by_verification_and_brings_nothing_down() {
    for kind in SegmentKind::ALL {
        let whole = whole(kind);
        let mut seed = Seed::new(u64::from(kind.code()));
        for _ in 0..400 {
            let mut bytes = whole.clone();
            let bit = usize::try_from(seed.below(whole.len() as u64 * 8)).expect("an index");
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(segment) = open(bytes) else { continue };
            use_everything(&segment);
            // What is beyond the payload of a chunk is padding.
            let is_padding = whole[bit / 8] == 0 && segment.verify().is_empty();
            assert!(is_padding || !segment.verify().is_empty(), "bit {bit} of {kind:?}");
        }
    }
}

#[test]
fn garbage_in_a_page_brings_nothing_down() {
    for kind in SegmentKind::ALL {
        let whole = whole(kind);
        let mut seed = Seed::new(7 + u64::from(kind.code()));
        for _ in 0..200 {
            let mut bytes = whole.clone();
            let start = usize::try_from(seed.below(whole.len() as u64)).expect("an index");
            let length = usize::try_from(1 + seed.below(300)).expect("a length");
            let garbage = seed.next_u64().to_le_bytes();
            for (place, byte) in bytes[start..].iter_mut().take(length).enumerate() {
                *byte = garbage[place % 8];
            }
            if let Ok(segment) = open(bytes) {
                use_everything(&segment);
                let _ = segment.verify();
            }
        }
    }
}

#[test]
fn a_segment_cut_anywhere_brings_nothing_down() {
    for kind in SegmentKind::ALL {
        let whole = whole(kind);
        let padding = whole.iter().rev().take_while(|byte| **byte == 0).count();
        for length in (0..whole.len() - padding).step_by(509) {
            let Ok(segment) = open(whole[..length].to_vec()) else { continue };
            use_everything(&segment);
            assert!(!segment.verify().is_empty(), "{length} of {} bytes", whole.len());
        }
        assert!(open(Vec::new()).is_err_and(|error| error.kind() == SegmentErrorKind::Unfinished));
    }
}

#[test]
fn a_segment_of_a_later_version_is_refused_before_it_is_read() {
    let mut bytes = whole(SegmentKind::Scores);
    bytes[8] = 3;
    let error = open(bytes).expect_err("version 3 is not known");
    assert_eq!(error.kind(), SegmentErrorKind::Foreign);
    assert!(error.to_string().contains("version 3"), "{error}");
}
