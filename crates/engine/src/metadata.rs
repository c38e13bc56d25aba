//! The metadata of an entity, merged from what its events said.
//!
//! Owns the merge rule of Langfuse's ingestion: objects merge key by key, arrays index by index, anything else is
//! replaced by what came later. Works on JSON text, so that no digit of a number is lost.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use spanstone_model::Text;

/// How deep two values are merged; below, the later one replaces the earlier one whole.
const MERGE_DEPTH_MAX: usize = 64;

/// A JSON object as its keys and the text of its values, in their order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a str)>);

/// Merges JSON objects, the earliest first, into top-level keys and stored values: a string as it is, any other
/// value as JSON text. A piece that is no JSON object adds nothing.
pub(crate) fn merge<'a>(pieces: impl Iterator<Item = &'a str>) -> Vec<(Text, Text)> {
    let mut merged: Option<Cow<'a, str>> = None;
    for piece in pieces {
        merged = Some(match merged {
            None => Cow::Borrowed(piece),
            Some(earlier) => Cow::Owned(merge_values(&earlier, piece, MERGE_DEPTH_MAX)),
        });
    }
    let Some(merged) = merged else { return Vec::new() };
    let entries = entries(&merged).unwrap_or_default();
    entries.into_iter().map(|(key, value)| (Text::from(&*key), stored(value))).collect()
}

/// The stored text of a JSON value: a string as it is, any other value as it stands.
fn stored(value: &str) -> Text {
    match serde_json::from_str::<Cow<'_, str>>(value) {
        Ok(text) => Text::from(&*text),
        Err(_) => Text::from(value),
    }
}

fn merge_values(earlier: &str, later: &str, depth: usize) -> String {
    if depth == 0 {
        return later.to_owned();
    }
    if let (Some(earlier), Some(later)) = (entries(earlier), entries(later)) {
        return merge_objects(earlier, later, depth - 1);
    }
    if let (Some(earlier), Some(later)) = (elements(earlier), elements(later)) {
        return merge_arrays(&earlier, &later, depth - 1);
    }
    later.to_owned()
}

fn merge_objects(earlier: Vec<(Cow<'_, str>, &str)>, later: Vec<(Cow<'_, str>, &str)>, depth: usize) -> String {
    let mut merged: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        earlier.into_iter().map(|(key, value)| (key, Cow::Borrowed(value))).collect();
    for (key, value) in later {
        match merged.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = Cow::Owned(merge_values(known, value, depth)),
            None => merged.push((key, Cow::Borrowed(value))),
        }
    }
    let mut json = String::from("{");
    for (index, (key, value)) in merged.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(&serde_json::to_string(key).expect("a string always has a JSON form"));
        json.push(':');
        json.push_str(value);
    }
    json.push('}');
    json
}

fn merge_arrays(earlier: &[&RawValue], later: &[&RawValue], depth: usize) -> String {
    let mut json = String::from("[");
    for index in 0..earlier.len().max(later.len()) {
        if index > 0 {
            json.push(',');
        }
        match (earlier.get(index), later.get(index)) {
            (Some(earlier), Some(later)) => json.push_str(&merge_values(earlier.get(), later.get(), depth)),
            (Some(only), None) | (None, Some(only)) => json.push_str(only.get()),
            (None, None) => {}
        }
    }
    json.push(']');
    json
}

/// The entries of a JSON object, of two with the same key the later value; nothing for any other value.
fn entries(json: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    serde_json::from_str::<Entries<'_>>(json).ok().map(|Entries(entries)| entries)
}

/// The elements of a JSON array; nothing for any other value.
fn elements(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(Cow<'de, str>, &'de str)> = Vec::new();
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    let value = map.next_value::<&'de RawValue>()?.get();
                    match entries.iter_mut().find(|(known, _)| *known == key.0) {
                        Some((_, known)) => *known = value,
                        None => entries.push((key.0, value)),
                    }
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

/// A key that borrows where it can: `Cow` alone always owns when it is deserialised.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(pieces: &[&str]) -> Vec<(String, String)> {
        merge(pieces.iter().copied()).into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn objects_merge_by_key_and_arrays_by_index() {
        let merged = merged(&[r#"{"a":{"x":1,"y":[1,2,3]},"b":"one"}"#, r#"{"a":{"y":[9],"z":null},"c":true}"#]);
        assert_eq!(merged, pairs(&[("a", r#"{"x":1,"y":[9,2,3],"z":null}"#), ("b", "one"), ("c", "true")]));
    }

    #[test]
    fn the_later_leaf_wins_even_when_it_is_null() {
        assert_eq!(merged(&[r#"{"a":1,"b":{"c":2}}"#, r#"{"a":null,"b":[1]}"#]), pairs(&[("a", "null"), ("b", "[1]")]));
    }

    #[test]
    fn digits_and_escapes_survive() {
        let merged = merged(&[r#"{"n":12345678901234567890.10,"t":"line\nü"}"#, r#"{"k\"ey":"1"}"#]);
        assert_eq!(merged, pairs(&[("n", "12345678901234567890.10"), ("t", "line\nü"), ("k\"ey", "1")]));
    }

    #[test]
    fn what_is_no_object_adds_nothing() {
        assert_eq!(merged(&["[1]"]), pairs(&[]));
        assert_eq!(merged(&[]), pairs(&[]));
    }

    proptest! {
        #[test]
        fn a_piece_merged_with_itself_is_itself(keys in prop::collection::vec("[a-c]{1,2}", 0..5), number: i32) {
            let json = serde_json::json!(keys.iter().map(|key| (key.clone(), vec![number])).collect::<std::collections::BTreeMap<_, _>>());
            let json = json.to_string();
            prop_assert_eq!(merged(&[&json, &json]), merged(&[&json]));
        }
    }
}
