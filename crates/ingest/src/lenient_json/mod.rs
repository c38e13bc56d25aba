//! JSON as clients really write it.
//!
//! Owns the reading of JSON without building a tree: a scanner that checks the grammar once, a view of a value
//! as a piece of the request's text, and the two text forms payloads are stored in. Lenient where strictness
//! would cost a whole batch: invalid UTF-8 and lone surrogate escapes become U+FFFD, numbers may have any size,
//! values any depth. Refuses what JavaScript's `JSON.parse` refuses, NaN and Infinity among it.

mod scan;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use scan::{NotJson, Scanner};
pub use text::quote_into;

/// The largest integer that JavaScript holds exactly, 2⁵³ − 1.
pub const SAFE_INTEGER_MAX: i64 = (1 << 53) - 1;

/// Returns the text of a request body: a byte-order mark is dropped, invalid UTF-8 becomes U+FFFD. Borrows when
/// there is nothing to repair.
#[must_use]
pub fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    // Asking first is many times faster than the lossy reader for the body that needs no repair.
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// The JSON type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The name that error messages use for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// One JSON value: a piece of text that has been checked to be one, without whitespace around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Reads a text that is one JSON value.
    ///
    /// # Errors
    /// Fails when it is not.
    pub fn parse(text: &'a str) -> Result<Self, NotJson> {
        let mut scanner = Scanner::new(text);
        let value = scanner.value()?;
        scanner.end()?;
        Ok(value)
    }

    /// Returns the value's type.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Returns the value as it was written.
    #[must_use]
    pub fn as_written(self) -> &'a str {
        self.0
    }

    /// Returns whether the value is null.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Returns a string's content, borrowed unless it has escapes. Lone surrogates become U+FFFD.
    #[must_use]
    pub fn string(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(text::unescape(inner))
    }

    /// Returns a boolean.
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Returns a number as JavaScript would hold it; infinite when it is beyond that.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        (self.kind() == Kind::Number).then(|| self.0.parse().ok())?
    }

    /// Returns a number that is an integer which JavaScript holds exactly, however it is written: `10`, `10.0`
    /// and `1e1` are the same.
    #[must_use]
    pub fn safe_integer(self) -> Option<i64> {
        if let Ok(integer) = self.0.parse::<i64>() {
            return (integer.unsigned_abs() <= SAFE_INTEGER_MAX.unsigned_abs()).then_some(integer);
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a whole number within ±2⁵³ converts exactly both ways"
        )]
        self.number()
            .filter(|number| number.fract() == 0.0 && number.abs() <= SAFE_INTEGER_MAX as f64)
            .map(|number| number as i64)
    }

    /// Returns whether JavaScript takes the value for true: all but null, false, zero and the empty string.
    #[must_use]
    pub fn is_truthy(self) -> bool {
        match self.kind() {
            Kind::Null => false,
            Kind::Boolean => self.0 == "true",
            Kind::Number => self.number().is_some_and(|number| number != 0.0),
            Kind::String => self.0.len() > 2,
            Kind::Array | Kind::Object => true,
        }
    }

    /// Returns the form in which payloads are stored: a string's content as it is, any other value compact.
    #[must_use]
    pub fn stored_text(self) -> Cow<'a, str> {
        self.string().unwrap_or_else(|| Cow::Owned(self.compact()))
    }

    /// Returns a string, a number or a boolean as text.
    #[must_use]
    pub fn primitive_text(self) -> Option<Cow<'a, str>> {
        match self.kind() {
            Kind::String | Kind::Number | Kind::Boolean => Some(self.stored_text()),
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// Returns the value without whitespace between its parts. Numbers keep their digits; strings are escaped as
    /// JavaScript's `JSON.stringify` escapes them, that is only where they must be.
    #[must_use]
    pub fn compact(self) -> String {
        let mut out = String::with_capacity(self.0.len());
        self.compact_into(&mut out);
        out
    }

    /// Appends what [`Self::compact`] returns.
    pub fn compact_into(self, out: &mut String) {
        text::compact_into(self.0, out);
    }

    /// Returns whether the value is an object without members.
    #[must_use]
    pub fn is_empty_object(self) -> bool {
        let inner = self.0.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        inner.is_some_and(|inner| inner.bytes().all(scan::is_whitespace))
    }

    /// Returns an object's members.
    #[must_use]
    pub fn object(self) -> Option<Object<'a>> {
        (self.kind() == Kind::Object).then(|| Scanner::new(self.0).object().ok())?
    }

    /// Returns what stands at the end of a path of member names.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Option<Json<'a>> {
        path.iter().try_fold(self, |json, name| json.object()?.get(name))
    }

    /// Returns an array's elements.
    #[must_use]
    pub fn array(self) -> Option<Vec<Json<'a>>> {
        if self.kind() != Kind::Array {
            return None;
        }
        let mut elements = Vec::new();
        let mut scanner = Scanner::new(self.0);
        scanner
            .elements(|scanner| {
                elements.push(scanner.value()?);
                Ok::<_, NotJson>(())
            })
            .ok()?;
        Some(elements)
    }
}

