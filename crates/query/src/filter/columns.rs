//! The columns of each table: their names (id, display name, aliases), and which conditions they take.

use super::{Column, Table};

/// The type of a column, which decides what conditions it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnType {
    /// A text.
    Text,
    /// A list of texts.
    List,
    /// A time.
    Time,
    /// A number.
    Number,
    /// A flag.
    Flag,
    /// Texts by name.
    Texts,
    /// A member of the metadata, of this name: a column of its own.
    Member(&'static str),
    /// Numbers by name.
    Numbers,
    /// A list of `name:text`.
    Categories,
    /// A list of `name:true` and `name:false`.
    Booleans,
    /// A text of any length.
    Payload,
}

impl ColumnType {
    /// The types of condition that it takes besides `null`: Langfuse's table of compatible types.
    pub(super) fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Text | Self::Member(_) => &["string", "stringOptions"],
            Self::List => &["arrayOptions", "stringOptions"],
            Self::Time => &["datetime"],
            Self::Number => &["number"],
            Self::Flag => &["boolean"],
            Self::Texts => &["stringObject"],
            Self::Numbers => &["numberObject"],
            Self::Categories => &["categoryOptions", "stringOptions"],
            Self::Booleans => &["booleanObject"],
            Self::Payload => &["string"],
        }
    }
}

type Row = (&'static [&'static str], Column, ColumnType);

/// Keys of metadata in which evaluators write who they are.
const EVALUATOR_KEY: &str = "evaluator_id";
const RULE_KEY: &str = "rule_id";

const TRACES: &[Row] = &[
    (&["id", "ID", "traceId", "Trace ID"], Column::Id, ColumnType::Text),
    (&["timestamp", "Timestamp"], Column::Timestamp, ColumnType::Time),
    (&["name", "Name", "traceName", "Trace Name"], Column::Name, ColumnType::Text),
    (&["userId", "User ID"], Column::UserId, ColumnType::Text),
    (&["sessionId", "Session ID"], Column::SessionId, ColumnType::Text),
    (&["release", "Release"], Column::Release, ColumnType::Text),
    (&["version", "Version"], Column::Version, ColumnType::Text),
    (&["environment", "Environment"], Column::Environment, ColumnType::Text),
    (&["tags", "Tags", "traceTags", "Trace Tags"], Column::Tags, ColumnType::List),
    (&["bookmarked", "⭐️"], Column::Bookmarked, ColumnType::Flag),
    (&["level", "Level"], Column::Level, ColumnType::Text),
    (&["latency", "Latency (s)"], Column::Latency, ColumnType::Number),
    (&["totalCost", "Total Cost ($)"], Column::TotalCost, ColumnType::Number),
    (&["inputCost", "Input Cost ($)"], Column::InputCost, ColumnType::Number),
    (&["outputCost", "Output Cost ($)"], Column::OutputCost, ColumnType::Number),
    (&["totalTokens", "tokens", "Total Tokens", "Tokens"], Column::TotalTokens, ColumnType::Number),
    (&["inputTokens", "Input Tokens"], Column::InputTokens, ColumnType::Number),
    (&["outputTokens", "Output Tokens"], Column::OutputTokens, ColumnType::Number),
    (&["errorCount", "Error Level Count"], Column::ErrorCount, ColumnType::Number),
    (&["warningCount", "Warning Level Count"], Column::WarningCount, ColumnType::Number),
    (&["defaultCount", "Default Level Count"], Column::DefaultCount, ColumnType::Number),
    (&["debugCount", "Debug Level Count"], Column::DebugCount, ColumnType::Number),
    (&["metadata", "Metadata"], Column::Metadata, ColumnType::Texts),
    (&["evaluatorId", "Evaluator ID"], Column::Metadata, ColumnType::Member(EVALUATOR_KEY)),
    (&["ruleId", "Rule ID"], Column::Metadata, ColumnType::Member(RULE_KEY)),
    (&["scores_avg", "scores", "Scores (numeric)", "Scores"], Column::ScoreAverages, ColumnType::Numbers),
    (&["score_categories", "Scores (categorical)"], Column::ScoreCategories, ColumnType::Categories),
    (&["score_booleans", "Scores (boolean)"], Column::ScoreBooleans, ColumnType::Booleans),
];

