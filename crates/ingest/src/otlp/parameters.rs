//! The parameters of a model call.
//!
//! Owns where they are found and that each value is a string or a number. Refuses nothing: what is no object of
//! parameters is looked for elsewhere.

use spanstone_model::Text;

use super::attributes::Attributes;
use super::dialect;
use super::span::View;
use super::value::{Value, list_into};
use crate::lenient_json::{Json, Kind, quote_into};

const EXPLICIT: &str = "langfuse.observation.model.parameters";

/// Attributes with a JSON object of parameters, in order of precedence.
const OBJECTS: [&str; 2] = ["llm.invocation_parameters", "model_config"];

/// Prefixes of attributes with one parameter each.
const PREFIXES: [&str; 2] = ["gen_ai.request.", "llm.invocation_parameters."];
const MODEL: &str = "model";

/// Returns the parameters as a compact JSON object, unless there are none.
pub(super) fn parameters(view: &View<'_>) -> Option<Text> {
    let attributes = view.attributes();
    let object = |key: &str| from_json(Json::parse(&attributes.truthy(key)?.text()).ok()?);
    let parameters = object(EXPLICIT)
        .or_else(|| dialect::parameters(view))
        .or_else(|| OBJECTS.iter().find_map(|key| object(key)))
        .unwrap_or_else(|| from_attributes(attributes));
    (parameters != "{}").then(|| Text::from(parameters))
}

/// Returns the parameters in a JSON object.
pub(super) fn from_json(json: Json<'_>) -> Option<String> {
    let parameters = json.object()?;
    let mut out = String::with_capacity(json.as_written().len());
    list_into(&mut out, ['{', '}'], parameters.iter(), |(name, value), out| {
        quote_into(name, out);
        out.push(':');
        match value.kind() {
            Kind::String | Kind::Number => value.compact_into(out),
            Kind::Null | Kind::Boolean | Kind::Array | Kind::Object => quote_into(&value.compact(), out),
        }
    });
    Some(out)
}

fn from_attributes(attributes: &Attributes<'_>) -> String {
    let parameters = attributes.iter().filter_map(|(key, value)| {
        let name = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix))?;
        (name != MODEL).then_some((name, value))
    });
    let mut out = String::new();
    list_into(&mut out, ['{', '}'], parameters, |(name, value), out| {
        quote_into(name, out);
        out.push(':');
        match value {
            Value::Int(_) | Value::Double(_) | Value::String(_) => value.json_into(out),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                quote_into(&value.json(), out);
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::sample;

    #[test]
    fn parameters_are_strings_and_numbers() {
        for (pairs, expected) in [
            (
                &[(
                    "langfuse.observation.model.parameters",
                    Value::from(r#"{"t": 0.20, "stop": ["x"], "s": "y", "n": null}"#),
                )][..],
                Some(r#"{"t":0.20,"stop":"[\"x\"]","s":"y","n":"null"}"#),
            ),
            (
                &[("llm.invocation_parameters", Value::from("{\"a\":1}")), ("model_config", Value::from("{\"b\":1}"))],
                Some(r#"{"a":1}"#),
            ),
            (
                &[
                    ("gen_ai.request.model", Value::from("m")),
                    ("gen_ai.request.temperature", Value::Double(0.5)),
                    ("gen_ai.request.stop", Value::Array(vec!["x".into()])),
                    ("langfuse.observation.model.parameters", Value::from("broken")),
                ],
                Some(r#"{"temperature":0.5,"stop":"[\"x\"]"}"#),
            ),
            (&[("gen_ai.request.model", Value::from("m"))], None),
            (&[("langfuse.observation.model.parameters", Value::from("{}"))], None),
        ] {
            assert_eq!(sample(pairs).observation().model_parameters.as_deref(), expected, "{pairs:?}");
        }
    }
}