/// The members of an object, in the order in which they were written; a key may occur twice.
#[derive(Debug, Clone, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Returns the value of a key; of two the last one, as everywhere in JavaScript.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Json<'a>> {
        let member = self.0.iter().rev().find(|(name, _)| name == key);
        member.map(|(_, value)| *value)
    }

    /// Returns the members in order, with every occurrence of a key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Json<'a>)> {
        self.0.iter().map(|(key, value)| (&**key, *value))
    }

    /// Returns the members that count, that is of those with one key the last, sorted by key.
    #[must_use]
    pub fn by_key(&self) -> BTreeMap<&str, Json<'a>> {
        self.iter().collect()
    }

    /// Returns whether there are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets every member.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn push(&mut self, key: Cow<'a, str>, value: Json<'a>) {
        self.0.push((key, value));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text).unwrap()
    }

    #[test]
    fn an_integer_may_be_written_like_a_float() {
        for (text, expected) in [
            ("10", Some(10)),
            ("10.0", Some(10)),
            ("1e1", Some(10)),
            ("-0", Some(0)),
            ("-3", Some(-3)),
            ("9007199254740991", Some(SAFE_INTEGER_MAX)),
            ("9007199254740992", None),
            ("-9007199254740992", None),
            ("123456789012345678901234567890", None),
            ("1e999", None),
            ("1.5", None),
            ("\"1\"", None),
            ("true", None),
        ] {
            assert_eq!(json(text).safe_integer(), expected, "{text}");
        }
    }

    #[test]
    fn truth_is_what_javascript_takes_for_it() {
        for text in ["null", "false", "0", "-0", "0.0", "0e5", "1e-999", "\"\""] {
            assert!(!json(text).is_truthy(), "{text}");
        }
        for text in ["true", "1", "1e999", "\" \"", "\"0\"", "[]", "{}"] {
            assert!(json(text).is_truthy(), "{text}");
        }
    }

    #[test]
    fn a_body_is_repaired_only_where_it_must_be() {
        assert!(matches!(text("{\"a\":\"ü\"}".as_bytes()), Cow::Borrowed(_)));
        assert_eq!(text(b"\xEF\xBB\xBF{}"), "{}");
        assert_eq!(text(b"\"a\xFFb\""), "\"a\u{FFFD}b\"");
    }

    #[test]
    fn of_two_members_with_one_key_the_last_one_counts() {
        let object = json(r#"{"a":1,"\u0061":2,"b":{"a":3}}"#).object().unwrap();
        assert_eq!(object.get("a"), Some(json("2")));
        assert_eq!(object.get("c"), None);
    }

    #[test]
    fn a_path_leads_through_objects_only() {
        let nested = json(r#"{"a":{"b":1},"c":[{"b":2}]}"#);
        assert_eq!(nested.at(&["a", "b"]), Some(json("1")));
        assert_eq!(nested.at(&[]), Some(nested));
        assert_eq!(nested.at(&["c", "b"]), None);
    }

    fn is_serde_json(text: &str) -> bool {
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
    }

    proptest! {
        #[test]
        fn the_grammar_is_that_of_serde_json(text in r#"[\[\]{}:, \n0-9eE.+\-"\\utrfalsn\u{0}é]{0,12}"#) {
            prop_assert_eq!(Json::parse(&text).is_ok(), is_serde_json(&text), "{:?}", text);
        }

        #[test]
        fn numbers_are_those_of_serde_json(text in r"[0-9eE.+\-]{1,6}") {
            prop_assert_eq!(Json::parse(&text).is_ok(), is_serde_json(&text), "{:?}", text);
        }

        #[test]
        fn strings_are_read_as_serde_json_reads_them(content in "\\PC{0,8}[\\x00-\\x1f\"\\\\/🦀é]{0,8}") {
            let written = serde_json::to_string(&content).unwrap();
            prop_assert_eq!(json(&written).string(), Some(Cow::from(&content)));
            let ascii: String = content
                .encode_utf16()
                .map(|unit| format!("\\u{unit:04X}"))
                .collect();
            let ascii = format!("\"{ascii}\"");
            prop_assert_eq!(json(&ascii).string(), Some(Cow::from(&content)));
            prop_assert_eq!(json(&ascii).compact(), written);
        }
    }
}
