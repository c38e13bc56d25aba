//! Usage and costs as clients provide them, brought to amounts by usage type.
//!
//! Owns the rules that the ingestion API and OTLP share. Refuses nothing: an amount that cannot be used is
//! dropped, silently, as Langfuse drops it. Totals are not computed here.

use spanstone_model::{Cost, CostDetails, Text, UsageDetails};

use crate::lenient_json::{Json, Object, SAFE_INTEGER_MAX};

/// The two shapes of OpenAI's usage objects. Each is only recognised whole: with one key too many or too few an
/// object is a plain map of amounts.
const OPENAI_SHAPES: [OpenAiShape; 2] = [
    OpenAiShape {
        input: "prompt_tokens",
        output: "completion_tokens",
        input_details: "prompt_tokens_details",
        output_details: "completion_tokens_details",
    },
    OpenAiShape {
        input: "input_tokens",
        output: "output_tokens",
        input_details: "input_tokens_details",
        output_details: "output_tokens_details",
    },
];

const OPENAI_TOTAL: &str = "total_tokens";

struct OpenAiShape {
    input: &'static str,
    output: &'static str,
    input_details: &'static str,
    output_details: &'static str,
}

/// Returns the amounts in a `usageDetails` object.
#[must_use]
pub fn usage_details(object: &Object<'_>) -> UsageDetails {
    let openai = OPENAI_SHAPES.iter().find_map(|shape| shape.read(object));
    openai.unwrap_or_else(|| {
        let members = object.by_key().into_iter();
        UsageDetails::new(members.filter_map(|(kind, value)| Some((Text::from(kind), lenient_amount(value)?))))
    })
}

/// Returns the costs in a `costDetails` object: its numbers that are not negative.
#[must_use]
pub fn cost_details(object: &Object<'_>) -> CostDetails {
    CostDetails::new(object.by_key().into_iter().filter_map(|(kind, value)| {
        let dollars = value.number()?;
        let usable = dollars.is_finite() && dollars >= 0.0;
        Some((Text::from(kind), Cost::from_dollars(dollars).filter(|_| usable)?))
    }))
}

/// Returns an integer that is not negative and that JavaScript holds exactly.
#[must_use]
pub fn amount(value: Json<'_>) -> Option<u64> {
    value.safe_integer()?.try_into().ok()
}

/// Returns [`amount`], or the integer that a string begins with.
fn lenient_amount(value: Json<'_>) -> Option<u64> {
    match value.string() {
        Some(text) => parse_int(&text),
        None => amount(value),
    }
}

/// Reads a decimal as JavaScript's `parseInt` does, that is up to the first character that is no digit. Negative
/// numbers and those that JavaScript cannot hold exactly are none.
fn parse_int(text: &str) -> Option<u64> {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(tail) => (true, tail),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    let integer: u64 = digits[..end].parse().ok()?;
    let usable = integer <= SAFE_INTEGER_MAX.unsigned_abs() && (integer == 0 || !negative);
    usable.then_some(integer)
}

impl OpenAiShape {
    fn read(&self, object: &Object<'_>) -> Option<UsageDetails> {
        let known = [self.input, self.output, OPENAI_TOTAL, self.input_details, self.output_details];
        if object.iter().any(|(key, _)| !known.contains(&key)) {
            return None;
        }
        let mut input = amount(object.get(self.input)?)?;
        let mut output = amount(object.get(self.output)?)?;
        let total = amount(object.get(OPENAI_TOTAL)?)?;
        let mut amounts = Vec::new();
        for (side, sum, details) in
            [("input", &mut input, self.input_details), ("output", &mut output, self.output_details)]
        {
            let details = object.get(details).filter(|details| !details.is_null());
            let Some(details) = details else { continue };
            for (kind, part) in details.object()?.by_key() {
                if !part.is_null() {
                    let part = amount(part)?;
                    *sum = sum.saturating_sub(part);
                    amounts.push((Text::from(format!("{side}_{kind}")), part));
                }
            }
        }
        amounts.extend([("input".into(), input), ("output".into(), output), ("total".into(), total)]);
        Some(UsageDetails::new(amounts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(text: &str) -> Vec<(String, u64)> {
        let details = usage_details(&Json::parse(text).unwrap().object().unwrap());
        details.iter().map(|(kind, amount)| (kind.to_string(), amount)).collect()
    }

    fn amounts(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
        expected.iter().map(|(kind, amount)| ((*kind).to_owned(), *amount)).collect()
    }

    #[test]
    fn an_openai_completion_has_its_details_taken_out_of_both_sides() {
        assert_eq!(
            usage(
                r#"{"prompt_tokens":100,"completion_tokens":50.0,"total_tokens":150,
                    "prompt_tokens_details":{"cached_tokens":30,"audio_tokens":null},
                    "completion_tokens_details":{"reasoning_tokens":60}}"#
            ),
            amounts(&[
                ("input", 70),
                ("input_cached_tokens", 30),
                ("output", 0),
                ("output_reasoning_tokens", 60),
                ("total", 150),
            ])
        );
        assert_eq!(
            usage(r#"{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":null}"#),
            amounts(&[("input", 1), ("output", 2), ("total", 3)])
        );
    }

    #[test]
    fn an_openai_response_is_read_likewise() {
        assert_eq!(
            usage(
                r#"{"input_tokens":10,"output_tokens":5,"total_tokens":15,
                    "input_tokens_details":{"cached_tokens":4,"cached_tokens":3},
                    "output_tokens_details":{}}"#
            ),
            amounts(&[("input", 7), ("input_cached_tokens", 3), ("output", 5), ("total", 15)])
        );
    }

    #[test]
    fn an_openai_object_with_another_key_or_a_wrong_part_is_a_plain_map() {
        assert_eq!(
            usage(r#"{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":0.1}"#),
            amounts(&[("completion_tokens", 2), ("prompt_tokens", 1), ("total_tokens", 3)])
        );
        assert_eq!(
            usage(r#"{"prompt_tokens":1,"completion_tokens":2}"#),
            amounts(&[("completion_tokens", 2), ("prompt_tokens", 1)])
        );
        assert_eq!(
            usage(r#"{"input_tokens":1,"output_tokens":2,"total_tokens":3,"input_tokens_details":{"a":-1}}"#),
            amounts(&[("input_tokens", 1), ("output_tokens", 2), ("total_tokens", 3)])
        );
    }

    #[test]
    fn a_plain_map_keeps_what_is_an_amount() {
        assert_eq!(
            usage(
                r#"{"a":1,"b":2.0,"c":"3","d":" +4 tokens","e":"-0","f":-1,"g":1.5,"h":null,"i":{},"j":"x","k":"-5",
                    "l":9007199254740993,"m":"99999999999999999999","n":true,"o":0,"a":7,"p":1,"p":null}"#
            ),
            amounts(&[("a", 7), ("b", 2), ("c", 3), ("d", 4), ("e", 0), ("o", 0)])
        );
        assert_eq!(usage("{}"), amounts(&[]));
    }

    #[test]
    fn costs_are_the_numbers_that_are_not_negative() {
        let object = Json::parse(r#"{"input":0.002,"output":1e-6,"a":"1","b":-1,"c":null,"d":1e999,"total":0}"#);
        let costs = cost_details(&object.unwrap().object().unwrap());
        assert_eq!(
            costs.iter().map(|(kind, cost)| (&**kind, cost.picodollars())).collect::<Vec<_>>(),
            [("input", 2_000_000_000), ("output", 1_000_000), ("total", 0)]
        );
    }
}
