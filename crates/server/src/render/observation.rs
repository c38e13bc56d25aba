//! Observations in the shape of Langfuse's first API: every key always there.

use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use spanstone_engine::ObservationItem;
use spanstone_engine::pricing::UnitPrice;
use spanstone_model::{CostDetails, Observation, ObservationId, ProjectId, Text, Timestamp, TraceId, UsageDetails};

use super::prices::ModelPrices;
use super::{Metadata, Number, Stored, dollars, seconds};
use crate::openapi::schema;

/// What stands for a price that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unpriced {
    /// Null: in lists and alone.
    Null,
    /// Zero: within a trace.
    Zero,
}

/// An observation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Observation")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObservationView<'a> {
    id: &'a ObservationId,
    project_id: &'a ProjectId,
    trace_id: &'a TraceId,
    parent_observation_id: Option<&'a ObservationId>,
    name: Option<&'a str>,
    #[schemars(with = "schema::ObservationTypeName")]
    r#type: &'static str,
    environment: &'a str,
    start_time: Timestamp,
    end_time: Option<Timestamp>,
    version: Option<&'a str>,
    created_at: Timestamp,
    updated_at: Timestamp,
    input: Stored<'a>,
    output: Stored<'a>,
    metadata: Metadata<'a>,
    #[schemars(with = "schema::LevelName")]
    level: &'static str,
    status_message: Option<&'a str>,
    model: Option<&'a str>,
    model_parameters: Stored<'a>,
    completion_start_time: Option<Timestamp>,
    prompt_id: Option<&'a str>,
    prompt_name: Option<&'a str>,
    prompt_version: Option<u32>,
    usage_details: Usage<'a>,
    cost_details: Costs<'a>,
    usage: UsageSum,
    unit: &'static str,
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    usage_pricing_tier_id: Option<&'a str>,
    usage_pricing_tier_name: Option<&'a str>,
    model_id: Option<&'a str>,
    input_price: Option<Number>,
    output_price: Option<Number>,
    total_price: Option<Number>,
    calculated_input_cost: Option<Number>,
    calculated_output_cost: Option<Number>,
    calculated_total_cost: Number,
    latency: Option<Number>,
    time_to_first_token: Option<Number>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ObservationUsage")]
struct UsageSum {
    unit: &'static str,
    input: u64,
    output: u64,
    total: u64,
}

/// Amounts by usage type.
pub(crate) struct Usage<'a>(pub(crate) &'a UsageDetails);

/// Dollars by usage type.
pub(crate) struct Costs<'a>(pub(crate) &'a CostDetails);

const UNIT: &str = "TOKENS";

impl<'a> ObservationView<'a> {
    /// An observation with its payloads.
    pub(crate) fn new(
        project: &'a ProjectId,
        item: &'a ObservationItem,
        prices: &ModelPrices<'_>,
        unpriced: Unpriced,
    ) -> Self {
        let observation: &Observation = &item.row.observation;
        let (usage, costs) = (&observation.usage, &observation.cost);
        let (input, output) = (usage.sum_containing("input"), usage.sum_containing("output"));
        let total = usage.get("total").unwrap_or(0);
        let prices = prices.of(observation);
        let unpriced = (unpriced == Unpriced::Zero).then_some(Number(0.0));
        let price = |price: Option<UnitPrice>| price.map(|price| Number(price.dollars())).or(unpriced);
        let link = observation.price.as_deref();
        let tier = link.and_then(|link| link.tier.as_ref());
        Self {
            id: &observation.id,
            project_id: project,
            trace_id: &observation.trace_id,
            parent_observation_id: observation.parent_id.as_ref(),
            name: observation.name.as_deref(),
            r#type: observation.kind.as_str(),
            environment: &observation.environment,
            start_time: observation.start,
            end_time: observation.end,
            version: observation.version.as_deref(),
            created_at: observation.created_at,
            updated_at: observation.updated_at,
            input: Stored(item.payloads.input.as_deref()),
            output: Stored(item.payloads.output.as_deref()),
            metadata: Metadata::whole(&item.payloads.metadata),
            level: observation.level.as_str(),
            status_message: observation.status_message.as_deref(),
            model: observation.model.as_deref(),
            model_parameters: Stored(observation.model_parameters.as_deref()),
            completion_start_time: observation.completion_start,
            prompt_id: None,
            prompt_name: observation.prompt.as_ref().map(|prompt| &*prompt.name),
            prompt_version: observation.prompt.as_ref().map(|prompt| prompt.version),
            usage_details: Usage(usage),
            cost_details: Costs(costs),
            usage: UsageSum { unit: UNIT, input, output, total },
            unit: UNIT,
            prompt_tokens: input,
            completion_tokens: output,
            total_tokens: total,
            usage_pricing_tier_id: tier.map(|tier| &*tier.id),
            usage_pricing_tier_name: tier.map(|tier| &*tier.name),
            model_id: link.map(|link| &*link.model_id),
            input_price: price(prices.input),
            output_price: price(prices.output),
            total_price: price(prices.total),
            calculated_input_cost: costs.sum_containing("input").map(dollars),
            calculated_output_cost: costs.sum_containing("output").map(dollars),
            calculated_total_cost: costs.total().map_or(Number(0.0), dollars),
            latency: latency(observation),
            time_to_first_token: time_to_first_token(observation),
        }
    }
}

/// From start to end, in seconds.
pub(crate) fn latency(observation: &Observation) -> Option<Number> {
    observation.end.map(|end| seconds(observation.start, end))
}

/// From start to the first token, in seconds.
pub(crate) fn time_to_first_token(observation: &Observation) -> Option<Number> {
    observation.completion_start.map(|first| seconds(observation.start, first))
}

impl Serialize for Usage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.0.iter())
    }
}

impl Serialize for Costs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.0.iter().map(|(kind, cost)| (kind, dollars(cost))))
    }
}

fn map<'a, S: Serializer, T: Serialize>(
    serializer: S,
    pairs: impl Iterator<Item = (&'a Text, T)>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (key, value) in pairs {
        map.serialize_entry(&**key, &value)?;
    }
    map.end()
}
