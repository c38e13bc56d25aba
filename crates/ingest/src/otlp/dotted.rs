//! Values that were taken apart into attributes, put together again: `0.role`, `0.content` become
//! `[{"role": …, "content": …}]`.
//!
//! Owns the limits that keep a few short keys from making a large value.

use std::collections::HashMap;

use super::value::{Value, list_into};
use crate::lenient_json::quote_into;

/// The most places in all lists of one value together, Langfuse's own limit. What lies beyond is dropped.
const PLACES_MAX: usize = 10_001;
/// How many dots of a key part it; the rest of a longer key is one part.
const DEPTH_MAX: usize = 32;

/// Returns compact JSON of the value that `parts` spell out. Later parts replace earlier ones they contradict.
pub(super) fn json<'s>(parts: impl Iterator<Item = (&'s str, &'s Value<'s>)>) -> String {
    let mut root = Node::Empty;
    let mut places_left = PLACES_MAX;
    for (path, value) in parts {
        root.insert(path.splitn(DEPTH_MAX, '.'), value, &mut places_left);
    }
    let mut out = String::new();
    root.json_into(&mut out);
    out
}

#[derive(Default)]
enum Node<'s> {
    #[default]
    Empty,
    Leaf(&'s Value<'s>),
    List(Vec<Node<'s>>),
    Object(Object<'s>),
}

#[derive(Default)]
struct Object<'s> {
    entries: Vec<(&'s str, Node<'s>)>,
    places: HashMap<&'s str, usize>,
}

impl<'s> Node<'s> {
    fn insert(&mut self, mut path: impl Iterator<Item = &'s str>, value: &'s Value<'s>, places_left: &mut usize) {
        let Some(part) = path.next() else {
            *self = Self::Leaf(value);
            return;
        };
        if let Some(child) = self.child(part, places_left) {
            child.insert(path, value, places_left);
        }
    }

    fn child(&mut self, part: &'s str, places_left: &mut usize) -> Option<&mut Self> {
        let place = part.parse::<usize>().ok();
        if matches!(self, Self::Empty | Self::Leaf(_)) {
            *self = match place {
                Some(_) => Self::List(Vec::new()),
                None => Self::Object(Object::default()),
            };
        }
        match self {
            Self::List(items) => {
                let place = place?;
                if let Some(missing) = place.checked_sub(items.len()) {
                    *places_left = places_left.checked_sub(missing.checked_add(1)?)?;
                    items.resize_with(place + 1, Self::default);
                }
                items.get_mut(place)
            }
            Self::Object(Object { entries, places }) => {
                let place = *places.entry(part).or_insert_with(|| {
                    entries.push((part, Self::Empty));
                    entries.len() - 1
                });
                entries.get_mut(place).map(|(_, node)| node)
            }
            Self::Empty | Self::Leaf(_) => None,
        }
    }

    fn json_into(&self, out: &mut String) {
        match self {
            Self::Empty => out.push_str("null"),
            Self::Leaf(value) => value.json_into(out),
            Self::List(items) => list_into(out, ['[', ']'], items, Self::json_into),
            Self::Object(Object { entries, .. }) => {
                list_into(out, ['{', '}'], entries, |(key, node), out| {
                    quote_into(key, out);
                    out.push(':');
                    node.json_into(out);
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(parts: &[(&'static str, &'static str)]) -> String {
        let values: Vec<_> = parts.iter().map(|(key, text)| (*key, Value::String((*text).into()))).collect();
        json(values.iter().map(|(key, value)| (*key, value)))
    }

    #[test]
    fn messages_are_put_together_again() {
        assert_eq!(
            rebuilt(&[("0.role", "user"), ("0.content", "hi"), ("1.role", "assistant"), ("1.tool_calls.0.name", "f"),]),
            r#"[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"name":"f"}]}]"#
        );
    }

    #[test]
    fn gaps_are_null_and_contradictions_end_with_the_later_part() {
        assert_eq!(rebuilt(&[("2", "c")]), r#"[null,null,"c"]"#);
        assert_eq!(rebuilt(&[("a", "x"), ("a.b", "y")]), r#"{"a":{"b":"y"}}"#);
        assert_eq!(rebuilt(&[("a.b", "y"), ("a", "x")]), r#"{"a":"x"}"#);
        assert_eq!(rebuilt(&[("0", "x"), ("name", "y")]), r#"["x"]"#);
    }

    #[test]
    fn a_few_keys_cannot_make_a_large_value() {
        assert_eq!(rebuilt(&[("10000000000", "x"), ("0", "y")]), r#"["y"]"#);
        assert_eq!(rebuilt(&[("18446744073709551615", "x")]), "[]");
        let deep = "a.".repeat(100_000);
        let json = json([(&*deep, &Value::Int(1))].into_iter());
        assert_eq!(json.matches('{').count(), DEPTH_MAX);
    }
}
