//! The load as OTLP requests, protobuf, in one of the dialects of attributes.
//!
//! The wire format by hand: field numbers are those of `opentelemetry/proto/trace/v1/trace.proto`. A message is
//! length-prefixed, so it is written into a body of its own first.

use crate::body::{Body, Request, Width};
use crate::conversation::{self, OBSERVATIONS, Step};
use crate::dialect::{Attribute, Dialect, LANGFUSE};
use crate::target::Target;
use crate::words::Words;

/// A request with at least `observations`, in whole traces; `tag` makes its ids differ from other templates'.
pub(crate) fn request(
    words: &mut Words,
    target: &Target,
    dialect: &Dialect,
    tag: u32,
    start_ms: u64,
    observations: usize,
) -> Request {
    let traces = observations.div_ceil(OBSERVATIONS);
    let mut spans = Vec::with_capacity(traces * OBSERVATIONS);
    for trace in 0..traces {
        let start_ms = start_ms + trace as u64 * 37;
        let steps = conversation::invent(words);
        spans.extend(steps.iter().enumerate().map(|(index, step)| span(dialect, tag, trace, index, start_ms, step)));
    }
    envelope(target, dialect, &spans)
}

/// A request with a single observation, the root of its trace. As request `n` the trace has the id
/// `{tag:08x}{n:08x}{0:016x}` and the observation `{n:08x}{tag:04x}0000`.
pub(crate) fn single(target: &Target, tag: u16, start_ms: u64, step: &Step) -> Request {
    envelope(target, &LANGFUSE, &[span(&LANGFUSE, tag.into(), 0, 0, start_ms, step)])
}

fn envelope(target: &Target, dialect: &Dialect, spans: &[Body]) -> Request {
    let mut scope_spans = Body::new();
    let mut scope = Body::new();
    text(&mut scope, 1, dialect.scope);
    text(&mut scope, 2, "4.14.3");
    message(&mut scope_spans, 1, &scope);
    for span in spans {
        message(&mut scope_spans, 2, span);
    }
    let mut resource = Body::new();
    for (key, value) in [("service.name", "load"), ("telemetry.sdk.language", "python")] {
        attribute(&mut resource, 1, key, &Attribute::Text(value.to_owned()));
    }
    let mut resource_spans = Body::new();
    message(&mut resource_spans, 1, &resource);
    message(&mut resource_spans, 2, &scope_spans);
    let mut body = Body::new();
    message(&mut body, 1, &resource_spans);
    let headers =
        format!("{}Content-Type: application/x-protobuf\r\nx-langfuse-ingestion-version: 4\r\n", target.authorization);
    Request::new("/api/public/otel/v1/traces", &headers, &body, Width::Raw, spans.len())
}

fn span(dialect: &Dialect, tag: u32, trace: usize, index: usize, start_ms: u64, step: &Step) -> Body {
    let mut span = Body::new();
    key(&mut span, 1, 2);
    span.push([16]);
    span.push(tag.to_be_bytes());
    span.number(Width::Raw);
    span.push((trace as u64).to_be_bytes());
    span_id(&mut span, 2, tag, trace, index);
    if index > 0 {
        span_id(&mut span, 4, tag, trace, 0);
    }
    text(&mut span, 5, step.name);
    fixed64(&mut span, 7, (start_ms + step.from_ms) * 1_000_000);
    fixed64(&mut span, 8, (start_ms + step.to_ms) * 1_000_000);
    let of_trace = [
        ("user.id", format!("user-{}", trace % 50)),
        ("session.id", format!("session-{}", tag % 200)),
        ("langfuse.trace.name", "agent-run".to_owned()),
    ];
    for (key, value) in of_trace {
        attribute(&mut span, 9, key, &Attribute::Text(value));
    }
    for (key, value) in dialect.attributes(step) {
        attribute(&mut span, 9, &key, &value);
    }
    span
}

/// Eight bytes: the request's number, a byte of the template, the place in the request.
fn span_id(span: &mut Body, field: u8, tag: u32, trace: usize, index: usize) {
    key(span, field, 2);
    span.push([8]);
    span.number(Width::Raw);
    let place = u32::try_from(trace * OBSERVATIONS + index).unwrap_or(0) | (tag << 16);
    span.push(place.to_be_bytes());
}

fn key(body: &mut Body, field: u8, wire_type: u8) {
    body.push([field << 3 | wire_type]);
}

fn varint(body: &mut Body, mut value: usize) {
    while value >= 0x80 {
        body.push([u8::try_from(value & 0x7f).unwrap_or(0) | 0x80]);
        value >>= 7;
    }
    body.push([u8::try_from(value).unwrap_or(0)]);
}

fn text(body: &mut Body, field: u8, text: &str) {
    key(body, field, 2);
    varint(body, text.len());
    body.push(text);
}

fn fixed64(body: &mut Body, field: u8, value: u64) {
    key(body, field, 1);
    body.push(value.to_le_bytes());
}

fn message(body: &mut Body, field: u8, message: &Body) {
    key(body, field, 2);
    varint(body, message.bytes.len());
    body.append(message);
}

/// `KeyValue { key, value: AnyValue { string_value } }`, or `int_value`.
fn attribute(body: &mut Body, field: u8, name: &str, value: &Attribute) {
    let mut any = Body::new();
    match value {
        Attribute::Text(value) => text(&mut any, 1, value),
        Attribute::Count(count) => {
            key(&mut any, 3, 0);
            varint(&mut any, usize::try_from(*count).unwrap_or(0));
        }
    }
    let mut pair = Body::new();
    text(&mut pair, 1, name);
    message(&mut pair, 2, &any);
    message(body, field, &pair);
}
