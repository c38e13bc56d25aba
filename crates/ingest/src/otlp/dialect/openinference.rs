//! OpenInference, as Arize's instrumentations, smolagents and LiteLLM's `langfuse_otel` callback write it.

use std::borrow::Cow;

use spanstone_model::{ObservationType, Text};

use super::openllmetry::rebuilt;
use crate::lenient_json::Json;
use crate::otlp::attributes::Attributes;
use crate::otlp::dotted;
use crate::otlp::fields;
use crate::otlp::payload::{Side, Sides};
use crate::otlp::span::View;

const KIND: &str = "openinference.span.kind";

const KINDS: [(&str, ObservationType); 8] = [
    ("CHAIN", ObservationType::Chain),
    ("RETRIEVER", ObservationType::Retriever),
    ("LLM", ObservationType::Generation),
    ("EMBEDDING", ObservationType::Embedding),
    ("AGENT", ObservationType::Agent),
    ("TOOL", ObservationType::Tool),
    ("GUARDRAIL", ObservationType::Guardrail),
    ("EVALUATOR", ObservationType::Evaluator),
];

/// Instrumentations that write Python's own notation of an object where there is no JSON: a message becomes
/// `ChatMessage(role=…)`. What the object says is spelled out attribute by attribute beside it.
const SCOPES_WITH_PYTHON_VALUES: [&str; 2] = ["openinference.instrumentation.smolagents", LLAMA_INDEX];

const LLAMA_INDEX: &str = "openinference.instrumentation.llama_index";

const METHODS_AROUND_CALLS: [&str; 11] = [
    "predict",
    "apredict",
    "stream",
    "astream",
    "structured_predict",
    "astructured_predict",
    "predict_and_call",
    "apredict_and_call",
    "chat_with_tools",
    "achat_with_tools",
    "_prepare_chat_with_tools",
];

/// Parts of a key that name what the number before them counts, and say nothing that the number does not.
const WRAPPERS: [&str; 4] = ["message", "message_content", "tool_call", "document"];

pub(in crate::otlp) fn kind(view: &View<'_>) -> Option<ObservationType> {
    let said = view.attributes().str(KIND)?;
    KINDS.iter().find(|(name, _)| *name == said).map(|(_, kind)| *kind)
}

/// The tool that is called; the span may be named after the class of tools.
pub(in crate::otlp) fn name<'s>(view: &View<'s>) -> Option<Cow<'s, str>> {
    let attributes = view.attributes();
    let is_tool = attributes.str(KIND) == Some("TOOL");
    attributes.str("tool.name").filter(|_| is_tool).map(Cow::Borrowed)
}

/// The model that was asked for. It is all there is when nobody answered.
pub(in crate::otlp) fn model(view: &View<'_>) -> Option<Text> {
    let asked = view.attributes().str("llm.invocation_parameters")?;
    let model = Json::parse(asked).ok()?.at(&["model"])?.string()?;
    (!model.is_empty()).then(|| Text::from(model))
}

/// An agent or a chain without a model of its own counts the tokens of the calls inside once more, and methods of
/// LlamaIndex wrap a call with the same model.
pub(in crate::otlp) fn is_around_calls(view: &View<'_>) -> bool {
    let attributes = view.attributes();
    match attributes.str(KIND) {
        Some("AGENT" | "CHAIN") => fields::first(attributes, &fields::MODEL).is_none(),
        Some("LLM") => {
            let method = view.span.name.rsplit('.').next();
            view.scope.name == LLAMA_INDEX && method.is_some_and(|method| METHODS_AROUND_CALLS.contains(&method))
        }
        _ => false,
    }
}

/// LiteLLM, which writes these attributes too, puts a page of its own into the same one.
pub(in crate::otlp) fn metadata(view: &View<'_>) -> Option<&'static str> {
    view.scope.name.starts_with("openinference.").then_some("metadata")
}

/// Messages and documents, instead of the values of those who write Python.
pub(in crate::otlp) fn payloads_beside_python_values<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    if !SCOPES_WITH_PYTHON_VALUES.contains(&&*view.scope.name) {
        return None;
    }
    let attributes = view.attributes();
    let values = Sides::in_attributes(attributes, &["input.value"], &["output.value"]);
    let input = unwrapped(attributes, "llm.input_messages.");
    let output = unwrapped(attributes, "llm.output_messages.");
    let output = output.or_else(|| unwrapped(attributes, "retrieval.documents."));
    Sides { input: input.or(values.input), output: output.or(values.output) }.any()
}

pub(in crate::otlp) fn payloads<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    Sides::in_attributes(view.attributes(), &["input.value"], &["output.value"]).any()
}

/// Messages spelled out attribute by attribute: `llm.input_messages.0.message.role`.
pub(in crate::otlp) fn payloads_in_messages<'s>(view: &View<'s>) -> Option<Sides<'s>> {
    let sides = Sides {
        input: rebuilt(view.attributes(), "llm.input_messages"),
        output: rebuilt(view.attributes(), "llm.output_messages"),
    };
    sides.any()
}

/// What the attributes below `prefix` spell out: `0.message.role` becomes the `role` of the first element.
fn unwrapped<'s>(attributes: &'s Attributes<'s>, prefix: &'static str) -> Option<Side<'s>> {
    attributes.under(prefix).next()?;
    Some(Side::written(move || {
        let below = attributes.under(prefix).map(|(path, value)| (without_wrappers(path), value));
        let below: Vec<_> = below.collect();
        dotted::json(below.iter().map(|(path, value)| (path.as_str(), *value)))
    }))
}

