//! What the store has to show: every event of every entity that was not deleted since, folded anew by sorting.
//!
//! Owns Langfuse's merge rules in their simplest form: the events of an entity are put in the order of their stamps, those
//! with the same stamp in the order of arrival, and each overwrites what came before. Shares no code with the store's fold,
//! which takes the events one by one as they arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use spanstone_model::{
    Change, Deletion, Derived, EventPayloads, IngestionSource, Level, Observation, ObservationChange, ObservationId,
    Origin, Patch, PriceQuestion, Priced, ProjectId, Score, ScoreChange, ScoreId, Stamp, Summary, Text, Timestamp,
    Tools, Trace, TraceChange, TraceId, UsageDetails,
};
use spanstone_store::Price;

use crate::fixtures::sender;
use crate::tariff::Tariff;
use crate::wire::{Spec, events};

/// The texts of a row, in place of the references to them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Texts {
    pub(crate) input: Option<Text>,
    pub(crate) output: Option<Text>,
    pub(crate) metadata: Vec<(Stamp, Text)>,
}

/// A trace as a reader sees it; its row is without references.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenTrace {
    pub(crate) row: Trace,
    pub(crate) explicit: bool,
    pub(crate) summary: Summary,
    pub(crate) texts: Texts,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenObservation {
    pub(crate) row: Observation,
    pub(crate) texts: Texts,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenScore {
    pub(crate) row: Score,
    pub(crate) texts: Texts,
}

/// Everything that a reader sees of a project.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seen {
    pub(crate) traces: BTreeMap<TraceId, SeenTrace>,
    pub(crate) observations: BTreeMap<ObservationId, SeenObservation>,
    pub(crate) scores: BTreeMap<ScoreId, SeenScore>,
}

impl Seen {
    /// What of this has one of these ids.
    pub(crate) fn of(mut self, is_meant: impl Fn(&str) -> bool) -> Self {
        self.traces.retain(|id, _| is_meant(id.as_str()));
        self.observations.retain(|id, _| is_meant(id.as_str()));
        self.scores.retain(|id, _| is_meant(id.as_str()));
        self
    }
}

/// A request as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) project: ProjectId,
    pub(crate) received_at: Timestamp,
    pub(crate) specs: Vec<Spec>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Oracle {
    projects: BTreeMap<ProjectId, Project>,
}

/// What one event said.
#[derive(Debug, Clone)]
struct Said<C> {
    stamp: Stamp,
    received_at: Timestamp,
    change: C,
    payloads: EventPayloads,
}

#[derive(Debug, Clone, Default)]
struct Project {
    traces: BTreeMap<TraceId, Vec<Said<TraceChange>>>,
    observations: BTreeMap<ObservationId, Vec<Said<ObservationChange>>>,
    scores: BTreeMap<ScoreId, Vec<Said<ScoreChange>>>,
    /// The trace that each observation is in.
    places: BTreeMap<ObservationId, TraceId>,
    members: BTreeMap<TraceId, BTreeSet<ObservationId>>,
    /// How each trace that exists began.
    begun: BTreeMap<TraceId, Begun>,
    /// What was worked out about observations.
    derived: BTreeMap<ObservationId, WorkedOut>,
}

/// What was worked out about an observation: what was counted last, and when something was last.
#[derive(Debug, Clone, Default)]
struct WorkedOut {
    counted: Option<UsageDetails>,
    at: Timestamp,
}

/// How a trace began. What only observations speak of began with the first start that one of them had while it was in it.
#[derive(Debug, Clone)]
struct Begun {
    created_at: Timestamp,
    start: Timestamp,
    environment: Text,
}

impl Oracle {
    pub(crate) fn add(&mut self, request: &Request) {
        let project = self.projects.entry(request.project.clone()).or_default();
        for (event, payloads) in events(&request.specs) {
            let (stamp, received_at) = (event.stamp, request.received_at);
            match event.change {
                Change::Trace(change) => project.add_trace(Said { stamp, received_at, change: *change, payloads }),
                Change::Observation(change) => {
                    project.add_observation(Said { stamp, received_at, change: *change, payloads });
                }
                Change::Score(change) => {
                    let said = Said { stamp, received_at, change: *change, payloads };
                    project.scores.entry(said.change.id.clone()).or_default().push(said);
                }
                Change::Deletion(deletion) => project.delete(&deletion),
                Change::Derived(derived) => project.derive(&derived, received_at),
            }
        }
    }

