//! Models that a project brings itself: Mistral, DeepSeek, Vercel's spellings, units that are no tokens.

use crate::*;

const MISTRAL: &str =
    "model mistral-large\nid m1\nmatch ^mistral-large\ntier 0 Standard m1_tier_default\n2 input\n6 output\n";

#[test]
fn a_completion_of_mistral() {
    let table = table_with(MISTRAL);
    let plain = r#""usageDetails":{"prompt_tokens":14,"completion_tokens":120,"total_tokens":134}"#;
    // The newer shape: one key more, so that it is read key by key.
    let newer = r#""usageDetails":{"prompt_tokens":14,"completion_tokens":120,"total_tokens":134,
        "prompt_audio_seconds":null,"num_cached_tokens":0}"#;
    for usage in [plain, newer] {
        assert_cost(
            &explain(&table, generation("mistral-large-latest", usage)),
            &[
                ("input", "0.000028"), // 14 × 2
                ("output", "0.00072"), // 120 × 6
                ("total", "0.000748"),
            ],
        );
    }
}

#[test]
fn what_is_cached_has_the_price_of_input_where_there_is_no_other() {
    let usage = r#""usageDetails":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,
        "prompt_tokens_details":{"cached_tokens":900}}"#;
    assert_cost(
        &explain(&table_with(MISTRAL), generation("mistral-large-latest", usage)),
        &[
            ("input", "0.0002"),               // 100 × 2
            ("input_cached_tokens", "0.0018"), // 900 × 2
            ("output", "0.0006"),              // 100 × 6
            ("total", "0.0026"),
        ],
    );
}

#[test]
fn hits_and_misses_of_deepseek_are_the_prompt() {
    let table = table_with(
        "model deepseek\nid d1\nmatch ^deepseek\ntier 0 Standard d1_tier_default\n0.28 input\n0.028 input_cached_tokens\n0.42 output\n",
    );
    let usage = r#""usageDetails":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,
        "prompt_cache_hit_tokens":640,"prompt_cache_miss_tokens":360}"#;
    let explanation = explain(&table, generation("deepseek-chat", usage));
    assert_cost(
        &explanation,
        &[
            ("input", "0.0001008"),                // 360 × 0.28
            ("input_cached_tokens", "0.00001792"), // 640 × 0.028
            ("output", "0.000042"),                // 100 × 0.42
            ("total", "0.00016072"),
        ],
    );
    assert_eq!(unpriced(&explanation), []);
}

#[test]
fn the_usage_of_vercels_sdk_includes_what_is_cached_and_reasoned() {
    let usage = r#""usageDetails":{"inputTokens":1000,"cachedInputTokens":400,"outputTokens":500,"reasoningTokens":300,
        "totalTokens":1500}"#;
    assert_cost(
        &explain(&table(), generation("gpt-5.1", usage)),
        &[
            ("input", "0.00075"),                 // 600 × 1.25
            ("input_cached_tokens", "0.00005"),   // 400 × 0.125
            ("output", "0.002"),                  // 200 × 10
            ("output_reasoning_tokens", "0.003"), // 300 × 10
            ("total", "0.0058"),
        ],
    );
}

#[test]
fn a_project_prices_what_it_likes_by_the_name_it_likes() {
    let table = table_with(
        "model ours\nid o1\nmatch ^ours$\ntier 0 Standard o1_tier_default\n40000 images\n100 seconds\n1 input\n2 input_tokens\n",
    );
    let usage = r#""usageDetails":{"images":3,"seconds":"17","input":5,"input_tokens":5}"#;
    assert_cost(
        &explain(&table, generation("ours", usage)),
        &[
            ("images", "0.12"),          // 3 × 40,000
            ("seconds", "0.0017"),       // 17 × 100
            ("input", "0.000005"),       // 5 × 1
            ("input_tokens", "0.00001"), // 5 × 2: two prices say that these are two things
            ("total", "0.121715"),
        ],
    );
}

#[test]
fn a_total_that_has_a_price_is_the_cost() {
    let table = table_with("model t\nid t\nmatch ^t$\ntier 0 Standard t_tier_default\n1 input\n3 total\n");
    assert_cost(
        &explain(&table, generation("t", r#""usage":{"input":10,"output":5,"total":15}"#)),
        &[
            ("input", "0.00001"),  // 10 × 1
            ("total", "0.000045"), // 15 × 3
        ],
    );
}
