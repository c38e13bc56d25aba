//! Everything that a reader sees of a store: the rows in memory and the sealed ones, with their texts, and the look-ups by
//! id, which have to say the same.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{
    EventPayloads, Observation, PayloadRef, ProjectId, Score, Stamp, Summary, Text, Timestamp, Trace, TraceId,
};
use spanstone_store::segment::{
    SealedObservation, SealedPayloads, SealedScore, SealedTrace, Segment, SegmentKind, Table, With,
};
use spanstone_store::{LiveSegment, Sealed, Store};
use spanstone_testkit::Seed;

use crate::oracle::{Seen, SeenObservation, SeenScore, SeenTrace, Texts};

/// What is in memory of a project, cloned out from under the lock.
#[derive(Debug, Default)]
struct Hot {
    traces: Vec<(Arc<Trace>, bool, Summary)>,
    observations: Vec<Arc<Observation>>,
    scores: Vec<Arc<Score>>,
}

/// A reader of one project at one moment.
pub(crate) struct Reader<'a> {
    store: &'a Store,
    hot: Hot,
    sealed: Sealed,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(store: &'a Store, project: &ProjectId) -> Self {
        let look = |view: spanstone_store::hot::LayeredView<'_>| Hot {
            traces: view.traces().map(|it| (it.trace().clone(), it.is_explicit(), it.summary())).collect(),
            observations: view.observations().cloned().collect(),
            scores: view.scores().cloned().collect(),
        };
        let (hot, sealed) = store.view(project, look).expect("the store is ready");
        Self { store, hot, sealed }
    }

    /// Everything, by lists. Panics at what is there twice, out of order, or unreadable.
    pub(crate) fn lists(&self) -> Seen {
        let mut seen = self.in_memory();
        for live in self.sealed.segments().iter().chain(self.sealed.score_segments()) {
            assert!(self.add_segment(live, &mut seen), "{} cannot be read", live.name());
        }
        seen
    }

    /// Everything that can be read, and the names of the segments that cannot.
    pub(crate) fn what_is_left(&self) -> (Seen, Vec<String>) {
        let (mut seen, mut unreadable) = (self.in_memory(), Vec::new());
        for live in self.sealed.segments().iter().chain(self.sealed.score_segments()) {
            if !self.add_segment(live, &mut seen) {
                unreadable.push(live.name().to_owned());
            }
        }
        (seen, unreadable)
    }

    fn in_memory(&self) -> Seen {
        let mut seen = Seen::default();
        assert_sorted(self.hot.traces.iter().map(|(row, ..)| (row.timestamp, row.id.clone())));
        assert_sorted(self.hot.observations.iter().map(|row| (row.start, row.id.clone())));
        assert_sorted(self.hot.scores.iter().map(|row| (row.timestamp, row.id.clone())));
        for (row, explicit, summary) in &self.hot.traces {
            put(&mut seen.traces, row.id.clone(), self.hot_trace(row, *explicit, summary));
        }
        for row in &self.hot.observations {
            put(&mut seen.observations, row.id.clone(), self.hot_observation(row));
        }
        for row in &self.hot.scores {
            put(&mut seen.scores, row.id.clone(), self.hot_score(row));
        }
        seen
    }

    /// Adds what a reader sees of a segment; false when it cannot be read.
    fn add_segment(&self, live: &LiveSegment, seen: &mut Seen) -> bool {
        let sealed = &self.sealed;
        let (traces, observations) = (live.visible(Table::Traces), live.visible(Table::Observations));
        let scores = live.visible(Table::Scores);
        let rows_of_traces = |segment: &Segment| {
            Ok((
                segment.traces(&traces, With::Payloads)?,
                segment.observations(&observations, With::Payloads)?,
                Vec::new(),
            ))
        };
        let rows_of_scores = |segment: &Segment| Ok((Vec::new(), Vec::new(), segment.scores(&scores, With::Payloads)?));
        let found = match live.header().kind {
            SegmentKind::Traces => sealed.with_segment(live, rows_of_traces),
            SegmentKind::Scores => sealed.with_segment(live, rows_of_scores),
        };
        let Some((found_traces, found_observations, found_scores)) = found else { return false };
        let found_traces = rows_of(found_traces, &traces, live);
        assert_sorted(found_traces.iter().map(|it| (it.trace.timestamp, it.trace.id.clone())));
        for sealed in found_traces {
            put(&mut seen.traces, sealed.trace.id.clone(), trace(&sealed));
        }
        for sealed in rows_of(found_observations, &observations, live) {
            put(&mut seen.observations, sealed.observation.id.clone(), observation(&sealed));
        }
        let found_scores = rows_of(found_scores, &scores, live);
        assert_sorted(found_scores.iter().map(|it| (it.score.timestamp, it.score.id.clone())));
        for sealed in found_scores {
            put(&mut seen.scores, sealed.score.id.clone(), score(&sealed));
        }
        true
    }

    /// Holds the look-ups by id, of one row in so many, against what the lists gave.
    pub(crate) fn check_lookups(&self, seen: &Seen, seed: &mut Seed, one_in: u64) {
        for (id, expected) in seen.traces.iter().filter(|_| seed.one_in(one_in)) {
            let id = id.as_str();
            match self.hot.traces.iter().find(|(row, ..)| row.id.as_str() == id) {
                Some(_) => assert!(self.sealed.trace(id, With::Row).is_none(), "{id} is in memory and sealed"),
                None => {
                    let found = self.sealed.trace(id, With::Payloads).unwrap_or_else(|| panic!("{id} is not found"));
                    assert_eq!(trace(&found), *expected);
                }
            }
            self.check_parts(id, seen);
        }
        for (id, expected) in seen.observations.iter().filter(|_| seed.one_in(one_in)) {
            let id = id.as_str();
            match self.hot.observations.iter().find(|row| row.id.as_str() == id) {
                Some(_) => assert!(self.sealed.observation(id, With::Row).is_none(), "{id} is in memory and sealed"),
                None => {
                    let found = self.sealed.observation(id, With::Payloads);
                    assert_eq!(found.map(|found| observation(&found)).as_ref(), Some(expected), "{id}");
                }
            }
        }
        for (id, expected) in seen.scores.iter().filter(|_| seed.one_in(one_in)) {
            let id = id.as_str();
            match self.hot.scores.iter().find(|row| row.id.as_str() == id) {
                Some(_) => assert!(self.sealed.score(id, With::Row).is_none(), "{id} is in memory and sealed"),
                None => {
                    let found = self.sealed.score(id, With::Payloads);
                    assert_eq!(found.map(|found| score(&found)).as_ref(), Some(expected), "{id}");
                }
            }
        }
    }

    /// The observations and the scores of one trace, from memory and from the archive, are those that name it.
    fn check_parts(&self, trace: &str, seen: &Seen) {
        let mut observations = BTreeMap::new();
        for row in self.hot.observations.iter().filter(|row| row.trace_id.as_str() == trace) {
            put(&mut observations, row.id.clone(), self.hot_observation(row));
        }
        for sealed in self.sealed.observations_of(trace, With::Payloads) {
            put(&mut observations, sealed.observation.id.clone(), observation(&sealed));
        }
        let named = |row: &TraceId| row.as_str() == trace;
        let expected = seen.observations.iter().filter(|(_, it)| named(&it.row.trace_id));
        assert_same(&observations, &expected.map(|(id, it)| (id.clone(), it.clone())).collect(), trace);
        let mut scores = BTreeMap::new();
        for row in self.hot.scores.iter().filter(|row| row.trace_id.as_ref().is_some_and(named)) {
            put(&mut scores, row.id.clone(), self.hot_score(row));
        }
        for sealed in self.sealed.scores_of(trace, With::Payloads) {
            put(&mut scores, sealed.score.id.clone(), score(&sealed));
        }
        let expected = seen.scores.iter().filter(|(_, it)| it.row.trace_id.as_ref().is_some_and(named));
        assert_same(&scores, &expected.map(|(id, it)| (id.clone(), it.clone())).collect(), trace);
    }

    fn hot_trace(&self, row: &Trace, explicit: bool, summary: &Summary) -> SeenTrace {
        let sealed = || self.sealed.trace_payloads(row.id.as_str());
        let texts = self.texts([row.input, row.output], &row.metadata, sealed);
        let row = Trace { input: None, output: None, metadata: Vec::new(), ..row.clone() };
        SeenTrace { row, explicit, summary: summary.clone(), texts }
    }

    fn hot_observation(&self, row: &Observation) -> SeenObservation {
        let sealed = || self.sealed.observation_payloads(row.trace_id.as_str(), row.id.as_str());
        let texts = self.texts([row.input, row.output], &row.metadata, sealed);
        SeenObservation { row: Observation { input: None, output: None, metadata: Vec::new(), ..row.clone() }, texts }
    }

    fn hot_score(&self, row: &Score) -> SeenScore {
        let sealed = || {
            let metadata = self.sealed.score_metadata(row.id.as_str())?;
            Some(SealedPayloads { metadata, ..SealedPayloads::default() })
        };
        let texts = self.texts([None, None], &row.metadata, sealed);
        SeenScore { row: Score { metadata: Vec::new(), ..row.clone() }, texts }
    }

    /// The texts that a row in memory refers to; the sealed ones are asked for only when there is a reference to them.
    fn texts(
        &self,
        [input, output]: [Option<PayloadRef>; 2],
        metadata: &[(Stamp, PayloadRef)],
        sealed: impl FnOnce() -> Option<SealedPayloads>,
    ) -> Texts {
        let all = input.iter().chain(&output).chain(metadata.iter().map(|(_, piece)| piece));
        let is_sealed = all.into_iter().any(|place| matches!(place, PayloadRef::Sealed(_)));
        let sealed = if is_sealed { sealed() } else { Some(SealedPayloads::default()) };
        let sealed = sealed.expect("a sealed reference leads somewhere");
        let side = |place: Option<PayloadRef>, own: &Option<Text>, pick: fn(&EventPayloads) -> Option<&Text>| {
            let text = match place? {
                PayloadRef::Sealed(_) => own.clone(),
                PayloadRef::Journal(place) => self.store.journaled(&self.sealed, place, pick),
            };
            Some(text.expect("a reference leads to a text"))
        };
        let piece = |(stamp, place): &(Stamp, PayloadRef)| {
            let text = match *place {
                PayloadRef::Sealed(number) => sealed.metadata.get(number as usize).cloned(),
                PayloadRef::Journal(place) => self.store.journaled(&self.sealed, place, |it| it.metadata.as_ref()),
            };
            (*stamp, text.expect("a reference leads to a text"))
        };
        Texts {
            input: side(input, &sealed.input, |event| event.input.as_ref()),
            output: side(output, &sealed.output, |event| event.output.as_ref()),
            metadata: metadata.iter().map(piece).collect(),
        }
    }
}

