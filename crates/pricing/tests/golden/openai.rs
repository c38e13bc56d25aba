//! OpenAI: chat completions, responses, audio, embeddings, service tiers, long contexts.

use crate::*;

#[test]
fn a_chat_completion_with_cached_input() {
    let usage = r#""usageDetails":{"prompt_tokens":1200,"completion_tokens":340,"total_tokens":1540,
        "prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},
        "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,
            "rejected_prediction_tokens":0}}"#;
    let explanation = explain(&table(), generation("gpt-4o-2024-08-06", usage));
    assert_cost(
        &explanation,
        &[
            ("input", "0.00044"),               // 176 × 2.5: 1200 less the 1024 cached
            ("input_cached_tokens", "0.00128"), // 1024 × 1.25
            ("output", "0.0034"),               // 340 × 10
            ("total", "0.00512"),
        ],
    );
    assert_eq!((tier(&explanation), unpriced(&explanation)), ("Standard", vec![]));
}

/// 75 tokens in, 1186 out of which 1024 are reasoning.
const REASONING: &str = r#""usageDetails":{"prompt_tokens":75,"completion_tokens":1186,"total_tokens":1261,
    "prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":1024}}"#;

#[test]
fn reasoning_is_output() {
    assert_cost(
        &explain(&table(), generation("o3", REASONING)),
        &[
            ("input", "0.00015"), // 75 × 2
            ("input_cached_tokens", "0"),
            ("output", "0.001296"),                  // 162 × 8
            ("output_reasoning_tokens", "0.008192"), // 1024 × 8
            ("total", "0.009638"),
        ],
    );
}

#[test]
fn reasoning_of_a_model_without_a_price_for_it_is_output() {
    let explanation = explain(&table(), generation("gpt-4.1", REASONING));
    assert_cost(
        &explanation,
        &[
            ("input", "0.00015"), // 75 × 2
            ("input_cached_tokens", "0"),
            ("output", "0.001296"),                  // 162 × 8
            ("output_reasoning_tokens", "0.008192"), // 1024 × 8
            ("total", "0.009638"),
        ],
    );
    let reasoning = explanation.parts.iter().find(|part| &*part.usage == "output_reasoning_tokens").unwrap();
    assert_eq!(&*reasoning.price_of, "output");
}

#[test]
fn service_tiers_have_prices_of_their_own() {
    let with = |tier: &str| format!(r#"{REASONING},"modelParameters":{{"service_tier":"{tier}","temperature":1}}"#);
    let flex = explain(&table(), generation("o3", &with("flex")));
    assert_cost(
        &flex,
        &[
            ("input", "0.000075"), // 75 × 1
            ("input_cached_tokens", "0"),
            ("output", "0.000648"),                  // 162 × 4
            ("output_reasoning_tokens", "0.004096"), // 1024 × 4
            ("total", "0.004819"),
        ],
    );
    assert_eq!(tier(&flex), "Flex");
    let decision = &flex.tier.as_ref().unwrap().decided_by[0];
    assert_eq!(
        (decision.condition.as_str(), decision.found.as_str()),
        ("model_parameters service_tier in flex", "flex")
    );

    let priority = explain(&table(), generation("o3", &with("priority")));
    assert_cost(
        &priority,
        &[
            ("input", "0.0002625"), // 75 × 3.5
            ("input_cached_tokens", "0"),
            ("output", "0.002268"),                  // 162 × 14
            ("output_reasoning_tokens", "0.014336"), // 1024 × 14
            ("total", "0.0168665"),
        ],
    );
    assert_eq!(tier(&priority), "Fast mode");
    assert_eq!(tier(&explain(&table(), generation("o3", &with("default")))), "Standard");
}

#[test]
fn a_response() {
    let usage = r#""usageDetails":{"input_tokens":2000,"input_tokens_details":{"cached_tokens":1536},
        "output_tokens":500,"output_tokens_details":{"reasoning_tokens":320},"total_tokens":2500}"#;
    assert_cost(
        &explain(&table(), generation("gpt-5.1-2025-11-13", usage)),
        &[
            ("input", "0.00058"),                  // 464 × 1.25
            ("input_cached_tokens", "0.000192"),   // 1536 × 0.125
            ("output", "0.0018"),                  // 180 × 10
            ("output_reasoning_tokens", "0.0032"), // 320 × 10
            ("total", "0.005772"),
        ],
    );
}

#[test]
fn writing_to_the_cache_is_charged() {
    let usage = r#""usageDetails":{"input_tokens":3000,"output_tokens":100,"total_tokens":3100,
        "input_tokens_details":{"cached_tokens":1000,"cache_write_tokens":1500},"output_tokens_details":{}}"#;
    assert_cost(
        &explain(&table(), generation("gpt-5.6-sol", usage)),
        &[
            ("input", "0.0025"),                  // 500 × 5
            ("input_cached_tokens", "0.0005"),    // 1000 × 0.5
            ("input_cache_creation", "0.009375"), // 1500 × 6.25
            ("output", "0.003"),                  // 100 × 30
            ("total", "0.015375"),
        ],
    );
}

