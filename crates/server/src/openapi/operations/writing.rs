//! What is written with Langfuse's API and OTLP, and deleted.

use crate::error::Code;
use crate::openapi::bodies;
use crate::openapi::operation::{Auth, JSON, Operation, Tag};
use crate::render::receipt::{Batch, Created, Message, PartlyAccepted};
use crate::routes::otlp::PROTOBUF;

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    all.extend(ingestion());
    all.extend(open_telemetry());
    all.extend(single());
    all.extend(deletions());
    all
}

fn post(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new("POST", path, id, Tag::Ingestion, summary)
}

fn ingestion() -> [Operation; 4] {
    [
        post("/api/public/ingestion", "ingest", "Takes a batch of events; each has a status of its own.")
            .auth(Auth::KeyOrPublicKey)
            .takes(bodies::batch)
            .answers_with::<Batch<'_>>(207),
        post("/api/public/otel/v1/traces", "exportTraces", "Takes an OTLP export of traces.")
            .takes_as(&[JSON, PROTOBUF], bodies::anything)
            .answers_as(200, JSON, bodies::anything)
            .answers_as(200, PROTOBUF, bodies::bytes),
        post("/api/public/otel/v1/metrics", "exportMetrics", "Accepts an OTLP export of metrics and keeps nothing.")
            .answers::<Message<'_>>(),
        post("/api/public/scores", "createScores", "Takes a score, or a list of scores.")
            .auth(Auth::KeyOrPublicKey)
            .takes(bodies::scores)
            .answers::<Created<'_>>()
            .answers_with::<Message<'_>>(202)
            .answers_with::<PartlyAccepted<'_>>(207)
            .fails(&[Code::Forbidden, Code::NotFound]),
    ]
}

/// The paths that exporters use who know nothing of Langfuse.
fn open_telemetry() -> [Operation; 3] {
    let empty = |operation: Operation| {
        let operation = operation.takes_as(&[JSON, PROTOBUF], bodies::anything);
        operation.answers_as(200, JSON, bodies::anything).answers_as(200, PROTOBUF, bodies::bytes)
    };
    [
        empty(post("/v1/traces", "exportTracesPlainly", "Takes an OTLP export of traces.")),
        empty(post("/v1/metrics", "exportMetricsPlainly", "Accepts an OTLP export of metrics and keeps nothing.")),
        post("/v1/logs", "exportLogs", "Refuses an OTLP export of logs: they are not kept.").fails(&[Code::NotFound]),
    ]
}

fn single() -> [Operation; 6] {
    let patch = |path, id, summary| Operation::new("PATCH", path, id, Tag::Ingestion, summary);
    [
        post("/api/public/traces", "createTrace", "Creates or updates a trace.").takes(bodies::trace),
        post("/api/public/spans", "createSpan", "Creates a span.").takes(bodies::span),
        patch("/api/public/spans", "updateSpan", "Updates a span.").takes(bodies::span_update),
        post("/api/public/generations", "createGeneration", "Creates a generation.").takes(bodies::generation),
        patch("/api/public/generations", "updateGeneration", "Updates a generation.").takes(bodies::generation_update),
        post("/api/public/events", "createEvent", "Creates an event.").takes(bodies::span),
    ]
    .map(|operation| operation.answers::<Created<'_>>().fails(&[Code::NotFound]))
}

fn deletions() -> [Operation; 3] {
    let delete = |path, id, tag, summary| Operation::new("DELETE", path, id, tag, summary).fails(&[Code::StorageFull]);
    [
        delete("/api/public/traces/{traceId}", "deleteTrace", Tag::Traces, "Deletes a trace with all that it has.")
            .answers::<Message<'_>>(),
        delete("/api/public/traces", "deleteTraces", Tag::Traces, "Deletes traces with all that they have.")
            .takes(bodies::trace_ids)
            .answers::<Message<'_>>(),
        delete("/api/public/scores/{scoreId}", "deleteScore", Tag::Scores, "Deletes a score.")
            .answers_with::<Message<'_>>(202),
    ]
}
