//! The bodies of events about observations.

use sha2::{Digest, Sha256};
use spanstone_model::{
    Assumed, Cost, CostDetails, Level, ObservationChange, ObservationId, ObservationType, Patch, PromptLink, Text,
    TraceId, UsageDetails,
};

use super::event::Envelope;
use super::fields::Fields;
use crate::environment;
use crate::lenient_json::{Json, Kind};
use crate::usage;

/// The units that Langfuse's `usage` knows. They are checked, and then nobody asks for them.
const UNITS: [&str; 6] = ["CHARACTERS", "TOKENS", "SECONDS", "MILLISECONDS", "IMAGES", "REQUESTS"];

/// The types that a body of `observation-create` and `observation-update` may name.
const LEGACY_TYPES: [ObservationType; 3] = [ObservationType::Generation, ObservationType::Span, ObservationType::Event];

/// Which fields a body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A point in time.
    Event,
    /// Something with a duration.
    Span,
    /// A call of a model, or anything newer.
    Generation,
    /// The body of `observation-create` and `observation-update`, which names its type, needs no id, and knows
    /// neither environments nor prompts.
    Legacy,
}

/// Reads what a body says about an observation; nothing when it does not say about which one. `kind` is the type
/// that the event's own type stands for.
pub(super) fn read(
    fields: &mut Fields<'_, '_>,
    shape: Shape,
    kind: ObservationType,
    envelope: &Envelope<'_>,
) -> Option<ObservationChange> {
    let legacy = shape == Shape::Legacy;
    let id = if legacy { fields.id("id") } else { fields.required_id("id") };
    let trace_id = fields.id("traceId");
    let start = fields.time("startTime");
    let stated = if legacy { None } else { fields.stated_environment() };
    let mut change = ObservationChange {
        id: ObservationId::from_wire(id.as_deref().unwrap_or_default()),
        trace_id: TraceId::from_wire(trace_id.as_deref().unwrap_or_default()),
        trace_invented: trace_id.is_none(),
        start: start.unwrap_or(envelope.timestamp),
        environment: stated.clone().unwrap_or_else(|| Text::from(environment::DEFAULT)),
        assumed: Assumed { start: start.is_none(), environment: stated.is_none() },
        kind: if legacy { legacy_type(fields) } else { kind },
        parent_id: fields.parent("parentObservationId"),
        end: None,
        completion_start: None,
        name: fields.patch("name"),
        level: level(fields),
        status_message: fields.text("statusMessage"),
        version: fields.text("version"),
        model: Patch::Keep,
        model_parameters: None,
        usage: UsageDetails::default(),
        cost: CostDetails::default(),
        price_hints: Vec::new(),
        tools: fields.tools("input", "output"),
        experiment: None,
        prompt: None,
        is_app_root: None,
        input: fields.payload("input"),
        output: fields.payload("output"),
        metadata: fields.metadata(),
    };
    if shape != Shape::Event {
        change.end = fields.time("endTime");
    }
    if matches!(shape, Shape::Generation | Shape::Legacy) {
        read_model_call(fields, legacy, &mut change);
    }
    if shape == Shape::Generation {
        change.prompt = prompt(fields);
    }
    let id = id?;
    if trace_id.is_none() {
        change.trace_id = invented_trace_id(envelope.id, &id);
    }
    Some(change)
}

fn legacy_type(fields: &mut Fields<'_, '_>) -> ObservationType {
    let names = LEGACY_TYPES.map(ObservationType::as_str);
    let read = |name: &str| LEGACY_TYPES.into_iter().find(|kind| kind.as_str() == name);
    let Some(_) = fields.value("type") else {
        fields.wrong_type("type", "string", None);
        return ObservationType::Span;
    };
    fields.name("type", names, read).unwrap_or(ObservationType::Span)
}

fn level(fields: &mut Fields<'_, '_>) -> Patch<Level> {
    if fields.has_null("level") {
        return Patch::Clear;
    }
    Patch::set(fields.name("level", Level::ALL.map(Level::as_str), Level::from_wire))
}

fn read_model_call(fields: &mut Fields<'_, '_>, legacy: bool, change: &mut ObservationChange) {
    change.completion_start = fields.time("completionStartTime");
    change.model = fields.patch("model");
    change.model_parameters = model_parameters(fields, legacy);
    let (usage, cost) = provided(fields);
    change.usage = usage;
    change.cost = cost;
}

