//! Days, in the shape of Langfuse's daily metrics.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::query::daily::{Day, ModelUsage};
use spanstone_model::Cost;

use super::{Number, dollars};

/// A day.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Day")]
#[serde(rename_all = "camelCase")]
pub(crate) struct DayView<'a> {
    date: String,
    count_traces: u64,
    count_observations: u64,
    total_cost: Number,
    usage: Vec<UsageView<'a>>,
}

/// What a model was used for on a day.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DayUsage")]
#[serde(rename_all = "camelCase")]
struct UsageView<'a> {
    model: Option<&'a str>,
    input_usage: u64,
    output_usage: u64,
    total_usage: u64,
    count_traces: u64,
    count_observations: u64,
    total_cost: Number,
}

impl<'a> DayView<'a> {
    /// A day with its models.
    pub(crate) fn new(day: &'a Day) -> Self {
        let mut date = day.start.to_string();
        date.truncate("2026-08-21".len());
        Self {
            date,
            count_traces: day.traces,
            count_observations: day.models.iter().map(|it| it.observations).sum(),
            total_cost: dollars(day.models.iter().map(|it| it.cost).sum::<Cost>()),
            usage: day.models.iter().map(UsageView::new).collect(),
        }
    }
}

impl<'a> UsageView<'a> {
    fn new(usage: &'a ModelUsage) -> Self {
        Self {
            model: usage.model.as_deref(),
            input_usage: usage.input_tokens,
            output_usage: usage.output_tokens,
            total_usage: usage.total_tokens,
            count_traces: usage.traces,
            count_observations: usage.observations,
            total_cost: dollars(usage.cost),
        }
    }
}
