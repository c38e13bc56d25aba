//! What each dialect makes of the attributes it knows, and who is believed when several have something to say.

use spanstone_model::{ObservationType, Patch};

use crate::otlp::sample::{Sample, sample, texts};
use crate::otlp::value::Value;

fn kind(sample: &Sample) -> ObservationType {
    sample.observation().kind
}

#[test]
fn the_type_is_that_of_the_first_who_knows() {
    for (pairs, expected) in [
        (&[][..], ObservationType::Span),
        (&[("model", "m")], ObservationType::Generation),
        (&[("ai.model.id", "m")], ObservationType::Span),
        (&[("flue.task.prompt", "x"), ("model", "m")], ObservationType::Agent),
        (&[("flue.task.prompt", "x"), ("flue.tool.result", "x")], ObservationType::Tool),
        (&[("gen_ai.tool.call.id", "x"), ("gen_ai.request.model", "m")], ObservationType::Tool),
        (&[("ai.operationId", "ai.toolCall")], ObservationType::Tool),
        (&[("ai.operationId", "ai.generateText.doGenerate"), ("ai.model.id", "m")], ObservationType::Generation),
        (&[("operation.name", "ai.embed.doEmbed f"), ("ai.model.id", "m")], ObservationType::Embedding),
        (&[("ai.operationId", "ai.generateText.doGenerate")], ObservationType::Span),
        (&[("genkit:metadata:subtype", "retriever"), ("model", "m")], ObservationType::Retriever),
        (&[("gen_ai.operation.name", "execute_tool"), ("genkit:metadata:subtype", "model")], ObservationType::Tool),
        (&[("gen_ai.operation.name", "embeddings")], ObservationType::Embedding),
        (&[("gen_ai.operation.name", "invoke_agent")], ObservationType::Agent),
        (&[("gen_ai.operation.name", "unheard of"), ("model", "m")], ObservationType::Generation),
        (&[("openinference.span.kind", "CHAIN"), ("gen_ai.operation.name", "chat")], ObservationType::Chain),
        (&[("openinference.span.kind", "RERANKER"), ("gen_ai.operation.name", "chat")], ObservationType::Generation),
        (&[("openinference.span.kind", "llm")], ObservationType::Span),
        (&[("langfuse.observation.type", "guardrail"), ("openinference.span.kind", "LLM")], ObservationType::Guardrail),
        (&[("langfuse.observation.type", "EVENT"), ("openinference.span.kind", "LLM")], ObservationType::Generation),
        (&[("langfuse.observation.type", "event")], ObservationType::Event),
    ] {
        assert_eq!(kind(&texts(pairs)), expected, "{pairs:?}");
    }
    assert_eq!(kind(&texts(&[]).scope("livekit-agents").name("function_tool")), ObservationType::Tool);
}

#[test]
fn an_old_python_sdk_calls_generations_spans() {
    let made_by = |version: &'static str, language: &'static str| {
        let pairs = [("langfuse.observation.type", "span"), ("langfuse.observation.usage_details", "{}")];
        let mut sample = texts(&pairs).scope("langfuse-sdk").resource(&[("telemetry.sdk.language", language.into())]);
        sample.scope.version = version.into();
        kind(&sample)
    };
    assert_eq!(made_by("3.3.5", "python"), ObservationType::Generation);
    assert_eq!(made_by("2.9.0", "python"), ObservationType::Generation);
    assert_eq!(made_by("3.4.0", "python"), ObservationType::Span);
    assert_eq!(made_by("3.3.5", "nodejs"), ObservationType::Span);
    assert_eq!(made_by("", "python"), ObservationType::Span);
}

fn check(sample: &Sample, input: Option<&str>, output: Option<&str>) {
    let [found_input, found_output] = sample.payloads();
    assert_eq!([found_input.as_deref(), found_output.as_deref()], [input, output]);
}

