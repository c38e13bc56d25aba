//! Stored payloads on their way into JSON.
//!
//! Owns Langfuse's rule for them: a stored text that is JSON is given as that JSON, any other text as a string, and
//! a number that an IEEE double cannot hold as a string of its exact token. A text is passed through unparsed when
//! it holds no such number, which is nearly always.

use std::collections::HashSet;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use spanstone_model::Text;

/// A stored text, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'a>(pub(crate) Option<&'a str>);

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(text) = self.0.filter(|text| !text.is_empty()) else {
            return serializer.serialize_none();
        };
        if !may_be_json(text) {
            return serializer.serialize_str(text);
        }
        match serde_json::from_str::<&RawValue>(text) {
            Err(_) => serializer.serialize_str(text),
            Ok(raw) => match quote_large_numbers(raw.get()) {
                None => raw.serialize(serializer),
                Some(rewritten) => match RawValue::from_string(rewritten) {
                    Ok(raw) => raw.serialize(serializer),
                    Err(_) => serializer.serialize_str(text),
                },
            },
        }
    }
}

/// Metadata: keys and stored values. Of keys that come twice the first counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metadata<'a> {
    /// The keys and values.
    pub(crate) pairs: &'a [(Text, Text)],
    /// How many characters of a value are given; all when nothing is said.
    pub(crate) chars_max: Option<usize>,
}

impl<'a> Metadata<'a> {
    /// Metadata in full.
    pub(crate) fn whole(pairs: &'a [(Text, Text)]) -> Self {
        Self { pairs, chars_max: None }
    }
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seen = HashSet::new();
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.pairs {
            if seen.insert(&**key) {
                map.serialize_entry(&**key, &Stored(Some(cut(value, self.chars_max))))?;
            }
        }
        map.end()
    }
}

fn cut(text: &str, chars_max: Option<usize>) -> &str {
    let end = chars_max.and_then(|max| text.char_indices().nth(max));
    end.map_or(text, |(end, _)| &text[..end])
}

/// Spares most plain texts the attempt to read them as JSON.
fn may_be_json(text: &str) -> bool {
    let first = text.bytes().find(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    matches!(first, Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
}

/// The same valid JSON with each number that does not survive a double in quotes; nothing when there is none.
fn quote_large_numbers(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let mut rewritten: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = number_end(bytes, at);
                let token = &json[at..end];
                if !survives_double(token) {
                    let out = rewritten.get_or_insert_default();
                    out.push_str(&json[copied..at]);
                    out.extend(["\"", token, "\""]);
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    rewritten.map(|mut out| {
        out.push_str(&json[copied..]);
        out
    })
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    start + bytes[start..].iter().take_while(|byte| is_part(byte)).count()
}

/// Whether a double, written in the fewest digits that read back as it, has the significant digits of the token.
/// Up to 15 digits always do, except near the ends of the range.
fn survives_double(token: &str) -> bool {
    let has_exponent = token.bytes().any(|byte| matches!(byte, b'e' | b'E'));
    if token.len() <= 15 && !has_exponent {
        return true;
    }
    let Ok(number) = token.parse::<f64>() else { return false };
    number.is_finite() && significant_digits(token) == significant_digits(&format!("{number:e}"))
}

fn significant_digits(token: &str) -> Vec<u8> {
    let mantissa = token.split(['e', 'E']).next().unwrap_or_default();
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').collect();
    let kept = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    digits.truncate(kept);
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn rendered(text: &str) -> String {
        serde_json::to_string(&Stored(Some(text))).expect("stored texts always serialise")
    }

    #[test]
    fn a_text_that_is_json_is_given_as_json() {
        for (stored, expected) in [
            (r#"{"a":[1,"x",null]}"#, r#"{"a":[1,"x",null]}"#),
            ("123", "123"),
            (" true ", "true"),
            ("null", "null"),
            (r#""quoted""#, r#""quoted""#),
            ("plain", r#""plain""#),
            ("{broken", r#""{broken""#),
            ("NaN", r#""NaN""#),
            ("", "null"),
            ("line\nbreak", r#""line\nbreak""#),
            (r#"{"lone":"\ud83d"}"#, r#"{"lone":"\ud83d"}"#),
        ] {
            assert_eq!(rendered(stored), expected, "{stored}");
        }
        assert_eq!(serde_json::to_string(&Stored(None)).expect("null"), "null");
    }

    #[test]
    fn a_number_that_no_double_holds_becomes_a_string() {
        for (stored, expected) in [
            ("9007199254740993", r#""9007199254740993""#),
            ("9007199254740992", "9007199254740992"),
            ("12345678901234567890", r#""12345678901234567890""#),
            ("100000000000000000000", "100000000000000000000"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("3.14159265358979323846", r#""3.14159265358979323846""#),
            ("1e400", r#""1e400""#),
            ("1e-400", r#""1e-400""#),
            ("-0.0", "-0.0"),
            (
                r#"{"id":9007199254740993,"s":"9007199254740993"}"#,
                r#"{"id":"9007199254740993","s":"9007199254740993"}"#,
            ),
            (r#"["\"9007199254740993",-9007199254740993]"#, r#"["\"9007199254740993","-9007199254740993"]"#),
        ] {
            assert_eq!(rendered(stored), expected, "{stored}");
        }
    }

    #[test]
    fn nesting_without_end_is_passed_through() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(rendered(&deep), deep);
    }

    #[test]
    fn of_metadata_keys_that_come_twice_the_first_counts() {
        let pairs: [(Text, Text); 3] =
            [("a".into(), "1".into()), ("b".into(), "é2345".into()), ("a".into(), "2".into())];
        let json = |metadata| serde_json::to_string(&metadata).expect("an object");
        assert_eq!(json(Metadata::whole(&pairs)), r#"{"a":1,"b":"é2345"}"#);
        assert_eq!(json(Metadata { pairs: &pairs, chars_max: Some(2) }), r#"{"a":1,"b":"é2"}"#);
    }

    proptest! {
        #[test]
        fn whatever_is_stored_the_answer_is_json(text in ".{0,60}") {
            prop_assert!(serde_json::from_str::<Value>(&rendered(&text)).is_ok());
        }

        #[test]
        fn every_double_survives_itself(number: f64) {
            prop_assume!(number.is_finite());
            let (plain, scientific) = (format!("{number:?}"), format!("{number:e}"));
            prop_assert!(survives_double(&plain) && survives_double(&scientific));
        }

        #[test]
        fn json_of_small_numbers_is_passed_through(numbers: Vec<i32>, text in "[a-z\"\\\\]{0,8}") {
            let json = serde_json::json!({"numbers": numbers, "text": text}).to_string();
            prop_assert_eq!(rendered(&json), json);
        }
    }
}