    pub(crate) fn seen(&self, project: &ProjectId) -> Seen {
        self.projects.get(project).map(Project::seen).unwrap_or_default()
    }

    /// Forgets everything of a project that has one of these ids.
    pub(crate) fn forget(&mut self, project: &ProjectId, is_meant: impl Fn(&str) -> bool) {
        let Some(project) = self.projects.get_mut(project) else { return };
        let Project { traces, observations, scores, places, members, begun, derived } = project;
        traces.retain(|id, _| !is_meant(id.as_str()));
        observations.retain(|id, _| !is_meant(id.as_str()));
        scores.retain(|id, _| !is_meant(id.as_str()));
        places.retain(|id, _| !is_meant(id.as_str()));
        derived.retain(|id, _| !is_meant(id.as_str()));
        members.retain(|id, _| !is_meant(id.as_str()));
        begun.retain(|id, _| !is_meant(id.as_str()));
    }

    /// The trace that an observation is in.
    pub(crate) fn place_of(&self, project: &ProjectId, observation: &ObservationId) -> Option<&TraceId> {
        self.projects.get(project)?.places.get(observation)
    }
}

impl Project {
    fn add_trace(&mut self, said: Said<TraceChange>) {
        let id = said.change.id.clone();
        self.begun.entry(id.clone()).or_insert_with(|| Begun {
            created_at: said.received_at,
            start: Timestamp::MAX,
            environment: said.change.environment.clone(),
        });
        self.traces.entry(id).or_default().push(said);
    }

    fn add_observation(&mut self, said: Said<ObservationChange>) {
        let (id, received_at) = (said.change.id.clone(), said.received_at);
        let all = self.observations.entry(id.clone()).or_default();
        all.push(said);
        let first = Beginning::of(all);
        let before = self.places.insert(id.clone(), first.trace_id.clone());
        if let Some(old) = before.filter(|old| *old != first.trace_id) {
            let members = self.members.entry(old.clone()).or_default();
            members.remove(&id);
            if members.is_empty() && !self.traces.contains_key(&old) {
                self.begun.remove(&old);
            }
        }
        self.members.entry(first.trace_id.clone()).or_default().insert(id);
        let begun = self.begun.entry(first.trace_id).or_insert_with(|| Begun {
            created_at: received_at,
            start: Timestamp::MAX,
            environment: first.environment.clone(),
        });
        if first.start < begun.start {
            (begun.start, begun.environment) = (first.start, first.environment);
        }
    }

    fn derive(&mut self, derived: &Derived, received_at: Timestamp) {
        for id in derived.observations().iter().filter(|id| self.observations.contains_key(*id)) {
            let known = self.derived.entry(id.clone()).or_default();
            known.at = known.at.max(received_at);
            if let Derived::Counted { usage, .. } = derived {
                known.counted = Some(usage.clone());
            }
        }
    }

    fn delete(&mut self, deletion: &Deletion) {
        match deletion {
            Deletion::Trace(id) => {
                self.traces.remove(id);
                self.begun.remove(id);
                for observation in self.members.remove(id).unwrap_or_default() {
                    self.observations.remove(&observation);
                    self.places.remove(&observation);
                    self.derived.remove(&observation);
                }
                self.scores.retain(|_, said| sorted(said)[0].change.trace_id.as_ref() != Some(id));
            }
            Deletion::Score(id) => {
                self.scores.remove(id);
            }
            Deletion::Project => *self = Self::default(),
        }
    }

    fn seen(&self) -> Seen {
        let observations: BTreeMap<_, _> =
            self.observations.iter().map(|(id, said)| (id.clone(), observation(said, self.derived.get(id)))).collect();
        let trace = |(id, begun): (&TraceId, &Begun)| {
            let mut summary = Summary::default();
            for member in self.members.get(id).into_iter().flatten() {
                summary.add(&with_presence(&observations[member]));
            }
            let said = self.traces.get(id).map_or(&[][..], Vec::as_slice);
            (id.clone(), trace(id, begun, said, summary))
        };
        Seen {
            traces: self.begun.iter().map(trace).collect(),
            scores: self.scores.iter().map(|(id, said)| (id.clone(), score(said))).collect(),
            observations,
        }
    }
}