fn rows_of<R>(found: Vec<(u32, R)>, rows: &RoaringBitmap, live: &LiveSegment) -> Vec<R> {
    assert_eq!(found.iter().map(|(row, _)| *row).collect::<RoaringBitmap>(), *rows, "{}", live.name());
    found.into_iter().map(|(_, row)| row).collect()
}

fn put<K: Ord + Debug, V: Debug>(rows: &mut BTreeMap<K, V>, id: K, row: V) {
    let name = format!("{id:?}");
    assert!(rows.insert(id, row).is_none(), "{name} is there twice");
}

fn assert_sorted<K: Ord + Debug>(keys: impl Iterator<Item = (Timestamp, K)>) {
    let keys: Vec<_> = keys.collect();
    assert!(keys.is_sorted(), "out of order: {keys:?}");
}

/// Texts beside a sealed row; the row has to say the same of what there is.
fn sealed_texts(
    [input, output]: [Option<PayloadRef>; 2],
    metadata: &[(Stamp, PayloadRef)],
    payloads: &SealedPayloads,
) -> Texts {
    assert_eq!((input.is_some(), output.is_some()), (payloads.input.is_some(), payloads.output.is_some()));
    assert_eq!(metadata.len(), payloads.metadata.len());
    Texts {
        input: payloads.input.clone(),
        output: payloads.output.clone(),
        metadata: metadata.iter().map(|(stamp, _)| *stamp).zip(payloads.metadata.iter().cloned()).collect(),
    }
}

