//! Langfuse's own SDKs, Python 3 and JavaScript 4 and later: attributes that start with `langfuse.`.

use spanstone_model::ObservationType;

use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;

const TYPE: &str = "langfuse.observation.type";

/// What makes a span of an old Python SDK a generation.
const GENERATION_ATTRIBUTES: [&str; 7] = [
    "langfuse.observation.model.name",
    "langfuse.observation.cost_details",
    "langfuse.observation.usage_details",
    "langfuse.observation.completion_start_time",
    "langfuse.observation.model.parameters",
    "langfuse.observation.prompt.name",
    "langfuse.observation.prompt.version",
];

/// The Python SDK up to 3.3 called everything a span that was updated after its start.
pub(in crate::otlp) fn kind_of_old_python_sdk(view: &View<'_>) -> Option<ObservationType> {
    let attributes = view.attributes();
    let applies = attributes.str(TYPE) == Some("span")
        && view.scope.name == "langfuse-sdk"
        && view.resource.attributes.str("telemetry.sdk.language") == Some("python")
        && is_up_to_3_3(&view.scope.version)
        && GENERATION_ATTRIBUTES.iter().any(|key| attributes.truthy(key).is_some());
    applies.then_some(ObservationType::Generation)
}

fn is_up_to_3_3(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_some_and(|version| version <= (3, 3))
}

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let name = view.attributes().str(TYPE)?;
    ObservationType::ALL.into_iter().find(|kind| {
        // Exactly the lower case of the name on the wire.
        name.len() == kind.as_str().len()
            && name.bytes().zip(kind.as_str().bytes()).all(|(said, upper)| said == upper.to_ascii_lowercase())
    })
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let attributes = view.attributes();
    let sides = Sides {
        input: attributes.get("langfuse.observation.input").map(Side::Value),
        output: attributes.get("langfuse.observation.output").map(Side::Value),
    };
    sides.any()
}
