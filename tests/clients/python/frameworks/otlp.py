"""A tracer provider with OpenTelemetry's own exporter, as a user sets one up for a server that is not Langfuse's SDK's."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from connection import AUTHORIZATION, OTLP_TRACES

RESOURCE = {"service.name": "travel", "service.version": "2026.11", "deployment.environment.name": "staging"}


class Roots(SpanProcessor):
    """Remembers the traces that begin."""

    def __init__(self):
        self.trace_ids = []

    def on_start(self, span, parent_context=None):
        if span.parent is None:
            self.trace_ids.append(format(span.context.trace_id, "032x"))


def exporting_processor():
    """Returns the processor that sends spans to the server under test."""
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=OTLP_TRACES, headers={"Authorization": AUTHORIZATION}))


def provider():
    """Returns a tracer provider that exports, and the roots it has seen."""
    tracers, roots = TracerProvider(resource=Resource.create(RESOURCE)), Roots()
    tracers.add_span_processor(roots)
    tracers.add_span_processor(exporting_processor())
    return tracers, roots