fn trace(sealed: &SealedTrace) -> SeenTrace {
    let row = &*sealed.trace;
    let texts = sealed_texts([row.input, row.output], &row.metadata, &sealed.payloads);
    let row = Trace { input: None, output: None, metadata: Vec::new(), ..row.clone() };
    SeenTrace { row, explicit: sealed.explicit, summary: sealed.summary.clone(), texts }
}

fn observation(sealed: &SealedObservation) -> SeenObservation {
    let row = &*sealed.observation;
    let texts = sealed_texts([row.input, row.output], &row.metadata, &sealed.payloads);
    SeenObservation { row: Observation { input: None, output: None, metadata: Vec::new(), ..row.clone() }, texts }
}

fn score(sealed: &SealedScore) -> SeenScore {
    let row = &*sealed.score;
    let payloads = SealedPayloads { metadata: sealed.metadata.clone(), ..SealedPayloads::default() };
    let texts = sealed_texts([None, None], &row.metadata, &payloads);
    SeenScore { row: Score { metadata: Vec::new(), ..row.clone() }, texts }
}

/// Compares row by row, so that a failure names one row and not all of them.
pub(crate) fn assert_same<K: Ord + Debug, V: PartialEq + Debug>(
    actual: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
    context: &str,
) {
    for (id, expected) in expected {
        match actual.get(id) {
            Some(actual) => assert_eq!(actual, expected, "{context}: {id:?}"),
            None => panic!("{context}: {id:?} is lost: {expected:?}"),
        }
    }
    for (id, actual) in actual {
        assert!(expected.contains_key(id), "{context}: {id:?} should not be there: {actual:?}");
    }
}

impl Seen {
    /// Panics at the first row that is not as in `expected`.
    pub(crate) fn assert_is(&self, expected: &Self, context: &str) {
        assert_same(&self.traces, &expected.traces, context);
        assert_same(&self.observations, &expected.observations, context);
        assert_same(&self.scores, &expected.scores, context);
    }
}
