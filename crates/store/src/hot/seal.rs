//! A layer as the sealer reads it: everything it holds, in the order in which segments keep it.
//!
//! Owns which rows are sealed: every trace that exists, its observations in this layer, every score. Refuses to write
//! anything.

use std::sync::Arc;

use spanstone_model::{Observation, ProjectId, Score, Summary, Trace};

use super::Layer;
use super::deletion::Tombstones;
use super::fold;
use super::observation::ObservationSlot;
use super::project::LayerProject;
use super::score::ScoreSlot;
use super::trace::TraceSlot;

/// One project of a layer that is to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct SealView<'a> {
    project: &'a LayerProject,
}

/// A trace that is to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct TraceToSeal<'a> {
    project: &'a LayerProject,
    slot: &'a TraceSlot,
}

/// An observation that is to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct ObservationToSeal<'a> {
    slot: &'a ObservationSlot,
}

/// A score that is to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct ScoreToSeal<'a> {
    slot: &'a ScoreSlot,
}

impl Layer {
    /// What is to be sealed, by project, in no order of the projects.
    pub fn seal_view(&self) -> impl Iterator<Item = (&ProjectId, SealView<'_>)> {
        self.projects.iter().map(|(id, project)| (id, SealView { project }))
    }
}

impl<'a> SealView<'a> {
    /// The traces by time and id, the oldest first.
    pub fn traces(self) -> impl Iterator<Item = TraceToSeal<'a>> {
        let Self { project } = self;
        project.traces_by_time.values().map(|slot| TraceToSeal { project, slot: &project.traces[*slot] })
    }

    /// The scores by time and id, the oldest first.
    pub fn scores(self) -> impl Iterator<Item = ScoreToSeal<'a>> {
        let Self { project } = self;
        project.scores_by_time.values().map(|slot| ScoreToSeal { slot: &project.scores[*slot] })
    }

    /// What was deleted.
    #[must_use]
    pub fn tombstones(self) -> &'a Tombstones {
        &self.project.tombstones
    }
}

impl<'a> TraceToSeal<'a> {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'a Arc<Trace> {
        &self.slot.row
    }

    /// Whether a client spoke of the trace itself.
    #[must_use]
    pub fn is_explicit(self) -> bool {
        self.slot.explicit
    }

    /// Whether any event spoke of the trace, not only of its observations.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.slot.known
    }

    /// Whether it was taken over from an older layer or from the archive.
    #[must_use]
    pub fn is_thawed(self) -> bool {
        self.slot.older.is_some()
    }

    /// The state of its fold.
    #[must_use]
    pub fn fold(self) -> Box<[u8]> {
        fold::encode(&self.slot.writers, self.slot.row.timestamp, None)
    }

    /// What all its observations come to, wherever they are.
    #[must_use]
    pub fn summary(self) -> Summary {
        self.project.summary_of(self.slot)
    }

    /// Its observations in this layer, by start and id.
    #[must_use]
    pub fn observations(self) -> Vec<ObservationToSeal<'a>> {
        let slots = self.slot.observations.iter().map(|slot| &self.project.observations[*slot]);
        let mut sorted: Vec<_> = slots.map(|slot| ObservationToSeal { slot }).collect();
        sorted.sort_unstable_by_key(|it| (it.slot.row.start, &it.slot.row.id));
        sorted
    }
}

impl<'a> ObservationToSeal<'a> {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'a Arc<Observation> {
        &self.slot.row
    }

    /// Whether it was taken over from an older layer or from the archive.
    #[must_use]
    pub fn is_thawed(self) -> bool {
        self.slot.is_thawed
    }

    /// The state of its fold.
    #[must_use]
    pub fn fold(self) -> Box<[u8]> {
        let ObservationSlot { row, writers, given_end, .. } = self.slot;
        fold::encode(writers, row.start, given_end.filter(|_| row.end != *given_end))
    }
}

impl<'a> ScoreToSeal<'a> {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'a Arc<Score> {
        &self.slot.row
    }

    /// Whether it was taken over from an older layer or from the archive.
    #[must_use]
    pub fn is_thawed(self) -> bool {
        self.slot.is_thawed
    }

    /// The state of its fold.
    #[must_use]
    pub fn fold(self) -> Box<[u8]> {
        fold::encode(&self.slot.writers, self.slot.row.timestamp, None)
    }
}
