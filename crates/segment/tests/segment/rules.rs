//! The rules that rows keep when they are written, and the sizes that a segment can bear.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{DictionaryArray, StringArray};
use roaring::RoaringBitmap;
use spanstone_model::{
    Observation, ObservationId, ObservationType, PayloadRef, Score, ScoreId, ScoreSource, ScoreValue, Summary, Text,
    Timestamp, Trace, TraceId,
};
use spanstone_segment::columns::{observations, scores, traces};
use spanstone_segment::{
    SealedObservation, SealedPayloads, SealedScore, SealedTrace, Segment, SegmentErrorKind, SegmentKind, SegmentWriter,
    Table, With,
};
use spanstone_testkit::SimulatedDisk;

use crate::rows::{TraceRows, header};
use crate::written::{segment_of, write_scores};

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000 + micros)
}

pub(crate) fn trace(id: &str, micros: i64) -> SealedTrace {
    let trace = Trace {
        id: TraceId::from_wire(id),
        timestamp: at(micros),
        environment: "default".into(),
        name: None,
        user_id: None,
        session_id: None,
        release: None,
        version: None,
        public: false,
        tags: Vec::new(),
        input: None,
        output: None,
        metadata: Vec::new(),
        created_at: at(micros),
        updated_at: at(micros),
    };
    SealedTrace {
        trace: trace.into(),
        explicit: false,
        known: true,
        summary: Summary::default(),
        fold: Box::default(),
        payloads: SealedPayloads::default(),
    }
}

pub(crate) fn observation(id: &str, trace: &str, micros: i64, input: Option<Text>) -> SealedObservation {
    let observation = Observation {
        id: ObservationId::from_wire(id),
        trace_id: TraceId::from_wire(trace),
        parent_id: None,
        kind: ObservationType::Span,
        start: at(micros),
        end: None,
        completion_start: None,
        environment: "default".into(),
        name: Some("step".into()),
        level: Default::default(),
        status_message: None,
        version: None,
        model: None,
        model_parameters: None,
        usage: Default::default(),
        usage_is_counted: false,
        cost: Default::default(),
        cost_is_computed: false,
        price: None,
        tools: None,
        experiment: None,
        origin: None,
        prompt: None,
        is_app_root: false,
        input: input.as_ref().map(|_| PayloadRef::Sealed(0)),
        output: None,
        metadata: Vec::new(),
        created_at: at(micros),
        updated_at: at(micros),
    };
    let payloads = SealedPayloads { input, ..SealedPayloads::default() };
    SealedObservation { observation: observation.into(), fold: Box::default(), payloads }
}

fn score(id: &str, micros: i64, trace: Option<&str>) -> SealedScore {
    let score = Score {
        id: ScoreId::from_wire(id),
        timestamp: at(micros),
        environment: "default".into(),
        trace_id: trace.map(TraceId::from_wire),
        observation_id: None,
        session_id: None,
        dataset_run_id: None,
        name: "quality".into(),
        value: ScoreValue::Numeric(0.5),
        source: ScoreSource::Api,
        comment: None,
        config_id: None,
        queue_id: None,
        execution_trace_id: None,
        metadata: Vec::new(),
        created_at: at(micros),
        updated_at: at(micros),
    };
    SealedScore { score: score.into(), fold: Box::default(), metadata: Vec::new() }
}

fn writer(kind: SegmentKind) -> SegmentWriter {
    SegmentWriter::create(SimulatedDisk::new(), header(kind)).expect("an empty disk")
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, spanstone_segment::SegmentError>) {
    assert_eq!(result.expect_err("it breaks a rule").kind(), SegmentErrorKind::Refused);
}

#[test]
fn rows_out_of_order_are_refused_and_the_segment_goes_on() {
    let mut writer = writer(SegmentKind::Traces);
    assert_refused(writer.observation(observation("o", "b", 0, None)));
    writer.trace(trace("b", 5)).expect("the first");
    assert_refused(writer.trace(trace("b", 5)));
    assert_refused(writer.trace(trace("a", 5)));
    assert_refused(writer.trace(trace("c", 4)));
    assert_refused(writer.observation(observation("o", "a", 0, None)));
    assert_eq!(writer.observation(observation("o", "b", 7, None)).expect("the first"), 0);
    assert_refused(writer.observation(observation("o", "b", 7, None)));
    assert_refused(writer.observation(observation("p", "b", 6, None)));
    assert_eq!(writer.trace(trace("a", 6)).expect("in order"), 1);
    assert_eq!(writer.observation(observation("m", "a", 1, None)).expect("the first of its trace"), 1);
    let facts = writer.finish().expect("a disk that works");
    assert_eq!((facts.traces, facts.observations), (2, 2));
    assert_eq!((facts.time, facts.start), (Some((at(5), at(6))), Some((at(1), at(7)))));
}

