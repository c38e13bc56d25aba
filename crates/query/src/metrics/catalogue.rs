//! What can be asked: the views, their dimensions and their measures.
//!
//! Owns the names, by generation of the API, and what each name stands for. Refuses to know where a value comes from.

use spanstone_model::DataType;

use super::names;

/// Which generation of the API asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// `GET /api/public/metrics`.
    V1,
    /// `GET /api/public/v2/metrics`.
    V2,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Traces; of the first generation only.
    Traces,
    /// Observations.
    Observations,
    /// Scores that are a number, or true or false.
    ScoresNumeric,
    /// Scores that are true or false.
    ScoresBoolean,
    /// Scores that are one of several labels.
    ScoresCategorical,
}

/// What rows a view is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Traces,
    Observations,
    Scores,
}

/// What is told apart by a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dimension {
    /// Something that the row says itself.
    Own(Own),
    /// Something of its trace; of the trace itself in the view of traces.
    Trace(TraceFact),
    /// Something of the observation that a score is of.
    Observation(ObservationFact),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Own {
    Id,
    Environment,
    Name,
    Version,
    /// The month of the row's time: `2026-08`.
    Month,
    /// The day of the row's time: `2026-08-21`.
    Day,
    ParentObservationId,
    Type,
    Level,
    Model,
    PromptName,
    PromptVersion,
    IsRootObservation,
    /// The tools that it was offered, and those that it called: any number of them.
    ToolNames,
    CalledToolNames,
    ExperimentId,
    ExperimentName,
    ExperimentDatasetId,
    /// The types that a cost is known for, each with its amount.
    CostType,
    /// The types of what was used, each with its amount.
    UsageType,
    Source,
    DataType,
    TraceId,
    ObservationId,
    SessionId,
    ConfigId,
    DatasetRunId,
    /// What no row has.
    Nothing,
    Number,
    Truth,
    Label,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TraceFact {
    Id,
    Name,
    Tags,
    UserId,
    SessionId,
    Release,
    Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ObservationFact {
    Name,
    Model,
    PromptName,
    PromptVersion,
    ExperimentId,
    ExperimentName,
}

/// What kind of values a dimension has, which decides what conditions it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    List,
    Number,
    Flag,
}

/// What is measured of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Measure {
    Count,
    ObservationsCount,
    ScoresCount,
    /// Of a trace: whether it has a user.
    UserIds,
    /// Of a trace: whether it has a session.
    SessionIds,
    Latency,
    StreamingLatency,
    TimeToFirstToken,
    InputTokens,
    OutputTokens,
    TotalTokens,
    OutputTokensPerSecond,
    TokensPerSecond,
    InputCost,
    OutputCost,
    TotalCost,
    CountScores,
    ToolDefinitions,
    ToolCalls,
    /// A text of the row's trace.
    Text(TraceFact),
    CostByType,
    UsageByType,
    Value,
}

/// A dimension by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedDimension {
    pub(crate) name: &'static str,
    pub(crate) dimension: Dimension,
    pub(crate) kind: Kind,
    /// Whether it has so many values that the second generation groups by it under conditions only.
    pub(crate) is_high: bool,
    pub(super) of: Of,
}

/// A measure by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedMeasure {
    pub(crate) name: &'static str,
    pub(crate) measure: Measure,
    pub(super) of: Of,
}

/// Which generations have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Both,
    V1,
    V2,
}

impl Of {
    fn has(self, generation: Generation) -> bool {
        match self {
            Self::Both => true,
            Self::V1 => generation == Generation::V1,
            Self::V2 => generation == Generation::V2,
        }
    }
}

impl View {
    /// Every view.
    pub const ALL: [Self; 5] =
        [Self::Traces, Self::Observations, Self::ScoresNumeric, Self::ScoresBoolean, Self::ScoresCategorical];