const OBSERVATIONS: &[Row] = &[
    (&["id", "ID"], Column::Id, ColumnType::Text),
    (&["type", "Type"], Column::Type, ColumnType::Text),
    (&["name", "Name"], Column::Name, ColumnType::Text),
    (&["traceId", "Trace ID"], Column::TraceId, ColumnType::Text),
    (&["parentObservationId", "Parent Observation ID"], Column::ParentObservationId, ColumnType::Text),
    // `start_time`: what the Python SDK's batch evaluation sends when it resumes.
    (&["startTime", "Start Time", "start_time"], Column::StartTime, ColumnType::Time),
    (&["endTime", "End Time"], Column::EndTime, ColumnType::Time),
    (&["environment", "Environment"], Column::Environment, ColumnType::Text),
    (&["level", "Level"], Column::Level, ColumnType::Text),
    (&["statusMessage", "Status Message"], Column::StatusMessage, ColumnType::Text),
    (&["version", "Version"], Column::Version, ColumnType::Text),
    (&["release", "Release"], Column::Release, ColumnType::Text),
    (&["model", "Model", "providedModelName", "Provided Model Name"], Column::Model, ColumnType::Text),
    (&["modelId", "Model ID"], Column::ModelId, ColumnType::Text),
    (&["promptName", "Prompt Name"], Column::PromptName, ColumnType::Text),
    (&["promptVersion", "Prompt Version"], Column::PromptVersion, ColumnType::Number),
    (&["timeToFirstToken", "Time To First Token (s)"], Column::TimeToFirstToken, ColumnType::Number),
    (&["latency", "Latency (s)"], Column::Latency, ColumnType::Number),
    (&["tokensPerSecond", "Tokens per second"], Column::TokensPerSecond, ColumnType::Number),
    (&["inputTokens", "Input Tokens"], Column::InputTokens, ColumnType::Number),
    (&["outputTokens", "Output Tokens"], Column::OutputTokens, ColumnType::Number),
    (&["totalTokens", "tokens", "Total Tokens", "Tokens"], Column::TotalTokens, ColumnType::Number),
    (&["inputCost", "Input Cost ($)"], Column::InputCost, ColumnType::Number),
    (&["outputCost", "Output Cost ($)"], Column::OutputCost, ColumnType::Number),
    (&["totalCost", "Total Cost ($)"], Column::TotalCost, ColumnType::Number),
    (&["userId", "User ID"], Column::UserId, ColumnType::Text),
    (&["sessionId", "Session ID"], Column::SessionId, ColumnType::Text),
    (&["traceName", "Trace Name"], Column::TraceName, ColumnType::Text),
    (&["traceEnvironment", "Trace Environment"], Column::TraceEnvironment, ColumnType::Text),
    (&["traceTags", "tags", "Tags", "Trace Tags"], Column::Tags, ColumnType::List),
    (&["isRootObservation", "Is Root Observation"], Column::IsRootObservation, ColumnType::Flag),
    (&["hasParentObservation", "Has Parent Observation"], Column::HasParentObservation, ColumnType::Flag),
    (&["hasInput", "Has Input"], Column::HasInput, ColumnType::Flag),
    (&["hasOutput", "Has Output"], Column::HasOutput, ColumnType::Flag),
    (&["toolDefinitions", "Available Tools"], Column::OfferedToolCount, ColumnType::Number),
    (&["toolCalls", "Tool Calls"], Column::ToolCallCount, ColumnType::Number),
    (&["toolNames", "Tool Names"], Column::OfferedTools, ColumnType::List),
    (&["calledToolNames", "Called Tool Names"], Column::CalledTools, ColumnType::List),
    (&["metadata", "Metadata"], Column::Metadata, ColumnType::Texts),
    (&["evaluatorId", "Evaluator ID"], Column::Metadata, ColumnType::Member(EVALUATOR_KEY)),
    (&["ruleId", "Rule ID"], Column::Metadata, ColumnType::Member(RULE_KEY)),
];

