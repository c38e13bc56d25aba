"""What OpenTelemetry's Collector makes of other people's exports: several resources in one request, attributes added on the way,
a trace in pieces, a batch that is sent again.

The Collector itself is not installed. These are the shapes of its `otlphttp` exporter behind `batch`, `resourcedetection` and
`k8sattributes`, in both of its encodings: ids in hexadecimal, 64-bit integers as strings, enumerations as numbers, every empty
member left out but the parent's id.
"""

import base64
import gzip
import json
import time
import urllib.request

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import golden
from connection import AUTHORIZATION, OTLP_TRACES, get, publish

AGENT = "OpenTelemetry Collector Contrib/0.149.0 (linux/amd64)"
DETECTED = {
    "host.name": "node-7",
    "os.type": "linux",
    "k8s.pod.name": "travel-5d8f",
    "k8s.namespace.name": "shop",
    "k8s.pod.start_time": "2026-11-22T10:00:00Z",
    "deployment.environment.name": "staging",
}
IDS = ("traceId", "spanId", "parentSpanId")
BEGAN = time.time_ns() // 1_000_000 * 1_000_000


def value(plain):
    match plain:
        case bool():
            return {"boolValue": plain}
        case int():
            return {"intValue": str(plain)}
        case float():
            return {"doubleValue": plain}
        case list():
            return {"arrayValue": {"values": [value(item) for item in plain]}}
        case dict():
            return {"kvlistValue": {"values": attributes(plain)}}
        case _:
            return {"stringValue": plain}


def attributes(plain):
    return [{"key": key, "value": value(inner)} for key, inner in plain.items()]


def span(trace_id, span_id, parent_id, name, start_ms, end_ms, said, **members):
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent_id,
        "flags": 256,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(BEGAN + start_ms * 1_000_000),
        "endTimeUnixNano": str(BEGAN + end_ms * 1_000_000),
        "attributes": attributes(said),
        "status": {},
    } | members


def resource_spans(service, scope, *spans):
    return {
        "resource": {"attributes": attributes({"service.name": service} | DETECTED)},
        "scopeSpans": [{"scope": {"name": scope, "version": "1.2.3"}, "spans": list(spans)}],
        "schemaUrl": "https://opentelemetry.io/schemas/1.37.0",
    }


def batches(trace_id):
    """Returns two requests: in the first the children, of two services and with one resource named twice; then the root."""
    plan, chatting, posting, booking = (f"{trace_id[:12]}000{place}" for place in range(4))
    chat = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 45,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Where is it sunny? ☔"}]}]',
        "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"In 東京."}]}]',
        "net": {"peer": "provider", "ports": [443, 8443]},
    }
    failed = {
        "events": [
            {
                "timeUnixNano": str(BEGAN + 650_000_000),
                "name": "exception",
                "attributes": attributes({"exception.type": "Timeout"}),
            }
        ],
        "links": [{"traceId": "f" * 32, "spanId": "e" * 16, "flags": 256}],
        "status": {"code": 2, "message": "the booking service did not answer"},
    }
    root = {"user.id": "user-collector", "session.id": "session-collector", "langfuse.trace.tags": ["collector"]}
    children = [
        resource_spans("travel", "travel", span(trace_id, chatting, plan, "chat gpt-4o-mini", 10, 510, chat)),
        resource_spans("booking", "net/http", span(trace_id, posting, booking, "POST /book", 610, 690, {}, **failed)),
        resource_spans("travel", "travel", span(trace_id, booking, plan, "book", 600, 700, {"seats": 2})),
    ]
    return [
        {"resourceSpans": children},
        {"resourceSpans": [resource_spans("travel", "travel", span(trace_id, plan, "", "plan", 0, 800, root))]},
    ]


def send(batch, encoding):
    if encoding == "json":
        kind, body = "application/json", json.dumps(batch, ensure_ascii=False).encode()
    else:
        # The mapping of JSON to protobuf has bytes in base64; the ids of OTLP are the exception to it.
        message = ParseDict(with_ids_in_base64(batch), ExportTraceServiceRequest())
        kind, body = "application/x-protobuf", message.SerializeToString()
    headers = {
        "Authorization": AUTHORIZATION,
        "Content-Type": kind,
        "Content-Encoding": "gzip",
        "User-Agent": AGENT,
    }
    request = urllib.request.Request(OTLP_TRACES, gzip.compress(body), headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith(kind)
        return answer.read()


def with_ids_in_base64(value):
    match value:
        case dict():
            return {
                key: base64.b64encode(bytes.fromhex(inner)).decode() if key in IDS else with_ids_in_base64(inner)
                for key, inner in value.items()
            }
        case list():
            return [with_ids_in_base64(inner) for inner in value]
        case _:
            return value


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_pieces_of_a_trace_from_several_services(encoding):
    trace_id = {"json": "1", "protobuf": "2"}[encoding] * 32
    children, root = batches(trace_id)
    assert send(children, encoding) in (b"{}", b"")
    before = get(f"traces/{trace_id}")
    assert len(before["observations"]) == 3
    # What the exporter has not heard an answer to, it sends again.
    send(root, encoding)
    send(children, encoding)
    golden.check("collector", trace_id)
    publish(f"collector-{encoding}", trace_id)
