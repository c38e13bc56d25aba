//! The attributes of a span, a resource or a scope, and how one is found among them.
//!
//! Owns the rule that of two attributes with one key the later one counts. Refuses to know any key.

use std::borrow::Cow;
use std::collections::HashMap;

use super::value::Value;

/// Room for the attributes of most spans, so that they are not moved while they are read.
const TYPICAL_COUNT: usize = 16;

/// Attributes in the order in which they were sent.
///
/// A span is asked for about a hundred keys, most of which it does not have, so each key is kept beside a
/// fingerprint: a question is a scan over a few small integers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Attributes<'a> {
    entries: Vec<(Cow<'a, str>, Value<'a>)>,
    fingerprints: Vec<u32>,
}

impl<'a> Attributes<'a> {
    /// Adds an attribute. One without a value is as good as absent.
    pub(super) fn push(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        if matches!(value, Value::Null) {
            return;
        }
        if self.entries.is_empty() {
            self.entries.reserve(TYPICAL_COUNT);
            self.fingerprints.reserve(TYPICAL_COUNT);
        }
        self.fingerprints.push(fingerprint(&key));
        self.entries.push((key, value));
    }

    /// The value of the last attribute with this key.
    pub(super) fn get(&self, key: &str) -> Option<&Value<'a>> {
        let wanted = fingerprint(key);
        let mut end = self.fingerprints.len();
        while let Some(at) = self.fingerprints[..end].iter().rposition(|found| *found == wanted) {
            let (name, value) = &self.entries[at];
            if name == key {
                return Some(value);
            }
            end = at;
        }
        None
    }

    /// The value of this key, unless it is empty, zero or false.
    pub(super) fn truthy(&self, key: &str) -> Option<&Value<'a>> {
        self.get(key).filter(|value| value.is_truthy())
    }

    /// The string of this key, unless it is empty or no string.
    pub(super) fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Every attribute as sent, keys that appear twice included.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }

    /// Every attribute whose key starts with `prefix`, without the prefix.
    pub(super) fn under(&self, prefix: &str) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.iter().filter_map(move |(key, value)| key.strip_prefix(prefix).map(|rest| (rest, value)))
    }

    /// Each attribute once: at the place of its first appearance, with its last value.
    pub(super) fn distinct(&self) -> Vec<(&str, &Value<'a>)> {
        let mut distinct: Vec<(&str, &Value<'a>)> = Vec::with_capacity(self.entries.len());
        let mut places = HashMap::with_capacity(self.entries.len());
        for (key, value) in self.iter() {
            let place = *places.entry(key).or_insert(distinct.len());
            match distinct.get_mut(place) {
                Some(known) => known.1 = value,
                None => distinct.push((key, value)),
            }
        }
        distinct
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Value<'a>)> for Attributes<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Value<'a>)>>(entries: I) -> Self {
        let mut attributes = Self::default();
        for (key, value) in entries {
            attributes.push(key, value);
        }
        attributes
    }
}

/// Keys of one dialect share their beginning, so the end and the length tell them apart.
fn fingerprint(key: &str) -> u32 {
    let bytes = key.as_bytes();
    let tail = match bytes.last_chunk::<8>() {
        Some(tail) => u64::from_le_bytes(*tail),
        None => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let mixed = (tail ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(mixed >> 32).expect("a 64-bit word shifted by 32 has 32 bits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attributes(pairs: &[(&'static str, i64)]) -> Attributes<'static> {
        pairs.iter().map(|(key, int)| (Cow::Borrowed(*key), Value::Int(*int))).collect()
    }

    #[test]
    fn the_last_of_two_attributes_with_one_key_counts() {
        let twice = attributes(&[("a", 1), ("b", 2), ("a", 3)]);
        assert_eq!(twice.get("a"), Some(&Value::Int(3)));
        assert_eq!(twice.distinct(), [("a", &Value::Int(3)), ("b", &Value::Int(2))]);
        assert_eq!(twice.get("c"), None);
    }

    #[test]
    fn keys_that_end_alike_are_told_apart() {
        let alike = attributes(&[("x.0.message.content", 1), ("x.1.message.content", 2)]);
        assert_eq!(alike.get("x.0.message.content"), Some(&Value::Int(1)));
        assert_eq!(alike.get("x.2.message.content"), None);
    }

    proptest! {
        #[test]
        fn a_look_up_finds_what_a_scan_finds(keys in prop::collection::vec("[ab.]{0,12}", 0..40), wanted in "[ab.]{0,12}") {
            let all: Attributes<'_> = keys.iter().zip(0..)
                .map(|(key, int)| (Cow::Borrowed(key.as_str()), Value::Int(int)))
                .collect();
            for key in keys.iter().chain([&wanted]) {
                let scanned = all.iter().filter(|(name, _)| name == key).last().map(|(_, value)| value);
                prop_assert_eq!(all.get(key), scanned);
            }
        }
    }
}
