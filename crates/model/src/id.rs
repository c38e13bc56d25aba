//! Ids of projects, traces, observations, scores and sessions.
//!
//! Owns the id rule of Langfuse's ingestion API (1 to 800 UTF-16 units, no carriage return). Refuses to look
//! inside an id: slashes, spaces and unicode are as good as hex.

use std::fmt;
use std::sync::Arc;

/// The longest id a client may choose, in UTF-16 code units (what JavaScript calls the length).
pub const ID_UNITS_MAX: usize = 800;

/// Why a string is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The id is the empty string.
    #[error("an id must not be empty")]
    Empty,
    /// The id is longer than [`ID_UNITS_MAX`].
    #[error("an id must have at most {ID_UNITS_MAX} characters, this one has {units}")]
    TooLong {
        /// Its length in UTF-16 code units.
        units: usize,
    },
    /// The id holds a carriage return.
    #[error("an id must not contain a carriage return")]
    CarriageReturn,
}

/// Checks the id rule.
///
/// # Errors
/// Names the part of the rule that `text` breaks.
pub fn check_id(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    // A UTF-16 unit takes at least one byte of UTF-8, so short strings need no count.
    if text.len() > ID_UNITS_MAX {
        let units = text.encode_utf16().count();
        if units > ID_UNITS_MAX {
            return Err(IdError::TooLong { units });
        }
    }
    if text.contains('\r') {
        return Err(IdError::CarriageReturn);
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses an id that a client chose.
            ///
            /// # Errors
            /// Fails when `text` breaks the id rule.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check_id(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// Takes a string from a field that has no id rule of its own (a parent, a score's target, a
            /// path segment of a request): any text names something, if only something that does not exist.
            #[must_use]
            pub fn from_wire(text: &str) -> Self {
                Self(Arc::from(text))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

id!(
    /// A project: the owner of keys and data.
    ProjectId
);
id!(
    /// A trace, unique within its project.
    TraceId
);
id!(
    /// An observation, unique within its project.
    ObservationId
);
id!(
    /// A score, unique within its project.
    ScoreId
);
id!(
    /// A session: the traces of one conversation.
    SessionId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_hold_anything_but_a_carriage_return() {
        for text in ["a", "run/7 of 9: ünïcode 🦀", "0000", &"x".repeat(800)] {
            assert_eq!(TraceId::parse(text).map(|id| id.as_str().to_owned()), Ok(text.to_owned()));
        }
        assert_eq!(TraceId::parse("a\rb"), Err(IdError::CarriageReturn));
        assert_eq!(TraceId::parse(""), Err(IdError::Empty));
    }

    #[test]
    fn an_id_is_measured_in_utf16_units() {
        assert!(TraceId::parse(&"é".repeat(800)).is_ok());
        assert_eq!(TraceId::parse(&"🦀".repeat(401)), Err(IdError::TooLong { units: 802 }));
        assert_eq!(TraceId::parse(&"x".repeat(801)), Err(IdError::TooLong { units: 801 }));
    }
}