/// What only the second API knows.
const OBSERVATIONS_V2: &[Row] = &[
    // What the second API shows as an observation's version.
    (&["version", "Version"], Column::ShownVersion, ColumnType::Text),
    (&["experimentId", "Experiment ID"], Column::ExperimentId, ColumnType::Text),
    (&["experimentName", "Experiment Name"], Column::ExperimentName, ColumnType::Text),
    (&["experimentDatasetId", "Experiment Dataset ID"], Column::ExperimentDatasetId, ColumnType::Text),
    (&["isExperimentItemRootSpan", "Is Experiment Item Root Span"], Column::IsExperimentItemRoot, ColumnType::Flag),
    (&["ingestionSource", "Ingestion Source"], Column::IngestionSource, ColumnType::Text),
    (&["ingestionSdkName", "Ingestion SDK Name"], Column::SdkName, ColumnType::Text),
    (&["ingestionSdkVersion", "Ingestion SDK Version"], Column::SdkVersion, ColumnType::Text),
    (&["ingestionApiKey", "Ingestion API Key"], Column::ApiKey, ColumnType::Text),
    (&["input", "Input"], Column::Input, ColumnType::Payload),
    (&["output", "Output"], Column::Output, ColumnType::Payload),
];

const SCORES: &[Row] = &[
    (&["id", "ID"], Column::Id, ColumnType::Text),
    (&["timestamp", "Timestamp"], Column::Timestamp, ColumnType::Time),
    (&["environment", "Environment"], Column::Environment, ColumnType::Text),
    (&["traceId", "Trace ID"], Column::TraceId, ColumnType::Text),
    (&["observationId", "Observation ID"], Column::ObservationId, ColumnType::Text),
    (&["sessionId", "Session ID"], Column::SessionId, ColumnType::Text),
    (&["name", "Name"], Column::Name, ColumnType::Text),
    (&["value", "Value"], Column::Value, ColumnType::Number),
    (&["booleanValue", "Boolean Value"], Column::BooleanValue, ColumnType::Flag),
    (&["stringValue", "String Value"], Column::StringValue, ColumnType::Text),
    (&["source", "Source"], Column::Source, ColumnType::Text),
    (&["dataType", "Data Type"], Column::DataType, ColumnType::Text),
    (&["comment", "Comment"], Column::Comment, ColumnType::Text),
    (&["authorUserId", "Author User ID", "Author"], Column::AuthorUserId, ColumnType::Text),
    (&["metadata", "Metadata"], Column::Metadata, ColumnType::Texts),
    (&["evaluatorId", "Evaluator ID"], Column::Metadata, ColumnType::Member(EVALUATOR_KEY)),
    (&["traceName", "Trace Name"], Column::TraceName, ColumnType::Text),
    (&["userId", "User ID"], Column::UserId, ColumnType::Text),
    (&["trace_tags", "traceTags", "tags", "Tags", "Trace Tags"], Column::Tags, ColumnType::List),
];

/// The column of a table that has this name.
pub(super) fn find(table: Table, name: &str) -> Option<(Column, ColumnType)> {
    rows(table).find(|(names, ..)| names.contains(&name)).map(|(_, column, kind)| (*column, *kind))
}

/// The columns of a table: the names of each, and the types of condition that it takes besides `null`.
pub(super) fn all(table: Table) -> impl Iterator<Item = (&'static [&'static str], &'static [&'static str])> {
    rows(table).map(|(names, _, kind)| (*names, kind.kinds()))
}

fn rows(table: Table) -> impl Iterator<Item = &'static Row> {
    let (rows, more): (_, &[Row]) = match table {
        Table::Traces => (TRACES, &[]),
        Table::Observations => (OBSERVATIONS, &[]),
        Table::ObservationsV2 => (OBSERVATIONS, OBSERVATIONS_V2),
        Table::Scores => (SCORES, &[]),
    };
    more.iter().chain(rows)
}

/// Whether an empty text and a missing one are the same there.
pub(super) fn is_blank(table: Table, column: Column) -> bool {
    table == Table::ObservationsV2 || (table == Table::Scores && column == Column::ObservationId)
}
