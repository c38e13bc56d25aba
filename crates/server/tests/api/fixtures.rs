//! One small data set, sent in every way there is.

use serde_json::{Value as Json, json};

use crate::harness::{Request, Server};

/// A server that holds the data set.
pub(crate) fn filled() -> Server {
    let server = Server::start();
    for batch in [chat(), scores()] {
        let answer = server.ingest(&batch);
        assert_eq!(answer["errors"], json!([]), "{answer}");
    }
    let answer = server.post("/api/public/otel/v1/traces", &export());
    assert_eq!((answer.status, answer.text()), (200, "{}".to_owned()));
    server
}

/// A chat with an agent: nested observations, usage, cost, a session, odd payloads.
fn chat() -> Json {
    let event = |id: &str, kind: &str, second: u32, body: Json| json!({"id": id, "type": kind, "timestamp": format!("2026-08-21T07:00:{second:02}.000Z"), "body": body});
    json!([
        event(
            "e1",
            "trace-create",
            0,
            json!({
                "id": "chat/1", "timestamp": "2026-08-21T07:00:00.000Z", "name": "chat", "userId": "ada",
                "sessionId": "s/1", "release": "r1", "version": "v1", "environment": "production",
                "tags": ["b", "a"], "public": true, "input": {"question": "2+2?"}, "output": "4",
                "metadata": {"n": 1, "big": 9007199254740993_u64, "text": "plain", "json": {"a": [1, null]}}
            })
        ),
        event(
            "e2",
            "span-create",
            1,
            json!({
                "id": "agent", "traceId": "chat/1", "name": "agent", "startTime": "2026-08-21T07:00:01.000Z",
                "endTime": "2026-08-21T07:00:05.500Z", "environment": "production", "level": "WARNING",
                "statusMessage": "slow", "version": "v2", "input": "123", "output": {"ok": true},
                "metadata": {"long": "x".repeat(300)}
            })
        ),
        event(
            "e3",
            "generation-create",
            2,
            json!({
                "id": "generation", "traceId": "chat/1", "parentObservationId": "agent", "name": "llm",
                "startTime": "2026-08-21T07:00:02.000Z", "completionStartTime": "2026-08-21T07:00:02.250Z",
                "environment": "production", "model": "gpt-4o", "modelParameters": {"temperature": 0.5, "stop": ["a"]},
                "input": [{"role": "user", "content": "2+2?"}], "output": {"role": "assistant", "content": "4"},
                "usageDetails": {"input": 10, "input_cached_tokens": 5, "output": 3},
                "costDetails": {"input": 0.001, "output": 0.0005}, "promptName": "maths", "promptVersion": 2
            })
        ),
        event(
            "e4",
            "generation-update",
            4,
            json!({
                "id": "generation", "traceId": "chat/1", "endTime": "2026-08-21T07:00:04.000Z"
            })
        ),
        event(
            "e5",
            "event-create",
            3,
            json!({
                "id": "event", "traceId": "chat/1", "parentObservationId": "generation", "name": "failed",
                "startTime": "2026-08-21T07:00:03.000Z", "environment": "production", "level": "ERROR"
            })
        )
    ])
}

/// Scores of every kind: of the chat, of its session, of a trace that never came.
fn scores() -> Json {
    let event = |id: &str, kind: &str, second: u32, body: Json| json!({"id": id, "type": kind, "timestamp": format!("2026-08-21T07:00:{second:02}.000Z"), "body": body});
    json!([
        event(
            "s1",
            "score-create",
            10,
            json!({
                "id": "numeric", "traceId": "chat/1", "name": "quality", "value": 0.75, "comment": "good",
                "environment": "production", "metadata": {"judge": "me"}
            })
        ),
        event(
            "s2",
            "score-create",
            11,
            json!({
                "id": "boolean", "traceId": "chat/1", "observationId": "generation", "name": "correct", "value": 1,
                "dataType": "BOOLEAN", "environment": "production"
            })
        ),
        event(
            "s3",
            "score-create",
            12,
            json!({
                "id": "categorical", "traceId": "chat/1", "name": "tone", "value": "friendly",
                "environment": "production"
            })
        ),
        event(
            "s4",
            "score-create",
            13,
            json!({
                "id": "text", "traceId": "chat/1", "name": "remark", "value": "well done", "dataType": "TEXT",
                "environment": "production"
            })
        ),
        event(
            "s5",
            "score-create",
            14,
            json!({
                "id": "correction", "traceId": "chat/1", "name": "output", "value": "four", "dataType": "CORRECTION",
                "environment": "production"
            })
        ),
        event(
            "s6",
            "score-create",
            15,
            json!({
                "id": "of-session", "sessionId": "s/1", "name": "mood", "value": 1
            })
        ),
        event(
            "s7",
            "score-create",
            16,
            json!({
                "id": "early", "traceId": "not-yet-there", "name": "quality", "value": 2
            })
        ),
    ])
}

/// A trace of an OpenTelemetry exporter: a root with an LLM call below it.
fn export() -> Json {
    let attribute = |key: &str, value: Json| json!({"key": key, "value": value});
    let span = |id: &str, parent: &str, name: &str, nanos: (&str, &str), attributes: Vec<Json>| {
        json!({
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "parentSpanId": parent, "name": name,
            "kind": 1, "startTimeUnixNano": nanos.0, "endTimeUnixNano": nanos.1, "attributes": attributes,
            "status": {}
        })
    };
    let root = span(
        "b7ad6b7169203331",
        "",
        "request",
        ("1787295660123456789", "1787295663000000000"),
        vec![
            attribute("langfuse.trace.name", json!({"stringValue": "otel chat"})),
            attribute("langfuse.observation.input", json!({"stringValue": "{\"q\":1}"})),
            attribute("session.id", json!({"stringValue": "s/2"})),
            attribute("user.id", json!({"stringValue": "grace"})),
        ],
    );
    let call = span(
        "c7ad6b7169203332",
        "b7ad6b7169203331",
        "call",
        ("1787295661000000000", "1787295662000000000"),
        vec![
            attribute("gen_ai.request.model", json!({"stringValue": "gpt-4o"})),
            attribute("gen_ai.usage.input_tokens", json!({"intValue": "7"})),
            attribute("gen_ai.usage.output_tokens", json!({"intValue": 2})),
            attribute("langfuse.observation.type", json!({"stringValue": "generation"})),
        ],
    );
    json!({"resourceSpans": [{
        "resource": {"attributes": [attribute("service.name", json!({"stringValue": "shop"}))]},
        "scopeSpans": [{"scope": {"name": "langfuse-sdk", "version": "4.0.0"}, "spans": [root, call]}]
    }]})
}

/// A batch of one event.
#[expect(clippy::needless_pass_by_value, reason = "the callers' bodies are literals")]
pub(crate) fn one(kind: &str, body: Json) -> Json {
    json!([{"id": "event-1", "type": kind, "timestamp": "2026-08-21T07:00:00.000Z", "body": body}])
}

/// A request with a body packed by gzip.
pub(crate) fn packed(path: &str, content_type: &str, body: &[u8]) -> Request {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).expect("memory takes it");
    let body = encoder.finish().expect("memory takes it");
    Request::new("POST", path).key().header("content-encoding", "gzip").body(content_type, body)
}
