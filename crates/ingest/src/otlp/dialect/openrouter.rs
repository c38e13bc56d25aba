//! OpenRouter's broadcast, scope or service `openrouter`. Its model, messages, tokens and costs are spelled as in the
//! conventions or nearly so; what it has of its own is metadata.

use crate::otlp::span::View;

const NAME: &str = "openrouter";

/// What callers of OpenRouter gave as the metadata of a trace.
pub(in crate::otlp) fn metadata(view: &View<'_>) -> Option<&'static str> {
    let is_its_own = view.scope.name == NAME || view.resource.attributes.str("service.name") == Some(NAME);
    is_its_own.then_some("trace.metadata")
}

#[cfg(test)]
mod tests {
    use spanstone_model::{ObservationType, Patch};

    use crate::otlp::metadata::of_observation;
    use crate::otlp::sample::{cost_of, sample, usage_of};

    /// The attributes that receivers of its broadcast are told to expect, and are seen to read.
    #[test]
    fn a_request_as_openrouter_broadcasts_it() {
        let request = sample(&[
            ("trace.name", "OpenRouter Request".into()),
            ("span.type", "generation".into()),
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.request.model", "openai/gpt-5-mini".into()),
            ("gen_ai.prompt", r#"{"messages":[{"role":"user","content":"Hi"}]}"#.into()),
            ("gen_ai.completion", r#"{"completion":"Hello"}"#.into()),
            ("trace.input", r#"{"messages":[{"role":"user","content":"Hi"}]}"#.into()),
            ("span.output", r#"{"completion":"Hello"}"#.into()),
            ("gen_ai.usage.input_tokens", 120.into()),
            ("gen_ai.usage.input_tokens.cached", 64.into()),
            ("gen_ai.usage.output_tokens", 45.into()),
            ("gen_ai.usage.output_tokens.reasoning", 16.into()),
            ("gen_ai.usage.total_tokens", 165.into()),
            ("gen_ai.usage.input_cost", 0.25.into()),
            ("gen_ai.usage.output_cost", 0.5.into()),
            ("gen_ai.usage.total_cost", 0.75.into()),
            ("trace.metadata.plan", "premium".into()),
        ])
        .scope("openrouter")
        .name("LLM Generation");
        let observation = request.observation();
        assert_eq!(observation.kind, ObservationType::Generation);
        assert_eq!(observation.model, Patch::Set("openai/gpt-5-mini".into()));
        let [input, output] = request.payloads();
        assert_eq!(input.as_deref(), Some(r#"{"messages":[{"role":"user","content":"Hi"}]}"#));
        assert_eq!(output.as_deref(), Some(r#"{"completion":"Hello"}"#));
        assert_eq!(
            usage_of(&request),
            [
                ("input", 56),
                ("input_cached_tokens", 64),
                ("output", 29),
                ("output_reasoning_tokens", 16),
                ("total", 165)
            ]
        );
        assert_eq!(cost_of(&request), [("input", 0.25), ("output", 0.5), ("total", 0.75)]);
        let metadata = of_observation(&request.view());
        assert!(metadata.ends_with(r#""plan":"premium"}"#), "{metadata}");
        assert!(!metadata.contains("trace.input") && !metadata.contains("trace.metadata"), "{metadata}");
    }
}
