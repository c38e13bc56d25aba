//! Segments for the tests of this module.

use std::sync::Arc;

use spanstone_guard::{Access, Disk, Folder};
use spanstone_model::{ProjectId, Score, ScoreId, ScoreSource, ScoreValue, Text, Timestamp, Week};
use spanstone_segment::{Header, SealedScore, SegmentKind, SegmentWriter};

use crate::ledger::SegmentRecord;

fn score(id: &str) -> SealedScore {
    let at = Timestamp::from_micros(0);
    let score = Score {
        id: ScoreId::from_wire(id),
        timestamp: at,
        environment: Text::from("default"),
        trace_id: None,
        observation_id: None,
        session_id: None,
        dataset_run_id: None,
        name: Text::from("n"),
        value: ScoreValue::Numeric(1.0),
        source: ScoreSource::Api,
        comment: None,
        config_id: None,
        queue_id: None,
        execution_trace_id: None,
        metadata: Vec::new(),
        created_at: at,
        updated_at: at,
    };
    SealedScore { score: Arc::new(score), fold: Box::default(), metadata: Vec::new() }
}

/// Writes a segment of scores with these ids, which are in order.
pub(super) fn write_scores(folder: &dyn Folder, name: &str, segment: u64, ids: &[&str]) -> SegmentRecord {
    let header = Header {
        id: segment,
        project: ProjectId::from_wire("p"),
        week: Week::of(Timestamp::from_micros(0)),
        kind: SegmentKind::Scores,
        created_at: Timestamp::from_micros(0),
    };
    let disk: Arc<dyn Disk> = folder.open(name, Access::ReadWrite).expect("a new file");
    let mut writer = SegmentWriter::create(disk, header.clone()).expect("memory");
    for id in ids {
        writer.score(score(id)).expect("memory");
    }
    SegmentRecord { header, facts: writer.finish().expect("memory") }
}
