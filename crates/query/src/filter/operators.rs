//! The operators of conditions by their names on the wire.

use super::{Comparison, Test, TextMatch};

impl Comparison {
    /// The comparison of this name: `=`, `<`, `<=`, `>` or `>=`.
    #[must_use]
    pub fn from_operator(operator: &str) -> Option<Self> {
        Some(match operator {
            "=" => Self::Equal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

impl TextMatch {
    /// The way to match that has this name: `=`, `contains`, `does not contain`, `starts with` or `ends with`.
    #[must_use]
    pub fn from_operator(operator: &str) -> Option<Self> {
        Some(match operator {
            "=" => Self::Equals,
            "contains" => Self::Contains,
            "does not contain" => Self::DoesNotContain,
            "starts with" => Self::StartsWith,
            "ends with" => Self::EndsWith,
            _ => return None,
        })
    }
}

impl Test {
    /// The test for some options that has this name: `any of`, `none of` or `all of`.
    #[must_use]
    pub fn of_options(operator: &str, options: Vec<String>) -> Option<Self> {
        Some(match operator {
            "any of" => Self::AnyOf(options),
            "none of" => Self::NoneOf(options),
            "all of" => Self::AllOf(options),
            _ => return None,
        })
    }
}