#[test]
fn rows_of_the_other_kind_are_refused() {
    assert_refused(writer(SegmentKind::Traces).score(score("s", 0, None)));
    assert_refused(writer(SegmentKind::Scores).trace(trace("t", 0)));
    assert_refused(writer(SegmentKind::Scores).observation(observation("o", "t", 0, None)));
    let mut writer = writer(SegmentKind::Scores);
    writer.score(score("s", 0, None)).expect("the first");
    assert_refused(writer.score(score("s", 0, None)));
}

#[test]
fn metadata_without_a_text_is_refused() {
    let mut row = observation("o", "t", 0, None);
    row.payloads.metadata.push("{}".into());
    let mut writer = writer(SegmentKind::Traces);
    writer.trace(trace("t", 0)).expect("the first");
    assert_refused(writer.observation(row));
}

#[test]
fn a_file_that_is_not_empty_is_not_written_over() {
    let disk = SimulatedDisk::new();
    write_scores(disk.clone(), &[]);
    let before = disk.image().bytes();
    assert_refused(SegmentWriter::create(disk.clone(), header(SegmentKind::Scores)));
    assert!(disk.image().bytes() == before);
}

#[test]
fn a_trace_of_a_hundred_thousand_observations_is_sealed_and_found() {
    let count = 100_000;
    let observations =
        (0..count).map(|number| observation(&format!("{number:08x}"), "long", i64::from(number / 3), None)).collect();
    let rows: Vec<TraceRows> = vec![(trace("long", 0), observations), (trace("next", 1), Vec::new())];
    let segment = segment_of(&rows);
    let place = segment.find_trace("long").expect("keys").expect("it is there");
    assert_eq!((place.row, place.observations), (0, 0..count));
    assert_eq!(segment.find_trace("next").expect("keys").expect("it is there").observations, count..count);
    assert_eq!(segment.find_observation(&format!("{:08x}", count - 1)).expect("keys"), Some(count - 1));
    let wanted: RoaringBitmap = [0, 65_535, 65_536, 99_999].into_iter().collect();
    let read = segment.observations(&wanted, With::Payloads).expect("observations");
    let expected = wanted.iter().map(|row| (row, rows[0].1[row as usize].clone())).collect::<Vec<_>>();
    assert_eq!(read, expected);
    let stretches = segment.stretches(Table::Observations).expect("stretches");
    assert_eq!(stretches.iter().map(|it| it.rows.clone()).collect::<Vec<_>>(), [0..65_536, 65_536..100_000]);
    assert_eq!(stretches[1].time, Some((at(65_536 / 3), at(99_999 / 3))));
    assert_eq!(segment.verify(), Vec::new());
}

#[test]
fn a_payload_of_twenty_megabytes_is_sealed_between_small_ones() {
    let large: Text = "All work and no play makes Jack a dull boy. ".repeat(500_000).into();
    let rows = vec![(
        trace("t", 0),
        vec![
            observation("a", "t", 0, Some("small".into())),
            observation("b", "t", 1, Some(large)),
            observation("c", "t", 2, Some("small, too".into())),
        ],
    )];
    let segment = segment_of(&rows);
    let read = segment.observations(&(0..3).collect(), With::Payloads).expect("observations");
    let expected: Vec<_> = (0..).zip(rows[0].1.clone()).collect();
    assert!(read == expected);
    assert_eq!(segment.verify(), Vec::new());
}

