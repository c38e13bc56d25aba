//! What holds for all usage and all models.

use proptest::prelude::*;
use spanstone_model::{Cost, Text, UsageDetails};
use spanstone_pricing::{Explanation, Settings, builtin};

fn usage() -> impl Strategy<Value = Vec<(Text, u64)>> {
    let names = prop::sample::select(vec![
        "input",
        "output",
        "total",
        "input_tokens",
        "prompt_tokens",
        "completion_tokens",
        "input_cached_tokens",
        "cache_read_input_tokens",
        "output_reasoning_tokens",
        "promptTokenCount",
        "cachedContentTokenCount",
        "input_modality_2",
        "total_tokens",
        "pages",
    ]);
    let units = prop_oneof![Just(0), 0..500_000_u64, any::<u64>()];
    prop::collection::vec((names.prop_map(Text::from), units), 0..8)
}

fn explained(place: usize, usage: &UsageDetails) -> Explanation {
    let models = builtin::models();
    Explanation::of(&models[place % models.len()], usage, &Settings::default())
}

proptest! {
    #[test]
    fn parts_are_not_negative_and_add_up_to_the_total(usage in usage(), place: usize) {
        let explanation = explained(place, &UsageDetails::new(usage));
        prop_assert!(explanation.parts.iter().all(|part| part.cost >= Cost::ZERO));
        let priced_as_a_whole = explanation.parts.iter().any(|part| &*part.cost_name == "total");
        if let Some(total) = explanation.total && !priced_as_a_whole {
            prop_assert_eq!(explanation.parts.iter().map(|part| part.cost).sum::<Cost>(), total);
            let kept: Cost = explanation.cost().iter().filter(|(name, _)| &***name != "total").map(|(_, cost)| cost).sum();
            prop_assert_eq!(kept, total);
        }
    }

    #[test]
    fn the_order_of_the_keys_does_not_matter(usage in usage(), place: usize) {
        let mut seen = std::collections::HashSet::new();
        let usage: Vec<_> = usage.into_iter().filter(|(name, _)| seen.insert(name.clone())).collect();
        let reversed = usage.iter().rev().cloned();
        prop_assert_eq!(explained(place, &UsageDetails::new(reversed)), explained(place, &UsageDetails::new(usage)));
    }

    #[test]
    fn every_unit_is_charged_or_named(usage in usage(), place: usize) {
        let usage = UsageDetails::new(usage);
        let explanation = explained(place, &usage);
        for (name, units) in usage.iter().filter(|(name, units)| *units > 0 && !name.starts_with("total")) {
            let charged = explanation.parts.iter().any(|part| part.usage == *name);
            let named = explanation.uncharged.iter().any(|uncharged| uncharged.usage == *name);
            let included = name.starts_with("prompt") || name.starts_with("completion");
            prop_assert!(charged || named || included, "{name} {units}");
        }
    }
}