/// Returns the parameters as compact JSON. Their values are scalars, and in the newer shapes also lists of
/// strings and maps of strings.
fn model_parameters(fields: &mut Fields<'_, '_>, legacy: bool) -> Option<Text> {
    let value = fields.value("modelParameters")?;
    let object = fields.object("modelParameters")?;
    let is_string = |value: &Json<'_>| value.kind() == Kind::String;
    for (key, value) in object.by_key() {
        let usable = match value.kind() {
            Kind::Null | Kind::Boolean | Kind::Number | Kind::String => true,
            Kind::Array => !legacy && value.array().is_some_and(|list| list.iter().all(is_string)),
            Kind::Object => !legacy && value.object().is_some_and(|map| map.by_key().values().all(is_string)),
        };
        if !usable {
            fields.member_issue("modelParameters", key, "Invalid input");
        }
    }
    (!object.is_empty()).then(|| Text::from(value.compact()))
}

/// Returns what the client says was used and what it cost: `usage`, overlaid by `usageDetails` and `costDetails`.
fn provided(fields: &mut Fields<'_, '_>) -> (UsageDetails, CostDetails) {
    let (amounts, costs) = basic_usage(fields);
    let details = fields.object("usageDetails");
    let details = details.map(|object| usage::usage_details(&object)).unwrap_or_default();
    let cost_details = fields.object("costDetails");
    let cost_details = cost_details.map(|object| usage::cost_details(&object)).unwrap_or_default();
    let usage = if amounts.is_empty() {
        details
    } else {
        let details = details.iter().map(|(kind, amount)| (kind.clone(), amount));
        UsageDetails::new(amounts.into_iter().chain(details))
    };
    let cost = if costs.is_empty() {
        cost_details
    } else {
        let details = cost_details.iter().map(|(kind, cost)| (kind.clone(), cost));
        CostDetails::new(costs.into_iter().chain(details))
    };
    (usage, cost)
}

/// Amounts and costs of `input`, `output` and `total`.
type Basic = (Vec<(Text, u64)>, Vec<(Text, Cost)>);

/// Reads `usage`. In its older form, with `promptTokens` and so on, it has no costs. A total of zero counts as
/// none, so that the sum of the others stands in.
fn basic_usage(fields: &mut Fields<'_, '_>) -> Basic {
    let Some(object) = fields.object("usage") else {
        return Basic::default();
    };
    let mut fields = fields.within(&object, &["body", "usage"]);
    fields.name("unit", UNITS, |name| UNITS.contains(&name).then_some(()));
    let newer = ["input", "output", "total"].map(|key| fields.integer(key));
    let older = ["promptTokens", "completionTokens", "totalTokens"].map(|key| fields.integer(key));
    let dollars = ["inputCost", "outputCost", "totalCost"].map(|key| fields.number(key));
    let is_older = older.iter().any(Option::is_some);

    let [input, output, total] = if is_older { older } else { newer };
    let amounts = [("input", input), ("output", output), ("total", total.filter(|total| *total != 0))];
    let amounts = amounts.into_iter().filter_map(|(kind, amount)| {
        let amount = u64::try_from(amount?).ok()?;
        Some((Text::from(kind), amount))
    });
    let costs = ["input", "output", "total"].into_iter().zip(dollars);
    let costs = costs.filter(|_| !is_older).filter_map(|(kind, dollars)| {
        let cost = Cost::from_dollars(dollars?)?;
        Some((Text::from(kind), cost))
    });
    (amounts.collect(), costs.collect())
}

/// Reads the prompt, of which name and version come together or not at all.
fn prompt(fields: &mut Fields<'_, '_>) -> Option<PromptLink> {
    let name = fields.text("promptName").filter(|name| !name.is_empty());
    let version = fields.integer("promptVersion").filter(|version| *version != 0);
    match (name, version) {
        (Some(name), Some(version)) => {
            let version = u32::try_from(version).ok()?;
            Some(PromptLink { name, version })
        }
        (None, None) => None,
        _ => {
            fields.object_issue("`promptName` and `promptVersion` go together: send both or neither");
            None
        }
    }
}

/// Returns a trace for an observation that names none, shaped like a random UUID but always the same for the same
/// event, because events are decoded more than once.
fn invented_trace_id(event: &str, observation: &str) -> TraceId {
    let mut hash = Sha256::new();
    // An id cannot hold a carriage return, so nothing else hashes alike.
    for part in ["trace of", event, observation] {
        hash.update(part.as_bytes());
        hash.update(b"\r");
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut text = String::with_capacity(36);
    for (place, byte) in digest.into_iter().take(16).enumerate() {
        let byte = match place {
            6 => byte & 0x0F | 0x40,
            8 => byte & 0x3F | 0x80,
            _ => byte,
        };
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0x0F] {
            text.push(char::from_digit(u32::from(digit), 16).expect("half a byte is a hex digit"));
        }
    }
    TraceId::from_wire(&text)
}