#[test]
fn a_scan_gives_the_columns_in_the_order_in_which_they_were_asked_for() {
    let rows: Vec<TraceRows> = (0..3_000)
        .map(|number| {
            let id = format!("{number:04}");
            let observations = (0..4).map(|it| observation(&format!("{id}/{it}"), &id, it, None)).collect();
            (trace(&id, number), observations)
        })
        .collect();
    let segment = segment_of(&rows);
    let columns = [observations::START, observations::ID, observations::TRACE_ROW, observations::ID];
    let mut next = 100;
    for batch in segment.scan(Table::Observations, &columns, 100..11_999).expect("a table") {
        let batch = batch.expect("rows");
        assert_eq!(batch.first_row, next);
        let names: Vec<_> = batch.columns.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, columns);
        let ids: &StringArray = batch.columns.column(1).as_any().downcast_ref().expect("ids are text");
        for id in ids {
            assert_eq!(id, Some(format!("{:04}/{}", next / 4, next % 4).as_str()));
            next += 1;
        }
    }
    assert_eq!(next, 11_999);
    assert_eq!(segment.scan(Table::Traces, &[traces::ID], 3_000..9_000).expect("a table").count(), 0);
    assert!(segment.scan(Table::Traces, &[observations::TRACE_ROW], 0..1).is_err());
    assert!(segment.scan(Table::Scores, &[scores::ID], 0..1).is_err());
    let nothing = segment.scan(Table::Traces, &[], 0..5).expect("a table").map(|batch| batch.expect("rows"));
    assert_eq!(nothing.map(|batch| batch.columns.num_rows()).sum::<usize>(), 5);
}

/// Too many different texts for a dictionary.
#[test]
fn a_text_that_no_two_rows_share_is_read_and_scanned() {
    let message = |number: u32| Text::from(format!("{number:08} could not be found, {}", "x".repeat(100)));
    let observations = (0..30_000).map(|number| {
        let mut sealed = observation(&format!("{number:08}"), "t", i64::from(number), None);
        Arc::make_mut(&mut sealed.observation).status_message = (number % 7 != 0).then(|| message(number));
        sealed
    });
    let rows: Vec<TraceRows> = vec![(trace("t", 0), observations.collect())];
    let segment = segment_of(&rows);
    let wanted: RoaringBitmap = [7, 8, 9_000, 25_000, 29_999].into_iter().collect();
    let read = segment.observations(&wanted, With::Row).expect("observations");
    assert_eq!(read, wanted.iter().map(|row| (row, rows[0].1[row as usize].clone())).collect::<Vec<_>>());
    let mut next = 0;
    for batch in segment.scan(Table::Observations, &[observations::STATUS_MESSAGE], 0..30_000).expect("a table") {
        let batch = batch.expect("rows");
        let texts: &DictionaryArray<Int32Type> = batch.columns.column(0).as_any().downcast_ref().expect("texts");
        for text in texts.downcast_dict::<StringArray>().expect("texts") {
            assert_eq!(text, (next % 7 != 0).then(|| message(next)).as_deref());
            next += 1;
        }
    }
    assert_eq!(next, 30_000);
}

#[test]
fn what_was_forgotten_is_read_again() {
    let segment = segment_of(&[(trace("t", 0), vec![observation("o", "t", 0, None)])]);
    assert_eq!(segment.memory_bytes(), 0);
    assert!(!segment.take_was_read());
    let traces = || segment.traces(&RoaringBitmap::from_iter([0]), With::Row).expect("a row");
    let before = traces();
    assert!(segment.memory_bytes() > 0);
    assert!(segment.take_was_read() && !segment.take_was_read());
    segment.forget();
    assert_eq!(segment.memory_bytes(), 0);
    assert_eq!(traces(), before);
    assert_eq!(segment.find_observation("o").expect("keys"), Some(0));
}

#[test]
fn thousands_of_scores_of_one_trace_are_all_found() {
    let scores: Vec<_> = (0..5_000)
        .map(|number| score(&format!("{number:05}"), number, Some(if number % 5 == 0 { "other" } else { "busy" })))
        .collect();
    let disk = SimulatedDisk::new();
    write_scores(disk.clone(), &scores);
    let segment = Segment::open(disk, "scores").expect("a segment");
    let expected: Vec<u32> = (0..5_000).filter(|number| number % 5 != 0).collect();
    assert_eq!(segment.scores_of_trace("busy").expect("keys"), expected);
    assert_eq!(segment.find_score("00777").expect("keys"), Some(777));
    assert_eq!(segment.verify(), Vec::new());
    let shared: Vec<Arc<Score>> =
        segment.scores(&(7..9).collect(), With::Row).expect("scores").into_iter().map(|(_, it)| it.score).collect();
    assert_eq!(shared, [scores[7].score.clone(), scores[8].score.clone()]);
}
