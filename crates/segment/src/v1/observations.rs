//! Observations as rows of their table.

use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::{BooleanArray, Int64Array, RecordBatch, UInt64Array};
use spanstone_model::{
    Cost, CostDetails, Level, Observation, ObservationId, ObservationType, PayloadRef, PriceLink, PriceTier,
    PromptLink, Timestamp, Tools, TraceId, UsageDetails,
};

use super::build::BatchBuilder;
use super::cells::{encode_metadata, encode_stamps};
use super::columns::observations as column;
use super::origin::{self, ExperimentColumns, OriginColumns};
use super::payloads::PayloadColumns;
use super::read::{Columns, Flags, Ids, Integers, Lists, Smalls, TextLists, Texts};
use crate::SealedObservation;

/// Appends an observation of the trace in a row of this segment.
pub(crate) fn push(batch: &mut BatchBuilder, sealed: &SealedObservation, trace_row: u32) {
    let SealedObservation { observation, fold, payloads } = sealed;
    let (usage, cost) = (&observation.usage, &observation.cost);
    batch.text(column::ID, observation.id.as_str());
    batch.small(column::TRACE_ROW, trace_row);
    batch.text(column::PARENT_ID, observation.parent_id.as_ref().map(ObservationId::as_str));
    batch.text(column::TYPE, observation.kind.as_str());
    batch.integer(column::START, observation.start.micros());
    batch.integer(column::END, observation.end.map(Timestamp::micros));
    batch.integer(column::COMPLETION_START, observation.completion_start.map(Timestamp::micros));
    batch.text(column::ENVIRONMENT, &*observation.environment);
    batch.text(column::NAME, observation.name.as_deref());
    batch.text(column::LEVEL, observation.level.as_str());
    batch.text(column::STATUS_MESSAGE, observation.status_message.as_deref());
    batch.text(column::VERSION, observation.version.as_deref());
    batch.text(column::MODEL, observation.model.as_deref());
    batch.text(column::MODEL_PARAMETERS, observation.model_parameters.as_deref());
    batch.count(column::INPUT_TOKENS, usage.sum_containing("input"));
    batch.count(column::OUTPUT_TOKENS, usage.sum_containing("output"));
    batch.count(column::TOTAL_TOKENS, usage.get("total").unwrap_or(0));
    batch.texts(column::USAGE_TYPES, usage.iter().map(|(kind, _)| &**kind));
    batch.counts(column::USAGE_AMOUNTS, usage.iter().map(|(_, amount)| amount));
    batch.integer(column::INPUT_COST, cost.sum_containing("input").map(Cost::picodollars));
    batch.integer(column::OUTPUT_COST, cost.sum_containing("output").map(Cost::picodollars));
    batch.integer(column::TOTAL_COST, cost.total().map(Cost::picodollars));
    batch.texts(column::COST_TYPES, cost.iter().map(|(kind, _)| &**kind));
    batch.amounts(column::COST_AMOUNTS, cost.iter().map(|(_, amount)| amount.picodollars()));
    batch.text(column::PROMPT_NAME, observation.prompt.as_ref().map(|prompt| &*prompt.name));
    batch.small(column::PROMPT_VERSION, observation.prompt.as_ref().map(|prompt| prompt.version));
    batch.flag(column::IS_APP_ROOT, observation.is_app_root);
    batch.flag(column::HAS_INPUT, observation.input.is_some());
    batch.flag(column::HAS_OUTPUT, observation.output.is_some());
    batch.integer(column::CREATED_AT, observation.created_at.micros());
    batch.integer(column::UPDATED_AT, observation.updated_at.micros());
    batch.bytes_of(column::FOLD, (!fold.is_empty()).then_some(&**fold));
    batch.bytes_of(column::METADATA_STAMPS, encode_stamps(&observation.metadata, observation.start).as_deref());
    batch.bytes_of(column::METADATA, encode_metadata(&payloads.metadata).as_deref());
    batch.payload(column::PAYLOAD, payloads.input.as_deref(), payloads.output.as_deref());
    let price = observation.price.as_deref();
    let tier = price.and_then(|price| price.tier.as_ref());
    batch.text(column::MODEL_ID, price.map(|price| &*price.model_id));
    batch.text(column::PRICE_TIER_ID, tier.map(|tier| &*tier.id));
    batch.text(column::PRICE_TIER_NAME, tier.map(|tier| &*tier.name));
    batch.flag(column::COST_COMPUTED, observation.cost_is_computed.then_some(true));
    batch.flag(column::USAGE_COUNTED, observation.usage_is_counted.then_some(true));
    let tools = observation.tools.as_deref();
    batch.texts(column::TOOL_NAMES, tools.iter().flat_map(|tools| &tools.offered).map(|name| &**name));
    batch.texts(column::CALLED_TOOL_NAMES, tools.iter().flat_map(|tools| &tools.called).map(|name| &**name));
    origin::push_experiment(batch, observation.experiment.as_deref());
    origin::push_origin(batch, observation.origin.as_deref());
}

