//! The names of dimensions and measures, by view, and what each stands for.

use super::catalogue::{Dimension, Kind, Measure, NamedDimension, NamedMeasure, ObservationFact, Of, Own, TraceFact};

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

pub(super) const TRACES: &[NamedDimension] = &[
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

pub(super) const OBSERVATIONS: &[NamedDimension] = &[
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
    kind(Kind::List, own("toolNames", Own::ToolNames)),
    kind(Kind::List, own("calledToolNames", Own::CalledToolNames)),
    high(only(Of::V2, own("experimentName", Own::ExperimentName))),
    high(only(Of::V2, own("experimentId", Own::ExperimentId))),
    high(only(Of::V2, own("experimentDatasetId", Own::ExperimentDatasetId))),
    only(Of::V2, own("costType", Own::CostType)),
    only(Of::V2, own("usageType", Own::UsageType)),
];

/// Of every view of scores.
pub(super) const SCORES: &[NamedDimension] = &[
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
    high(only(Of::V2, dimension("experimentName", Dimension::Observation(ObservationFact::ExperimentName)))),
    high(only(Of::V2, dimension("experimentId", Dimension::Observation(ObservationFact::ExperimentId)))),
];

pub(super) const NUMBER: &[NamedDimension] = &[kind(Kind::Number, own("value", Own::Number))];
pub(super) const TRUTH: &[NamedDimension] = &[kind(Kind::Flag, own("booleanValue", Own::Truth))];
pub(super) const LABEL: &[NamedDimension] = &[own("stringValue", Own::Label)];

const fn measure(name: &'static str, measure: Measure) -> NamedMeasure {
    NamedMeasure { name, measure, of: Of::Both }
}

const fn later(name: &'static str, measure: Measure) -> NamedMeasure {
    NamedMeasure { name, measure, of: Of::V2 }
}

pub(super) const TRACE_MEASURES: &[NamedMeasure] = &[
    measure("count", Measure::Count),
    measure("observationsCount", Measure::ObservationsCount),
    measure("scoresCount", Measure::ScoresCount),
    measure("uniqueUserIds", Measure::UserIds),
    measure("uniqueSessionIds", Measure::SessionIds),
    measure("latency", Measure::Latency),
    measure("totalTokens", Measure::TotalTokens),
    measure("totalCost", Measure::TotalCost),
];

pub(super) const OBSERVATION_MEASURES: &[NamedMeasure] = &[
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
    measure("toolDefinitions", Measure::ToolDefinitions),
    measure("toolCalls", Measure::ToolCalls),
    later("costByType", Measure::CostByType),
    later("usageByType", Measure::UsageByType),
];

pub(super) const SCORE_MEASURES: &[NamedMeasure] =
    &[measure("count", Measure::Count), measure("value", Measure::Value)];
pub(super) const LABEL_MEASURES: &[NamedMeasure] = &[measure("count", Measure::Count)];
