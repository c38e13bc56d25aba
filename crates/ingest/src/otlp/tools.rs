//! The tools of a span: those that its attributes offer, and those that its input and output speak of.
//!
//! Owns which attributes define tools. Whatever library wrote them, they are shown with the input, and not among the
//! metadata.

use std::borrow::Cow;

use spanstone_model::Tools;

use super::attributes::Attributes;
use super::payload::{Side, Sides};
use super::span::View;
use super::value::{Value, list_into};
use crate::lenient_json::{Json, Kind, Object, quote_into};
use crate::tools::{self, FoundTools, ToolDefinition, definitions_in_list};

/// Attributes that are a list of definitions: the AI SDK's, OpenTelemetry's, anybody's.
const LISTS: [&str; 3] = ["ai.prompt.tools", "gen_ai.tool.definitions", "tools"];
/// Pydantic AI's, an object with a list among other things.
const PARAMETERS: &str = "model_request_parameters";
const FUNCTION_TOOLS: &str = "function_tools";
/// OpenInference's, an attribute for each definition.
const NUMBERED: (&str, &str) = ("llm.tools.", ".tool.json_schema");

/// A tool that attributes offer.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    definition: ToolDefinition,
    /// Its definition, as it is written into the input.
    json: String,
}

/// The tools that a span's attributes offer, no name twice.
pub(super) fn offered(attributes: &Attributes<'_>) -> Vec<Offered> {
    let lists = LISTS.into_iter().chain([PARAMETERS]);
    let mut found: Vec<_> = lists.filter_map(|key| offered_by(key, attributes.get(key)?)).flatten().collect();
    let mut numbered: Vec<_> = attributes
        .under(NUMBERED.0)
        .filter_map(|(rest, value)| Some((rest.strip_suffix(NUMBERED.1)?.parse::<u32>().ok()?, value)))
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    found.extend(numbered.into_iter().filter_map(|(_, value)| of_list(&[value.text()])).flatten());
    let mut distinct: Vec<Offered> = Vec::new();
    for tool in found {
        if distinct.iter().all(|known| known.definition.name != tool.definition.name) {
            distinct.push(tool);
        }
    }
    distinct
}

/// What is left of an attribute for the metadata, once the tools that it offers have gone to the input.
pub(super) enum Left<'a> {
    /// All of it: it offers none.
    All,
    /// This.
    Some(Cow<'a, str>),
    /// Nothing.
    Nothing,
}

/// What is left of an attribute for the metadata.
pub(super) fn left<'a>(key: &str, value: &'a Value<'a>) -> Left<'a> {
    let is_numbered = || key.strip_prefix(NUMBERED.0).is_some_and(|rest| rest.ends_with(NUMBERED.1));
    if LISTS.contains(&key) && offered_by(key, value).is_some() {
        return Left::Nothing;
    }
    if is_numbered() && of_list(&[value.text()]).is_some() {
        return Left::Nothing;
    }
    if key != PARAMETERS || offered_by(key, value).is_none() {
        return Left::All;
    }
    let text = value.text();
    let Some(object) = Json::parse(&text).ok().and_then(Json::object) else { return Left::All };
    let mut out = String::new();
    let others = object.iter().filter(|(name, _)| *name != FUNCTION_TOOLS);
    list_into(&mut out, ['{', '}'], others, |(name, value), out| {
        quote_into(name, out);
        out.push(':');
        value.compact_into(out);
    });
    Left::Some(Cow::Owned(out))
}

/// The tools that one attribute offers; nothing when it holds anything else.
fn offered_by(key: &str, value: &Value<'_>) -> Option<Vec<Offered>> {
    if let Value::Array(items) = value {
        return of_list(&items.iter().map(Value::text).collect::<Vec<_>>());
    }
    let text = value.text();
    let json = Json::parse(&text).ok()?;
    let list = if key == PARAMETERS { json.object()?.get(FUNCTION_TOOLS)?.array() } else { json.array() };
    of_list(&list?.into_iter().map(Json::stored_text).collect::<Vec<_>>())
}

