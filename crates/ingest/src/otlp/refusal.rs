//! Why an OTLP request is refused as a whole, and the words that tell its sender.
//!
//! Owns the count of what is wrong with an export. Langfuse refuses an export over a single span without ids, as
//! that is what logs look like when they are read as spans.

use std::collections::BTreeSet;
use std::fmt;

/// How many values take as much memory as the events that a span becomes.
const SPAN_WEIGHT: usize = 20;
/// How many scopes an answer names.
const SCOPES_NAMED_MAX: usize = 8;
/// How much of a scope's name an answer repeats, in characters.
const SCOPE_NAME_MAX: usize = 80;

/// Why an OTLP request was refused. Displays as the `error` of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtlpRefusal {
    /// The body is not the protobuf message it should be.
    #[error("Failed to parse OTel Protobuf Trace")]
    Protobuf,
    /// The body is not JSON.
    #[error("Failed to parse OTel JSON Trace")]
    Json,
    /// Spans lack ids, or lists are no lists.
    #[error(transparent)]
    Export(#[from] InvalidExport),
    /// The body has more values than [`spanstone_model::Limits::otlp_values_max`].
    #[error("the export has more than {max} spans, attributes and other values; send it in smaller batches")]
    TooManyValues {
        /// The limit.
        max: usize,
    },
}

/// What is wrong with an export that could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvalidExport {
    spans: usize,
    invalid_spans: usize,
    invalid_lists: usize,
    reasons: BTreeSet<&'static str>,
    scopes: BTreeSet<String>,
}

/// How many values of a request have been read, so that a body of tiny ones cannot grow in memory without end.
pub(super) struct ValueCount {
    left: usize,
    max: usize,
}

impl ValueCount {
    pub(super) fn new(max: usize) -> Self {
        Self { left: max, max }
    }

    /// Counts a span, on top of what it holds.
    ///
    /// # Errors
    /// Fails when it is one too many.
    pub(super) fn add_span(&mut self) -> Result<(), OtlpRefusal> {
        self.take(SPAN_WEIGHT)
    }

    /// Counts a value.
    ///
    /// # Errors
    /// Fails when it is one too many.
    pub(super) fn add(&mut self) -> Result<(), OtlpRefusal> {
        self.take(1)
    }

    fn take(&mut self, count: usize) -> Result<(), OtlpRefusal> {
        self.left = self.left.checked_sub(count).ok_or(OtlpRefusal::TooManyValues { max: self.max })?;
        Ok(())
    }
}

impl InvalidExport {
    /// Counts a span and what is wrong with it.
    pub(super) fn count_span(&mut self, reasons: &[&'static str]) {
        self.spans += 1;
        if !reasons.is_empty() {
            self.invalid_spans += 1;
            self.reasons.extend(reasons);
        }
    }

    /// Counts something above spans that should be a list.
    pub(super) fn count_list(&mut self, reason: &'static str) {
        self.invalid_lists += 1;
        self.reasons.insert(reason);
    }

    /// Remembers a scope, to tell the sender which of its libraries to look at.
    pub(super) fn name_scope(&mut self, name: &str) {
        if !name.is_empty() && self.scopes.len() < SCOPES_NAMED_MAX {
            self.scopes.insert(name.chars().take(SCOPE_NAME_MAX).collect());
        }
    }

    /// Nothing when nothing was wrong.
    ///
    /// # Errors
    /// Fails with everything that was counted.
    pub(super) fn check(self) -> Result<(), Self> {
        if self.invalid_spans == 0 && self.invalid_lists == 0 { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for InvalidExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { spans, invalid_spans, invalid_lists, reasons, scopes } = self;
        let list = |items: Vec<&str>| items.join(", ");
        let mut problems = Vec::new();
        if *invalid_spans > 0 {
            problems.push(format!("{invalid_spans} of {spans} span(s) cannot be processed"));
        }
        if *invalid_lists > 0 {
            problems.push(format!("{invalid_lists} field(s) above the spans should be arrays and are not"));
        }
        let reasons = list(reasons.iter().copied().collect());
        write!(f, "Invalid OTLP trace export: {} ({reasons}).", problems.join("; "))?;
        if reasons.contains(":absent") || reasons.contains(":not_an_id") {
            f.write_str(" Every span needs a traceId and a spanId, each a string or bytes.")?;
        }
        if reasons.contains(":not_an_array") {
            f.write_str(
                " scopeSpans, spans, attributes and events are arrays; attributes are a list of {key, value}.",
            )?;
        }
        let scopes = list(scopes.iter().map(String::as_str).collect());
        let scopes = if scopes.is_empty() { "unknown" } else { &scopes };
        write!(
            f,
            " Nothing of the export was stored. Instrumentation scopes: {scopes}. \
             This endpoint takes OpenTelemetry traces, not logs."
        )
    }
}

impl std::error::Error for InvalidExport {}
