//! Input and output of a span, found but not yet written.
//!
//! Owns the difference between noticing a payload, which costs nothing, and writing its stored text.

use std::borrow::Cow;

use spanstone_model::Payload;

use super::attributes::Attributes;
use super::fields;
use super::value::Value;
use crate::Keep;

/// A span's input and output, as far as it has them.
#[derive(Default)]
pub(super) struct Sides<'s> {
    pub(super) input: Option<Side<'s>>,
    pub(super) output: Option<Side<'s>>,
}

/// One of the two.
pub(super) enum Side<'s> {
    /// An attribute as it is.
    Value(&'s Value<'s>),
    /// Something that is put together from several. It writes a text that is not empty.
    Written(Box<dyn FnOnce() -> String + 's>),
    /// The same, put together.
    Text(String),
}

impl<'s> Side<'s> {
    /// Something that `write` puts together.
    pub(super) fn written(write: impl FnOnce() -> String + 's) -> Self {
        Self::Written(Box::new(write))
    }

    /// The payload, if it is one: an empty string, zero and false are none.
    pub(super) fn into_payload(self, keep: Keep) -> Option<Payload> {
        if matches!(&self, Self::Value(value) if !value.is_truthy()) {
            return None;
        }
        let text = match (keep, self) {
            (Keep::Skeleton, _) => return Some(Payload::Elided),
            (Keep::Payloads, Self::Value(value)) => value.text(),
            (Keep::Payloads, Self::Written(write)) => Cow::Owned(write()),
            (Keep::Payloads, Self::Text(text)) => Cow::Owned(text),
        };
        Some(Payload::Text(Box::from(text)))
    }

    /// The text, if it is a payload.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Value(value) => value.is_truthy().then(|| value.text().into_owned()),
            Self::Written(write) => Some(write()),
            Self::Text(text) => Some(text),
        }
    }

    /// The text, if `is_wanted` says so of it; it is put together only if `is_worth_it`.
    pub(super) fn text_if(
        &mut self,
        is_wanted: impl Fn(&str) -> bool,
        is_worth_it: &mut dyn FnMut() -> bool,
    ) -> Option<&str> {
        let is_there = match self {
            Self::Value(Value::String(_)) | Self::Text(_) => true,
            Self::Value(value) => value.is_truthy() && is_worth_it(),
            Self::Written(_) => is_worth_it(),
        };
        if !is_there {
            return None;
        }
        if !matches!(self, Self::Value(Value::String(_)) | Self::Text(_)) {
            let side = std::mem::replace(self, Self::Text(String::new()));
            *self = Self::Text(side.into_text().unwrap_or_default());
        }
        let text = match self {
            Self::Value(value) => value.as_str()?,
            Self::Text(text) => text,
            Self::Written(_) => return None,
        };
        is_wanted(text).then_some(text)
    }
}

impl<'s> Sides<'s> {
    /// The sides, unless both are missing.
    pub(super) fn any(self) -> Option<Self> {
        (self.input.is_some() || self.output.is_some()).then_some(self)
    }

    /// The sides that stand whole in an attribute each: the first of `inputs` and the first of `outputs` that
    /// is not empty.
    pub(super) fn in_attributes(attributes: &'s Attributes<'s>, inputs: &[&str], outputs: &[&str]) -> Self {
        Self {
            input: fields::first(attributes, inputs).map(Side::Value),
            output: fields::first(attributes, outputs).map(Side::Value),
        }
    }
}
