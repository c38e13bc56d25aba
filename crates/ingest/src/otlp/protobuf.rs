//! OTLP in protobuf: `ExportTraceServiceRequest` of opentelemetry-proto 1.x, read by field number.
//!
//! Owns the numbers of the fields. Everything borrows from the body, one span is in memory at a time, and every
//! value is counted, so a body cannot grow in memory by more than its limit. Refuses what is no protobuf message;
//! a field of an unknown number or an unexpected kind is skipped, as the format's evolution demands.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::attributes::Attributes;
use super::refusal::{InvalidExport, OtlpRefusal, ValueCount};
use super::span::{OtlpSpan, Resource, Scope, SpanEvent, View};
use super::value::{DEPTH_MAX, Value};
use super::wire::{Field, Fields, WireError, hex, text};

impl From<WireError> for OtlpRefusal {
    fn from(_: WireError) -> Self {
        Self::Protobuf
    }
}

/// Hands every span of a request to `take`, in the order of the body.
///
/// # Errors
/// Fails when the request is refused as a whole. Spans may have been handed over before.
pub(super) fn spans(body: &[u8], values_max: usize, take: &mut dyn FnMut(View<'_>)) -> Result<(), OtlpRefusal> {
    let mut reader = Reader { values: ValueCount::new(values_max), invalid: InvalidExport::default() };
    let mut request = Fields::new(body);
    while let Some(field) = request.next()? {
        if let (1, Field::Bytes(resource_spans)) = field {
            reader.resource_spans(resource_spans, take)?;
        }
    }
    Ok(reader.invalid.check()?)
}

struct Reader {
    values: ValueCount,
    invalid: InvalidExport,
}

impl Reader {
    fn resource_spans(&mut self, message: &[u8], take: &mut dyn FnMut(View<'_>)) -> Result<(), OtlpRefusal> {
        self.values.add()?;
        // The order of fields is free, so the resource is looked for before the spans are read.
        let mut resource = Resource::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if let (1, Field::Bytes(found)) = field {
                self.attributes(found, 1, &mut resource.attributes)?;
            }
        }
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if let (2, Field::Bytes(scope_spans)) = field {
                self.scope_spans(scope_spans, &resource, take)?;
            }
        }
        Ok(())
    }

    fn scope_spans(
        &mut self,
        message: &[u8],
        resource: &Resource<'_>,
        take: &mut dyn FnMut(View<'_>),
    ) -> Result<(), OtlpRefusal> {
        self.values.add()?;
        let mut scope = Scope::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if let (1, Field::Bytes(found)) = field {
                self.scope(found, &mut scope)?;
            }
        }
        self.invalid.name_scope(&scope.name);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if let (2, Field::Bytes(found)) = field {
                let span = self.span(found)?;
                take(View { resource, scope: &scope, span: &span });
            }
        }
        Ok(())
    }

    fn scope<'a>(&mut self, message: &'a [u8], scope: &mut Scope<'a>) -> Result<(), OtlpRefusal> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Bytes(name)) => scope.name = text(name),
                (2, Field::Bytes(version)) => scope.version = text(version),
                (3, Field::Bytes(attribute)) => self.attribute(attribute, &mut scope.attributes)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn span<'a>(&mut self, message: &'a [u8]) -> Result<OtlpSpan<'a>, OtlpRefusal> {
        self.values.add_span()?;
        let mut span = OtlpSpan::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Bytes(id)) => span.trace_id = Cow::Owned(hex(id)),
                (2, Field::Bytes(id)) => span.id = Cow::Owned(hex(id)),
                (4, Field::Bytes(id)) => span.parent_id = Cow::Owned(hex(id)),
                (5, Field::Bytes(name)) => span.name = text(name),
                (7, Field::Fixed64(nanos)) => span.start = Some(nanos).filter(|nanos| *nanos > 0),
                (8, Field::Fixed64(nanos)) => span.end = Some(nanos).filter(|nanos| *nanos > 0),
                (9, Field::Bytes(attribute)) => self.attribute(attribute, &mut span.attributes)?,
                (11, Field::Bytes(event)) => span.events.push(self.event(event)?),
                (15, Field::Bytes(status)) => read_status(status, &mut span)?,
                _ => {}
            }
        }
        let mut reasons = Vec::new();
        if span.trace_id.is_empty() {
            reasons.push("traceId:absent");
        }
        if span.id.is_empty() {
            reasons.push("spanId:absent");
        }
        self.invalid.count_span(&reasons);
        Ok(span)
    }

    fn event<'a>(&mut self, message: &'a [u8]) -> Result<SpanEvent<'a>, OtlpRefusal> {
        self.values.add()?;
        let mut event = SpanEvent::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field {
                (2, Field::Bytes(name)) => event.name = text(name),
                (3, Field::Bytes(attribute)) => self.attribute(attribute, &mut event.attributes)?,
                _ => {}
            }
        }
        Ok(event)
    }

    /// Adds the attributes of a message that has them in field `number`.
    fn attributes<'a>(
        &mut self,
        message: &'a [u8],
        number: u64,
        attributes: &mut Attributes<'a>,
    ) -> Result<(), OtlpRefusal> {
        let mut fields = Fields::new(message);
        while let Some((found, field)) = fields.next()? {
            if let (true, Field::Bytes(attribute)) = (found == number, field) {
                self.attribute(attribute, attributes)?;
            }
        }
        Ok(())
    }

    fn attribute<'a>(&mut self, message: &'a [u8], attributes: &mut Attributes<'a>) -> Result<(), OtlpRefusal> {
        let (key, value) = self.key_value(message, DEPTH_MAX)?;
        attributes.push(key, value);
        Ok(())
    }

    fn key_value<'a>(
        &mut self,
        message: &'a [u8],
        depth_left: usize,
    ) -> Result<(Cow<'a, str>, Value<'a>), OtlpRefusal> {
        self.values.add()?;
        let (mut key, mut value) = (Cow::default(), Value::Null);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Bytes(bytes)) => key = text(bytes),
                (2, Field::Bytes(message)) => value = self.value(message, depth_left)?,
                _ => {}
            }
        }
        Ok((key, value))
    }

    fn value<'a>(&mut self, message: &'a [u8], depth_left: usize) -> Result<Value<'a>, OtlpRefusal> {
        let mut value = Value::Null;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            value = match field {
                (1, Field::Bytes(string)) => Value::String(text(string)),
                (2, Field::Varint(truth)) => Value::Bool(truth != 0),
                (3, Field::Varint(int)) => Value::Int(int.cast_signed()),
                (4, Field::Fixed64(bits)) => Value::from_double(f64::from_bits(bits)),
                (5 | 6, Field::Bytes(_)) if depth_left == 0 => Value::Null,
                (5, Field::Bytes(items)) => Value::Array(self.items(items, depth_left - 1)?),
                (6, Field::Bytes(entries)) => Value::Object(self.entries(entries, depth_left - 1)?),
                (7, Field::Bytes(bytes)) => Value::String(Cow::Owned(BASE64.encode(bytes))),
                _ => value,
            };
        }
        Ok(value)
    }

    fn items<'a>(&mut self, message: &'a [u8], depth_left: usize) -> Result<Vec<Value<'a>>, OtlpRefusal> {
        let mut items = Vec::new();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if let (1, Field::Bytes(item)) = field {
                self.values.add()?;
                items.push(self.value(item, depth_left)?);
            }
        }
        Ok(items)
    }

    fn entries<'a>(
        &mut self,
        message: &'a [u8],
        depth_left: usize,
    ) -> Result<Vec<(Cow<'a, str>, Value<'a>)>, OtlpRefusal> {
        let mut entries = Vec::new();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if let (1, Field::Bytes(entry)) = field {
                entries.push(self.key_value(entry, depth_left)?);
            }
        }
        Ok(entries)
    }
}

fn read_status<'a>(message: &'a [u8], span: &mut OtlpSpan<'a>) -> Result<(), OtlpRefusal> {
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field {
            (2, Field::Bytes(message)) => span.status_message = text(message),
            (3, Field::Varint(code)) => span.failed = code == super::STATUS_CODE_ERROR,
            _ => {}
        }
    }
    Ok(())
}
