//! The hot set: what has been written lately, folded and in memory.
//!
//! Owns the fold of events into traces, observations and scores, the tables from ids to rows and the orders by time. Refuses payloads: a row says where its payloads are in the journal. Refuses to decode: it is
//! given events.

mod arrival;
mod cost;
mod deletion;
mod fold;
mod merge;
mod names;
mod observation;
mod project;
mod rebase;
mod register;
mod score;
mod seal;
mod session;
mod slots;
mod thaw;
mod trace;
mod view;
mod weight;

use std::collections::HashMap;

use spanstone_model::{EntryHeader, Event, JournalPlace, ProjectId};

use self::arrival::Arrival;
use self::cost::Pricing;
use crate::price::Price;

pub use deletion::Tombstones;
pub use fold::FoldError;
pub use project::LayerProject;
pub use seal::{ObservationToSeal, ScoreToSeal, SealView, TraceToSeal};
pub use session::SessionRow;
pub use thaw::{Missing, Thawed, ThawedObservation, ThawedScore, ThawedTrace};
pub use view::{LayeredView, Revision, TraceView};

/// One generation of what is in memory, by project.
#[derive(Debug, Default)]
pub struct Layer {
    projects: HashMap<ProjectId, LayerProject>,
}

/// How much a layer holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HotCounts {
    /// Traces, counting those that only their observations speak of.
    pub traces: usize,
    /// Observations.
    pub observations: usize,
    /// Scores.
    pub scores: usize,
    /// The memory they take, in bytes: an estimate that is rather too high than too low.
    pub bytes: usize,
}

impl HotCounts {
    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            traces: self.traces + other.traces,
            observations: self.observations + other.observations,
            scores: self.scores + other.scores,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl Layer {
    /// Takes over what older layers know of what events speak of, before these are folded.
    pub fn thaw(&mut self, project: &ProjectId, thawed: Thawed) {
        self.project_mut(project).thaw(thawed);
    }

    /// Folds the events of one request into its project, asking `prices` what observations cost. The request is entry
    /// `entry` of journal block `block`.
    pub fn apply(&mut self, header: &EntryHeader, place: (u64, u32), events: Vec<Event>, prices: &dyn Price) {
        let (project, (block, entry)) = (&header.project, place);
        let layer = self.project_mut(project);
        let pricing = Pricing { project, prices, block };
        let origin = layer.origin(header);
        for (index, Event { stamp, change }) in (0..).zip(events) {
            let at = JournalPlace { block, entry, event: index };
            let arrival = Arrival { stamp, at, received_at: header.received_at, origin: origin.as_ref() };
            layer.apply(change, arrival, pricing);
        }
    }

    fn project_mut(&mut self, project: &ProjectId) -> &mut LayerProject {
        if !self.projects.contains_key(project) {
            self.projects.insert(project.clone(), LayerProject::default());
        }
        let layer = self.projects.get_mut(project).expect("inserted above if it was missing");
        layer.change();
        layer
    }

    /// What this layer holds, by project, in no order of the projects.
    pub fn projects(&self) -> impl Iterator<Item = (&ProjectId, &LayerProject)> {
        self.projects.iter()
    }

    /// What this layer holds of a project; nothing when nothing was written to it.
    #[must_use]
    pub fn project(&self, project: &ProjectId) -> Option<&LayerProject> {
        self.projects.get(project)
    }

    /// How much it holds, over all projects.
    #[must_use]
    pub fn counts(&self) -> HotCounts {
        self.projects.values().map(LayerProject::counts).fold(HotCounts::default(), HotCounts::plus)
    }
}
