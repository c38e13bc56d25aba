//! What power cuts and damage below the guard do to a segment: nothing that it answers wrongly.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use roaring::RoaringBitmap;
use spanstone_segment::{Segment, SegmentErrorKind, SegmentKind, SegmentWriter, With};
use spanstone_testkit::{Fault, Image, Seed, SimulatedDisk, for_each_seed};

use crate::rows::{TraceRows, header, traces};
use crate::written::write_traces;

/// The same few rows in every run.
fn some_rows() -> Vec<TraceRows> {
    let mut runner = TestRunner::deterministic();
    let rows = traces().prop_filter("with observations", |rows| rows.iter().any(|(_, it)| it.len() > 1));
    rows.new_tree(&mut runner).expect("rows").current()
}

fn assert_whole(segment: &Segment, rows: &[TraceRows]) {
    let all: RoaringBitmap = (0..segment.facts().traces).collect();
    let traces: Vec<_> = segment.traces(&all, With::Payloads).expect("traces").into_iter().map(|(_, it)| it).collect();
    assert_eq!(traces, rows.iter().map(|(trace, _)| trace.clone()).collect::<Vec<_>>());
    let all: RoaringBitmap = (0..segment.facts().observations).collect();
    let read = segment.observations(&all, With::Payloads).expect("observations");
    let observations: Vec<_> = read.into_iter().map(|(_, it)| it).collect();
    assert_eq!(observations, rows.iter().flat_map(|(_, it)| it.clone()).collect::<Vec<_>>());
}

/// Writes a segment on a disk that may fail. Whether it says that it finished.
fn try_to_write(disk: SimulatedDisk, rows: &[TraceRows]) -> bool {
    let write = || {
        let mut writer = SegmentWriter::create(disk, header(SegmentKind::Traces))?;
        for (trace, observations) in rows {
            writer.trace(trace.clone())?;
            for observation in observations {
                writer.observation(observation.clone())?;
            }
        }
        writer.finish()
    };
    write().is_ok()
}

fn calls_of_writing(rows: &[TraceRows]) -> u64 {
    let disk = SimulatedDisk::new();
    write_traces(disk.clone(), rows);
    disk.calls()
}

#[test]
fn a_power_cut_at_any_moment_leaves_a_whole_segment_or_none() {
    let rows = some_rows();
    let calls = calls_of_writing(&rows);
    for_each_seed(2, |seed| {
        let mut seed = Seed::new(seed);
        for call in 0..=calls {
            let disk = SimulatedDisk::new();
            disk.fail_at(call, Fault::PowerCut);
            let finished = try_to_write(disk.clone(), &rows);
            assert_eq!(finished, call >= calls, "writing makes {calls} calls");
            match Segment::open(SimulatedDisk::from_image(&disk.crash(&mut seed)), "crashed") {
                Ok(segment) => assert_whole(&segment, &rows),
                Err(error) => {
                    assert!(!finished, "{error}");
                    let kind = error.kind();
                    assert!(matches!(kind, SegmentErrorKind::Unfinished | SegmentErrorKind::Foreign), "{error}");
                }
            }
        }
    });
}

#[test]
fn a_disk_that_fails_or_is_full_is_reported_and_leaves_nothing_that_counts() {
    let rows = some_rows();
    for fault in [Fault::Eio, Fault::Enospc, Fault::ShortWrite] {
        for call in 0..calls_of_writing(&rows) {
            let disk = SimulatedDisk::new();
            disk.fail_at(call, fault);
            let finished = try_to_write(disk.clone(), &rows);
            match Segment::open(SimulatedDisk::from_image(&disk.image()), "after a failure") {
                Ok(segment) => assert_whole(&segment, &rows),
                Err(error) => assert!(!finished, "{fault:?} at call {call}: {error}"),
            }
        }
    }
}

#[test]
fn a_segment_that_was_never_finished_is_refused() {
    let disk = SimulatedDisk::new();
    let mut writer = SegmentWriter::create(disk.clone(), header(SegmentKind::Traces)).expect("an empty disk");
    for (trace, _) in some_rows() {
        writer.trace(trace).expect("a trace in order");
    }
    drop(writer);
    for image in [disk.image(), Image::default()] {
        let disk = SimulatedDisk::from_image(&image);
        let error = Segment::open(disk.clone(), "unfinished").expect_err("it is not finished");
        assert_eq!(error.kind(), SegmentErrorKind::Unfinished, "{error}");
        let error = Segment::open_read_only(disk, "unfinished").expect_err("it is not finished");
        assert_eq!(error.kind(), SegmentErrorKind::Unfinished, "{error}");
    }
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let disk = SimulatedDisk::new();
    write_traces(disk.clone(), &some_rows());
    let whole = disk.image();
    for length in (1..whole.len()).step_by(65_521).chain([whole.len() - 1]) {
        let mut image = whole.clone();
        image.set_len(length);
        let error = Segment::open(SimulatedDisk::from_image(&image), "cut").expect_err("it was cut");
        assert!(error.to_string().contains("cut"), "{length}: {error}");
    }
}

#[test]
fn a_flipped_bit_anywhere_costs_nothing() {
    let rows = some_rows();
    let disk = SimulatedDisk::new();
    write_traces(disk.clone(), &rows);
    let whole = disk.image();
    let written: Vec<usize> = (0..whole.len()).step_by(512).filter(|offset| !whole.is_hole(*offset)).collect();
    let mut seed = Seed::new(0);
    for _ in 0..150 {
        let sector = written[usize::try_from(seed.below(written.len() as u64)).expect("an index")];
        let bit = sector * 8 + usize::try_from(seed.below(512 * 8)).expect("a bit");
        for open in [Segment::open, Segment::open_read_only] {
            let disk = SimulatedDisk::from_image(&whole);
            disk.flip(bit);
            let segment = open(disk, "flipped").unwrap_or_else(|error| panic!("bit {bit}: {error}"));
            assert_whole(&segment, &rows);
            assert_eq!(segment.verify(), Vec::new(), "bit {bit}");
        }
    }
}

#[test]
fn a_file_of_something_else_is_refused() {
    let ledger = SimulatedDisk::new();
    let database = redb::Builder::new();
    let guard = spanstone_guard::Guard::open(ledger.clone(), spanstone_guard::Options::read_write("ledger"));
    drop(database.create_with_backend(guard.expect("an empty disk")).expect("a database"));
    let error = Segment::open(ledger, "ledger").expect_err("a ledger is no segment");
    assert_eq!(error.kind(), SegmentErrorKind::Foreign, "{error}");
    let error = Segment::open(SimulatedDisk::from_image(&Image::of(b"hello")), "text").expect_err("a text is none");
    assert_eq!(error.kind(), SegmentErrorKind::Foreign, "{error}");
}
