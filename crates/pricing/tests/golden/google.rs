//! Google: Gemini with thoughts, cache and long contexts, modalities, grounding.

use crate::*;

/// What the API reports as it is: the prompt includes what is cached, the candidates exclude the thoughts.
const RAW: &str = r#""usageDetails":{"promptTokenCount":1000,"cachedContentTokenCount":400,"candidatesTokenCount":200,
    "thoughtsTokenCount":300,"totalTokenCount":1500,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1000}]}"#;

#[test]
fn thoughts_are_output_and_what_is_cached_is_charged_once() {
    assert_cost(
        &explain(&table(), generation("gemini-2.5-flash", RAW)),
        &[
            ("promptTokenCount", "0.00018"),     // 600 × 0.3: 1000 less the 400 cached
            ("input_cached_tokens", "0.000012"), // 400 × 0.03
            ("candidatesTokenCount", "0.0005"),  // 200 × 2.5
            ("thoughtsTokenCount", "0.00075"),   // 300 × 2.5
            ("total", "0.001442"),
        ],
    );
    let snake = r#""usageDetails":{"prompt_token_count":1000,"cached_content_token_count":400,
        "candidates_token_count":200,"thoughts_token_count":300,"total_token_count":1500}"#;
    assert_cost(
        &explain(&table(), generation("google/gemini-2.5-flash", snake)),
        &[
            ("prompt_token_count", "0.00018"),          // 600 × 0.3
            ("cached_content_token_count", "0.000012"), // 400 × 0.03
            ("candidates_token_count", "0.0005"),       // 200 × 2.5
            ("thoughts_token_count", "0.00075"),        // 300 × 2.5
            ("total", "0.001442"),
        ],
    );
}

#[test]
fn the_context_is_long_by_what_was_sent_not_by_what_is_counted_twice() {
    let usage = |prompt: u64| {
        format!(
            r#""usageDetails":{{"promptTokenCount":{prompt},"cachedContentTokenCount":150000,"candidatesTokenCount":10}}"#
        )
    };
    let short = explain(&table(), generation("gemini-2.5-pro", &usage(200_000)));
    assert_eq!(tier(&short), "Standard");
    assert_cost(
        &short,
        &[
            ("promptTokenCount", "0.0625"),     // 50,000 × 1.25
            ("input_cached_tokens", "0.01875"), // 150,000 × 0.125
            ("candidatesTokenCount", "0.0001"), // 10 × 10
            ("total", "0.08135"),
        ],
    );
    let long = explain(&table(), generation("gemini-2.5-pro", &usage(200_001)));
    assert_eq!(tier(&long), "Large Context");
    assert_cost(
        &long,
        &[
            ("promptTokenCount", "0.1250025"),   // 50,001 × 2.5
            ("input_cached_tokens", "0.0375"),   // 150,000 × 0.25
            ("candidatesTokenCount", "0.00015"), // 10 × 15
            ("total", "0.1626525"),
        ],
    );
}

#[test]
fn images_videos_and_documents_have_the_price_of_text() {
    // LangChain's modalities: 1 text, 2 image, 3 video, 4 audio, 5 document; taken out of input and output.
    let usage = r#""usageDetails":{"input":0,"output":0,"total":1110,"input_modality_1":258,"input_modality_2":516,
        "input_modality_3":46,"input_modality_4":100,"input_modality_5":100,"output_modality_1":90}"#;
    let explanation = explain(&table(), generation("gemini-2.5-flash", usage));
    assert_cost(
        &explanation,
        &[
            ("input", "0"),
            ("output", "0"),
            ("input_modality_1", "0.0000774"), // 258 × 0.3
            ("input_modality_2", "0.0001548"), // 516 × 0.3
            ("input_modality_3", "0.0000138"), // 46 × 0.3
            ("input_modality_5", "0.00003"),   // 100 × 0.3
            ("input_audio_tokens", "0.0001"),  // 100 × 1
            ("output_modality_1", "0.000225"), // 90 × 2.5
            ("total", "0.000601"),
        ],
    );
}

#[test]
fn searches_are_charged_by_the_query() {
    let usage = r#""usageDetails":{"input":1000,"output":100,"grounding_queries":2,"webSearchQueries":2}"#;
    assert_cost(
        &explain(&table(), generation("gemini-3.7-flash", usage)),
        &[
            ("input", "0.00075"),           // 1000 × 0.75
            ("output", "0.000375"),         // 100 × 3.75
            ("grounding_queries", "0.028"), // 2 × 14,000
            ("total", "0.029125"),
        ],
    );
}

#[test]
fn the_prompt_of_a_tool_is_input() {
    let usage = r#""usageDetails":{"promptTokenCount":100,"toolUsePromptTokenCount":50,"candidatesTokenCount":10}"#;
    assert_cost(
        &explain(&table(), generation("gemini-2.5-flash", usage)),
        &[
            ("promptTokenCount", "0.00003"),              // 100 × 0.3
            ("input_tool_use_prompt_tokens", "0.000015"), // 50 × 0.3
            ("candidatesTokenCount", "0.000025"),         // 10 × 2.5
            ("total", "0.00007"),
        ],
    );
}
