//! A stand-in for the archive: every sealed row once, in memory, as bytes of its fold and places of its payloads.

use std::collections::BTreeMap;
use std::sync::Arc;

use spanstone_model::{
    JournalPlace, Observation, ObservationId, PayloadRef, Score, ScoreId, Stamp, Summary, Trace, TraceId,
};
use spanstone_store::hot::{
    LayerProject, Missing, ObservationToSeal, ScoreToSeal, SealView, Thawed, ThawedObservation, ThawedScore,
    ThawedTrace, TraceToSeal,
};

/// Where the payloads of a sealed row came from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins {
    pub(crate) input: Option<JournalPlace>,
    pub(crate) output: Option<JournalPlace>,
    pub(crate) metadata: Vec<JournalPlace>,
}

#[derive(Debug)]
pub(crate) struct SealedTrace {
    pub(crate) row: Arc<Trace>,
    pub(crate) explicit: bool,
    known: bool,
    pub(crate) summary: Summary,
    fold: Box<[u8]>,
    pub(crate) origins: Origins,
}

#[derive(Debug)]
pub(crate) struct SealedObservation {
    pub(crate) row: Arc<Observation>,
    fold: Box<[u8]>,
    pub(crate) origins: Origins,
}

#[derive(Debug)]
pub(crate) struct SealedScore {
    pub(crate) row: Arc<Score>,
    fold: Box<[u8]>,
    pub(crate) origins: Origins,
}

#[derive(Debug, Default)]
pub(crate) struct Archive {
    pub(crate) traces: BTreeMap<TraceId, SealedTrace>,
    pub(crate) observations: BTreeMap<ObservationId, SealedObservation>,
    pub(crate) scores: BTreeMap<ScoreId, SealedScore>,
}

/// The layers in front of the archive.
pub(crate) type Above<'a> = [Option<&'a LayerProject>; 2];

fn hidden(above: Above<'_>, hides: impl Fn(&LayerProject) -> bool) -> bool {
    above.into_iter().flatten().any(hides)
}

impl Archive {
    /// Takes in everything of a layer, and forgets what that layer hides.
    pub(crate) fn seal(&mut self, layer: &LayerProject, view: SealView<'_>) {
        let before = std::mem::take(self);
        self.traces = view.traces().map(|it| (it.row().id.clone(), before.sealed_trace(it))).collect();
        let observations = view.traces().flat_map(TraceToSeal::observations);
        self.observations = observations.map(|it| (it.row().id.clone(), before.sealed_observation(it))).collect();
        self.scores = view.scores().map(|it| (it.row().id.clone(), before.sealed_score(it))).collect();
        let Self { traces, observations, scores } = before;
        self.traces.extend(traces.into_iter().filter(|(id, _)| !layer.hides_trace(id.as_str())));
        self.observations.extend(observations.into_iter().filter(|(_, it)| !layer.hides_observation(&it.row)));
        self.scores.extend(scores.into_iter().filter(|(_, it)| !layer.hides_score(&it.row)));
    }

    fn sealed_trace(&self, it: TraceToSeal<'_>) -> SealedTrace {
        let mut row = Trace::clone(it.row());
        let old = self.traces.get(&row.id).map(|old| &old.origins);
        let origins = seal_payloads(old, Some([&mut row.input, &mut row.output]), &mut row.metadata);
        let (explicit, known) = (it.is_explicit(), it.is_known());
        SealedTrace { row: Arc::new(row), explicit, known, summary: it.summary(), fold: it.fold(), origins }
    }

    fn sealed_observation(&self, it: ObservationToSeal<'_>) -> SealedObservation {
        let mut row = Observation::clone(it.row());
        let old = self.observations.get(&row.id).map(|old| &old.origins);
        let origins = seal_payloads(old, Some([&mut row.input, &mut row.output]), &mut row.metadata);
        SealedObservation { row: Arc::new(row), fold: it.fold(), origins }
    }

    fn sealed_score(&self, it: ScoreToSeal<'_>) -> SealedScore {
        let mut row = Score::clone(it.row());
        let old = self.scores.get(&row.id).map(|old| &old.origins);
        let origins = seal_payloads(old, None, &mut row.metadata);
        SealedScore { row: Arc::new(row), fold: it.fold(), origins }
    }

    pub(crate) fn visible_traces(&self, above: Above<'_>) -> impl Iterator<Item = &SealedTrace> {
        self.traces.values().filter(move |it| !hidden(above, |layer| layer.hides_trace(it.row.id.as_str())))
    }

    pub(crate) fn visible_observations(&self, above: Above<'_>) -> impl Iterator<Item = &SealedObservation> {
        self.observations.values().filter(move |it| !hidden(above, |layer| layer.hides_observation(&it.row)))
    }

    pub(crate) fn visible_scores(&self, above: Above<'_>) -> impl Iterator<Item = &SealedScore> {
        self.scores.values().filter(move |it| !hidden(above, |layer| layer.hides_score(&it.row)))
    }

    /// Adds what it has of what is missing.
    pub(crate) fn supply(&self, above: Above<'_>, missing: &Missing, thawed: &mut Thawed) {
        for it in self.visible_traces(above).filter(|it| missing.traces.contains(&it.row.id)) {
            let trace = ThawedTrace::from_sealed(it.row.clone(), it.explicit, it.known, &it.fold);
            thawed.traces.push(trace.expect("it was sealed like that"));
        }
        let named = missing.observations.iter().map(|(id, _)| id).chain(&missing.observations_anywhere);
        let named: Vec<_> = named.collect();
        for it in self.visible_observations(above).filter(|it| named.contains(&&it.row.id)) {
            let observation = ThawedObservation::from_sealed(it.row.clone(), &it.fold);
            thawed.observations.push(observation.expect("it was sealed like that"));
        }
        for it in self.visible_scores(above).filter(|it| missing.scores.contains(&it.row.id)) {
            let score = ThawedScore::from_sealed(it.row.clone(), &it.fold);
            thawed.scores.push(score.expect("it was sealed like that"));
        }
    }
}

/// Turns the references of a row that is being sealed into references to the sealed row.
fn seal_payloads(
    old: Option<&Origins>,
    single: Option<[&mut Option<PayloadRef>; 2]>,
    pieces: &mut [(Stamp, PayloadRef)],
) -> Origins {
    let old = || old.expect("only a row that was sealed before refers to a sealed row");
    let mut origins = Origins::default();
    if let Some([input, output]) = single {
        origins.input = input.map(|it| journaled(it, |_| old().input.expect("it had an input")));
        origins.output = output.map(|it| journaled(it, |_| old().output.expect("it had an output")));
        for side in [input, output] {
            *side = side.map(|_| PayloadRef::Sealed(0));
        }
    }
    for (number, (_, piece)) in (0..).zip(pieces) {
        origins.metadata.push(journaled(*piece, |number| old().metadata[number]));
        *piece = PayloadRef::Sealed(number);
    }
    origins
}

/// Where a payload was journaled, given where those of the sealed row were.
pub(crate) fn journaled(payload: PayloadRef, sealed: impl FnOnce(usize) -> JournalPlace) -> JournalPlace {
    match payload {
        PayloadRef::Journal(place) => place,
        PayloadRef::Sealed(number) => sealed(number as usize),
    }
}