fn of_list(items: &[Cow<'_, str>]) -> Option<Vec<Offered>> {
    let parsed: Vec<_> = items.iter().map(|text| Json::parse(text).ok()).collect::<Option<_>>()?;
    let found = definitions_in_list(&parsed)?;
    Some(found.into_iter().map(|(definition, json)| Offered { definition, json: json.compact() }).collect())
}

/// The names of a span's tools. What has to be put together is put together only if the span mentions tools at all.
pub(super) fn names(view: &View<'_>, sides: &mut Sides<'_>, offered: &[Offered]) -> Option<Box<Tools>> {
    let mut mentions = None;
    let mut mentions_tools = || *mentions.get_or_insert_with(|| mentions_tools(view));
    let input = sides.input.as_mut().and_then(|side| side.text_if(tools::may_define, &mut mentions_tools));
    let output = sides.output.as_mut().and_then(|side| side.text_if(tools::may_call, &mut mentions_tools));
    let FoundTools { mut definitions, calls } = tools::tools_of(input, output);
    for tool in offered {
        if definitions.iter().all(|known| known.name != tool.definition.name) {
            definitions.push(tool.definition.clone());
        }
    }
    FoundTools { definitions, calls }.names()
}

fn mentions_tools(view: &View<'_>) -> bool {
    let events = view.span.events.iter().map(|event| &event.attributes);
    let mut attributes = events.chain([view.attributes()]).flat_map(Attributes::iter);
    attributes.any(|(key, value)| key.contains("tool") || key.contains("function") || mentions_in(value))
}

fn mentions_in(value: &Value<'_>) -> bool {
    match value {
        Value::String(text) => tools::may_call(text) || tools::may_define(text),
        Value::Array(items) => items.iter().any(mentions_in),
        Value::Object(entries) => entries.iter().any(|(key, value)| key.contains("tool") || mentions_in(value)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) => false,
    }
}

/// The input with the tools that attributes offer.
pub(super) fn with_offered<'s>(input: Option<Side<'s>>, offered: Vec<Offered>) -> Option<Side<'s>> {
    if offered.is_empty() {
        return input;
    }
    Some(Side::written(move || {
        let text = input.and_then(Side::into_text);
        merged(text.as_deref(), &offered)
    }))
}

/// An input of messages gets its tools beside it, an object gets them as a member, a prompt likewise.
fn merged(input: Option<&str>, offered: &[Offered]) -> String {
    let Some(input) = input else { return object(&[], all(offered)) };
    match Json::parse(input) {
        Ok(json) if json.kind() == Kind::Array => object(&[("messages", json)], all(offered)),
        Ok(json) => match json.object() {
            Some(members) => with_member(&members, offered),
            None => prompt(input, offered),
        },
        Err(_) => prompt(input, offered),
    }
}

fn prompt(input: &str, offered: &[Offered]) -> String {
    let mut quoted = String::new();
    quote_into(input, &mut quoted);
    match Json::parse(&quoted) {
        Ok(json) => object(&[("prompt", json)], all(offered)),
        Err(_) => object(&[], all(offered)),
    }
}

fn with_member(members: &Object<'_>, offered: &[Offered]) -> String {
    let known = members.get("tools").and_then(Json::array).unwrap_or_default();
    let names = definitions_in_list(&known).unwrap_or_default();
    let is_new = |tool: &&Offered| names.iter().all(|(known, _)| known.name != tool.definition.name);
    let new = offered.iter().filter(is_new).map(|tool| tool.json.clone());
    let tools = known.iter().map(|json| json.compact()).chain(new).collect();
    let others: Vec<_> = members.iter().filter(|(key, _)| *key != "tools").collect();
    object(&others, tools)
}

fn all(offered: &[Offered]) -> Vec<String> {
    offered.iter().map(|tool| tool.json.clone()).collect()
}

