"""OpenTelemetry's own Python exporters (protobuf over HTTP, and gRPC), plain and gzipped, with the `gen_ai.*` semantic conventions."""

import json

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id, set_span_in_context

import story
from connection import AUTHORIZATION, OTLP_GRPC, OTLP_TRACES, get, publish
from facts import contains

START_NS = 1_795_253_400_123_000_000  # 2026-11-21T09:30:00.123Z
MS = 1_000_000

INPUT_MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "What should I pack for 東京?"}]}]
OUTPUT_MESSAGES = [
    {"role": "assistant", "parts": [{"type": "text", "content": "An umbrella ☂"}], "finish_reason": "stop"}
]


def over_http(compression):
    """Returns an exporter of protobuf over HTTP."""
    return OTLPSpanExporter(OTLP_TRACES, headers={"Authorization": AUTHORIZATION}, compression=compression)


def over_grpc(compression):
    """Returns an exporter over gRPC."""
    return GrpcSpanExporter(
        endpoint=OTLP_GRPC, insecure=True, headers={"authorization": AUTHORIZATION}, compression=compression
    )


EXPORTERS = {
    "plain": lambda: over_http(Compression.NoCompression),
    "gzip": lambda: over_http(Compression.Gzip),
    "grpc": lambda: over_grpc(grpc.Compression.NoCompression),
    "grpc-gzip": lambda: over_grpc(grpc.Compression.Gzip),
}


def send(exporter, user):
    """Exports the story and returns its trace id and the span ids by name."""
    provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": "travel",
                "service.version": story.VERSION,
                "deployment.environment.name": story.ENVIRONMENT,
            }
        )
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("travel-instrumentation", "0.9")
    ids = {}
    ends = []

    def span(name, start, end, parent=None, error=None, **attributes):
        context = set_span_in_context(parent) if parent else None
        made = tracer.start_span(
            name,
            context=context,
            kind=SpanKind.CLIENT,
            start_time=START_NS + start * MS,
            attributes={key.replace("__", "."): value for key, value in attributes.items()},
        )
        if error:
            made.set_status(StatusCode.ERROR, error)
            made.record_exception(RuntimeError(error), timestamp=START_NS + end * MS)
        ids[name] = format_span_id(made.get_span_context().span_id)
        ends.insert(0, (made, START_NS + end * MS))
        return made

    agent = span(
        "invoke_agent travel",
        0,
        2000,
        gen_ai__operation__name="invoke_agent",
        gen_ai__agent__name="travel",
        user__id=user,
        session__id=f"session of {user}",
        langfuse__trace__name=story.TRACE_NAME,
        langfuse__trace__tags=["otel", "weather"],
        langfuse__trace__metadata__plan="premium",
        langfuse__release=story.RELEASE,
        langfuse__trace__public=True,
        langfuse__observation__input=json.dumps(story.QUESTION),
        langfuse__observation__output=json.dumps(story.ANSWER),
    )
    generation = span(
        "chat gpt-4o-mini",
        10,
        1510,
        parent=agent,
        gen_ai__operation__name="chat",
        gen_ai__request__model="gpt-4o-mini",
        gen_ai__response__model=story.MODEL,
        gen_ai__request__temperature=0.2,
        gen_ai__request__max_tokens=256,
        gen_ai__usage__input_tokens=150,
        gen_ai__usage__output_tokens=45,
        gen_ai__usage__cache_read__input_tokens=30,
        gen_ai__usage__cost=0.00057,
        gen_ai__input__messages=json.dumps(INPUT_MESSAGES),
        gen_ai__output__messages=json.dumps(OUTPUT_MESSAGES),
    )
    span(
        "execute_tool get-weather",
        20,
        400,
        parent=generation,
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="get-weather",
        gen_ai__tool__call__arguments=json.dumps(story.TOOL_INPUT),
        gen_ai__tool__call__result=json.dumps(story.TOOL_OUTPUT),
    )
    span("book-flight", 1600, 1700, parent=agent, error=story.ERROR_MESSAGE, seats=2, codes=["LH", "716"])
    for made, end in ends:
        made.end(end_time=end)
    assert provider.force_flush()
    provider.shutdown()
    return format_trace_id(agent.get_span_context().trace_id), ids


