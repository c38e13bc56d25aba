//! Models with their prices, in the shape of Langfuse's API.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use spanstone_engine::ListedModel;
use spanstone_engine::pricing::{Condition, Model, SettingCondition, Tier, UnitPrice, UsageCondition};
use spanstone_model::{Text, Timestamp};

use super::Number;

/// A model.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Model")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelView<'a> {
    id: &'a str,
    model_name: &'a str,
    match_pattern: &'a str,
    start_date: Option<Timestamp>,
    unit: Option<&'a str>,
    input_price: Option<Number>,
    output_price: Option<Number>,
    total_price: Option<Number>,
    tokenizer_id: Option<&'a str>,
    tokenizer_config: Option<Config<'a>>,
    is_langfuse_managed: bool,
    created_at: Timestamp,
    prices: Map<'a, PriceObject>,
    pricing_tiers: Vec<TierView<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PricingTier")]
#[serde(rename_all = "camelCase")]
struct TierView<'a> {
    id: &'a str,
    name: &'a str,
    is_default: bool,
    priority: u32,
    conditions: Vec<ConditionView<'a>>,
    prices: Map<'a, Number>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PricingCondition")]
#[serde(untagged)]
enum ConditionView<'a> {
    #[serde(rename_all = "camelCase")]
    Usage {
        usage_detail_pattern: &'a str,
        operator: &'static str,
        value: u64,
        case_sensitive: bool,
    },
    Setting {
        source: &'static str,
        key: &'a str,
        operator: &'static str,
        values: &'a [Text],
    },
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ModelPrice")]
struct PriceObject {
    price: Number,
}

/// Prices by type of usage, each in a form.
struct Map<'a, T>(&'a [(Text, UnitPrice)], fn(UnitPrice) -> T);

/// The settings of a tokenizer: JSON, unless somebody wrote something else into a price table.
struct Config<'a>(&'a str);

/// What one unit of usage is in the models that everybody has.
const UNIT: &str = "TOKENS";

impl<'a> ModelView<'a> {
    /// A model that a project can use.
    pub(crate) fn new(listed: &'a ListedModel) -> Self {
        let ListedModel { model, is_own } = listed;
        let Model { id, name, pattern, start_date, unit, tokenizer, tokenizer_config, created_at, tiers } = &**model;
        let price = |usage| model.default_tier().and_then(|tier| tier.price(usage)).map(number);
        let prices = model.default_tier().map_or(&[][..], |tier| &tier.prices);
        Self {
            id,
            model_name: name,
            match_pattern: pattern.as_str(),
            start_date: *start_date,
            unit: unit.as_deref().or((!is_own).then_some(UNIT)),
            input_price: price("input"),
            output_price: price("output"),
            total_price: price("total"),
            tokenizer_id: tokenizer.as_deref(),
            tokenizer_config: tokenizer_config.as_deref().map(Config),
            is_langfuse_managed: !is_own,
            created_at: *created_at,
            prices: Map(prices, |price| PriceObject { price: number(price) }),
            pricing_tiers: tiers.iter().map(tier).collect(),
        }
    }
}

fn tier(tier: &Tier) -> TierView<'_> {
    TierView {
        id: &tier.id,
        name: &tier.name,
        is_default: tier.is_default(),
        priority: tier.priority,
        conditions: tier.conditions.iter().map(condition).collect(),
        prices: Map(&tier.prices, number),
    }
}

fn condition(condition: &Condition) -> ConditionView<'_> {
    match condition {
        Condition::Usage(UsageCondition { pattern, case_sensitive, operator, value }) => ConditionView::Usage {
            usage_detail_pattern: pattern.as_str(),
            operator: operator.name(),
            value: *value,
            case_sensitive: *case_sensitive,
        },
        Condition::Setting(SettingCondition { source, key, values }) => {
            ConditionView::Setting { source: source.name(), key, operator: "in", values }
        }
    }
}

fn number(price: UnitPrice) -> Number {
    Number(price.dollars())
}

impl<T: Serialize> Serialize for Map<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (usage, price) in self.0 {
            map.serialize_entry(&**usage, &(self.1)(*price))?;
        }
        map.end()
    }
}

impl Serialize for Config<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(self.0) {
            Ok(json) => json.serialize(serializer),
            Err(_) => serializer.serialize_str(self.0),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Map<'_, T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("PricesAs{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": generator.subschema_for::<T>()})
    }
}

impl JsonSchema for Config<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TokenizerConfig".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}
