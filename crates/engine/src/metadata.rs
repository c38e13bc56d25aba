//! The metadata of an entity, merged from what its events said.
//!
//! Owns the merge rule of Langfuse's ingestion: objects merge key by key, arrays index by index, anything else is
//! replaced by what came later. Works on JSON text, so that no digit of a number is lost.

use std::borrow::Cow;
use std::collections::HashMap;

use spanstone_ingest::lenient_json::{Json, Object, quote_into};
use spanstone_model::Text;

/// How deep two values are merged; below, the later one replaces the earlier one whole.
const MERGE_DEPTH_MAX: usize = 64;

/// Merges JSON objects, the earliest first, into top-level keys and stored values: a string as it is, any other
/// value as JSON text. A piece that is no JSON object adds nothing.
pub(crate) fn merge<'a>(pieces: impl Iterator<Item = &'a str>) -> Vec<(Text, Text)> {
    let mut merged: Option<Cow<'a, str>> = None;
    for piece in pieces {
        merged = Some(match merged {
            None => Cow::Borrowed(piece),
            Some(earlier) => Cow::Owned(merge_texts(&earlier, piece)),
        });
    }
    let merged = merged.unwrap_or_default();
    let Some(object) = Json::parse(&merged).ok().and_then(Json::object) else { return Vec::new() };
    let stored = |(key, value): (&str, Json<'_>)| (Text::from(key), Text::from(value.stored_text()));
    Members::of(&object).list.into_iter().map(stored).collect()
}

fn merge_texts(earlier: &str, later: &str) -> String {
    match (Json::parse(earlier), Json::parse(later)) {
        (Ok(earlier), Ok(later)) => merge_values(earlier, later, MERGE_DEPTH_MAX),
        (Ok(_), Err(_)) => earlier.to_owned(),
        (Err(_), _) => later.to_owned(),
    }
}

fn merge_values(earlier: Json<'_>, later: Json<'_>, depth: usize) -> String {
    if depth == 0 {
        return later.as_written().to_owned();
    }
    if let (Some(earlier), Some(later)) = (earlier.object(), later.object()) {
        return merge_objects(&earlier, &later, depth - 1);
    }
    if let (Some(earlier), Some(later)) = (earlier.array(), later.array()) {
        return merge_arrays(&earlier, &later, depth - 1);
    }
    later.as_written().to_owned()
}

fn merge_objects(earlier: &Object<'_>, later: &Object<'_>, depth: usize) -> String {
    let (earlier, later) = (Members::of(earlier), Members::of(later));
    let mut json = String::from("{");
    for (key, value) in &earlier.list {
        match later.get(key) {
            Some(later) => push_member(&mut json, key, &merge_values(*value, later, depth)),
            None => push_member(&mut json, key, value.as_written()),
        }
    }
    for (key, value) in later.list.iter().filter(|(key, _)| earlier.get(key).is_none()) {
        push_member(&mut json, key, value.as_written());
    }
    json.push('}');
    json
}

fn push_member(json: &mut String, key: &str, value: &str) {
    if json.len() > 1 {
        json.push(',');
    }
    quote_into(key, json);
    json.push(':');
    json.push_str(value);
}

fn merge_arrays(earlier: &[Json<'_>], later: &[Json<'_>], depth: usize) -> String {
    let mut json = String::from("[");
    for index in 0..earlier.len().max(later.len()) {
        if index > 0 {
            json.push(',');
        }
        match (earlier.get(index), later.get(index)) {
            (Some(earlier), Some(later)) => json.push_str(&merge_values(*earlier, *later, depth)),
            (Some(only), None) | (None, Some(only)) => json.push_str(only.as_written()),
            (None, None) => {}
        }
    }
    json.push(']');
    json
}

/// The members of an object in the order of their first appearance; of two with the same key the later value.
struct Members<'o, 'a> {
    list: Vec<(&'o str, Json<'a>)>,
    places: HashMap<&'o str, usize>,
}

impl<'o, 'a> Members<'o, 'a> {
    fn of(object: &'o Object<'a>) -> Self {
        let mut members = Self { list: Vec::new(), places: HashMap::new() };
        for (key, value) in object.iter() {
            let place = *members.places.entry(key).or_insert(members.list.len());
            if place == members.list.len() {
                members.list.push((key, value));
            } else {
                members.list[place].1 = value;
            }
        }
        members
    }

    fn get(&self, key: &str) -> Option<Json<'a>> {
        self.places.get(key).map(|place| self.list[*place].1)
    }
}

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
