//! Segments made of rows.

use spanstone_segment::{Facts, SealedScore, Segment, SegmentKind, SegmentWriter};
use spanstone_testkit::SimulatedDisk;

use crate::rows::{TraceRows, header};

/// Writes a segment of traces.
pub(crate) fn write_traces(disk: SimulatedDisk, rows: &[TraceRows]) -> Facts {
    let mut writer = SegmentWriter::create(disk, header(SegmentKind::Traces)).expect("an empty disk");
    for (trace, observations) in rows {
        writer.trace(trace.clone()).expect("a trace in order");
        for observation in observations {
            writer.observation(observation.clone()).expect("an observation in order");
        }
    }
    writer.finish().expect("a disk that works")
}

/// Writes a segment of scores.
pub(crate) fn write_scores(disk: SimulatedDisk, scores: &[SealedScore]) -> Facts {
    let mut writer = SegmentWriter::create(disk, header(SegmentKind::Scores)).expect("an empty disk");
    for score in scores {
        writer.score(score.clone()).expect("a score in order");
    }
    writer.finish().expect("a disk that works")
}

/// A finished segment of traces.
pub(crate) fn segment_of(rows: &[TraceRows]) -> Segment {
    let disk = SimulatedDisk::new();
    write_traces(disk.clone(), rows);
    Segment::open(disk, "test.segment").expect("a finished segment")
}
