//! The hot set: what has been written lately, folded and in memory.
//!
//! Owns the fold of events into traces, observations and scores, the tables from ids to rows and the orders by time. Refuses payloads: a row says where its payloads are in the journal. Refuses to decode: it is
//! given events.

mod merge;
mod names;
mod observation;
mod project;
mod register;
mod score;
mod session;
mod slots;
mod trace;
mod view;
mod weight;

use std::collections::HashMap;

use spanstone_model::{Event, JournalPlace, ProjectId, Timestamp};

pub use project::LayerProject;
pub use session::SessionRow;
pub use view::{LayeredView, TraceView};

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

impl Layer {
    /// Folds the events of one request into its project. The request is entry `entry` of journal block `block`.
    pub fn apply(
        &mut self,
        project: &ProjectId,
        received_at: Timestamp,
        (block, entry): (u64, u32),
        events: Vec<Event>,
    ) {
        if !self.projects.contains_key(project) {
            self.projects.insert(project.clone(), LayerProject::default());
        }
        let view = self.projects.get_mut(project).expect("inserted above if it was missing");
        for (index, event) in (0..).zip(events) {
            view.apply(event, JournalPlace { block, entry, event: index }, received_at);
        }
    }

    /// What this layer holds of a project; nothing when nothing was written to it.
    #[must_use]
    pub fn project(&self, project: &ProjectId) -> Option<&LayerProject> {
        self.projects.get(project)
    }

    /// How much it holds, over all projects.
    #[must_use]
    pub fn counts(&self) -> HotCounts {
        self.projects.values().map(LayerProject::counts).fold(HotCounts::default(), |sum, counts| HotCounts {
            traces: sum.traces + counts.traces,
            observations: sum.observations + counts.observations,
            scores: sum.scores + counts.scores,
            bytes: sum.bytes + counts.bytes,
        })
    }
}