#[test]
fn a_long_context_is_dearer_by_all_of_its_input() {
    let usage = |input: u64, cached: u64| {
        format!(r#""usageDetails":{{"input":{input},"input_cached_tokens":{cached},"output":1000}}"#)
    };
    let at_the_edge = explain(&table(), generation("gpt-5.4", &usage(200_000, 72_000)));
    assert_eq!(tier(&at_the_edge), "Standard");
    let beyond = explain(&table(), generation("gpt-5.4", &usage(200_001, 72_000)));
    assert_eq!(tier(&beyond), "Large Context (>272K)");
    assert_cost(
        &beyond,
        &[
            ("input", "1.000005"),            // 200,001 × 5
            ("input_cached_tokens", "0.036"), // 72,000 × 0.5
            ("output", "0.0225"),             // 1000 × 22.5
            ("total", "1.058505"),
        ],
    );
    assert_eq!(beyond.tier.as_ref().unwrap().decided_by[0].found, "272001");

    let flex = format!(r#"{},"modelParameters":{{"service_tier":"flex"}}"#, usage(300_000, 0));
    let flex = explain(&table(), generation("gpt-5.4", &flex));
    assert_eq!(tier(&flex), "Flex · Large context (>272K)");
    assert_cost(
        &flex,
        &[
            ("input", "0.75"), // 300,000 × 2.5
            ("input_cached_tokens", "0"),
            ("output", "0.01125"), // 1000 × 11.25
            ("total", "0.76125"),
        ],
    );
}

#[test]
fn audio_in_and_out() {
    let usage = r#""usageDetails":{"prompt_tokens":150,"completion_tokens":220,"total_tokens":370,
        "prompt_tokens_details":{"text_tokens":50,"audio_tokens":100,"cached_tokens":0},
        "completion_tokens_details":{"text_tokens":40,"audio_tokens":180,"reasoning_tokens":0}}"#;
    assert_cost(
        &explain(&table(), generation("gpt-4o-audio-preview", usage)),
        &[
            ("input_text_tokens", "0.000125"), // 50 × 2.5
            ("input_audio_tokens", "0.01"),    // 100 × 100
            ("output_text_tokens", "0.0004"),  // 40 × 10
            ("output_audio_tokens", "0.036"),  // 180 × 200
            ("total", "0.046525"),
        ],
    );
}

#[test]
fn text_beside_audio_that_is_not_counted_apart_is_charged_as_text() {
    let usage = r#""usageDetails":{"prompt_tokens":150,"completion_tokens":220,"total_tokens":370,
        "prompt_tokens_details":{"audio_tokens":100},"completion_tokens_details":{"audio_tokens":180}}"#;
    assert_cost(
        &explain(&table(), generation("gpt-4o-audio-preview", usage)),
        &[
            ("input", "0.000125"),            // 50 × 2.5
            ("input_audio_tokens", "0.01"),   // 100 × 100
            ("output", "0.0004"),             // 40 × 10
            ("output_audio_tokens", "0.036"), // 180 × 200
            ("total", "0.046525"),
        ],
    );
}

#[test]
fn predicted_tokens_are_output_whether_accepted_or_not() {
    let usage = r#""usageDetails":{"prompt_tokens":10,"completion_tokens":100,"total_tokens":110,
        "completion_tokens_details":{"accepted_prediction_tokens":30,"rejected_prediction_tokens":20}}"#;
    assert_cost(
        &explain(&table(), generation("gpt-4o", usage)),
        &[
            ("input", "0.000025"),                           // 10 × 2.5
            ("output", "0.0005"),                            // 50 × 10
            ("output_accepted_prediction_tokens", "0.0003"), // 30 × 10
            ("output_rejected_prediction_tokens", "0.0002"), // 20 × 10
            ("total", "0.001025"),
        ],
    );
}

#[test]
fn embeddings_have_a_price_for_the_total() {
    // Without completion tokens this is no usage of a completion: its own total is one of the amounts.
    let raw = r#""usageDetails":{"prompt_tokens":800,"total_tokens":800}"#;
    let known = r#""usage":{"input":800}"#;
    for usage in [raw, known] {
        let explanation = explain(&table(), generation("text-embedding-3-small", usage));
        assert_cost(&explanation, &[("total", "0.000016")]); // 800 × 0.02
        assert_eq!(explanation.uncharged[0].reason, Reason::PartOfTotal);
    }
}

#[test]
fn a_completion_with_a_key_too_many_is_charged_all_the_same() {
    let usage = r#""usageDetails":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"is_byok":0}"#;
    let explanation = explain(&table(), generation("openai/gpt-4o", usage));
    assert_cost(
        &explanation,
        &[
            ("input", "0.0025"), // 1000 × 2.5
            ("output", "0.001"), // 100 × 10
            ("total", "0.0035"),
        ],
    );
    assert_eq!(unpriced(&explanation), []);
}

#[test]
fn a_span_of_an_exporter() {
    let attributes = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.request.model", "gpt-4o"),
        ("gen_ai.usage.input_tokens", "1200"),
        ("gen_ai.usage.cache_read.input_tokens", "1024"),
        ("gen_ai.usage.output_tokens", "340"),
    ];
    assert_cost(
        &explain(&table(), span(&attributes)),
        &[
            ("input", "0.00044"),               // 176 × 2.5
            ("input_cached_tokens", "0.00128"), // 1024 × 1.25
            ("output", "0.0034"),               // 340 × 10
            ("total", "0.00512"),
        ],
    );
}
