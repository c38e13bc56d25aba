//! What an observation cost and why, in our own shape.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::pricing::{Decision, Explanation, Part, Reason, Uncharged};
use spanstone_engine::{CostReport, CostSource, Repriced};
use spanstone_model::ObservationId;

use super::observation::{Costs, Usage};
use super::{Number, dollars};

/// What an observation cost, and why.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cost")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportView<'a> {
    observation_id: &'a ObservationId,
    model: Option<&'a str>,
    source: &'static str,
    usage: Usage<'a>,
    costs: Costs<'a>,
    total: Option<Number>,
    price: Option<PriceView<'a>>,
    /// Whether today's price table says something else.
    is_outdated: bool,
    today: Option<TodayView<'a>>,
}

/// The price that the stored cost was computed with, or would have been.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CostPrice")]
#[serde(rename_all = "camelCase")]
struct PriceView<'a> {
    model_id: &'a str,
    tier_id: Option<&'a str>,
    tier_name: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CostExplanation")]
#[serde(rename_all = "camelCase")]
struct TodayView<'a> {
    model_id: &'a str,
    model_name: &'a str,
    match_pattern: &'a str,
    tier_id: Option<&'a str>,
    tier_name: Option<&'a str>,
    decided_by: Vec<DecisionView<'a>>,
    parts: Vec<PartView<'a>>,
    uncharged: Vec<UnchargedView<'a>>,
    total: Option<Number>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CostDecision")]
struct DecisionView<'a> {
    condition: &'a str,
    found: &'a str,
}

/// Units times price. The price is a decimal in a text, so that none of its digits is lost.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CostPart")]
#[serde(rename_all = "camelCase")]
struct PartView<'a> {
    usage: &'a str,
    units: u64,
    unit_price: String,
    price_per_million: String,
    price_of: &'a str,
    cost_name: &'a str,
    cost: Number,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UnchargedUsage")]
#[serde(rename_all = "camelCase")]
struct UnchargedView<'a> {
    usage: &'a str,
    units: u64,
    reason: &'static str,
    counted_as: Option<&'a str>,
}

/// What a step of repricing came to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Repriced")]
#[serde(rename_all = "camelCase")]
pub(crate) struct RepricedView {
    looked_at: usize,
    repriced: usize,
    cursor: Option<String>,
}

/// What an observation cost, and why.
pub(crate) fn report(report: &CostReport) -> Vec<u8> {
    let observation = &report.item.row.observation;
    super::bytes(&ReportView {
        observation_id: &observation.id,
        model: observation.model.as_deref(),
        source: source(report.source),
        usage: Usage(&observation.usage),
        costs: Costs(&observation.cost),
        total: observation.cost.total().map(dollars),
        price: observation.price.as_ref().map(|link| PriceView {
            model_id: &link.model_id,
            tier_id: link.tier.as_ref().map(|tier| &*tier.id),
            tier_name: link.tier.as_ref().map(|tier| &*tier.name),
        }),
        is_outdated: report.is_outdated(),
        today: report.today.as_ref().map(today),
    })
}

/// What a step of repricing came to.
pub(crate) fn repriced(outcome: &Repriced, cursor: Option<String>) -> Vec<u8> {
    super::bytes(&RepricedView { looked_at: outcome.looked_at, repriced: outcome.repriced, cursor })
}

fn source(source: CostSource) -> &'static str {
    match source {
        CostSource::Provided => "provided",
        CostSource::Computed => "computed",
        CostSource::Counted => "counted",
        CostSource::Unknown => "unknown",
    }
}

fn today(explanation: &Explanation) -> TodayView<'_> {
    let Explanation { model, tier, parts, uncharged, total } = explanation;
    let decisions = tier.as_ref().map_or(&[][..], |tier| &tier.decided_by);
    TodayView {
        model_id: &model.id,
        model_name: &model.name,
        match_pattern: model.pattern.as_str(),
        tier_id: tier.as_ref().map(|tier| &*tier.id),
        tier_name: tier.as_ref().map(|tier| &*tier.name),
        decided_by: decisions.iter().map(|Decision { condition, found }| DecisionView { condition, found }).collect(),
        parts: parts.iter().map(part).collect(),
        uncharged: uncharged.iter().map(unpaid).collect(),
        total: total.map(dollars),
    }
}

fn part(part: &Part) -> PartView<'_> {
    PartView {
        usage: &part.usage,
        units: part.units,
        unit_price: part.price.to_string(),
        price_per_million: part.price.per_million(),
        price_of: &part.price_of,
        cost_name: &part.cost_name,
        cost: dollars(part.cost),
    }
}

fn unpaid(uncharged: &Uncharged) -> UnchargedView<'_> {
    let (reason, counted_as) = match &uncharged.reason {
        Reason::NoPrice => ("no-price", None),
        Reason::CountedAs(name) => ("counted-as", Some(&**name)),
        Reason::PartOfTotal => ("part-of-total", None),
    };
    UnchargedView { usage: &uncharged.usage, units: uncharged.units, reason, counted_as }
}
