//! How instrumentations write one step down in attributes: the same conversation in the words of each.
//!
//! Owns the table of dialects. What each writes was taken from the instrumentations' own documentation; every dialect
//! carries the whole input and output, so that what they cost can be compared.

use serde_json::Value;

use crate::conversation::{Kind, Step};

/// A dialect of OTLP attributes.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    /// The instrumentation scope that its spans come from.
    pub(crate) scope: &'static str,
    write: fn(&Step, &mut Attributes),
}

/// The dialect of Langfuse's own SDKs.
pub(crate) const LANGFUSE: Dialect = Dialect { name: "langfuse", scope: "langfuse-sdk", write: langfuse };

/// Every dialect.
pub(crate) static DIALECTS: [Dialect; 8] = [
    LANGFUSE,
    Dialect { name: "gen_ai", scope: "opentelemetry.instrumentation.openai_v2", write: gen_ai },
    Dialect { name: "openinference", scope: "openinference.instrumentation.openai", write: openinference },
    Dialect { name: "openllmetry", scope: "opentelemetry.instrumentation.openai.v1", write: openllmetry },
    Dialect { name: "vercel-ai", scope: "ai", write: vercel_ai },
    Dialect { name: "pydantic-ai", scope: "pydantic-ai", write: pydantic_ai },
    Dialect { name: "mlflow", scope: "mlflow", write: mlflow },
    Dialect { name: "google-adk", scope: "gcp.vertex.agent", write: google_adk },
];

/// An attribute's value.
#[derive(Debug)]
pub(crate) enum Attribute {
    Text(String),
    Count(u64),
}

/// Attributes of a span, in order.
#[derive(Debug, Default)]
pub(crate) struct Attributes(Vec<(String, Attribute)>);

impl Dialect {
    /// The attributes that a step gets.
    pub(crate) fn attributes(&self, step: &Step) -> Vec<(String, Attribute)> {
        let mut attributes = Attributes::default();
        (self.write)(step, &mut attributes);
        attributes.0
    }
}

impl Attributes {
    fn text(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.push((key.into(), Attribute::Text(value.into())));
    }

    fn count(&mut self, key: &str, value: u64) {
        self.0.push((key.to_owned(), Attribute::Count(value)));
    }
}

const MODEL: &str = "gpt-4o-mini";

fn is_generation(step: &Step) -> bool {
    step.kind == Kind::Generation
}

/// The messages of a step: role and content of each.
fn messages(json: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let message = |value: &Value| (text(&value["role"]), text(&value["content"]));
    match serde_json::from_str(json) {
        Ok(Value::Array(list)) => list.iter().map(message).collect(),
        Ok(object @ Value::Object(_)) => vec![message(&object)],
        _ => Vec::new(),
    }
}

