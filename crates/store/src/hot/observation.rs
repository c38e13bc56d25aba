//! An observation in the hot set, and how an event changes it.

use std::sync::Arc;

use spanstone_model::{Level, Observation, ObservationChange, Stamp, Text, Timestamp, Tools};

use super::arrival::Arrival;
use super::cost::Pricing;
use super::names::Names;
use super::register::{Writers, insert_piece};
use super::slots::{Identified, Slot};
use super::weight::Weight;

/// The fields in which the last writer wins, as indices for [`Writers`]. The numbers are on disk: new ones go last.
#[derive(Clone, Copy)]
enum Field {
    Kind,
    Parent,
    End,
    CompletionStart,
    Name,
    Level,
    StatusMessage,
    Version,
    Model,
    ModelParameters,
    Usage,
    Cost,
    Prompt,
    IsAppRoot,
    Input,
    Output,
    /// Who first stated the trace, the start and the environment.
    StatedTrace,
    StatedStart,
    StatedEnvironment,
    Origin,
    Experiment,
}

/// The fields in which what a client stated beats what was assumed.
pub(super) const STATED: [usize; 3] =
    [Field::StatedTrace as usize, Field::StatedStart as usize, Field::StatedEnvironment as usize];

/// An observation and the place of its trace.
#[derive(Debug)]
pub(super) struct ObservationSlot {
    pub(super) row: Arc<Observation>,
    pub(super) trace: Slot,
    pub(super) writers: Writers,
    /// The end as the client gave it; the row's is never before the start.
    pub(super) given_end: Option<Timestamp>,
    /// What conditions of prices ask for, of the event that said what was used. Not kept when the row is sealed.
    pub(super) price_hints: Vec<(Text, Text)>,
    /// Whether the row was taken over from an older layer, where it counts no more.
    pub(super) is_thawed: bool,
    pub(super) weight: Weight,
}

impl Identified for ObservationSlot {
    fn id(&self) -> &str {
        self.row.id.as_str()
    }
}

impl ObservationSlot {
    /// The observation that `change` speaks of, before anything the event says is written.
    pub(super) fn new(change: &ObservationChange, trace: Slot, received_at: Timestamp) -> Self {
        let row = Observation {
            id: change.id.clone(),
            trace_id: change.trace_id.clone(),
            parent_id: None,
            kind: change.kind,
            start: change.start,
            end: None,
            completion_start: None,
            environment: change.environment.clone(),
            name: None,
            level: Level::default(),
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
            input: None,
            output: None,
            metadata: Vec::new(),
            created_at: received_at,
            updated_at: received_at,
        };
        Self {
            row: Arc::new(row),
            trace,
            writers: Writers::new(),
            given_end: None,
            price_hints: Vec::new(),
            is_thawed: false,
            weight: Weight::default(),
        }
    }

    /// Whether an event may move the observation to the trace that it names.
    pub(super) fn may_move(&self, stamp: Stamp, change: &ObservationChange) -> bool {
        self.writers.would_state(Field::StatedTrace as usize, stamp, !change.trace_invented)
    }

    /// Folds one event into the observation, by the merge rules of Langfuse's ingestion.
    pub(super) fn apply(
        &mut self,
        change: ObservationChange,
        arrival: Arrival<'_>,
        names: &mut Names,
        pricing: Pricing<'_>,
    ) {
        let Arrival { stamp, at, received_at, origin } = arrival;
        let row = Arc::make_mut(&mut self.row);
        let writers = &mut self.writers;
        if writers.state(Field::StatedTrace as usize, stamp, !change.trace_invented) {
            row.trace_id = change.trace_id;
        }
        if writers.state(Field::StatedStart as usize, stamp, !change.assumed.start) {
            row.start = change.start;
        }
        if writers.state(Field::StatedEnvironment as usize, stamp, !change.assumed.environment) {
            row.environment = names.share(change.environment);
        }
        writers.claim_first(stamp);
        if writers.claim(Field::Kind as usize, stamp) {
            row.kind = change.kind;
        }
        writers.set(Field::Parent as usize, stamp, change.parent_id, &mut row.parent_id);
        writers.set(Field::End as usize, stamp, change.end, &mut self.given_end);
        writers.set(Field::CompletionStart as usize, stamp, change.completion_start, &mut row.completion_start);
        writers.patch(Field::Name as usize, stamp, change.name, &mut row.name);
        let mut level = Some(row.level);
        writers.patch(Field::Level as usize, stamp, change.level, &mut level);
        row.level = level.unwrap_or_default();
        writers.set(Field::StatusMessage as usize, stamp, change.status_message, &mut row.status_message);
        writers.set(Field::Version as usize, stamp, change.version, &mut row.version);
        let mut is_price_asked = writers.patch(Field::Model as usize, stamp, change.model, &mut row.model);
        is_price_asked |=
            writers.set(Field::ModelParameters as usize, stamp, change.model_parameters, &mut row.model_parameters);
        for shared in [&mut row.name, &mut row.version, &mut row.model, &mut row.model_parameters] {
            *shared = names.share_some(shared.take());
        }
        if !change.usage.is_empty() && writers.claim(Field::Usage as usize, stamp) {
            row.usage = change.usage.with_total().sharing(|kind| names.share(kind));
            row.usage_is_counted = false;
            self.price_hints = change.price_hints;
            is_price_asked = true;
        }
        if !change.cost.is_empty() && writers.claim(Field::Cost as usize, stamp) {
            row.cost = change.cost.with_total().sharing(|kind| names.share(kind));
            row.cost_is_computed = false;
        }
        writers.set(Field::Prompt as usize, stamp, change.prompt, &mut row.prompt);
        if let Some(is_app_root) = change.is_app_root
            && writers.claim(Field::IsAppRoot as usize, stamp)
        {
            row.is_app_root = is_app_root;
        }
        let Tools { offered, called } = change.tools.map(|tools| *tools).unwrap_or_default();
        if writers.set(Field::Input as usize, stamp, change.input.map(|_| at.into()), &mut row.input) {
            set_tools(&mut row.tools, |tools| tools.offered = names.share_all(offered));
        }
        if writers.set(Field::Output as usize, stamp, change.output.map(|_| at.into()), &mut row.output) {
            set_tools(&mut row.tools, |tools| tools.called = names.share_all(called));
        }
        writers.set(Field::Experiment as usize, stamp, change.experiment, &mut row.experiment);
        writers.set(Field::Origin as usize, stamp, origin.cloned(), &mut row.origin);
        if change.metadata.is_some() {
            insert_piece(&mut row.metadata, stamp, at.into());
        }
        row.end = self.given_end.map(|end| end.max(row.start));
        row.updated_at = row.updated_at.max(received_at);
        if is_price_asked {
            self.reprice(pricing, names);
        }
    }
}

/// Changes the tools of a row; those of most have no names at all.
fn set_tools(tools: &mut Option<Box<Tools>>, set: impl FnOnce(&mut Tools)) {
    let mut changed = tools.take().unwrap_or_default();
    set(&mut changed);
    *tools = Some(changed).filter(|tools| !tools.is_empty());
}
