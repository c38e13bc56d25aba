//! When a tier of prices applies.
//!
//! Owns the two kinds of conditions that Langfuse knows, and what decided. Refuses to look for a value anywhere but
//! where the condition says.

use std::cmp::Ordering;
use std::fmt;

use serde_json::value::RawValue;
use spanstone_model::Text;

use crate::pattern::Pattern;
use crate::quantity::Quantities;

/// A condition of a tier.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// How much was used.
    Usage(UsageCondition),
    /// What something was set to.
    Setting(SettingCondition),
}

/// The sum over some types of usage, compared with a number.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageCondition {
    /// Which types of usage are added up.
    pub pattern: Pattern,
    /// Whether the pattern regards case.
    pub case_sensitive: bool,
    /// How the sum is compared.
    pub operator: Operator,
    /// With what.
    pub value: u64,
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
}

impl Operator {
    /// Every operator with its name in Langfuse's API and its sign.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Gt, "gt", ">"),
        (Self::Gte, "gte", ">="),
        (Self::Lt, "lt", "<"),
        (Self::Lte, "lte", "<="),
        (Self::Eq, "eq", "="),
        (Self::Neq, "neq", "!="),
    ];

    /// The name in Langfuse's API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(operator, ..)| *operator == self).map_or("eq", |(_, name, _)| name)
    }

    /// The sign.
    #[must_use]
    pub fn sign(self) -> &'static str {
        Self::ALL.into_iter().find(|(operator, ..)| *operator == self).map_or("=", |(.., sign)| sign)
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Gt => order.is_gt(),
            Self::Gte => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Lte => order.is_le(),
            Self::Eq => order.is_eq(),
            Self::Neq => order.is_ne(),
        }
    }
}

/// One of some values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingCondition {
    /// Where the value is.
    pub source: Source,
    /// Under which key.
    pub key: Text,
    /// The values, of which one must be there.
    pub values: Vec<Text>,
}

/// Where a setting is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The parameters of the model call.
    ModelParameters,
    /// The metadata of the observation.
    Metadata,
}

impl Source {
    /// The name in Langfuse's API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ModelParameters => "model_parameters",
            Self::Metadata => "metadata",
        }
    }
}

/// What a model call was made with, as far as prices can depend on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings<'a> {
    /// The parameters of the call: a JSON object.
    pub parameters: Option<&'a str>,
    /// Values of the metadata, by key.
    pub metadata: &'a [(Text, Text)],
}

impl Settings<'_> {
    /// The value of a key as text, if it is a string, a number or a boolean.
    fn get(&self, source: Source, key: &str) -> Option<String> {
        match source {
            Source::Metadata => {
                self.metadata.iter().rfind(|(name, _)| &**name == key).map(|(_, value)| value.to_string())
            }
            Source::ModelParameters => {
                let members: std::collections::HashMap<String, &RawValue> =
                    serde_json::from_str(self.parameters?).ok()?;
                primitive(members.get(key)?.get())
            }
        }
    }
}

/// A JSON string, number or boolean as text. Numbers are as they were written.
fn primitive(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(json.to_owned()),
    }
}

impl Condition {
    /// What was found, when the condition holds.
    pub(crate) fn holds(&self, quantities: &Quantities<'_>, settings: &Settings<'_>) -> Option<String> {
        match self {
            Self::Usage(UsageCondition { pattern, operator, value, .. }) => {
                let sum = quantities.sum(pattern);
                operator.holds(sum.cmp(value)).then(|| sum.to_string())
            }
            Self::Setting(SettingCondition { source, key, values }) => {
                let found = settings.get(*source, key)?;
                values.iter().any(|value| **value == *found).then_some(found)
            }
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(UsageCondition { pattern, operator, value, .. }) => {
                write!(f, "usage matching {} {} {value}", pattern.as_str(), operator.sign())
            }
            Self::Setting(SettingCondition { source, key, values }) => {
                write!(f, "{} {key} in {}", source.name(), values.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_where_the_condition_says_and_as_a_primitive_only() {
        let metadata = [("speed".into(), "fast".into())];
        let parameters = r#"{"service_tier":"flex","n":1.0,"stream":true,"stop":["flex"],"none":null}"#;
        let settings = Settings { parameters: Some(parameters), metadata: &metadata };
        let get = |source, key| settings.get(source, key);
        assert_eq!(get(Source::ModelParameters, "service_tier").as_deref(), Some("flex"));
        assert_eq!(get(Source::ModelParameters, "n").as_deref(), Some("1.0"));
        assert_eq!(get(Source::ModelParameters, "stream").as_deref(), Some("true"));
        assert_eq!(get(Source::ModelParameters, "stop"), None);
        assert_eq!(get(Source::ModelParameters, "none"), None);
        assert_eq!(get(Source::ModelParameters, "speed"), None);
        assert_eq!(get(Source::Metadata, "speed").as_deref(), Some("fast"));
        assert_eq!(Settings { parameters: Some("broken"), metadata: &[] }.get(Source::ModelParameters, "a"), None);
    }

    #[test]
    fn operators_compare_as_they_are_named() {
        for (operator, holds) in [
            (Operator::Gt, [false, false, true]),
            (Operator::Gte, [false, true, true]),
            (Operator::Lt, [true, false, false]),
            (Operator::Lte, [true, true, false]),
            (Operator::Eq, [false, true, false]),
            (Operator::Neq, [true, false, true]),
        ] {
            assert_eq!([1_u64, 2, 3].map(|sum| operator.holds(sum.cmp(&2))), holds, "{operator:?}");
        }
    }
}