/// The row with references where it has texts, for what a summary says of them.
fn with_presence(seen: &SeenObservation) -> Observation {
    let any = spanstone_model::PayloadRef::Sealed(0);
    let mut row = seen.row.clone();
    row.input = seen.texts.input.as_ref().map(|_| any);
    row.output = seen.texts.output.as_ref().map(|_| any);
    row.metadata = seen.texts.metadata.iter().map(|(stamp, _)| (*stamp, any)).collect();
    row
}

fn sorted<C>(said: &[Said<C>]) -> Vec<&Said<C>> {
    let mut sorted: Vec<_> = said.iter().collect();
    sorted.sort_by_key(|said| said.stamp);
    sorted
}

/// What the last event says that says anything of a field.
fn last<T>(patches: impl DoubleEndedIterator<Item = Patch<T>>) -> Option<T> {
    for patch in patches.rev() {
        match patch {
            Patch::Keep => {}
            Patch::Clear => return None,
            Patch::Set(value) => return Some(value),
        }
    }
    None
}

fn last_some<T>(values: impl DoubleEndedIterator<Item = Option<T>>) -> Option<T> {
    values.rev().flatten().next()
}

fn texts<C>(sorted: &[&Said<C>]) -> Texts {
    let pieces = sorted.iter().filter_map(|said| Some((said.stamp, said.payloads.metadata.clone()?)));
    Texts {
        input: last_some(sorted.iter().map(|said| said.payloads.input.clone())),
        output: last_some(sorted.iter().map(|said| said.payloads.output.clone())),
        metadata: pieces.collect(),
    }
}

fn last_received<C>(said: &[Said<C>]) -> Option<Timestamp> {
    said.iter().map(|said| said.received_at).max()
}

fn trace(id: &TraceId, begun: &Begun, said: &[Said<TraceChange>], summary: Summary) -> SeenTrace {
    let sorted = sorted(said);
    let first = sorted.first().map(|said| &said.change);
    let each = || sorted.iter().map(|said| &said.change);
    let tags: BTreeSet<Text> = each().flat_map(|change| change.tags.iter().cloned()).collect();
    let row = Trace {
        id: id.clone(),
        timestamp: first.map_or(begun.start, |first| first.timestamp),
        environment: first.map_or(&begun.environment, |first| &first.environment).clone(),
        name: last(each().map(|change| change.name.clone())),
        user_id: last(each().map(|change| change.user_id.clone())),
        session_id: last(each().map(|change| change.session_id.clone())),
        release: last(each().map(|change| change.release.clone())),
        version: last(each().map(|change| change.version.clone())),
        public: last_some(each().map(|change| change.public)).unwrap_or(false),
        tags: tags.into_iter().collect(),
        input: None,
        output: None,
        metadata: Vec::new(),
        created_at: begun.created_at,
        updated_at: last_received(said).map_or(begun.created_at, |last| last.max(begun.created_at)),
    };
    let explicit = each().any(|change| change.explicit);
    SeenTrace { row, explicit, summary, texts: texts(&sorted) }
}

fn observation(said: &[Said<ObservationChange>], worked_out: Option<&WorkedOut>) -> SeenObservation {
    let sorted = sorted(said);
    let first = Beginning::of(said);
    let each = || sorted.iter().map(|said| &said.change);
    let level = each().map(|change| match change.level {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Set(Level::Default),
        Patch::Set(level) => Patch::Set(level),
    });
    let usage = each().map(|change| Some(change.usage.clone()).filter(|usage| !usage.is_empty()));
    let cost = each().map(|change| Some(change.cost.clone()).filter(|cost| !cost.is_empty()));
    let provided = last_some(usage);
    // A count stands in only where nobody says what was used, whichever came first.
    let counted = worked_out.and_then(|known| known.counted.clone()).filter(|_| provided.is_none());
    let mut row = Observation {
        id: sorted[0].change.id.clone(),
        trace_id: first.trace_id.clone(),
        parent_id: last_some(each().map(|change| change.parent_id.clone())),
        kind: sorted[sorted.len() - 1].change.kind,
        start: first.start,
        end: last_some(each().map(|change| change.end)).map(|end| end.max(first.start)),
        completion_start: last_some(each().map(|change| change.completion_start)),
        environment: first.environment.clone(),
        name: last(each().map(|change| change.name.clone())),
        level: last(level).unwrap_or_default(),
        status_message: last_some(each().map(|change| change.status_message.clone())),
        version: last_some(each().map(|change| change.version.clone())),
        model: last(each().map(|change| change.model.clone())),
        model_parameters: last_some(each().map(|change| change.model_parameters.clone())),
        usage_is_counted: counted.is_some(),
        usage: provided.or(counted).unwrap_or_default().with_total(),
        cost: last_some(cost).unwrap_or_default().with_total(),
        cost_is_computed: false,
        price: None,
        tools: tools(&sorted),
        experiment: last_some(each().map(|change| change.experiment.clone())),
        origin: sorted
            .last()
            .map(|said| Arc::new(Origin { source: IngestionSource::IngestionApi, sender: sender(said.received_at) })),
        prompt: last_some(each().map(|change| change.prompt.clone())),
        is_app_root: last_some(each().map(|change| change.is_app_root)).unwrap_or(false),
        input: None,
        output: None,
        metadata: Vec::new(),
        created_at: said[0].received_at,
        updated_at: last_received(said).max(worked_out.map(|known| known.at)).unwrap_or_default(),
    };
    price(&mut row);
    SeenObservation { row, texts: texts(&sorted) }
}

