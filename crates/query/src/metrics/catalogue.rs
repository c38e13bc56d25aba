//! What can be asked: the views, their dimensions and their measures.
//!
//! Owns the names, by generation of the API, and what each name stands for. Refuses to know where a value comes from.

use spanstone_model::DataType;

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
    /// Scores that are a label or a text.
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
    of: Of,
}

/// A measure by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedMeasure {
    pub(crate) name: &'static str,
    pub(crate) measure: Measure,
    of: Of,
}

/// Which generations have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
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

const fn dimension(name: &'static str, dimension: Dimension) -> NamedDimension {
    NamedDimension { name, dimension, kind: Kind::Text, is_high: false, of: Of::Both }
}

const fn own(name: &'static str, fact: Own) -> NamedDimension {
    dimension(name, Dimension::Own(fact))
}

const fn trace(name: &'static str, fact: TraceFact) -> NamedDimension {
    dimension(name, Dimension::Trace(fact))
}

const fn high(named: NamedDimension) -> NamedDimension {
    NamedDimension { is_high: true, ..named }
}

const fn kind(kind: Kind, named: NamedDimension) -> NamedDimension {
    NamedDimension { kind, ..named }
}

const fn only(of: Of, named: NamedDimension) -> NamedDimension {
    NamedDimension { of, ..named }
}

const TRACES: &[NamedDimension] = &[
    own("id", Own::Id),
    trace("name", TraceFact::Name),
    kind(Kind::List, trace("tags", TraceFact::Tags)),
    trace("userId", TraceFact::UserId),
    trace("sessionId", TraceFact::SessionId),
    trace("release", TraceFact::Release),
    trace("version", TraceFact::Version),
    own("environment", Own::Environment),
    own("timestampMonth", Own::Month),
];

const OBSERVATIONS: &[NamedDimension] = &[
    high(own("id", Own::Id)),
    high(trace("traceId", TraceFact::Id)),
    own("environment", Own::Environment),
    high(own("parentObservationId", Own::ParentObservationId)),
    kind(Kind::Flag, only(Of::V2, own("isRootObservation", Own::IsRootObservation))),
    own("type", Own::Type),
    own("name", Own::Name),
    own("level", Own::Level),
    own("version", Own::Version),
    high(trace("userId", TraceFact::UserId)),
    high(trace("sessionId", TraceFact::SessionId)),
    kind(Kind::List, trace("tags", TraceFact::Tags)),
    only(Of::V2, trace("release", TraceFact::Release)),
    trace("traceName", TraceFact::Name),
    trace("traceRelease", TraceFact::Release),
    trace("traceVersion", TraceFact::Version),
    own("providedModelName", Own::Model),
    own("promptName", Own::PromptName),
    own("promptVersion", Own::PromptVersion),
    own("startTimeMonth", Own::Month),
    only(Of::V2, own("costType", Own::CostType)),
    only(Of::V2, own("usageType", Own::UsageType)),
];

/// Of every view of scores.
const SCORES: &[NamedDimension] = &[
    high(own("id", Own::Id)),
    own("environment", Own::Environment),
    own("name", Own::Name),
    own("source", Own::Source),
    own("dataType", Own::DataType),
    high(own("traceId", Own::TraceId)),
    own("configId", Own::ConfigId),
    high(own("observationId", Own::ObservationId)),
    own("timestampMonth", Own::Month),
    own("timestampDay", Own::Day),
    high(own("evaluatorId", Own::Nothing)),
    only(Of::V1, trace("sessionId", TraceFact::SessionId)),
    high(only(Of::V2, own("sessionId", Own::SessionId))),
    high(only(Of::V2, own("datasetRunId", Own::DatasetRunId))),
    trace("traceName", TraceFact::Name),
    kind(Kind::List, trace("tags", TraceFact::Tags)),
    high(trace("userId", TraceFact::UserId)),
    trace("traceRelease", TraceFact::Release),
    trace("traceVersion", TraceFact::Version),
    dimension("observationName", Dimension::Observation(ObservationFact::Name)),
    dimension("observationModelName", Dimension::Observation(ObservationFact::Model)),
    dimension("observationPromptName", Dimension::Observation(ObservationFact::PromptName)),
    dimension("observationPromptVersion", Dimension::Observation(ObservationFact::PromptVersion)),
];

const NUMBER: &[NamedDimension] = &[kind(Kind::Number, own("value", Own::Number))];
const TRUTH: &[NamedDimension] = &[kind(Kind::Flag, own("booleanValue", Own::Truth))];
const LABEL: &[NamedDimension] = &[own("stringValue", Own::Label)];

const fn measure(name: &'static str, measure: Measure) -> NamedMeasure {
    NamedMeasure { name, measure, of: Of::Both }
}

const fn later(name: &'static str, measure: Measure) -> NamedMeasure {
    NamedMeasure { name, measure, of: Of::V2 }
}

const TRACE_MEASURES: &[NamedMeasure] = &[
    measure("count", Measure::Count),
    measure("observationsCount", Measure::ObservationsCount),
    measure("scoresCount", Measure::ScoresCount),
    measure("uniqueUserIds", Measure::UserIds),
    measure("uniqueSessionIds", Measure::SessionIds),
    measure("latency", Measure::Latency),
    measure("totalTokens", Measure::TotalTokens),
    measure("totalCost", Measure::TotalCost),
];

const OBSERVATION_MEASURES: &[NamedMeasure] = &[
    measure("count", Measure::Count),
    later("traceId", Measure::Text(TraceFact::Id)),
    later("uniqueUserIds", Measure::Text(TraceFact::UserId)),
    later("uniqueSessionIds", Measure::Text(TraceFact::SessionId)),
    measure("latency", Measure::Latency),
    measure("streamingLatency", Measure::StreamingLatency),
    measure("timeToFirstToken", Measure::TimeToFirstToken),
    measure("inputTokens", Measure::InputTokens),
    measure("outputTokens", Measure::OutputTokens),
    measure("totalTokens", Measure::TotalTokens),
    measure("outputTokensPerSecond", Measure::OutputTokensPerSecond),
    measure("tokensPerSecond", Measure::TokensPerSecond),
    measure("inputCost", Measure::InputCost),
    measure("outputCost", Measure::OutputCost),
    measure("totalCost", Measure::TotalCost),
    measure("countScores", Measure::CountScores),
    later("costByType", Measure::CostByType),
    later("usageByType", Measure::UsageByType),
];

const SCORE_MEASURES: &[NamedMeasure] = &[measure("count", Measure::Count), measure("value", Measure::Value)];
const LABEL_MEASURES: &[NamedMeasure] = &[measure("count", Measure::Count)];

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
            Self::ScoresCategorical => matches!(data_type, DataType::Categorical | DataType::Text),
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
            Self::Traces => (TRACES, &[]),
            Self::Observations => (OBSERVATIONS, &[]),
            Self::ScoresNumeric => (SCORES, NUMBER),
            Self::ScoresBoolean => (SCORES, TRUTH),
            Self::ScoresCategorical => (SCORES, LABEL),
        };
        common.iter().chain(special).filter(move |it| it.of.has(generation))
    }

    /// What can be measured.
    pub(crate) fn measures(self, generation: Generation) -> impl Iterator<Item = &'static NamedMeasure> {
        let measures = match self {
            Self::Traces => TRACE_MEASURES,
            Self::Observations => OBSERVATION_MEASURES,
            Self::ScoresNumeric | Self::ScoresBoolean => SCORE_MEASURES,
            Self::ScoresCategorical => LABEL_MEASURES,
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
