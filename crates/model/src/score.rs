//! A score: a judgement of a trace, an observation, a session or a dataset run.

use crate::change::Stamp;
use crate::{ObservationId, PayloadRef, ScoreId, SessionId, Text, Timestamp, TraceId};

/// What kind of value a score has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataType {
    /// Any number.
    Numeric,
    /// True or false.
    Boolean,
    /// One of several labels.
    Categorical,
    /// A short text.
    Text,
    /// A better output.
    Correction,
}

impl DataType {
    /// Every data type.
    pub const ALL: [Self; 5] = [Self::Numeric, Self::Boolean, Self::Categorical, Self::Text, Self::Correction];

    /// The name on the wire: `NUMERIC`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numeric => "NUMERIC",
            Self::Boolean => "BOOLEAN",
            Self::Categorical => "CATEGORICAL",
            Self::Text => "TEXT",
            Self::Correction => "CORRECTION",
        }
    }

    /// Reads the name on the wire, in exactly this case.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The value of a score.
#[derive(Debug, Clone, PartialEq)]
pub enum ScoreValue {
    /// Any finite number.
    Numeric(f64),
    /// True or false.
    Boolean(bool),
    /// A label, and the number that a score configuration gives it (0 without one).
    Categorical {
        /// The label.
        label: Text,
        /// Its number.
        value: f64,
    },
    /// A text of 1 to 500 characters.
    Text(Text),
    /// A better output.
    Correction(Text),
}

impl ScoreValue {
    /// What kind of value this is.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Numeric(_) => DataType::Numeric,
            Self::Boolean(_) => DataType::Boolean,
            Self::Categorical { .. } => DataType::Categorical,
            Self::Text(_) => DataType::Text,
            Self::Correction(_) => DataType::Correction,
        }
    }

    /// The number that stands for it in Langfuse's first two APIs and in comparisons: 1 and 0 for true and false, 0
    /// for a correction; none for a text.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Numeric(number) | Self::Categorical { value: number, .. } => Some(*number),
            Self::Boolean(flag) => Some(f64::from(u8::from(*flag))),
            Self::Correction(_) => Some(0.0),
            Self::Text(_) => None,
        }
    }

    /// The text that stands for it there: `True` and `False` as Langfuse writes them; none for a number.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Numeric(_) => None,
            Self::Boolean(flag) => Some(if *flag { "True" } else { "False" }),
            Self::Categorical { label: text, .. } | Self::Text(text) | Self::Correction(text) => Some(text),
        }
    }
}

/// Where a score comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ScoreSource {
    /// A client sent it.
    #[default]
    Api,
    /// An evaluator made it.
    Eval,
    /// A person made it.
    Annotation,
}

impl ScoreSource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Api, Self::Eval, Self::Annotation];

    /// The name on the wire: `API`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Eval => "EVAL",
            Self::Annotation => "ANNOTATION",
        }
    }

    /// Reads the name on the wire, in exactly this case.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// A score as folded from its events, without its metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Its id, unique within the project.
    pub id: ScoreId,
    /// When it was given.
    pub timestamp: Timestamp,
    /// The environment of what it judges.
    pub environment: Text,
    /// The trace it judges, or the trace of the observation it judges; it need not exist.
    pub trace_id: Option<TraceId>,
    /// The observation it judges.
    pub observation_id: Option<ObservationId>,
    /// The session it judges.
    pub session_id: Option<SessionId>,
    /// The dataset run it judges.
    pub dataset_run_id: Option<Text>,
    /// Its name.
    pub name: Text,
    /// Its value.
    pub value: ScoreValue,
    /// Where it comes from.
    pub source: ScoreSource,
    /// What whoever gave it had to say.
    pub comment: Option<Text>,
    /// The score configuration it follows.
    pub config_id: Option<Text>,
    /// The annotation queue it was given in.
    pub queue_id: Option<Text>,
    /// The trace of the evaluator that gave it.
    pub execution_trace_id: Option<Text>,
    /// Where the pieces of its metadata are, in the order in which they are merged.
    pub metadata: Vec<(Stamp, PayloadRef)>,
    /// When it was first stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Score {
    /// Whether it is listed with its trace, and known to Langfuse's first API: corrections, and scores of sessions and
    /// runs, are not.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.value.data_type() != DataType::Correction && self.session_id.is_none() && self.dataset_run_id.is_none()
    }
}