/// What the first event says that a client stated; where none did, what the first one says.
struct Beginning {
    trace_id: TraceId,
    start: Timestamp,
    environment: Text,
}

impl Beginning {
    fn of(said: &[Said<ObservationChange>]) -> Self {
        let sorted = sorted(said);
        let first = |is_assumed: fn(&ObservationChange) -> bool| {
            let stated = sorted.iter().find(|said| !is_assumed(&said.change));
            &stated.unwrap_or(&sorted[0]).change
        };
        Self {
            trace_id: first(|change| change.trace_invented).trace_id.clone(),
            start: first(|change| change.assumed.start).start,
            environment: first(|change| change.assumed.environment).environment.clone(),
        }
    }
}

/// The tools that the last input offers and the last output calls.
fn tools(sorted: &[&Said<ObservationChange>]) -> Option<Box<Tools>> {
    let of = |has: fn(&ObservationChange) -> bool| sorted.iter().rev().find(|said| has(&said.change));
    let names = |said: Option<&&Said<ObservationChange>>| said.and_then(|said| said.change.tools.as_deref().cloned());
    let tools = Tools {
        offered: names(of(|change| change.input.is_some())).unwrap_or_default().offered,
        called: names(of(|change| change.output.is_some())).unwrap_or_default().called,
    };
    (!tools.is_empty()).then(|| Box::new(tools))
}

fn price(row: &mut Observation) {
    let question = row.model.as_deref().map(|model| PriceQuestion {
        model,
        usage: &row.usage,
        parameters: row.model_parameters.as_deref(),
        hints: &[],
        // The tariff never changes.
        block: 0,
    });
    let answer = question.and_then(|question| Tariff.price(&ProjectId::from_wire(""), &question));
    let Some(Priced { link, cost }) = answer else { return };
    row.price = Some(link);
    if row.cost.is_empty() {
        row.cost_is_computed = !cost.is_empty();
        row.cost = cost;
    }
}

fn score(said: &[Said<ScoreChange>]) -> SeenScore {
    let sorted = sorted(said);
    let (first, newest) = (&sorted[0].change, &sorted[sorted.len() - 1].change);
    let each = || sorted.iter().map(|said| &said.change);
    let row = Score {
        id: first.id.clone(),
        timestamp: first.timestamp,
        environment: first.environment.clone(),
        trace_id: first.trace_id.clone(),
        observation_id: last(each().map(|change| change.observation_id.clone())),
        session_id: last(each().map(|change| change.session_id.clone())),
        dataset_run_id: last(each().map(|change| change.dataset_run_id.clone())),
        name: newest.name.clone(),
        value: newest.value.clone(),
        source: newest.source,
        comment: last(each().map(|change| change.comment.clone())),
        config_id: last(each().map(|change| change.config_id.clone())),
        queue_id: last(each().map(|change| change.queue_id.clone())),
        execution_trace_id: last(each().map(|change| change.execution_trace_id.clone())),
        metadata: Vec::new(),
        created_at: said[0].received_at,
        updated_at: last_received(said).unwrap_or_default(),
    };
    SeenScore { row, texts: texts(&sorted) }
}
