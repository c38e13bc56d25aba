//! OTLP in JSON: the names of the fields in camelCase, as the specification has them.
//!
//! Owns the leniency that clients need: ids as strings or bytes, integers as strings, numbers or halves, enum
//! values by number or by name. Refuses an export with spans that have no ids or lists that are no lists; a name
//! in snake_case is a field nobody knows.

mod scalar;

use std::borrow::Cow;

use self::scalar::{Id, id, int_or_itself, nanos, string, unsigned};
use super::attributes::Attributes;
use super::refusal::{InvalidExport, OtlpRefusal, ValueCount};
use super::span::{OtlpSpan, Resource, Scope, SpanEvent, View};
use super::value::{DEPTH_MAX, Value};
use crate::lenient_json::{self, Kind, NotJson, Scanner};

impl From<NotJson> for OtlpRefusal {
    fn from(_: NotJson) -> Self {
        Self::Json
    }
}

type Result<T> = std::result::Result<T, OtlpRefusal>;

/// Hands every span of a request to `take`, in the order of the body.
///
/// # Errors
/// Fails when the request is refused as a whole. Spans may have been handed over before.
pub(super) fn spans(body: &[u8], values_max: usize, take: &mut dyn FnMut(View<'_>)) -> Result<()> {
    let text = lenient_json::text(body);
    let mut scanner = Scanner::new(&text);
    let mut reader = Reader { values: ValueCount::new(values_max), invalid: InvalidExport::default() };
    members(&mut scanner, |scanner, key| match key {
        "resourceSpans" => {
            reader.each(scanner, "resourceSpans:not_an_array", |reader, scanner| reader.resource_spans(scanner, take))
        }
        _ => skip(scanner),
    })?;
    scanner.end()?;
    Ok(reader.invalid.check()?)
}

struct Reader {
    values: ValueCount,
    invalid: InvalidExport,
}

impl Reader {
    fn resource_spans(&mut self, scanner: &mut Scanner<'_>, take: &mut dyn FnMut(View<'_>)) -> Result<()> {
        // Every exporter writes the resource in front of the spans. Where it comes behind, or never, the spans wait
        // for the end.
        let (mut resource, mut waiting) = (None, None);
        members(scanner, |scanner, key| {
            match (key, &resource) {
                ("resource", _) => resource = Some(self.resource(scanner)?),
                ("scopeSpans", Some(resource)) => self.scope_spans_list(scanner, resource, take)?,
                ("scopeSpans", None) => waiting = Some(scanner.value()?),
                _ => skip(scanner)?,
            }
            Ok(())
        })?;
        let Some(waiting) = waiting else { return Ok(()) };
        self.scope_spans_list(&mut Scanner::new(waiting.as_written()), &resource.unwrap_or_default(), take)
    }

    fn resource<'a>(&mut self, scanner: &mut Scanner<'a>) -> Result<Resource<'a>> {
        let mut resource = Resource::default();
        members(scanner, |scanner, key| {
            match key {
                "attributes" => {
                    resource.attributes = self.attributes_above(scanner, "resource.attributes:not_an_array")?;
                }
                _ => skip(scanner)?,
            }
            Ok(())
        })?;
        Ok(resource)
    }

    fn scope_spans_list(
        &mut self,
        scanner: &mut Scanner<'_>,
        resource: &Resource<'_>,
        take: &mut dyn FnMut(View<'_>),
    ) -> Result<()> {
        self.each(scanner, "scopeSpans:not_an_array", |reader, scanner| reader.scope_spans(scanner, resource, take))
    }

    fn scope_spans(
        &mut self,
        scanner: &mut Scanner<'_>,
        resource: &Resource<'_>,
        take: &mut dyn FnMut(View<'_>),
    ) -> Result<()> {
        let (mut scope, mut waiting) = (None, None);
        members(scanner, |scanner, key| {
            match (key, &scope) {
                ("scope", _) => scope = Some(self.scope(scanner)?),
                ("spans", Some(scope)) => self.spans(scanner, resource, scope, take)?,
                ("spans", None) => waiting = Some(scanner.value()?),
                _ => skip(scanner)?,
            }
            Ok(())
        })?;
        let Some(waiting) = waiting else { return Ok(()) };
        self.spans(&mut Scanner::new(waiting.as_written()), resource, &scope.unwrap_or_default(), take)
    }

    fn spans(
        &mut self,
        scanner: &mut Scanner<'_>,
        resource: &Resource<'_>,
        scope: &Scope<'_>,
        take: &mut dyn FnMut(View<'_>),
    ) -> Result<()> {
        self.invalid.name_scope(&scope.name);
        self.each(scanner, "spans:not_an_array", |reader, scanner| {
            reader.values.add_span()?;
            let (span, reasons) = reader.span(scanner)?;
            reader.invalid.count_span(&reasons);
            if reasons.is_empty() {
                take(View { resource, scope, span: &span });
            }
            Ok(())
        })
    }

    fn scope<'a>(&mut self, scanner: &mut Scanner<'a>) -> Result<Scope<'a>> {
        let mut scope = Scope::default();
        members(scanner, |scanner, key| {
            match key {
                "name" => scope.name = string(scanner.value()?),
                "version" => scope.version = string(scanner.value()?),
                "attributes" => {
                    scope.attributes = self.attributes_above(scanner, "scope.attributes:not_an_array")?;
                }
                _ => skip(scanner)?,
            }
            Ok(())
        })?;
        Ok(scope)
    }

    /// Reads a span, and everything that makes it one that cannot be processed.
    fn span<'a>(&mut self, scanner: &mut Scanner<'a>) -> Result<(OtlpSpan<'a>, Vec<&'static str>)> {
        let mut span = OtlpSpan::default();
        let mut reasons = Vec::new();
        let mut ids = [Id::Absent, Id::Absent, Id::Absent];
        members(scanner, |scanner, key| {
            match key {
                "traceId" => ids[0] = id(scanner.value()?),
                "spanId" => ids[1] = id(scanner.value()?),
                "parentSpanId" => ids[2] = id(scanner.value()?),
                "name" => span.name = string(scanner.value()?),
                "startTimeUnixNano" => span.start = nanos(scanner.value()?),
                "endTimeUnixNano" => span.end = nanos(scanner.value()?),
                "attributes" => match self.attributes(scanner)? {
                    Some(attributes) => span.attributes = attributes,
                    None => reasons.push("attributes:not_an_array"),
                },
                "events" => match self.events(scanner, &mut reasons)? {
                    Some(events) => span.events = events,
                    None => reasons.push("events:not_an_array"),
                },
                "status" => read_status(scanner, &mut span)?,
                _ => skip(scanner)?,
            }
            Ok(())
        })?;
        let [trace_id, span_id, parent_id] = ids;
        span.trace_id = trace_id.required(["traceId:absent", "traceId:not_an_id"], &mut reasons);
        span.id = span_id.required(["spanId:absent", "spanId:not_an_id"], &mut reasons);
        match parent_id {
            Id::Is(id) => span.parent_id = id,
            Id::Absent => {}
            Id::Broken => reasons.push("parentSpanId:not_an_id"),
        }
        Ok((span, reasons))
    }

    fn events<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        reasons: &mut Vec<&'static str>,
    ) -> Result<Option<Vec<SpanEvent<'a>>>> {
        let mut events = Vec::new();
        let is_list = self.elements(scanner, |reader, scanner| {
            let mut event = SpanEvent::default();
            members(scanner, |scanner, key| {
                match key {
                    "name" => event.name = string(scanner.value()?),
                    "attributes" => match reader.attributes(scanner)? {
                        Some(attributes) => event.attributes = attributes,
                        None => reasons.push("events.attributes:not_an_array"),
                    },
                    _ => skip(scanner)?,
                }
                Ok(())
            })?;
            events.push(event);
            Ok(())
        })?;
        Ok(is_list.then_some(events))
    }

    /// Attributes of a resource or a scope, which have to be a list.
    fn attributes_above<'a>(&mut self, scanner: &mut Scanner<'a>, reason: &'static str) -> Result<Attributes<'a>> {
        Ok(self.attributes(scanner)?.unwrap_or_else(|| {
            self.invalid.count_list(reason);
            Attributes::default()
        }))
    }

    /// Attributes from a list of `{"key": …, "value": …}`, where what has no key is none; `None` when it is no list.
    fn attributes<'a>(&mut self, scanner: &mut Scanner<'a>) -> Result<Option<Attributes<'a>>> {
        let mut attributes = Attributes::default();
        let is_list = self.elements(scanner, |reader, scanner| {
            if let Some((key, value)) = reader.key_value(scanner, DEPTH_MAX)? {
                attributes.push(key, value);
            }
            Ok(())
        })?;
        Ok(is_list.then_some(attributes))
    }

    fn key_value<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        depth_left: usize,
    ) -> Result<Option<(Cow<'a, str>, Value<'a>)>> {
        let (mut name, mut content) = (None, Value::Null);
        members(scanner, |scanner, key| {
            match key {
                "key" => name = scanner.value()?.string(),
                "value" => content = self.any_value(scanner, depth_left)?,
                _ => skip(scanner)?,
            }
            Ok(())
        })?;
        Ok(name.map(|name| (name, content)))
    }

    /// What an `AnyValue` holds. Anything that is not one, as clients without a library write it, stands for
    /// itself.
    fn any_value<'a>(&mut self, scanner: &mut Scanner<'a>, depth_left: usize) -> Result<Value<'a>> {
        if scanner.next_kind() != Some(Kind::Object) {
            return Ok(Value::from_plain_json(scanner.value()?));
        }
        let mut content = Value::Null;
        members(scanner, |scanner, kind| {
            match kind {
                "stringValue" | "boolValue" | "bytesValue" => {
                    content = Value::from_plain_json(scanner.value()?);
                }
                "intValue" => content = int_or_itself(scanner.value()?),
                "doubleValue" => {
                    let value = Value::from_plain_json(scanner.value()?);
                    content = value.as_number().map_or(value, Value::from_double);
                }
                "arrayValue" | "kvlistValue" if depth_left == 0 => skip(scanner)?,
                "arrayValue" => content = Value::Array(self.items(scanner, depth_left - 1)?),
                "kvlistValue" => content = Value::Object(self.entries(scanner, depth_left - 1)?),
                _ => skip(scanner)?,
            }
            Ok(())
        })?;
        Ok(content)
    }

    /// The `values` of an `ArrayValue`.
    fn items<'a>(&mut self, scanner: &mut Scanner<'a>, depth_left: usize) -> Result<Vec<Value<'a>>> {
        let mut items = Vec::new();
        members(scanner, |scanner, key| match key {
            "values" => {
                self.elements(scanner, |reader, scanner| {
                    items.push(reader.any_value(scanner, depth_left)?);
                    Ok(())
                })?;
                Ok(())
            }
            _ => skip(scanner),
        })?;
        Ok(items)
    }

    /// The `values` of a `KeyValueList`.
    fn entries<'a>(&mut self, scanner: &mut Scanner<'a>, depth_left: usize) -> Result<Vec<(Cow<'a, str>, Value<'a>)>> {
        let mut entries = Vec::new();
        members(scanner, |scanner, key| match key {
            "values" => {
                self.elements(scanner, |reader, scanner| {
                    entries.extend(reader.key_value(scanner, depth_left)?);
                    Ok(())
                })?;
                Ok(())
            }
            _ => skip(scanner),
        })?;
        Ok(entries)
    }

    /// Walks through something above spans, which has to be a list.
    fn each<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        reason: &'static str,
        element: impl FnMut(&mut Self, &mut Scanner<'a>) -> Result<()>,
    ) -> Result<()> {
        if !self.elements(scanner, element)? {
            self.invalid.count_list(reason);
        }
        Ok(())
    }

    /// Walks through a list and counts its elements; null is an empty one, as everywhere in protobuf's JSON.
    /// Returns whether it was a list.
    fn elements<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        mut element: impl FnMut(&mut Self, &mut Scanner<'a>) -> Result<()>,
    ) -> Result<bool> {
        if scanner.next_kind() != Some(Kind::Array) {
            return Ok(scanner.value()?.is_null());
        }
        scanner.elements(|scanner| {
            self.values.add()?;
            element(self, scanner)
        })?;
        Ok(true)
    }
}

fn read_status<'a>(scanner: &mut Scanner<'a>, span: &mut OtlpSpan<'a>) -> Result<()> {
    members(scanner, |scanner, key| {
        let value = scanner.value()?;
        match key {
            "message" => span.status_message = string(value),
            "code" => {
                let name = value.string();
                span.failed =
                    name.as_deref() == Some("STATUS_CODE_ERROR") || unsigned(value) == Some(super::STATUS_CODE_ERROR);
            }
            _ => {}
        }
        Ok(())
    })
}

/// Walks through an object; anything else is as good as an empty one.
fn members<'a>(scanner: &mut Scanner<'a>, mut member: impl FnMut(&mut Scanner<'a>, &str) -> Result<()>) -> Result<()> {
    if scanner.next_kind() != Some(Kind::Object) {
        return skip(scanner);
    }
    scanner.members(|scanner, key| member(scanner, &key.string().unwrap_or_default()))
}

fn skip(scanner: &mut Scanner<'_>) -> Result<()> {
    scanner.value()?;
    Ok(())
}