fn langfuse(step: &Step, to: &mut Attributes) {
    let kind = match step.kind {
        Kind::Agent => "agent",
        Kind::Generation => "generation",
        Kind::Tool => "tool",
    };
    to.text("langfuse.observation.type", kind);
    to.text("langfuse.observation.input", &step.input);
    to.text("langfuse.observation.output", &step.output);
    to.text("langfuse.observation.metadata.host", "worker-3");
    if is_generation(step) {
        to.text("langfuse.observation.model.name", MODEL);
        let usage = format!(r#"{{"input":{},"output":{}}}"#, step.input_tokens, step.output_tokens);
        to.text("langfuse.observation.usage_details", usage);
    }
}

fn gen_ai_model(step: &Step, to: &mut Attributes) {
    to.text("gen_ai.system", "openai");
    to.text("gen_ai.operation.name", "chat");
    to.text("gen_ai.request.model", MODEL);
    to.text("gen_ai.response.model", "gpt-4o-mini-2024-07-18");
    to.count("gen_ai.request.max_tokens", 1_024);
    to.count("gen_ai.usage.input_tokens", step.input_tokens);
    to.count("gen_ai.usage.output_tokens", step.output_tokens);
}

fn gen_ai_tool(step: &Step, to: &mut Attributes) {
    to.text("gen_ai.operation.name", "execute_tool");
    to.text("gen_ai.tool.name", step.name);
    to.text("gen_ai.tool.call.arguments", &step.input);
    to.text("gen_ai.tool.call.result", &step.output);
}

/// Semantic conventions from 1.37 on: messages of parts.
fn gen_ai(step: &Step, to: &mut Attributes) {
    let parts = |json: &str| {
        let message = |(role, content): (String, String)| serde_json::json!({"role": role, "parts": [{"type": "text", "content": content}]});
        Value::Array(messages(json).into_iter().map(message).collect()).to_string()
    };
    match step.kind {
        Kind::Generation => {
            gen_ai_model(step, to);
            to.text("gen_ai.input.messages", parts(&step.input));
            to.text("gen_ai.output.messages", parts(&step.output));
        }
        Kind::Tool => gen_ai_tool(step, to),
        Kind::Agent => {
            to.text("gen_ai.operation.name", "invoke_agent");
            to.text("gen_ai.input.messages", format!(r#"[{{"role":"user","content":{}}}]"#, step.input));
            to.text("gen_ai.output.messages", format!(r#"[{{"role":"assistant","content":{}}}]"#, step.output));
        }
    }
}

fn openinference(step: &Step, to: &mut Attributes) {
    let kind = match step.kind {
        Kind::Agent => "AGENT",
        Kind::Generation => "LLM",
        Kind::Tool => "TOOL",
    };
    to.text("openinference.span.kind", kind);
    to.text("input.value", &step.input);
    to.text("input.mime_type", "application/json");
    to.text("output.value", &step.output);
    to.text("output.mime_type", "application/json");
    if is_generation(step) {
        to.text("llm.model_name", MODEL);
        to.text("llm.invocation_parameters", r#"{"max_tokens": 1024}"#);
        spelled_out(to, "llm.input_messages", ".message.role", ".message.content", &step.input);
        spelled_out(to, "llm.output_messages", ".message.role", ".message.content", &step.output);
        to.count("llm.token_count.prompt", step.input_tokens);
        to.count("llm.token_count.completion", step.output_tokens);
        to.count("llm.token_count.total", step.input_tokens + step.output_tokens);
    }
}

fn openllmetry(step: &Step, to: &mut Attributes) {
    if is_generation(step) {
        to.text("llm.request.type", "chat");
        gen_ai_model(step, to);
        spelled_out(to, "gen_ai.prompt", ".role", ".content", &step.input);
        spelled_out(to, "gen_ai.completion", ".role", ".content", &step.output);
        return;
    }
    to.text("traceloop.span.kind", if step.kind == Kind::Tool { "tool" } else { "workflow" });
    to.text("traceloop.entity.name", step.name);
    to.text("traceloop.entity.input", &step.input);
    to.text("traceloop.entity.output", &step.output);
}

fn spelled_out(to: &mut Attributes, key: &str, role: &str, content: &str, json: &str) {
    for (index, (said_role, said)) in messages(json).into_iter().enumerate() {
        to.text(format!("{key}.{index}{role}"), said_role);
        to.text(format!("{key}.{index}{content}"), said);
    }
}

fn vercel_ai(step: &Step, to: &mut Attributes) {
    match step.kind {
        Kind::Generation => {
            to.text("operation.name", "ai.generateText.doGenerate");
            to.text("ai.operationId", "ai.generateText.doGenerate");
            to.text("ai.model.id", MODEL);
            to.text("ai.model.provider", "openai.chat");
            to.text("ai.prompt.messages", &step.input);
            let answer = messages(&step.output).pop().map_or_else(String::new, |(_, content)| content);
            to.text("ai.response.text", answer);
            to.text("ai.response.finishReason", "stop");
            to.text("ai.response.providerMetadata", r#"{"openai":{"cachedPromptTokens":0}}"#);
            gen_ai_model(step, to);
        }
        Kind::Tool => {
            to.text("operation.name", "ai.toolCall");
            to.text("ai.operationId", "ai.toolCall");
            to.text("ai.toolCall.name", step.name);
            to.text("ai.toolCall.args", &step.input);
            to.text("ai.toolCall.result", &step.output);
        }
        Kind::Agent => {
            to.text("operation.name", "ai.generateText");
            to.text("ai.operationId", "ai.generateText");
            to.text("ai.prompt", format!(r#"{{"prompt":{}}}"#, step.input));
            to.text("ai.response.text", &step.output);
        }
    }
}

/// The messages as a list of events in one attribute, as Logfire's instrumentation of Pydantic AI writes them.
fn pydantic_ai(step: &Step, to: &mut Attributes) {
    match step.kind {
        Kind::Generation => {
            let input = messages(&step.input).into_iter().map(|(role, content)| {
                serde_json::json!({"event.name": format!("gen_ai.{role}.message"), "role": role, "content": content})
            });
            let output = messages(&step.output).into_iter().map(|(role, content)| {
                let message = serde_json::json!({"role": role, "content": content});
                serde_json::json!({"event.name": "gen_ai.choice", "index": 0, "message": message})
            });
            to.text("events", Value::Array(input.chain(output).collect()).to_string());
            to.text("model_request_parameters", r#"{"function_tools":[],"output_mode":"text"}"#);
            gen_ai_model(step, to);
        }
        Kind::Tool => {
            to.text("gen_ai.tool.name", step.name);
            to.text("tool_arguments", &step.input);
            to.text("tool_response", &step.output);
        }
        Kind::Agent => {
            to.text("gen_ai.operation.name", "invoke_agent");
            to.text("pydantic_ai.all_messages", format!(r#"[{{"role":"user","content":{}}}]"#, step.input));
            to.text("final_result", &step.output);
        }
    }
}

fn mlflow(step: &Step, to: &mut Attributes) {
    let kind = match step.kind {
        Kind::Agent => r#""AGENT""#,
        Kind::Generation => r#""CHAT_MODEL""#,
        Kind::Tool => r#""TOOL""#,
    };
    to.text("mlflow.spanType", kind);
    to.text("mlflow.spanInputs", &step.input);
    to.text("mlflow.spanOutputs", &step.output);
    if is_generation(step) {
        gen_ai_model(step, to);
    }
}

fn google_adk(step: &Step, to: &mut Attributes) {
    let empty = || "{}".to_owned();
    let (call, tool) = match step.kind {
        Kind::Tool => ((empty(), empty()), (step.input.clone(), step.output.clone())),
        Kind::Agent | Kind::Generation => ((step.input.clone(), step.output.clone()), (empty(), empty())),
    };
    to.text("gcp.vertex.agent.llm_request", call.0);
    to.text("gcp.vertex.agent.llm_response", call.1);
    to.text("gcp.vertex.agent.tool_call_args", tool.0);
    to.text("gcp.vertex.agent.tool_response", tool.1);
    if is_generation(step) {
        gen_ai_model(step, to);
    }
}

impl std::str::FromStr for &'static Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = || DIALECTS.iter().map(|dialect| dialect.name).collect::<Vec<_>>().join(", ");
        DIALECTS.iter().find(|dialect| dialect.name == text).ok_or_else(|| format!("it is none of {}", names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::invent;
    use crate::words::Words;

    #[test]
    fn every_dialect_carries_the_whole_conversation() {
        for dialect in &DIALECTS {
            let steps = invent(&mut Words::new(3));
            let said: usize = steps.iter().map(|step| step.input.len() + step.output.len()).sum();
            let carried: usize = steps
                .iter()
                .flat_map(|step| dialect.attributes(step))
                .map(|(_, value)| if let Attribute::Text(text) = value { text.len() } else { 0 })
                .sum();
            assert!(carried * 10 >= said * 9, "{}: {carried} of {said} bytes", dialect.name);
        }
    }
}