/// The columns of a batch from which observations are read.
pub(crate) struct ObservationColumns<'a> {
    id: Ids<'a>,
    trace_row: Smalls<'a>,
    parent_id: Texts<'a>,
    kind: Texts<'a>,
    start: Integers<'a>,
    end: Integers<'a>,
    completion_start: Integers<'a>,
    environment: Texts<'a>,
    name: Texts<'a>,
    level: Texts<'a>,
    status_message: Texts<'a>,
    version: Texts<'a>,
    model: Texts<'a>,
    model_parameters: Texts<'a>,
    usage_types: TextLists<'a>,
    usage_amounts: Lists<'a, UInt64Array>,
    cost_types: TextLists<'a>,
    cost_amounts: Lists<'a, Int64Array>,
    prompt_name: Texts<'a>,
    prompt_version: Smalls<'a>,
    is_app_root: &'a BooleanArray,
    has_input: &'a BooleanArray,
    has_output: &'a BooleanArray,
    created_at: Integers<'a>,
    updated_at: Integers<'a>,
    payloads: PayloadColumns<'a>,
    model_id: Texts<'a>,
    price_tier_id: Texts<'a>,
    price_tier_name: Texts<'a>,
    cost_computed: Flags<'a>,
    usage_counted: Flags<'a>,
    /// What was read last: the next row mostly has the same.
    price: RefCell<Option<Arc<PriceLink>>>,
    tool_names: TextLists<'a>,
    called_tool_names: TextLists<'a>,
    experiment: ExperimentColumns<'a>,
    origin: OriginColumns<'a>,
}

