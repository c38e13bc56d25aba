//! What one event says about one trace, observation or score.
//!
//! Owns the normal form that every wire format is decoded into, and the order in which events of one entity
//! are folded. Refuses the folding itself, which is the store's.

use crate::{
    CostDetails, EventPayloads, Experiment, Level, ObservationId, ObservationType, Payload, PromptLink, ScoreId,
    ScoreSource, ScoreValue, SessionId, Text, Timestamp, Tools, TraceId, UsageDetails,
};

/// Whether an event creates or updates, for the order of two events of the same millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StampKind {
    /// The event creates: first of two at the same time.
    Create,
    /// The event updates: second of two at the same time.
    Update,
}

/// The place of an event among the events of its entity: by time of its envelope in milliseconds, creations
/// before updates. Events with equal stamps keep their order of arrival.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Stamp(i64);

impl Stamp {
    /// Before every event.
    pub const FIRST: Self = Self(i64::MIN);

    /// The stamp of an event whose envelope says `time`.
    #[must_use]
    pub fn new(time: Timestamp, kind: StampKind) -> Self {
        // Four-digit years in milliseconds need 48 bits, so doubling cannot overflow.
        Self(time.millis() * 2 + i64::from(kind == StampKind::Update))
    }

    /// The stamp as a number, in the same order.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// The stamp that has this number.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }
}

/// What an event says about a field that JSON null can clear.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Nothing: the field was absent.
    #[default]
    Keep,
    /// That it has no value: an explicit null.
    Clear,
    /// Its value.
    Set(T),
}

impl<T> Patch<T> {
    /// `Set` for a value, `Keep` for none.
    pub fn set(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

/// One event: its place among the events of its entity, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place.
    pub stamp: Stamp,
    /// What it says.
    pub change: Change,
}

/// What an event says, by kind of entity.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// About a trace.
    Trace(Box<TraceChange>),
    /// About an observation.
    Observation(Box<ObservationChange>),
    /// About a score.
    Score(Box<ScoreChange>),
    /// That something is to be forgotten.
    Deletion(Deletion),
    /// What we worked out ourselves; no client says so.
    Derived(Derived),
}

impl Change {
    /// The texts of the payloads that it carries.
    #[must_use]
    pub fn into_payloads(self) -> EventPayloads {
        let text = |payload: Option<Payload>| match payload {
            Some(Payload::Text(text)) => Some(Text::from(text)),
            Some(Payload::Elided) | None => None,
        };
        let (input, output, metadata) = match self {
            Self::Trace(change) => (change.input, change.output, change.metadata),
            Self::Observation(change) => (change.input, change.output, change.metadata),
            Self::Score(change) => (None, None, change.metadata),
            Self::Deletion(_) | Self::Derived(_) => (None, None, None),
        };
        EventPayloads { input: text(input), output: text(output), metadata: text(metadata) }
    }
}

/// What is to be forgotten: everything that was known of it when the event arrived. Events that arrive later begin anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// A trace with its observations and the scores that name it.
    Trace(TraceId),
    /// A score.
    Score(ScoreId),
    /// Everything in the project.
    Project,
}

/// What was worked out of events that came before. It is about observations that are there when it arrives, and says
/// nothing about others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derived {
    /// What an observation used, as a tokenizer counted it: it stands in for as long as no client says so.
    Counted {
        /// The trace of the observation.
        trace_id: TraceId,
        /// The observation.
        observation_id: ObservationId,
        /// The amounts.
        usage: UsageDetails,
    },
    /// That the price of observations is to be asked for again. What a client said about their cost stays.
    Reprice {
        /// The trace of the observations.
        trace_id: TraceId,
        /// The observations.
        observations: Vec<ObservationId>,
    },
}

impl Derived {
    /// The trace that it is about.
    #[must_use]
    pub fn trace_id(&self) -> &TraceId {
        match self {
            Self::Counted { trace_id, .. } | Self::Reprice { trace_id, .. } => trace_id,
        }
    }

    /// The observations that it is about.
    #[must_use]
    pub fn observations(&self) -> &[ObservationId] {
        match self {
            Self::Counted { observation_id, .. } => std::slice::from_ref(observation_id),
            Self::Reprice { observations, .. } => observations,
        }
    }
}

