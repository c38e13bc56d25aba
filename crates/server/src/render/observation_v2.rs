//! Observations in the shape of Langfuse's second API: groups of keys, texts instead of nulls, raw payloads.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::ObservationItem;
use spanstone_engine::pricing::UnitPrice;
use spanstone_model::{Cost, Observation, ObservationId, ProjectId, Text, Timestamp, TraceId};

use super::observation::{Costs, Usage, latency, time_to_first_token};
use super::prices::{ModelPrices, Prices};
use super::{Metadata, Number, Stored, dollars};
use crate::openapi::schema;
use crate::params::fields::{Groups, observation as group};

/// How many characters of a metadata value are given unless its key is asked for.
const METADATA_CHARS_MAX: usize = 200;

/// An observation. Keys of groups that were not asked for are absent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ObservationV2")]
pub(crate) struct ObservationRowV2<'a> {
    #[serde(flatten)]
    core: Core<'a>,
    #[serde(flatten)]
    basic: Option<Basic<'a>>,
    #[serde(flatten)]
    time: Option<Times>,
    #[serde(flatten)]
    io: Option<Io<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
    #[serde(flatten)]
    model: Option<Model<'a>>,
    #[serde(flatten)]
    usage: Option<UsageGroup<'a>>,
    #[serde(flatten)]
    prompt: Option<Prompt<'a>>,
    #[serde(flatten)]
    trace_context: Option<TraceContext<'a>>,
    #[serde(flatten)]
    always: Always,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Core<'a> {
    id: &'a ObservationId,
    trace_id: &'a TraceId,
    start_time: Timestamp,
    end_time: Option<Timestamp>,
    project_id: &'a ProjectId,
    parent_observation_id: Option<&'a ObservationId>,
    #[schemars(with = "schema::ObservationTypeName")]
    r#type: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Basic<'a> {
    name: &'a str,
    #[schemars(with = "schema::LevelName")]
    level: &'static str,
    status_message: &'a str,
    version: &'a str,
    environment: &'a str,
    bookmarked: bool,
    public: bool,
    user_id: &'a str,
    session_id: &'a str,
    is_root_observation: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Times {
    completion_start_time: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
struct Io<'a> {
    input: Option<&'a str>,
    output: Option<&'a str>,
}

/// The name of the model has two keys: servers send `model`, their documentation says `providedModelName`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Model<'a> {
    model: &'a str,
    provided_model_name: &'a str,
    internal_model_id: &'a str,
    model_parameters: Stored<'a>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UsageGroup<'a> {
    usage_details: Usage<'a>,
    cost_details: Costs<'a>,
    total_cost: Number,
    usage_pricing_tier_id: Option<&'a str>,
    usage_pricing_tier_name: Option<&'a str>,
    input_usage: u64,
    output_usage: u64,
    total_usage: u64,
    input_cost: Number,
    output_cost: Number,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Prompt<'a> {
    prompt_id: &'a str,
    prompt_name: &'a str,
    prompt_version: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TraceContext<'a> {
    trace_name: Option<&'a str>,
    tags: &'a [Text],
    release: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Always {
    latency: Option<Number>,
    time_to_first_token: Option<Number>,
    model_id: Option<Text>,
    input_price: Option<String>,
    output_price: Option<String>,
    total_price: Option<String>,
}

/// What is asked for beyond the rows themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The groups.
    pub(crate) fields: Groups,
    /// Whether metadata is given in full.
    pub(crate) whole_metadata: bool,
}

impl Wanted {
    /// Whether payloads have to be read.
    pub(crate) fn payloads(self) -> bool {
        self.fields.has(group::IO) || self.fields.has(group::METADATA)
    }
}

