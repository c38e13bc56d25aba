//! An observation: one step of a trace.

use std::fmt;
use std::sync::Arc;

use crate::change::Stamp;
use crate::{
    CostDetails, Experiment, ObservationId, Origin, PayloadRef, PriceLink, Text, Timestamp, Tools, TraceId,
    UsageDetails,
};

/// What an observation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObservationType {
    /// A piece of work with a duration.
    Span,
    /// A call of a language model.
    Generation,
    /// A point in time.
    Event,
    /// An agent at work.
    Agent,
    /// A tool call.
    Tool,
    /// A link between steps.
    Chain,
    /// A look-up in a store of documents.
    Retriever,
    /// A judgement of an output.
    Evaluator,
    /// A call of an embedding model.
    Embedding,
    /// A check that protects against a bad input or output.
    Guardrail,
}

impl ObservationType {
    /// Every type, in the order of Langfuse's API.
    pub const ALL: [Self; 10] = [
        Self::Span,
        Self::Generation,
        Self::Event,
        Self::Agent,
        Self::Tool,
        Self::Chain,
        Self::Retriever,
        Self::Evaluator,
        Self::Embedding,
        Self::Guardrail,
    ];

    /// The name on the wire: `GENERATION`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Span => "SPAN",
            Self::Generation => "GENERATION",
            Self::Event => "EVENT",
            Self::Agent => "AGENT",
            Self::Tool => "TOOL",
            Self::Chain => "CHAIN",
            Self::Retriever => "RETRIEVER",
            Self::Evaluator => "EVALUATOR",
            Self::Embedding => "EMBEDDING",
            Self::Guardrail => "GUARDRAIL",
        }
    }

    /// Reads the name on the wire, in exactly this case.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for ObservationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How serious an observation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// Only of interest while debugging.
    Debug,
    /// Nothing special.
    #[default]
    Default,
    /// Something to look at.
    Warning,
    /// A failure.
    Error,
}

impl Level {
    /// Every level, the least serious first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Default, Self::Warning, Self::Error];

    /// The name on the wire: `DEFAULT`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Default => "DEFAULT",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }

    /// Reads the name on the wire, in exactly this case.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// The prompt an observation was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptLink {
    /// The prompt's name.
    pub name: Text,
    /// The prompt's version.
    pub version: u32,
}

/// An observation as folded from its events, without its payloads.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Its id, unique within the project.
    pub id: ObservationId,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// The observation it is nested in, which need not exist.
    pub parent_id: Option<ObservationId>,
    /// What it is.
    pub kind: ObservationType,
    /// When it began.
    pub start: Timestamp,
    /// When it ended, never before it began.
    pub end: Option<Timestamp>,
    /// When the first token of its output came.
    pub completion_start: Option<Timestamp>,
    /// The environment it ran in.
    pub environment: Text,
    /// Its name.
    pub name: Option<Text>,
    /// How serious it is.
    pub level: Level,
    /// Why it has its level.
    pub status_message: Option<Text>,
    /// The version that the client gave it.
    pub version: Option<Text>,
    /// The model, as the client named it.
    pub model: Option<Text>,
    /// The parameters of the model call, a compact JSON object.
    pub model_parameters: Option<Text>,
    /// What it used, with a total.
    pub usage: UsageDetails,
    /// Whether a tokenizer counted what it used, because no client said so.
    pub usage_is_counted: bool,
    /// What it cost: as its client said, else as computed from what it used. Empty when that is unknown, never zero for it.
    pub cost: CostDetails,
    /// Whether the cost was computed.
    pub cost_is_computed: bool,
    /// The entry of the price table that its model matched, whether or not the cost was computed from it.
    pub price: Option<Arc<PriceLink>>,
    /// The tools that its input offers and its output calls; nothing without any.
    pub tools: Option<Box<Tools>>,
    /// The experiment that it is a part of.
    pub experiment: Option<Box<Experiment>>,
    /// Where it comes from, as the last event about it says; nothing where that was not known yet when it was stored.
    pub origin: Option<Arc<Origin>>,
    /// The prompt it was made with.
    pub prompt: Option<PromptLink>,
    /// Whether its client marked it as the root of its application's part of the trace, even if it has a parent.
    pub is_app_root: bool,
    /// Where its input is.
    pub input: Option<PayloadRef>,
    /// Where its output is.
    pub output: Option<PayloadRef>,
    /// Where the pieces of its metadata are, in the order in which they are merged.
    pub metadata: Vec<(Stamp, PayloadRef)>,
    /// When it was first stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Observation {
    /// Whether its client said what it cost.
    #[must_use]
    pub fn has_provided_cost(&self) -> bool {
        !self.cost.is_empty() && !self.cost_is_computed
    }
}