/// What an event says about a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceChange {
    /// Which trace.
    pub id: TraceId,
    /// When it began; the first event's stays.
    pub timestamp: Timestamp,
    /// Its environment, already normalised; the first event's stays.
    pub environment: Text,
    /// Its name.
    pub name: Patch<Text>,
    /// Whom it served.
    pub user_id: Patch<Text>,
    /// Its conversation.
    pub session_id: Patch<SessionId>,
    /// The application's release.
    pub release: Patch<Text>,
    /// Its version.
    pub version: Patch<Text>,
    /// Tags to add to those it has.
    pub tags: Vec<Text>,
    /// Whether anyone may look at it.
    pub public: Option<bool>,
    /// Its input, when truthy.
    pub input: Option<Payload>,
    /// Its output, when truthy.
    pub output: Option<Payload>,
    /// Metadata to merge into what it has: the text is a JSON object.
    pub metadata: Option<Payload>,
    /// Whether a client spoke of the trace itself, so that its input and output are what its events say. False for
    /// what is known of a trace only through a span of it: then a root observation's input and output stand in.
    pub explicit: bool,
}

/// What a client left out of what must be known of an observation, so that something was assumed in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assumed {
    /// The start: the time of the event's envelope.
    pub start: bool,
    /// The environment: the default one.
    pub environment: bool,
}

/// What an event says about an observation.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationChange {
    /// Which observation.
    pub id: ObservationId,
    /// Its trace. Of this, `start` and `environment` the first event's stays that a client stated; where none did, the first
    /// event's.
    pub trace_id: TraceId,
    /// Whether the client named no trace, so that `trace_id` was made up: an update of an observation that is known
    /// already.
    pub trace_invented: bool,
    /// When it began.
    pub start: Timestamp,
    /// Its environment, already normalised.
    pub environment: Text,
    /// What of these the client did not state.
    pub assumed: Assumed,
    /// What it is; the last event's wins.
    pub kind: ObservationType,
    /// What it is nested in.
    pub parent_id: Option<ObservationId>,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// When its first token came.
    pub completion_start: Option<Timestamp>,
    /// Its name.
    pub name: Patch<Text>,
    /// How serious it is; cleared means [`Level::Default`].
    pub level: Patch<Level>,
    /// Why.
    pub status_message: Option<Text>,
    /// Its version.
    pub version: Option<Text>,
    /// Its model.
    pub model: Patch<Text>,
    /// The parameters of the model call, a compact JSON object that is not empty.
    pub model_parameters: Option<Text>,
    /// What it used, as provided, without a computed total; replaces what it had unless empty.
    pub usage: UsageDetails,
    /// What it cost, as provided; replaces what it had unless empty.
    pub cost: CostDetails,
    /// Metadata that conditions of prices ask for, by key; counts with the usage of the same event.
    pub price_hints: Vec<(Text, Text)>,
    /// The tools that its input offers and its output calls; they count with the input and the output of the same event.
    pub tools: Option<Box<Tools>>,
    /// The experiment that it is a part of.
    pub experiment: Option<Box<Experiment>>,
    /// The prompt it was made with.
    pub prompt: Option<PromptLink>,
    /// Whether its client marked it as its application's root.
    pub is_app_root: Option<bool>,
    /// Its input, when truthy.
    pub input: Option<Payload>,
    /// Its output, when truthy.
    pub output: Option<Payload>,
    /// Metadata to merge into what it has: the text is a JSON object.
    pub metadata: Option<Payload>,
}

/// What an event says about a score.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreChange {
    /// Which score.
    pub id: ScoreId,
    /// When it was given; the first event's stays.
    pub timestamp: Timestamp,
    /// Its environment, already normalised; the first event's stays.
    pub environment: Text,
    /// The trace it judges; the first event's stays.
    pub trace_id: Option<TraceId>,
    /// The observation it judges.
    pub observation_id: Patch<ObservationId>,
    /// The session it judges.
    pub session_id: Patch<SessionId>,
    /// The dataset run it judges.
    pub dataset_run_id: Patch<Text>,
    /// Its name.
    pub name: Text,
    /// Its value.
    pub value: ScoreValue,
    /// Where it comes from.
    pub source: ScoreSource,
    /// A comment.
    pub comment: Patch<Text>,
    /// The configuration it follows.
    pub config_id: Patch<Text>,
    /// The annotation queue.
    pub queue_id: Patch<Text>,
    /// The trace of its evaluator.
    pub execution_trace_id: Patch<Text>,
    /// Metadata to merge into what it has: the text is a JSON object.
    pub metadata: Option<Payload>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creations_come_before_updates_of_the_same_millisecond() {
        let at = |micros| Timestamp::from_micros(micros);
        let create = Stamp::new(at(1_999), StampKind::Create);
        let update = Stamp::new(at(1_000), StampKind::Update);
        let next = Stamp::new(at(2_000), StampKind::Create);
        assert!(create < update && update < next);
        assert!(Stamp::FIRST < Stamp::new(Timestamp::MIN, StampKind::Create));
        assert!(Stamp::new(Timestamp::MIN, StampKind::Create) < Stamp::new(Timestamp::MAX, StampKind::Update));
    }
}
