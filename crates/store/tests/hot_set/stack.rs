//! Layers over an archive, handled as a store handles them.

use std::collections::HashSet;

use spanstone_model::{Event, ObservationId, Summary, Timestamp, TraceId};
use spanstone_store::hot::{Layer, LayerProject, LayeredView, Missing, Thawed};

use crate::archive::{Above, Archive};
use crate::changes::{header, project};
use crate::tariff::Tariff;

#[derive(Debug, Default)]
pub(crate) struct Stack {
    pub(crate) active: Layer,
    /// The frozen layer and the last block that it holds events of.
    frozen: Option<(Layer, u64)>,
    pub(crate) archive: Archive,
    /// Everything up to this block is sealed, and its journal cut.
    pub(crate) sealed_through: Option<u64>,
}

impl Stack {
    pub(crate) fn above(&self) -> Above<'_> {
        let frozen = self.frozen.as_ref().and_then(|(layer, _)| layer.project(&project()));
        [self.active.project(&project()), frozen]
    }

    pub(crate) fn view(&self) -> LayeredView<'_> {
        let [active, frozen] = self.above();
        LayeredView::new(active, frozen)
    }

    pub(crate) fn apply(&mut self, received_at: Timestamp, block: u64, events: Vec<Event>) {
        let thawed = self.bring(&events);
        self.active.thaw(&project(), thawed);
        self.active.apply(&header(received_at), (block, 0), events, &Tariff);
    }

    /// Begins a new active layer, unless the old one is still being sealed.
    pub(crate) fn freeze(&mut self, through: u64) {
        if self.frozen.is_none() {
            self.frozen = Some((std::mem::take(&mut self.active), through));
        }
    }

    pub(crate) fn seal(&mut self) {
        let Some((frozen, through)) = self.frozen.take() else { return };
        for (id, view) in frozen.seal_view() {
            self.archive.seal(frozen.project(id).expect("it is to be sealed"), view);
        }
        self.active.rebase(through);
        self.sealed_through = Some(through);
    }

    fn bring(&self, events: &[Event]) -> Thawed {
        let [active, frozen] = self.above();
        let missing = Missing::of(active, events);
        assert_named_once(&missing);
        let mut thawed = Thawed::default();
        self.supply(frozen, missing, &mut thawed);
        let traces = thawed.traces_wanted(active);
        self.supply(frozen, Missing { traces, ..Missing::default() }, &mut thawed);
        for (trace, without) in thawed.bases_wanted(active) {
            let base = self.base(&trace, &without);
            thawed.bases.push((trace, base));
        }
        thawed
    }

    fn supply(&self, frozen: Option<&LayerProject>, missing: Missing, thawed: &mut Thawed) {
        let (found, rest) = match frozen {
            Some(frozen) => frozen.supply(missing),
            None => (Thawed::default(), missing),
        };
        thawed.traces.extend(found.traces);
        thawed.observations.extend(found.observations);
        thawed.scores.extend(found.scores);
        self.archive.supply(self.above(), &rest, thawed);
    }

    fn base(&self, trace: &TraceId, without: &HashSet<ObservationId>) -> Summary {
        let [_, frozen] = self.above();
        let mut base = frozen.map(|frozen| frozen.summary_without(trace, without)).unwrap_or_default();
        let mut sealed = Summary::default();
        for it in self.archive.visible_observations(self.above()).filter(|it| it.row.trace_id == *trace) {
            if !without.contains(&it.row.id) {
                sealed.add(&it.row);
            }
        }
        if let Some(frozen) = frozen
            && without.is_empty()
        {
            // The frozen layer knew already what is sealed, and nothing of that was taken from it since.
            let hides = frozen.hides_trace(trace.as_str());
            assert_eq!(
                frozen.base(trace).cloned().unwrap_or_default(),
                if hides { sealed.clone() } else { Summary::default() }
            );
        }
        base.join(&sealed);
        base
    }
}

fn assert_named_once(missing: &Missing) {
    let Missing { traces, observations, observations_anywhere, scores } = missing;
    assert_eq!(traces.iter().collect::<HashSet<_>>().len(), traces.len());
    assert_eq!(observations.iter().collect::<HashSet<_>>().len(), observations.len());
    let anywhere: HashSet<_> = observations_anywhere.iter().collect();
    assert_eq!(anywhere.len(), observations_anywhere.len());
    assert!(observations.iter().all(|(id, _)| !anywhere.contains(id)));
    assert_eq!(scores.iter().collect::<HashSet<_>>().len(), scores.len());
}