fn without_wrappers(path: &str) -> String {
    let parts = path.split('.').filter(|part| !WRAPPERS.contains(part));
    let parts = parts.map(|part| if part == "contents" { "content" } else { part });
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use spanstone_model::Patch;

    use super::*;
    use crate::otlp::metadata::of_observation;
    use crate::otlp::sample::{sample, texts, usage_of};

    /// What smolagents 1.26 sent, but for the length of its system prompt.
    #[test]
    fn messages_are_told_instead_of_pythons_notation() {
        let call = texts(&[
            (KIND, "LLM"),
            ("input.value", r#"{"messages": ["ChatMessage(role=<MessageRole.SYSTEM: 'system'>, …)"]}"#),
            ("output.value", r#"{"role": "assistant", "raw": "ChatCompletion(id='chatcmpl-1', …)"}"#),
            ("llm.input_messages.0.message.role", "system"),
            ("llm.input_messages.0.message.contents.0.message_content.type", "text"),
            ("llm.input_messages.0.message.contents.0.message_content.text", "Be brief."),
            ("llm.output_messages.0.message.role", "assistant"),
            ("llm.output_messages.0.message.tool_calls.0.tool_call.id", "call_1"),
            ("llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "get_weather"),
        ]);
        let [input, output] = call.scope("openinference.instrumentation.smolagents").payloads();
        assert_eq!(input.as_deref(), Some(r#"[{"role":"system","content":[{"type":"text","text":"Be brief."}]}]"#));
        assert_eq!(
            output.as_deref(),
            Some(r#"[{"role":"assistant","tool_calls":[{"id":"call_1","function":{"name":"get_weather"}}]}]"#)
        );
    }

    #[test]
    fn a_retriever_shows_its_documents_and_other_values_stay() {
        let retriever = || {
            texts(&[
                (KIND, "RETRIEVER"),
                ("input.value", "Where?"),
                ("output.value", r#"["<NodeWithScore(node=TextNode(id_=1), score=1.0)>"]"#),
                ("retrieval.documents.0.document.content", "Here."),
            ])
        };
        let [input, output] = retriever().scope("openinference.instrumentation.llama_index").payloads();
        assert_eq!((input.as_deref(), output.as_deref()), (Some("Where?"), Some(r#"[{"content":"Here."}]"#)));
        let [_, output] = retriever().scope("openinference.instrumentation.langchain").payloads();
        assert!(output.is_some_and(|output| output.contains("NodeWithScore")));
    }

    #[test]
    fn a_tool_is_called_by_its_name() {
        let name = |pairs: &[_]| texts(pairs).observation().name;
        let tool = [(KIND, "TOOL"), ("tool.name", "get_weather")];
        assert_eq!(name(&tool), Patch::Set("get_weather".into()));
        assert_eq!(name(&[(KIND, "LLM"), ("tool.name", "get_weather")]), Patch::Set("span".into()));
    }

    #[test]
    fn the_model_may_be_that_of_an_embedding_or_of_the_question() {
        let model = |pairs: &[_]| texts(pairs).observation().model;
        let asked = ("llm.invocation_parameters", r#"{"model": "gpt-unknown", "stream": true}"#);
        assert_eq!(model(&[asked]), Patch::Set("gpt-unknown".into()));
        assert_eq!(model(&[asked, ("llm.model_name", "gpt-4o")]), Patch::Set("gpt-4o".into()));
        let embedding = [(KIND, "EMBEDDING"), ("embedding.model_name", "text-embedding-3-small")];
        assert_eq!(model(&embedding), Patch::Set("text-embedding-3-small".into()));
        let untyped = texts(&[("embedding.model_name", "text-embedding-3-small")]);
        assert_eq!(untyped.observation().kind, ObservationType::Span);
    }

    #[test]
    fn tokens_of_an_agent_are_those_of_its_calls() {
        let counting = |kind: &'static str, model: &'static str| {
            usage_of(&sample(&[
                (KIND, kind.into()),
                ("llm.model_name", model.into()),
                ("llm.token_count.prompt", 300.into()),
            ]))
            .len()
        };
        assert_eq!(counting("AGENT", ""), 0);
        assert_eq!(counting("CHAIN", ""), 0);
        assert_eq!(counting("AGENT", "gpt-4o"), 1);
        assert_eq!(counting("LLM", ""), 1);
        let wrapped = |name| {
            let call = texts(&[(KIND, "LLM"), ("llm.model_name", "gpt-4o")]);
            call.scope(LLAMA_INDEX).name(name).observation().model
        };
        assert_eq!(wrapped("OpenAI.predict"), Patch::Keep);
        assert_eq!(wrapped("OpenAI.chat"), Patch::Set("gpt-4o".into()));
    }

    #[test]
    fn metadata_that_a_user_gave_is_at_the_top() {
        let span = || texts(&[(KIND, "CHAIN"), ("metadata", r#"{"plan": "premium"}"#)]);
        assert_eq!(
            of_observation(&span().scope("openinference.instrumentation.x").view()),
            r#"{"attributes":{"openinference.span.kind":"CHAIN"},"resourceAttributes":{},"scope":{"name":"openinference.instrumentation.x","attributes":{}},"plan":"premium"}"#
        );
        assert!(of_observation(&span().scope("litellm").view()).contains(r#""metadata":"{\"plan\": \"premium\"}""#));
    }
}
