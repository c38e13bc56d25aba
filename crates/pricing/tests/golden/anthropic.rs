//! Anthropic: caches for five minutes and an hour, fast mode, Bedrock's and LangChain's spellings.

use crate::*;

#[test]
fn a_message_with_cache_reads_and_writes() {
    // What the API reports as it is; `input_tokens` has no cached tokens in it.
    let usage = r#""usageDetails":{"input_tokens":12,"output_tokens":350,"cache_creation_input_tokens":2048,
        "cache_read_input_tokens":10000,"cache_creation":{"ephemeral_5m_input_tokens":2048},"service_tier":"standard"}"#;
    assert_cost(
        &explain(&table(), generation("claude-sonnet-4-20250514", usage)),
        &[
            ("input_tokens", "0.000036"),               // 12 × 3
            ("output_tokens", "0.00525"),               // 350 × 15
            ("cache_creation_input_tokens", "0.00768"), // 2048 × 3.75
            ("cache_read_input_tokens", "0.003"),       // 10,000 × 0.3
            ("total", "0.015966"),
        ],
    );
}

#[test]
fn an_hour_in_the_cache_costs_more_than_five_minutes() {
    for (five, hour) in [
        ("input_cache_creation_5m", "input_cache_creation_1h"),
        // As LangChain reports them.
        ("input_ephemeral_5m_input_tokens", "input_ephemeral_1h_input_tokens"),
    ] {
        let usage = format!(
            r#""usageDetails":{{"input":12,"output":350,"input_cache_creation":0,"{five}":1000,"{hour}":1048,
                "input_cache_read":10000,"total":12410}}"#
        );
        assert_cost(
            &explain(&table(), generation("claude-sonnet-4-20250514", &usage)),
            &[
                ("input", "0.000036"), // 12 × 3
                ("output", "0.00525"), // 350 × 15
                ("input_cache_creation", "0"),
                ("input_cache_creation_5m", "0.00375"),  // 1000 × 3.75
                ("input_cache_creation_1h", "0.006288"), // 1048 × 6
                ("input_cache_read", "0.003"),           // 10,000 × 0.3
                ("total", "0.018324"),
            ],
        );
    }
}

#[test]
fn fast_mode_is_asked_for_by_a_parameter() {
    let fields = r#""usageDetails":{"input":1000,"output":100},"modelParameters":{"speed":"fast"}"#;
    let explanation = explain(&table(), generation("claude-opus-5", fields));
    assert_eq!(tier(&explanation), "Fast mode");
    assert_cost(
        &explanation,
        &[
            ("input", "0.01"),   // 1000 × 10
            ("output", "0.005"), // 100 × 50
            ("total", "0.015"),
        ],
    );
}

#[test]
fn the_converse_api_of_bedrock() {
    let usage = r#""usageDetails":{"inputTokens":100,"outputTokens":50,"totalTokens":1050,
        "cacheReadInputTokens":900,"cacheWriteInputTokens":0}"#;
    let explanation = explain(&table(), generation("us.anthropic.claude-sonnet-4-20250514-v1:0", usage));
    assert_cost(
        &explanation,
        &[
            ("input", "0.0003"),                // 100 × 3
            ("output", "0.00075"),              // 50 × 15
            ("input_cached_tokens", "0.00027"), // 900 × 0.3
            ("total", "0.00132"),
        ],
    );
}

#[test]
fn one_quantity_under_two_names_is_charged_once() {
    let usage = r#""usageDetails":{"input":12,"input_tokens":12,"output":350,"cache_read_input_tokens":10000,
        "input_cached_tokens":10000}"#;
    let explanation = explain(&table(), generation("claude-sonnet-4-20250514", usage));
    assert_cost(
        &explanation,
        &[
            ("input", "0.000036"),            // 12 × 3
            ("output", "0.00525"),            // 350 × 15
            ("input_cached_tokens", "0.003"), // 10,000 × 0.3
            ("total", "0.008286"),
        ],
    );
    let repeated: Vec<_> = explanation.uncharged.iter().map(|u| (&*u.usage, u.reason.clone())).collect();
    assert!(repeated.contains(&("input_tokens", Reason::CountedAs("input".into()))));
    assert!(repeated.contains(&("cache_read_input_tokens", Reason::CountedAs("input_cached_tokens".into()))));
}

#[test]
fn a_span_with_cache_reads_and_writes() {
    let attributes = [
        ("gen_ai.request.model", "claude-sonnet-4-20250514"),
        ("gen_ai.usage.input_tokens", "12060"),
        ("gen_ai.usage.output_tokens", "350"),
        ("gen_ai.usage.cache_creation.input_tokens", "2048"),
        ("gen_ai.usage.cache_read.input_tokens", "10000"),
    ];
    assert_cost(
        &explain(&table(), span(&attributes)),
        &[
            ("input", "0.000036"),               // 12 × 3: 12,060 less 2048 and 10,000
            ("output", "0.00525"),               // 350 × 15
            ("input_cache_creation", "0.00768"), // 2048 × 3.75
            ("input_cached_tokens", "0.003"),    // 10,000 × 0.3
            ("total", "0.015966"),
        ],
    );
}