impl<'a> ObservationRowV2<'a> {
    /// An observation.
    pub(crate) fn new(
        project: &'a ProjectId,
        item: &'a ObservationItem,
        prices: &ModelPrices<'_>,
        wanted: Wanted,
    ) -> Self {
        let fields = wanted.fields;
        let observation: &Observation = &item.row.observation;
        // Asking for input and output reads the full rows, and with them the full metadata.
        let whole_metadata = wanted.whole_metadata || fields.has(group::IO);
        Self {
            core: core(project, observation),
            basic: fields.has(group::BASIC).then(|| basic(item)),
            time: fields.has(group::TIME).then_some(Times {
                completion_start_time: observation.completion_start,
                created_at: observation.created_at,
                updated_at: observation.updated_at,
            }),
            io: fields.has(group::IO).then(|| Io {
                input: item.payloads.input.as_deref().filter(|text| !text.is_empty()),
                output: item.payloads.output.as_deref().filter(|text| !text.is_empty()),
            }),
            metadata: fields.has(group::METADATA).then_some(Metadata {
                pairs: &item.payloads.metadata,
                chars_max: (!whole_metadata).then_some(METADATA_CHARS_MAX),
            }),
            model: fields.has(group::MODEL).then(|| Model {
                model: or_empty(observation.model.as_deref()),
                provided_model_name: or_empty(observation.model.as_deref()),
                internal_model_id: or_empty(observation.price.as_ref().map(|link| &*link.model_id)),
                model_parameters: Stored(observation.model_parameters.as_deref()),
            }),
            usage: fields.has(group::USAGE).then(|| usage(observation)),
            prompt: fields.has(group::PROMPT).then(|| Prompt {
                prompt_id: "",
                prompt_name: or_empty(observation.prompt.as_ref().map(|prompt| &*prompt.name)),
                prompt_version: observation.prompt.as_ref().map(|prompt| prompt.version),
            }),
            trace_context: fields.has(group::TRACE_CONTEXT).then(|| TraceContext {
                trace_name: item.row.trace.name.as_deref(),
                tags: &item.row.trace.tags,
                release: or_empty(item.row.trace.release.as_deref()),
            }),
            always: always(observation, prices, fields),
        }
    }
}

fn core<'a>(project: &'a ProjectId, observation: &'a Observation) -> Core<'a> {
    Core {
        id: &observation.id,
        trace_id: &observation.trace_id,
        start_time: observation.start,
        end_time: observation.end,
        project_id: project,
        parent_observation_id: observation.parent_id.as_ref(),
        r#type: observation.kind.as_str(),
    }
}

fn basic(item: &ObservationItem) -> Basic<'_> {
    let (observation, trace) = (&item.row.observation, &item.row.trace);
    Basic {
        name: or_empty(observation.name.as_deref()),
        level: observation.level.as_str(),
        status_message: or_empty(observation.status_message.as_deref()),
        version: or_empty(observation.version.as_deref().or(trace.version.as_deref())),
        environment: &observation.environment,
        bookmarked: false,
        public: trace.public,
        user_id: or_empty(trace.user_id.as_deref()),
        session_id: trace.session_id.as_ref().map_or("", spanstone_model::SessionId::as_str),
        is_root_observation: item.row.is_root,
    }
}

fn usage(observation: &Observation) -> UsageGroup<'_> {
    let (usage, costs) = (&observation.usage, &observation.cost);
    let sum = |part| dollars(costs.sum_containing(part).unwrap_or(Cost::ZERO));
    let tier = observation.price.as_ref().and_then(|link| link.tier.as_ref());
    UsageGroup {
        usage_details: Usage(usage),
        cost_details: Costs(costs),
        total_cost: dollars(costs.total().unwrap_or(Cost::ZERO)),
        usage_pricing_tier_id: tier.map(|tier| &*tier.id),
        usage_pricing_tier_name: tier.map(|tier| &*tier.name),
        input_usage: usage.sum_containing("input"),
        output_usage: usage.sum_containing("output"),
        total_usage: usage.get("total").unwrap_or(0),
        input_cost: sum("input"),
        output_cost: sum("output"),
    }
}

/// When the group `metrics` is asked for, Langfuse gives a latency of nothing as null; otherwise as 0.
/// Prices are texts, and there only with the group `model`.
fn always(observation: &Observation, prices: &ModelPrices<'_>, fields: Groups) -> Always {
    let has_model = fields.has(group::MODEL);
    let prices = if has_model { prices.of(observation) } else { Prices::default() };
    let text = |price: Option<UnitPrice>| price.map(|price| price.to_string());
    let shown = |seconds: &Number| !fields.has(group::METRICS) || *seconds != Number(0.0);
    Always {
        latency: latency(observation).filter(shown),
        time_to_first_token: time_to_first_token(observation).filter(shown),
        model_id: observation.price.as_ref().filter(|_| has_model).map(|link| link.model_id.clone()),
        input_price: text(prices.input),
        output_price: text(prices.output),
        total_price: text(prices.total),
    }
}

fn or_empty(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}
