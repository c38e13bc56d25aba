//! One attribute value, whatever encoding it came in.
//!
//! Owns JavaScript's idea of truth, numbers in strings, and the stored text. Refuses to know what an attribute
//! means.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::lenient_json::{Json, Kind, quote_into};

/// Values nested deeper than this are dropped.
pub(super) const DEPTH_MAX: usize = 64;

/// JavaScript counts integers exactly up to here; a float below it that is whole is printed as an integer.
const WHOLE_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

/// The floats that JavaScript prints without an exponent.
const PLAIN_FLOATS: std::ops::Range<f64> = 1e-6..1e21;

/// A value: JSON's vocabulary, with integers apart from floats.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Finite.
    Double(f64),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    /// In order of appearance.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl Value<'_> {
    /// A float as JSON knows it: the three that JSON has no number for become their names, as in OTLP/JSON.
    pub(super) fn from_double(double: f64) -> Self {
        if double.is_finite() {
            Self::Double(double)
        } else if double.is_nan() {
            Self::String(Cow::Borrowed("NaN"))
        } else if double > 0.0 {
            Self::String(Cow::Borrowed("Infinity"))
        } else {
            Self::String(Cow::Borrowed("-Infinity"))
        }
    }

    /// What JavaScript's `if (value)` says.
    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Int(int) => *int != 0,
            Self::Double(double) => *double != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Array(_) | Self::Object(_) => true,
        }
    }

    /// Whether it is `true` or the string `true`: how clients spell a flag.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Bool(truth) => *truth,
            Self::String(text) => text == "true",
            Self::Null | Self::Int(_) | Self::Double(_) | Self::Array(_) | Self::Object(_) => false,
        }
    }

    /// The string, if it is one.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The number, also when it is spelled as a string; finite.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "JavaScript, whose rules these are, has no other numbers")]
            Self::Int(int) => Some(*int as f64),
            Self::Double(double) => Some(*double),
            Self::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Null | Self::Bool(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The stored text: a string as it is, anything else as compact JSON.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::String(text) => Cow::Borrowed(text),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) | Self::Array(_) | Self::Object(_) => {
                Cow::Owned(self.json())
            }
        }
    }

    /// Compact JSON.
    pub(super) fn json(&self) -> String {
        let mut out = String::new();
        self.json_into(&mut out);
        out
    }

    /// Appends compact JSON.
    pub(super) fn json_into(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Int(int) => write(out, format_args!("{int}")),
            Self::Double(double) => match whole(*double) {
                Some(int) => write(out, format_args!("{int}")),
                None if PLAIN_FLOATS.contains(&double.abs()) => write(out, format_args!("{double}")),
                None => write(out, format_args!("{double:e}")),
            },
            Self::String(text) => quote_into(text, out),
            Self::Array(items) => list_into(out, ['[', ']'], items, Self::json_into),
            Self::Object(entries) => list_into(out, ['{', '}'], entries, |(key, value), out| {
                quote_into(key, out);
                out.push(':');
                value.json_into(out);
            }),
        }
    }
}

impl<'a> Value<'a> {
    /// What a piece of plain JSON says. An array or an object stays text: whoever knows what it means reads it.
    pub(super) fn from_plain_json(json: Json<'a>) -> Self {
        match json.kind() {
            Kind::Null => Self::Null,
            Kind::Boolean => Self::Bool(json.boolean() == Some(true)),
            Kind::String | Kind::Array | Kind::Object => Self::String(json.stored_text()),
            Kind::Number => {
                let number = json.number().unwrap_or(f64::NAN);
                let int = json.as_written().parse().ok().or_else(|| whole(number));
                int.map_or_else(|| Self::from_double(number), Self::Int)
            }
        }
    }
}

/// The integer that a float is, when it is one that JavaScript counts exactly.
pub(super) fn whole(double: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small just before")]
    (double.fract() == 0.0 && double.abs() < WHOLE_FLOAT_MAX).then_some(double as i64)
}

/// Appends items between brackets, with commas.
pub(super) fn list_into<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut item_into: impl FnMut(T, &mut String),
) {
    out.push(open);
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        item_into(item, out);
    }
    out.push(close);
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes everything written to it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_stands_for_itself() {
        for (json, expected) in [
            ("10.0", Value::Int(10)),
            ("-0.5", Value::Double(-0.5)),
            ("9223372036854775807", Value::Int(i64::MAX)),
            ("1e999", Value::String("Infinity".into())),
            ("true", Value::Bool(true)),
            ("null", Value::Null),
            (r#""a\n""#, Value::String("a\n".into())),
            (r#"[1, {"a": 2}]"#, Value::String(r#"[1,{"a":2}]"#.into())),
        ] {
            assert_eq!(Value::from_plain_json(Json::parse(json).unwrap()), expected, "{json}");
        }
    }

    #[test]
    fn a_value_is_written_as_compact_json() {
        let value = Value::Object(vec![
            ("b".into(), Value::Array(vec![Value::Int(-1), Value::Double(2.5), Value::Null])),
            ("a".into(), Value::String("ü\n".into())),
            (
                "c".into(),
                Value::Array(vec![
                    Value::Double(3.0),
                    Value::Double(1e300),
                    Value::Double(-1.35e-5),
                    Value::Double(1e-7),
                ]),
            ),
            ("d".into(), Value::Bool(true)),
        ]);
        assert_eq!(value.json(), r#"{"b":[-1,2.5,null],"a":"ü\n","c":[3,1e300,-0.0000135,1e-7],"d":true}"#);
    }

    #[test]
    fn a_float_without_a_number_in_json_becomes_its_name() {
        for (double, expected) in [(f64::NAN, "NaN"), (f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity")] {
            assert_eq!(Value::from_double(double).text(), expected);
        }
    }
}
