//! A span of OTLP, whichever encoding it came in.
//!
//! Owns the vocabulary between the two encodings and the mapping. Refuses to interpret attributes.

use std::borrow::Cow;

use super::attributes::Attributes;

/// Who sent spans.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Resource<'a> {
    pub(super) attributes: Attributes<'a>,
}

/// The library that made spans.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Scope<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
    pub(super) attributes: Attributes<'a>,
}

/// A span.
#[derive(Debug, Default, PartialEq)]
pub(super) struct OtlpSpan<'a> {
    pub(super) trace_id: Cow<'a, str>,
    pub(super) id: Cow<'a, str>,
    /// Empty when it has none.
    pub(super) parent_id: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    /// In nanoseconds since 1970, if it was sent.
    pub(super) start: Option<u64>,
    /// In nanoseconds since 1970, if it was sent.
    pub(super) end: Option<u64>,
    pub(super) attributes: Attributes<'a>,
    pub(super) events: Vec<SpanEvent<'a>>,
    /// Whether its status says error.
    pub(super) failed: bool,
    pub(super) status_message: Cow<'a, str>,
}

/// Something that happened during a span.
#[derive(Debug, Default, PartialEq)]
pub(super) struct SpanEvent<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) attributes: Attributes<'a>,
}

/// A span together with where it was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'s> {
    pub(super) resource: &'s Resource<'s>,
    pub(super) scope: &'s Scope<'s>,
    pub(super) span: &'s OtlpSpan<'s>,
}

impl<'s> View<'s> {
    /// The span's attributes.
    pub(super) fn attributes(&self) -> &'s Attributes<'s> {
        &self.span.attributes
    }

    /// Whether a Langfuse SDK made the span.
    pub(super) fn is_from_langfuse_sdk(&self) -> bool {
        self.scope.name.starts_with("langfuse-sdk")
    }

    /// Whether the span is the root of its trace: it has no parent, or its client declares it one.
    pub(super) fn is_root(&self) -> bool {
        self.span.parent_id.is_empty() || self.is_declared_root()
    }

    /// Whether its client says that the span stands for the trace although it has a parent, which may never come.
    pub(super) fn is_declared_root(&self) -> bool {
        let flag = self.attributes().get("langfuse.internal.as_root");
        flag.is_some_and(super::value::Value::is_true)
    }
}
