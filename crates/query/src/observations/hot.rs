//! Observations in memory: what they answer to a filter.

use spanstone_model::{Cost, Observation, ObservationId, Text, Timestamp, Tools};

use crate::filter::{Column, Condition, Value, float, rate, seconds};
use crate::traces::is_root;

/// Whether conditions on the observation itself hold.
pub(crate) fn holds(observation: &Observation, conditions: &[&Condition]) -> bool {
    conditions.iter().all(|it| it.test.holds(value(observation, it.column).unwrap_or(Value::Text(None))))
}

/// Whether a condition asks for something of the observation itself.
pub(crate) fn is_own(condition: &Condition) -> bool {
    crate::sealed::is_of_observation(condition.column)
}

/// The value of a column of the observation itself; nothing for those of its trace.
pub(crate) fn value(observation: &Observation, column: Column) -> Option<Value<'_>> {
    let passed = |until: Option<Timestamp>| until.map(|time| seconds(time.millis_since(observation.start)));
    let costs = &observation.cost;
    let experiment = observation.experiment.as_deref();
    let origin = observation.origin.as_deref();
    let tools = |pick: fn(&Tools) -> &Vec<Text>| observation.tools.as_deref().map_or(&[][..], |tools| pick(tools));
    Some(match column {
        Column::Id => Value::Text(Some(observation.id.as_str())),
        Column::Type => Value::Text(Some(observation.kind.as_str())),
        Column::Name => Value::Text(observation.name.as_deref()),
        Column::ParentObservationId => Value::Text(observation.parent_id.as_ref().map(ObservationId::as_str)),
        Column::StartTime => Value::Time(Some(observation.start)),
        Column::EndTime => Value::Time(observation.end),
        Column::Environment => Value::Text(Some(&observation.environment)),
        Column::Level => Value::Text(Some(observation.level.as_str())),
        Column::StatusMessage => Value::Text(observation.status_message.as_deref()),
        Column::Version => Value::Text(observation.version.as_deref()),
        Column::Model => Value::Text(observation.model.as_deref()),
        Column::ModelId => Value::Text(observation.price.as_ref().map(|price| &*price.model_id)),
        Column::OfferedTools => Value::List(tools(|tools| &tools.offered)),
        Column::CalledTools => Value::List(tools(|tools| &tools.called)),
        Column::OfferedToolCount => Value::Number(Some(float(tools(|tools| &tools.offered).len()))),
        Column::ToolCallCount => Value::Number(Some(float(tools(|tools| &tools.called).len()))),
        Column::ExperimentId => Value::Text(experiment.map(|it| &*it.id)),
        Column::ExperimentName => Value::Text(experiment.and_then(|it| it.name.as_deref())),
        Column::ExperimentDatasetId => Value::Text(experiment.and_then(|it| it.dataset_id.as_deref())),
        Column::IsExperimentItemRoot => {
            Value::Flag(experiment.is_some_and(|it| it.root_observation_id.as_ref() == Some(&observation.id)))
        }
        Column::IngestionSource => Value::Text(origin.map(|origin| origin.source.as_str())),
        Column::SdkName => Value::Text(origin.and_then(|origin| origin.sender.sdk_name()).map(|it| &**it)),
        Column::SdkVersion => Value::Text(origin.and_then(|origin| origin.sender.sdk_version()).map(|it| &**it)),
        Column::ApiKey => Value::Text(origin.and_then(|origin| origin.sender.api_key()).map(|it| &**it)),
        Column::PromptName => Value::Text(observation.prompt.as_ref().map(|prompt| &*prompt.name)),
        Column::PromptVersion => Value::Number(observation.prompt.as_ref().map(|prompt| float(prompt.version))),
        Column::TimeToFirstToken => Value::Number(passed(observation.completion_start)),
        Column::Latency => Value::Number(passed(observation.end)),
        Column::TokensPerSecond => {
            let tokens = float(observation.usage.sum_containing("output"));
            Value::Number(rate(tokens, passed(observation.end)))
        }
        Column::InputTokens => Value::Number(Some(float(observation.usage.sum_containing("input")))),
        Column::OutputTokens => Value::Number(Some(float(observation.usage.sum_containing("output")))),
        Column::TotalTokens => Value::Number(observation.usage.get("total").map(float)),
        Column::InputCost => Value::Number(costs.sum_containing("input").map(Cost::dollars)),
        Column::OutputCost => Value::Number(costs.sum_containing("output").map(Cost::dollars)),
        Column::TotalCost => Value::Number(costs.total().map(Cost::dollars)),
        Column::IsRootObservation => Value::Flag(is_root(observation)),
        Column::HasParentObservation => Value::Flag(observation.parent_id.is_some()),
        Column::HasInput => Value::Flag(observation.input.is_some()),
        Column::HasOutput => Value::Flag(observation.output.is_some()),
        _ => return None,
    })
}