    /// The views of a generation.
    #[must_use]
    pub fn of(generation: Generation) -> &'static [Self] {
        match generation {
            Generation::V1 => &Self::ALL,
            Generation::V2 => &Self::ALL[1..],
        }
    }

    /// The name on the wire: `scores-numeric`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Observations => "observations",
            Self::ScoresNumeric => "scores-numeric",
            Self::ScoresBoolean => "scores-boolean",
            Self::ScoresCategorical => "scores-categorical",
        }
    }

    /// The names of what can be grouped by.
    #[must_use]
    pub fn dimension_names(self, generation: Generation) -> Vec<&'static str> {
        self.dimensions(generation).map(|it| it.name).collect()
    }

    /// The names of what can be measured.
    #[must_use]
    pub fn measure_names(self, generation: Generation) -> Vec<&'static str> {
        self.measures(generation).map(|it| it.name).collect()
    }

    /// The name of the row's time in conditions.
    pub(crate) fn time_name(self) -> &'static str {
        match self.subject() {
            Subject::Traces | Subject::Scores => "timestamp",
            Subject::Observations => "start_time",
        }
    }

    /// Whether scores of a kind are in it.
    pub(crate) fn has(self, data_type: DataType) -> bool {
        match self {
            Self::Traces | Self::Observations => false,
            Self::ScoresNumeric => matches!(data_type, DataType::Numeric | DataType::Boolean),
            Self::ScoresBoolean => data_type == DataType::Boolean,
            Self::ScoresCategorical => data_type == DataType::Categorical,
        }
    }

    pub(crate) fn subject(self) -> Subject {
        match self {
            Self::Traces => Subject::Traces,
            Self::Observations => Subject::Observations,
            Self::ScoresNumeric | Self::ScoresBoolean | Self::ScoresCategorical => Subject::Scores,
        }
    }

    /// What can be grouped by and asked for.
    pub(crate) fn dimensions(self, generation: Generation) -> impl Iterator<Item = &'static NamedDimension> {
        let (common, special): (_, &[NamedDimension]) = match self {
            Self::Traces => (names::TRACES, &[]),
            Self::Observations => (names::OBSERVATIONS, &[]),
            Self::ScoresNumeric => (names::SCORES, names::NUMBER),
            Self::ScoresBoolean => (names::SCORES, names::TRUTH),
            Self::ScoresCategorical => (names::SCORES, names::LABEL),
        };
        common.iter().chain(special).filter(move |it| it.of.has(generation))
    }

    /// What can be measured.
    pub(crate) fn measures(self, generation: Generation) -> impl Iterator<Item = &'static NamedMeasure> {
        let measures = match self {
            Self::Traces => names::TRACE_MEASURES,
            Self::Observations => names::OBSERVATION_MEASURES,
            Self::ScoresNumeric | Self::ScoresBoolean => names::SCORE_MEASURES,
            Self::ScoresCategorical => names::LABEL_MEASURES,
        };
        measures.iter().filter(move |it| it.of.has(generation))
    }
}

impl Measure {
    /// Whether its values are texts, which can only be counted.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Whether it is an amount of money, in picodollars.
    pub(crate) fn is_money(self) -> bool {
        matches!(self, Self::InputCost | Self::OutputCost | Self::TotalCost | Self::CostByType)
    }

    /// Whether a row may be without it.
    pub(crate) fn is_nullable(self) -> bool {
        match self {
            Self::Count
            | Self::ObservationsCount
            | Self::ScoresCount
            | Self::UserIds
            | Self::SessionIds
            | Self::InputTokens
            | Self::OutputTokens
            | Self::TotalTokens
            | Self::CountScores
            | Self::CostByType
            | Self::UsageByType => false,
            Self::Latency
            | Self::StreamingLatency
            | Self::TimeToFirstToken
            | Self::OutputTokensPerSecond
            | Self::TokensPerSecond
            | Self::InputCost
            | Self::OutputCost
            | Self::TotalCost
            | Self::ToolDefinitions
            | Self::ToolCalls
            | Self::Text(_)
            | Self::Value => true,
        }
    }

    /// The dimension without which it means nothing.
    pub(crate) fn needs(self) -> Option<&'static str> {
        match self {
            Self::CostByType => Some("costType"),
            Self::UsageByType => Some("usageType"),
            _ => None,
        }
    }
}