impl<'a> ObservationColumns<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Result<Self, String> {
        let columns = Columns(batch);
        Ok(Self {
            id: columns.ids(column::ID)?,
            trace_row: columns.smalls(column::TRACE_ROW)?,
            parent_id: columns.texts(column::PARENT_ID)?,
            kind: columns.texts(column::TYPE)?,
            start: columns.integers(column::START)?,
            end: columns.integers(column::END)?,
            completion_start: columns.integers(column::COMPLETION_START)?,
            environment: columns.texts(column::ENVIRONMENT)?,
            name: columns.texts(column::NAME)?,
            level: columns.texts(column::LEVEL)?,
            status_message: columns.texts(column::STATUS_MESSAGE)?,
            version: columns.texts(column::VERSION)?,
            model: columns.texts(column::MODEL)?,
            model_parameters: columns.texts(column::MODEL_PARAMETERS)?,
            usage_types: columns.text_lists(column::USAGE_TYPES)?,
            usage_amounts: columns.lists(column::USAGE_AMOUNTS)?,
            cost_types: columns.text_lists(column::COST_TYPES)?,
            cost_amounts: columns.lists(column::COST_AMOUNTS)?,
            prompt_name: columns.texts(column::PROMPT_NAME)?,
            prompt_version: columns.smalls(column::PROMPT_VERSION)?,
            is_app_root: columns.flags(column::IS_APP_ROOT)?,
            has_input: columns.flags(column::HAS_INPUT)?,
            has_output: columns.flags(column::HAS_OUTPUT)?,
            created_at: columns.integers(column::CREATED_AT)?,
            updated_at: columns.integers(column::UPDATED_AT)?,
            payloads: PayloadColumns::new(&columns)?,
            model_id: columns.texts(column::MODEL_ID)?,
            price_tier_id: columns.texts(column::PRICE_TIER_ID)?,
            price_tier_name: columns.texts(column::PRICE_TIER_NAME)?,
            cost_computed: Flags(columns.flags(column::COST_COMPUTED)?),
            usage_counted: Flags(columns.flags(column::USAGE_COUNTED)?),
            price: RefCell::default(),
            tool_names: columns.text_lists(column::TOOL_NAMES)?,
            called_tool_names: columns.text_lists(column::CALLED_TOOL_NAMES)?,
            experiment: ExperimentColumns::new(&columns)?,
            origin: OriginColumns::new(&columns)?,
        })
    }

    /// The row of the trace that an observation belongs to.
    pub(crate) fn trace_row(&self, row: usize) -> u32 {
        self.trace_row.must(row)
    }

    /// The observation in a row of the batch. Its trace's id is empty: that is in another table.
    pub(crate) fn row(&self, row: usize) -> Result<SealedObservation, String> {
        let start = self.start.must_time(row);
        let (kind, level) = (self.kind.must_str(row)?, self.level.must_str(row)?);
        let sealed = |flags: &BooleanArray| flags.value(row).then_some(PayloadRef::Sealed(0));
        let observation = Observation {
            id: ObservationId::from_wire(self.id.must(row)?),
            trace_id: TraceId::from_wire(""),
            parent_id: self.parent_id.str(row).map(ObservationId::from_wire),
            kind: ObservationType::from_wire(kind).ok_or_else(|| format!("there is no type `{kind}`"))?,
            start,
            end: self.end.time(row),
            completion_start: self.completion_start.time(row),
            environment: self.environment.must(row)?,
            name: self.name.get(row),
            level: Level::from_wire(level).ok_or_else(|| format!("there is no level `{level}`"))?,
            status_message: self.status_message.get(row),
            version: self.version.get(row),
            model: self.model.get(row),
            model_parameters: self.model_parameters.get(row),
            usage: self.usage(row)?,
            usage_is_counted: self.usage_counted.is_true(row),
            cost: self.cost(row)?,
            cost_is_computed: self.cost_computed.is_true(row),
            price: self.price(row),
            tools: self.tools(row)?,
            experiment: self.experiment.get(row),
            origin: self.origin.get(row)?,
            prompt: self
                .prompt_name
                .get(row)
                .zip(self.prompt_version.get(row))
                .map(|(name, version)| PromptLink { name, version }),
            is_app_root: self.is_app_root.value(row),
            input: sealed(self.has_input),
            output: sealed(self.has_output),
            metadata: self.payloads.stamped(row, start)?,
            created_at: self.created_at.must_time(row),
            updated_at: self.updated_at.must_time(row),
        };
        Ok(SealedObservation {
            observation: Arc::new(observation),
            fold: self.payloads.fold(row),
            payloads: self.payloads.row(row)?,
        })
    }

    fn price(&self, row: usize) -> Option<Arc<PriceLink>> {
        let model_id = self.model_id.get(row)?;
        let tier = self.price_tier_id.get(row).zip(self.price_tier_name.get(row));
        let link = PriceLink { model_id, tier: tier.map(|(id, name)| PriceTier { id, name }) };
        let mut last = self.price.borrow_mut();
        if last.as_deref() != Some(&link) {
            *last = Some(Arc::new(link));
        }
        last.clone()
    }

    fn tools(&self, row: usize) -> Result<Option<Box<Tools>>, String> {
        let tools = Tools { offered: self.tool_names.get(row)?, called: self.called_tool_names.get(row)? };
        Ok((!tools.is_empty()).then(|| Box::new(tools)))
    }

    fn usage(&self, row: usize) -> Result<UsageDetails, String> {
        let (types, amounts) = (self.usage_types.get(row)?, self.usage_amounts.range(row)?);
        check_pairs(types.len(), amounts.len())?;
        Ok(UsageDetails::new(types.into_iter().zip(amounts.map(|item| self.usage_amounts.items().value(item)))))
    }

    fn cost(&self, row: usize) -> Result<CostDetails, String> {
        let (types, amounts) = (self.cost_types.get(row)?, self.cost_amounts.range(row)?);
        check_pairs(types.len(), amounts.len())?;
        let amounts = amounts.map(|item| Cost::from_picodollars(self.cost_amounts.items().value(item)));
        Ok(CostDetails::new(types.into_iter().zip(amounts)))
    }
}

fn check_pairs(types: usize, amounts: usize) -> Result<(), String> {
    if types == amounts {
        return Ok(());
    }
    Err(format!("{types} types have {amounts} amounts"))
}
