//! What was written into a segment is what is read from it, however it is asked for.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use roaring::RoaringBitmap;
use spanstone_model::{Cost, Observation, ObservationId, PayloadRef, Score, Summary};
use spanstone_segment::{SealedObservation, SealedPayloads, SealedScore, SealedTrace, Segment, SegmentKind, With};
use spanstone_testkit::SimulatedDisk;

use crate::rows::{TraceRows, header, scores, traces};
use crate::written::{segment_of, write_scores, write_traces};

fn all(count: usize) -> RoaringBitmap {
    (0..u32::try_from(count).expect("a few rows")).collect()
}

fn numbered<T: Clone>(rows: &[T]) -> Vec<(u32, T)> {
    (0..).zip(rows.iter().cloned()).collect()
}

fn without_texts(mut row: SealedTrace) -> SealedTrace {
    row.payloads = Default::default();
    row
}

fn parts(rows: &[TraceRows]) -> (Vec<SealedTrace>, Vec<SealedObservation>) {
    let traces = rows.iter().map(|(trace, _)| trace.clone()).collect();
    (traces, rows.iter().flat_map(|(_, observations)| observations.clone()).collect())
}

/// A trace as lists show it.
fn shown(row: &SealedTrace) -> SealedTrace {
    let mut trace = (*row.trace).clone();
    if !row.explicit
        && let Some(root) = row.summary.root()
    {
        let is_complete =
            trace.name.is_some() && trace.input.is_some() && trace.output.is_some() && !trace.metadata.is_empty();
        trace.name = trace.name.or_else(|| root.name.clone());
        trace.version = trace.version.or_else(|| root.version.clone().filter(|_| !is_complete));
    }
    (trace.input, trace.output, trace.metadata) = (None, None, Vec::new());
    SealedTrace {
        trace: trace.into(),
        explicit: true,
        known: true,
        summary: Summary::new(row.summary.by_environment().to_vec(), None),
        fold: Box::default(),
        payloads: SealedPayloads::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn less_of_a_row_is_the_same_as_far_as_it_goes(rows in traces(), scores in scores()) {
        let segment = segment_of(&rows);
        let (traces, observations) = parts(&rows);
        let expected: Vec<_> = traces.iter().map(shown).collect();
        prop_assert_eq!(segment.traces(&all(traces.len()), With::Shown).expect("traces"), numbered(&expected));
        for ((_, named), expected) in segment.traces(&all(traces.len()), With::Named).expect("traces").iter().zip(expected) {
            prop_assert_eq!((&named.trace, &named.payloads), (&expected.trace, &expected.payloads));
            let (named, expected) = (named.summary.stats(None), expected.summary.stats(None));
            // A sum of costs of which none is known is not in the columns.
            let total_cost = if expected.has_cost() { expected.total_cost } else { Cost::ZERO };
            prop_assert_eq!((named.span, named.total_cost), (expected.span, total_cost));
        }
        let expected: Vec<_> =
            traces.iter().map(|row| SealedTrace { fold: Box::default(), ..row.clone() }).collect();
        prop_assert_eq!(segment.traces(&all(traces.len()), With::Texts).expect("traces"), numbered(&expected));

        let without_fold = |row: &SealedObservation| {
            let observation = Observation { metadata: Vec::new(), ..(*row.observation).clone() };
            SealedObservation { observation: observation.into(), fold: Box::default(), payloads: row.payloads.clone() }
        };
        let expected: Vec<_> = observations.iter().map(without_fold).collect();
        let read = segment.observations(&all(observations.len()), With::Texts).expect("observations");
        prop_assert_eq!(read, numbered(&expected));
        let expected = expected.into_iter().map(|row| SealedObservation { payloads: SealedPayloads::default(), ..row });
        let read = segment.observations(&all(observations.len()), With::Shown).expect("observations");
        prop_assert_eq!(read, numbered(&expected.collect::<Vec<_>>()));

        let disk = SimulatedDisk::new();
        write_scores(disk.clone(), &scores);
        let segment = Segment::open(disk, "scores").expect("a segment");
        let without_fold = |row: &SealedScore| {
            let score = Score { metadata: Vec::new(), ..(*row.score).clone() };
            SealedScore { score: score.into(), fold: Box::default(), metadata: row.metadata.clone() }
        };
        let expected: Vec<_> = scores.iter().map(without_fold).collect();
        prop_assert_eq!(segment.scores(&all(scores.len()), With::Texts).expect("scores"), numbered(&expected));
    }

    #[test]
    fn traces_and_observations_read_back(rows in traces(), chosen in any::<u64>()) {
        let segment = segment_of(&rows);
        let (traces, observations) = parts(&rows);
        prop_assert_eq!(segment.traces(&all(traces.len()), With::Payloads).expect("traces"), numbered(&traces));
        let read = segment.observations(&all(observations.len()), With::Payloads).expect("observations");
        prop_assert_eq!(read, numbered(&observations));

        let some = |count| all(count).into_iter().filter(|row| chosen >> (row % 64) & 1 == 1).collect::<RoaringBitmap>();
        let rows = some(traces.len());
        let expected: Vec<_> =
            rows.iter().map(|row| (row, without_texts(traces[row as usize].clone()))).collect();
        prop_assert_eq!(segment.traces(&rows, With::Row).expect("traces"), expected);
        let rows = some(observations.len());
        let expected: Vec<_> = rows.iter().map(|row| (row, observations[row as usize].clone())).collect();
        prop_assert_eq!(segment.observations(&rows, With::Payloads).expect("observations"), expected);
    }

    #[test]
    fn scores_read_back(scores in scores()) {
        let disk = SimulatedDisk::new();
        let facts = write_scores(disk.clone(), &scores);
        let segment = Segment::open(disk, "scores").expect("a segment");
        prop_assert_eq!((segment.facts(), segment.header()), (facts, &header(SegmentKind::Scores)));
        prop_assert_eq!(segment.scores(&all(scores.len()), With::Payloads).expect("scores"), numbered(&scores));
        let rows: Vec<_> = scores.iter().map(|row| SealedScore { metadata: Vec::new(), ..row.clone() }).collect();
        prop_assert_eq!(segment.scores(&all(scores.len()), With::Row).expect("scores"), numbered(&rows));
        prop_assert_eq!(segment.verify(), Vec::new());
    }

    #[test]
    fn every_id_is_found_and_no_other(rows in traces(), absent in "[a-z]{1,30}") {
        let segment = segment_of(&rows);
        let mut first = 0;
        for (row, (trace, observations)) in (0..).zip(&rows) {
            let place = segment.find_trace(trace.trace.id.as_str()).expect("keys").expect("a trace that is there");
            let count = u32::try_from(observations.len()).expect("a few");
            prop_assert_eq!((place.row, place.observations), (row, first..first + count));
            for (row, observation) in (first..).zip(observations) {
                prop_assert_eq!(segment.find_observation(observation.observation.id.as_str()).expect("keys"), Some(row));
            }
            first += count;
        }
        if rows.iter().all(|(trace, _)| trace.trace.id.as_str() != absent) {
            prop_assert_eq!(segment.find_trace(&absent).expect("keys"), None);
        }
        prop_assert_eq!(segment.find_observation(&absent).expect("keys"), None);
        prop_assert_eq!(segment.find_score(&absent).expect("keys"), None);
        prop_assert_eq!(segment.verify(), Vec::new());
    }

    #[test]
    fn scores_are_found_by_id_and_by_trace(scores in scores()) {
        let disk = SimulatedDisk::new();
        write_scores(disk.clone(), &scores);
        let segment = Segment::open(disk, "scores").expect("a segment");
        for (row, sealed) in (0..).zip(&scores) {
            prop_assert_eq!(segment.find_score(sealed.score.id.as_str()).expect("keys"), Some(row));
            let Some(trace) = &sealed.score.trace_id else { continue };
            let of_trace = numbered(&scores).into_iter().filter(|(_, other)| other.score.trace_id.as_ref() == Some(trace));
            let expected: Vec<u32> = of_trace.map(|(row, _)| row).collect();
            prop_assert_eq!(segment.scores_of_trace(trace.as_str()).expect("keys"), expected);
        }
        prop_assert_eq!(segment.scores_of_trace("no such trace").expect("keys"), Vec::<u32>::new());
        prop_assert_eq!(segment.find_trace("no such trace").expect("keys"), None);
    }

    #[test]
    fn facts_say_what_was_written(rows in traces()) {
        let disk = SimulatedDisk::new();
        let facts = write_traces(disk.clone(), &rows);
        let (traces, observations) = parts(&rows);
        prop_assert_eq!((facts.traces as usize, facts.observations as usize), (traces.len(), observations.len()));
        let times = traces.iter().map(|row| row.trace.timestamp);
        prop_assert_eq!(facts.time, times.clone().min().zip(times.max()));
        let starts = observations.iter().map(|row| row.observation.start);
        prop_assert_eq!(facts.start, starts.clone().min().zip(starts.max()));
        let payloads = traces.iter().map(|row| &row.payloads).chain(observations.iter().map(|row| &row.payloads));
        let bytes: usize = payloads
            .flat_map(|it| it.input.iter().chain(&it.output).chain(&it.metadata))
            .map(|text| text.len())
            .sum();
        prop_assert_eq!(facts.raw_bytes, bytes as u64);
        prop_assert_eq!(Segment::open_read_only(disk, "it").expect("a segment").facts(), facts);
    }
}

#[test]
fn an_empty_segment_is_a_segment() {
    let segment = segment_of(&[]);
    assert_eq!(segment.facts().time, None);
    assert_eq!(segment.find_trace("a").expect("keys"), None);
    assert_eq!(segment.traces(&RoaringBitmap::new(), With::Row).expect("no rows"), Vec::new());
    assert_eq!(segment.verify(), Vec::new());
    assert!(segment.traces(&all(1), With::Row).is_err());
}

/// A reference may say that there is a text that nobody has any more; the row still says so.
#[test]
fn a_payload_that_was_lost_is_known_to_have_been_there() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let rows = traces().prop_filter("with an observation", |rows| rows.iter().any(|(_, it)| !it.is_empty()));
    let mut rows = rows.new_tree(&mut runner).expect("rows").current();
    for sealed in rows.iter_mut().flat_map(|(_, observations)| observations) {
        let mut row = (*sealed.observation).clone();
        row.parent_id = Some(ObservationId::from_wire("p"));
        row.input = Some(PayloadRef::Sealed(0));
        sealed.observation = row.into();
        sealed.payloads.input = None;
    }
    let (_, observations) = parts(&rows);
    let read = segment_of(&rows).observations(&all(observations.len()), With::Payloads).expect("observations");
    assert_eq!(read, numbered(&observations));
}