#[test]
fn one_side_of_langfuses_own_stops_the_search() {
    let pairs = [("langfuse.observation.input", ""), ("input.value", "i"), ("output.value", "o")];
    check(&texts(&pairs), None, None);
    let object = Value::Object(vec![("a".into(), Value::Int(1))]);
    let pairs = [("langfuse.observation.output", object), ("input.value", "i".into())];
    check(&sample(&pairs), None, Some(r#"{"a":1}"#));
}

#[test]
fn each_dialect_has_its_attributes() {
    for (scope, pairs, input, output) in [
        ("x", &[("input.value", "i"), ("output.value", "o"), ("input", "no")][..], Some("i"), Some("o")),
        ("x", &[("input.value", ""), ("input", "i")], Some("i"), None),
        ("x", &[("mlflow.spanInputs", "i"), ("traceloop.entity.output", "no")], Some("i"), None),
        ("x", &[("traceloop.entity.output", "o")], None, Some("o")),
        ("x", &[("tool_arguments", "i"), ("tool_response", "o")], Some("i"), Some("o")),
        ("x", &[("prompt", "i"), ("all_messages_events", "o")], Some("i"), Some("o")),
        ("x", &[("lk.user_transcript", "i"), ("lk.response.text", "o")], Some("i"), Some("o")),
        ("x", &[("gcp.vertex.agent.llm_request", "{}"), ("gcp.vertex.agent.tool_call_args", "i")], Some("i"), None),
        ("@flue/opentelemetry", &[("flue.tool.arguments", "i"), ("flue.tool.result", "o")], Some("i"), Some("o")),
        (
            "genkit-tracer",
            &[("genkit:input", r#"{"messages": [1]}"#), ("genkit:output", r#"{"x": 1}"#), ("input", "no")],
            Some("[1]"),
            Some(r#"{"x": 1}"#),
        ),
        ("genkit-tracer", &[("input", "no")], None, None),
        ("pydantic-ai", &[("pydantic_ai.all_messages", "[]"), ("final_result", "o")], Some("[]"), Some("o")),
        (
            "ai",
            &[("ai.prompt.messages", "i"), ("ai.response.text", "t"), ("ai.response.toolCalls", "[1, 2]")],
            Some("i"),
            Some(r#"{"role":"assistant","content":"t","tool_calls":[1,2]}"#),
        ),
        ("ai", &[("ai.prompt", "i"), ("ai.response.object", "o")], Some("i"), Some("o")),
        ("ai", &[("ai.prompt", "i"), ("gen_ai.output.messages", "o"), ("input", "no")], Some("i"), Some("o")),
        ("x", &[("gen_ai.tool.call.arguments", "i"), ("gen_ai.tool.call.result", "o")], Some("i"), Some("o")),
        ("x", &[("gen_ai.prompt", "i"), ("gen_ai.completion.0.content", "o")], Some("i"), Some(r#"[{"content":"o"}]"#)),
        (
            "x",
            &[("llm.input_messages.0.message.role", "user"), ("llm.output_messages.0.message.content", "o")],
            Some(r#"[{"message":{"role":"user"}}]"#),
            Some(r#"[{"message":{"content":"o"}}]"#),
        ),
        (
            "x",
            &[("events", r#"[{"event.name":"gen_ai.choice","x":1},{"role":"user"}]"#)],
            Some(r#"[{"role":"user"}]"#),
            Some(r#"{"event.name":"gen_ai.choice","x":1}"#),
        ),
        ("x", &[("gen_ai.promptly", "no"), ("events", "broken")], None, None),
    ] {
        check(&texts(pairs).scope(scope), input, output);
    }
}

#[test]
fn system_instructions_come_first_unless_a_message_is_the_systems() {
    let instructions = r#"[{"type":"text","content":"Be brief."},{"type":"text","content":"Be kind."}]"#;
    for (messages, expected) in [
        (r#"[{"role": "user"}]"#, r#"[{"role":"system","content":"Be brief.\nBe kind."},{"role":"user"}]"#),
        (r#"[{"role": "system"}]"#, r#"[{"role": "system"}]"#),
        ("plain text", "plain text"),
    ] {
        let pairs = [("gen_ai.input.messages", messages), ("gen_ai.system_instructions", instructions)];
        check(&texts(&pairs), Some(expected), None);
    }
    let pairs = [("gen_ai.input.messages", "[]"), ("gen_ai.system_instructions", "as it is")];
    check(&texts(&pairs), Some(r#"[{"role":"system","content":"as it is"}]"#), None);
}

#[test]
fn messages_may_be_events() {
    let sample = sample(&[])
        .event("exception", &[])
        .event("gen_ai.user.message", &[("content", "hi".into())])
        .event("gen_ai.tool.message", &[("role", "function".into()), ("id", 1.into())])
        .event("gen_ai.choice", &[("index", 0.into())]);
    check(&sample, Some(r#"[{"role":"user","content":"hi"},{"role":"function","id":1}]"#), Some(r#"{"index":0}"#));
    let sample = sample.event("gen_ai.choice", &[("index", 1.into())]);
    assert_eq!(sample.payloads()[1].as_deref(), Some(r#"[{"index":0},{"index":1}]"#));
}

#[test]
fn messages_may_be_in_one_event_or_in_two() {
    let details = sample(&[("input.value", "no".into())])
        .event("gen_ai.client.inference.operation.details", &[("gen_ai.input.messages", "i".into())]);
    check(&details, Some("i"), None);
    let contents = sample(&[])
        .event("gen_ai.content.prompt", &[("gen_ai.prompt", "i".into())])
        .event("gen_ai.content.completion", &[("text", "o".into())]);
    check(&contents, Some("i"), Some(r#"{"text":"o"}"#));
}

#[test]
fn a_genkit_span_is_named_after_its_model() {
    let sample = texts(&[("genkit:metadata:subtype", "model"), ("genkit:name", "gemini")]);
    assert_eq!(sample.observation().model, Patch::Set("gemini".into()));
    assert_eq!(texts(&[("genkit:name", "flow")]).observation().model, Patch::Keep);
}
