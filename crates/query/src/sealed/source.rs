//! Which columns of a table the value of a filter's column comes from.
//!
//! Owns the correspondence with what a row in memory answers: a column that a table does not have is a missing value.

use spanstone_store::segment::columns::{observations as o, scores as s, traces as t};

use crate::filter::Column;

/// Where the value of a filter's column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// An id.
    Id(&'static str),
    /// A text.
    Text(&'static str),
    /// A time.
    Time(&'static str),
    /// A flag.
    Flag(&'static str),
    /// A list of texts.
    List(&'static str),
    /// How many texts a list has.
    Length(&'static str),
    /// Whether an id is the text.
    Same { id: &'static str, text: &'static str },
    /// A count.
    Count(&'static str),
    /// A count that is unknown when it is zero.
    Known(&'static str),
    /// Money, which may be unknown.
    Money(&'static str),
    /// Money, which is zero when it is unknown.
    MoneySum(&'static str),
    /// A number that is a version, if there is one.
    Version(&'static str),
    /// Any number, if there is one.
    Number(&'static str),
    /// The seconds from one time to another, if there is one.
    Seconds { from: &'static str, to: &'static str },
    /// The seconds between the two; zero without them.
    Latency { first: &'static str, last: &'static str },
    /// How many a second; nothing where no time passed.
    Rate { count: &'static str, from: &'static str, to: &'static str },
    /// A total, which is unknown when the list of types is empty.
    Total { amount: &'static str, types: &'static str },
    /// The worst level of which there is any, by counts in the order of levels.
    WorstLevel([&'static str; 4]),
    /// Whether there is no text in the first, or the second is set.
    Root { parent: &'static str, mark: &'static str },
    /// Whether there is a text.
    HasText(&'static str),
    /// Whether the text is `BOOLEAN` and the number 1.
    True { data_type: &'static str, number: &'static str },
    /// Always no.
    No,
    /// Nothing: a missing value.
    Nothing,
}

/// Of a trace.
pub(super) fn of_trace(column: Column) -> Source {
    match column {
        Column::Id => Source::Id(t::ID),
        Column::Timestamp => Source::Time(t::TIMESTAMP),
        Column::Name => Source::Text(t::NAME),
        Column::UserId => Source::Text(t::USER_ID),
        Column::SessionId => Source::Text(t::SESSION_ID),
        Column::Release => Source::Text(t::RELEASE),
        Column::Version => Source::Text(t::VERSION),
        Column::Environment => Source::Text(t::ENVIRONMENT),
        Column::Tags => Source::List(t::TAGS),
        Column::Public => Source::Flag(t::PUBLIC),
        Column::Bookmarked => Source::No,
        Column::Level => Source::WorstLevel([t::COUNT_DEBUG, t::COUNT_DEFAULT, t::COUNT_WARNING, t::COUNT_ERROR]),
        Column::Latency => Source::Latency { first: t::FIRST_START, last: t::LAST_END },
        Column::TotalCost => Source::Money(t::TOTAL_COST),
        Column::InputCost => Source::MoneySum(t::INPUT_COST),
        Column::OutputCost => Source::MoneySum(t::OUTPUT_COST),
        Column::TotalTokens => Source::Known(t::TOTAL_TOKENS),
        Column::InputTokens => Source::Count(t::INPUT_TOKENS),
        Column::OutputTokens => Source::Count(t::OUTPUT_TOKENS),
        Column::ErrorCount => Source::Count(t::COUNT_ERROR),
        Column::WarningCount => Source::Count(t::COUNT_WARNING),
        Column::DefaultCount => Source::Count(t::COUNT_DEFAULT),
        Column::DebugCount => Source::Count(t::COUNT_DEBUG),
        _ => Source::Nothing,
    }
}

/// Of an observation itself; nothing for what its trace says.
pub(super) fn of_observation(column: Column) -> Option<Source> {
    Some(match column {
        Column::Id => Source::Id(o::ID),
        Column::Type => Source::Text(o::TYPE),
        Column::Name => Source::Text(o::NAME),
        Column::ParentObservationId => Source::Text(o::PARENT_ID),
        Column::StartTime => Source::Time(o::START),
        Column::EndTime => Source::Time(o::END),
        Column::Environment => Source::Text(o::ENVIRONMENT),
        Column::Level => Source::Text(o::LEVEL),
        Column::StatusMessage => Source::Text(o::STATUS_MESSAGE),
        Column::Version => Source::Text(o::VERSION),
        Column::Model => Source::Text(o::MODEL),
        Column::ModelId => Source::Text(o::MODEL_ID),
        Column::OfferedTools => Source::List(o::TOOL_NAMES),
        Column::CalledTools => Source::List(o::CALLED_TOOL_NAMES),
        Column::OfferedToolCount => Source::Length(o::TOOL_NAMES),
        Column::ToolCallCount => Source::Length(o::CALLED_TOOL_NAMES),
        Column::ExperimentId => Source::Text(o::EXPERIMENT_ID),
        Column::ExperimentName => Source::Text(o::EXPERIMENT_NAME),
        Column::ExperimentDatasetId => Source::Text(o::EXPERIMENT_DATASET_ID),
        Column::IsExperimentItemRoot => Source::Same { id: o::ID, text: o::EXPERIMENT_ROOT_ID },
        Column::IngestionSource => Source::Text(o::INGESTION_SOURCE),
        Column::SdkName => Source::Text(o::SDK_NAME),
        Column::SdkVersion => Source::Text(o::SDK_VERSION),
        Column::ApiKey => Source::Text(o::API_KEY),
        Column::PromptName => Source::Text(o::PROMPT_NAME),
        Column::PromptVersion => Source::Version(o::PROMPT_VERSION),
        Column::TimeToFirstToken => Source::Seconds { from: o::START, to: o::COMPLETION_START },
        Column::Latency => Source::Seconds { from: o::START, to: o::END },
        Column::TokensPerSecond => Source::Rate { count: o::OUTPUT_TOKENS, from: o::START, to: o::END },
        Column::InputTokens => Source::Count(o::INPUT_TOKENS),
        Column::OutputTokens => Source::Count(o::OUTPUT_TOKENS),
        Column::TotalTokens => Source::Total { amount: o::TOTAL_TOKENS, types: o::USAGE_TYPES },
        Column::InputCost => Source::Money(o::INPUT_COST),
        Column::OutputCost => Source::Money(o::OUTPUT_COST),
        Column::TotalCost => Source::Money(o::TOTAL_COST),
        Column::IsRootObservation => Source::Root { parent: o::PARENT_ID, mark: o::IS_APP_ROOT },
        Column::HasParentObservation => Source::HasText(o::PARENT_ID),
        Column::HasInput => Source::Flag(o::HAS_INPUT),
        Column::HasOutput => Source::Flag(o::HAS_OUTPUT),
        _ => return None,
    })
}

/// What the trace of an observation says, as columns of the trace.
pub(super) fn of_observed_trace(column: Column) -> Source {
    match column {
        Column::TraceId => Source::Id(t::ID),
        Column::Timestamp => Source::Time(t::TIMESTAMP),
        Column::Tags => Source::List(t::TAGS),
        Column::UserId => Source::Text(t::USER_ID),
        Column::SessionId => Source::Text(t::SESSION_ID),
        Column::TraceName => Source::Text(t::NAME),
        Column::TraceEnvironment => Source::Text(t::ENVIRONMENT),
        Column::ShownVersion => Source::Text(t::VERSION),
        Column::Release => Source::Text(t::RELEASE),
        _ => Source::Nothing,
    }
}

/// Of a score itself; nothing for what its trace says.
pub(super) fn of_score(column: Column) -> Option<Source> {
    Some(match column {
        Column::Id => Source::Id(s::ID),
        Column::Timestamp => Source::Time(s::TIMESTAMP),
        Column::Environment => Source::Text(s::ENVIRONMENT),
        Column::TraceId => Source::Text(s::TRACE_ID),
        Column::ObservationId => Source::Text(s::OBSERVATION_ID),
        Column::SessionId => Source::Text(s::SESSION_ID),
        Column::DatasetRunId => Source::Text(s::DATASET_RUN_ID),
        Column::Name => Source::Text(s::NAME),
        Column::Value => Source::Number(s::NUMBER),
        Column::BooleanValue => Source::True { data_type: s::DATA_TYPE, number: s::NUMBER },
        Column::StringValue => Source::Text(s::TEXT),
        Column::Source => Source::Text(s::SOURCE),
        Column::DataType => Source::Text(s::DATA_TYPE),
        Column::Comment => Source::Text(s::COMMENT),
        Column::ConfigId => Source::Text(s::CONFIG_ID),
        Column::QueueId => Source::Text(s::QUEUE_ID),
        Column::TraceName | Column::UserId | Column::Tags => return None,
        _ => Source::Nothing,
    })
}

impl Source {
    /// The columns to read, in the order in which the values are read from them.
    pub(super) fn columns(self) -> Vec<&'static str> {
        match self {
            Self::Id(one)
            | Self::Text(one)
            | Self::Time(one)
            | Self::Flag(one)
            | Self::List(one)
            | Self::Length(one)
            | Self::Count(one)
            | Self::Known(one)
            | Self::Money(one)
            | Self::MoneySum(one)
            | Self::Version(one)
            | Self::Number(one)
            | Self::HasText(one) => vec![one],
            Self::Seconds { from: one, to: two }
            | Self::Latency { first: one, last: two }
            | Self::Same { id: one, text: two }
            | Self::Total { amount: one, types: two }
            | Self::Root { parent: one, mark: two }
            | Self::True { data_type: one, number: two } => vec![one, two],
            Self::Rate { count, from, to } => vec![count, from, to],
            Self::WorstLevel(counts) => counts.to_vec(),
            Self::No | Self::Nothing => Vec::new(),
        }
    }
}