fn object(members: &[(&str, Json<'_>)], tools: Vec<String>) -> String {
    let mut list = String::new();
    list_into(&mut list, ['[', ']'], tools, |tool, out| out.push_str(&tool));
    let members = members.iter().map(|(key, value)| (*key, value.compact())).chain([("tools", list)]);
    let mut out = String::new();
    list_into(&mut out, ['{', '}'], members, |(key, value), out| {
        quote_into(key, out);
        out.push(':');
        out.push_str(&value);
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::{Sample, sample, text, texts};

    const SEARCH: &str = r#"{"type":"function","function":{"name":"search","parameters":{}}}"#;
    const ADD: &str = r#"{"name":"add","description":"adds"}"#;

    fn list(items: &[&str]) -> Value<'static> {
        owned(format!("[{}]", items.join(",")))
    }

    fn owned(text: String) -> Value<'static> {
        Value::String(Cow::Owned(text))
    }

    fn names_of(sample: &Sample) -> Tools {
        sample.observation().tools.map(|tools| *tools).unwrap_or_default()
    }

    fn metadata_of(sample: &Sample) -> String {
        text(sample.observation().metadata.expect("every span has some"))
    }

    #[test]
    fn definitions_are_found_in_the_attributes_of_each_library() {
        let array = Value::Array(vec![SEARCH.into(), ADD.into()]);
        let both = list(&[SEARCH, ADD]);
        for attributes in [
            vec![("ai.prompt.tools", array)],
            vec![("gen_ai.tool.definitions", both.clone())],
            vec![("tools", both.clone())],
            vec![("llm.tools.1.tool.json_schema", ADD.into()), ("llm.tools.0.tool.json_schema", SEARCH.into())],
            vec![("tools", both.clone()), ("gen_ai.tool.definitions", both.clone())],
        ] {
            let names: Vec<_> =
                offered(sample(&attributes).view().attributes()).into_iter().map(|tool| tool.definition.name).collect();
            assert_eq!(names, ["search", "add"], "{attributes:?}");
        }
    }

    #[test]
    fn definitions_go_into_the_input_and_leave_the_metadata() {
        let tools = list(&[SEARCH]);
        let with = format!(r#""tools":[{SEARCH}]"#);
        for (input, expected) in [
            (None, format!("{{{with}}}")),
            (Some(r#"[{"role":"user"}]"#), format!(r#"{{"messages":[{{"role":"user"}}],{with}}}"#)),
            (Some(r#"{"a":1}"#), format!(r#"{{"a":1,{with}}}"#)),
            (Some(r#"{"tools":[{"name":"add","description":"adds"}]}"#), format!(r#"{{"tools":[{ADD},{SEARCH}]}}"#)),
            (Some("what?"), format!(r#"{{"prompt":"what?",{with}}}"#)),
            (Some("7"), format!(r#"{{"prompt":"7",{with}}}"#)),
        ] {
            let mut attributes = vec![("gen_ai.tool.definitions", tools.clone()), ("x", "y".into())];
            attributes.extend(input.map(|input| ("input.value", Value::from(input))));
            let sample = sample(&attributes);
            assert_eq!(sample.payloads()[0].as_deref(), Some(&*expected), "{input:?}");
            let metadata = metadata_of(&sample);
            assert!(metadata.contains(r#""attributes":{"x":"y"}"#), "{metadata}");
            assert!(names_of(&sample).offered.iter().any(|name| &**name == "search"));
        }
    }

    #[test]
    fn what_else_is_with_the_definitions_stays_in_the_metadata() {
        let parameters = format!(r#"{{"function_tools":[{SEARCH}],"output_mode":"text"}}"#);
        let sample = sample(&[("model_request_parameters", owned(parameters)), ("tools", "hammer, saw".into())]);
        let metadata = metadata_of(&sample);
        assert!(
            metadata.contains(r#""model_request_parameters":"{\"output_mode\":\"text\"}","tools":"hammer, saw""#),
            "{metadata}"
        );
        assert_eq!(names_of(&sample).offered, ["search".into()]);
    }

    #[test]
    fn calls_are_found_in_what_is_put_together_from_attributes() {
        let sample = texts(&[
            ("gen_ai.prompt.0.role", "user"),
            ("gen_ai.prompt.0.content", "how much?"),
            ("gen_ai.completion.0.role", "assistant"),
            ("gen_ai.completion.0.tool_calls.0.id", "c1"),
            ("gen_ai.completion.0.tool_calls.0.name", "add"),
            ("gen_ai.completion.0.tool_calls.0.arguments", "{}"),
        ]);
        assert_eq!(names_of(&sample), Tools { offered: Vec::new(), called: vec!["add".into()] });
        let sample = texts(&[
            ("openinference.span.kind", "LLM"),
            ("llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "add"),
            ("llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", "{}"),
        ]);
        assert_eq!(names_of(&sample).called, ["add".into()]);
        let skeleton = sample.skeleton();
        assert_eq!(skeleton.tools, sample.observation().tools, "whatever is kept of the payloads");
        assert_eq!(skeleton.output, Some(spanstone_model::Payload::Elided));
    }
}