@pytest.fixture(scope="module", params=EXPORTERS)
def sent(request):
    client = f"otel-python-{request.param}"
    trace_id, ids = send(EXPORTERS[request.param](), f"user-{client}")
    return client, trace_id, ids


@pytest.fixture(scope="module")
def observations(sent):
    _, trace_id, ids = sent
    by_id = {one["id"]: one for one in get(f"traces/{trace_id}")["observations"]}
    return {name: by_id[span_id] for name, span_id in ids.items()}


def test_trace_comes_back_field_by_field(sent):
    client, trace_id, ids = sent
    trace = get(f"traces/{trace_id}")
    assert {
        key: trace[key]
        for key in (
            "id",
            "name",
            "timestamp",
            "userId",
            "sessionId",
            "environment",
            "release",
            "version",
            "tags",
            "public",
            "input",
            "output",
            "latency",
            "totalCost",
        )
    } == {
        "id": trace_id,
        "name": story.TRACE_NAME,
        "timestamp": "2026-11-21T09:30:00.123Z",
        "userId": f"user-{client}",
        "sessionId": f"session of user-{client}",
        "environment": story.ENVIRONMENT,
        "release": story.RELEASE,
        "version": story.VERSION,
        "tags": ["otel", "weather"],
        "public": True,
        "input": story.QUESTION,
        "output": story.ANSWER,
        "latency": 2,
        "totalCost": 0.00057,
    }
    assert contains(trace["metadata"], {"plan": "premium"})
    assert len(trace["observations"]) == len(ids)


def test_types_and_parents_follow_the_conventions(sent, observations):
    _, _, ids = sent
    assert {name: (one["type"], one["parentObservationId"]) for name, one in observations.items()} == {
        "invoke_agent travel": ("AGENT", None),
        "chat gpt-4o-mini": ("GENERATION", ids["invoke_agent travel"]),
        "execute_tool get-weather": ("TOOL", ids["chat gpt-4o-mini"]),
        "book-flight": ("SPAN", ids["invoke_agent travel"]),
    }
    assert observations["execute_tool get-weather"]["name"] == "get-weather"


def test_generation_comes_back_field_by_field(observations):
    generation = observations["chat gpt-4o-mini"]
    assert {
        key: generation[key]
        for key in (
            "name",
            "startTime",
            "endTime",
            "model",
            "modelParameters",
            "input",
            "output",
            "level",
            "environment",
        )
    } == {
        "name": "chat gpt-4o-mini",
        "startTime": "2026-11-21T09:30:00.133Z",
        "endTime": "2026-11-21T09:30:01.633Z",
        "model": story.MODEL,
        "modelParameters": {"temperature": 0.2, "max_tokens": 256},
        "input": INPUT_MESSAGES,
        "output": OUTPUT_MESSAGES,
        "level": "DEFAULT",
        "environment": story.ENVIRONMENT,
    }
    assert generation["usageDetails"] == {"input": 120, "output": 45, "input_cached_tokens": 30, "total": 195}
    assert generation["costDetails"] == {"total": 0.00057}


def test_tool_comes_back_with_arguments_and_result(observations):
    tool = observations["execute_tool get-weather"]
    assert (tool["input"], tool["output"]) == (story.TOOL_INPUT, story.TOOL_OUTPUT)


def test_error_status_becomes_level_and_message(observations):
    failed = observations["book-flight"]
    assert (failed["level"], failed["statusMessage"]) == ("ERROR", story.ERROR_MESSAGE)


def test_attributes_resource_and_scope_are_kept_as_metadata(observations):
    metadata = observations["book-flight"]["metadata"]
    assert metadata["attributes"]["codes"] == '["LH","716"]'
    assert str(metadata["attributes"]["seats"]) == "2"
    assert contains(metadata["resourceAttributes"], {"service.name": "travel", "service.version": story.VERSION})
    assert (metadata["scope"]["name"], metadata["scope"]["version"]) == ("travel-instrumentation", "0.9")


def test_published_for_the_other_readers(sent):
    client, trace_id, _ = sent
    publish(client, trace_id)
