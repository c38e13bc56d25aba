//! Who sent what is known of an observation, and over which door.

use crate::{BodyKind, Text};

/// The longest text that a client says of itself, in characters; what comes after them is cut off.
pub const SENDER_CHARS_MAX: usize = 200;

/// What a request says of its sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Sender {
    api_key: Option<Text>,
    sdk_name: Option<Text>,
    sdk_version: Option<Text>,
}

impl Sender {
    /// The public part of the key that the request came with, and what the client says of itself. An empty text says nothing;
    /// each is cut to [`SENDER_CHARS_MAX`] characters.
    #[must_use]
    pub fn new(api_key: Option<&str>, sdk_name: Option<&str>, sdk_version: Option<&str>) -> Self {
        let kept = |text: &str| {
            let end = text.char_indices().nth(SENDER_CHARS_MAX).map_or(text.len(), |(at, _)| at);
            Text::from(&text[..end])
        };
        let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(kept);
        Self { api_key: said(api_key), sdk_name: said(sdk_name), sdk_version: said(sdk_version) }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// The public part of the key.
    #[must_use]
    pub fn api_key(&self) -> Option<&Text> {
        self.api_key.as_ref()
    }

    /// The client library: `python`.
    #[must_use]
    pub fn sdk_name(&self) -> Option<&Text> {
        self.sdk_name.as_ref()
    }

    /// Its version.
    #[must_use]
    pub fn sdk_version(&self) -> Option<&Text> {
        self.sdk_version.as_ref()
    }
}

/// Over which door something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IngestionSource {
    /// OpenTelemetry's.
    Otel,
    /// Langfuse's own, batches and everything older.
    IngestionApi,
}

impl IngestionSource {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Otel, Self::IngestionApi];

    /// The door of a request's wire format; nothing for what no client sends.
    #[must_use]
    pub fn of(kind: BodyKind) -> Option<Self> {
        match kind {
            BodyKind::OtlpProtobuf | BodyKind::OtlpJson => Some(Self::Otel),
            BodyKind::LangfuseBatch => Some(Self::IngestionApi),
            BodyKind::Deletion | BodyKind::Derived => None,
        }
    }

    /// The name on the wire: `otel`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Otel => "otel",
            Self::IngestionApi => "ingestion-api",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// Where an observation comes from. Many observations share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Over which door.
    pub source: IngestionSource,
    /// From whom.
    pub sender: Sender,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_of_itself_is_cut_between_characters() {
        let long = "ü".repeat(SENDER_CHARS_MAX + 1);
        let sender = Sender::new(Some(""), Some(&long), None);
        assert_eq!(sender.api_key(), None);
        assert_eq!(sender.sdk_name().map(|name| name.chars().count()), Some(SENDER_CHARS_MAX));
        assert!(!sender.is_unknown());
        assert!(Sender::new(None, Some(""), None).is_unknown());
    }
}
