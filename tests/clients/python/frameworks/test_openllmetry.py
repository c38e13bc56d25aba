"""OpenLLMetry's instrumentors for OpenAI's client and for LangChain, exported by OpenTelemetry."""

import calls
import otlp
import pytest
import task
from opentelemetry.instrumentation.langchain import LangchainInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

import golden
from connection import publish

CONTEXT = {"user.id": "user-openllmetry", "session.id": "session-openllmetry", "langfuse.trace.tags": ["openllmetry"]}


@pytest.fixture(scope="module")
def exported():
    tracers, roots = otlp.provider()
    yield tracers, roots
    tracers.shutdown()


def test_openai_calls(exported):
    tracers, roots = exported
    OpenAIInstrumentor().instrument(tracer_provider=tracers)
    with tracers.get_tracer("travel").start_as_current_span("every-call", attributes=CONTEXT):
        calls.every_call_of_openai()
    OpenAIInstrumentor().uninstrument()
    tracers.force_flush()
    golden.check("openllmetry-openai", roots.trace_ids[-1])
    publish("openllmetry-openai", roots.trace_ids[-1])


def test_langchain_agent(exported):
    tracers, roots = exported
    LangchainInstrumentor().instrument(tracer_provider=tracers)
    with tracers.get_tracer("travel").start_as_current_span("plan-a-trip", attributes=CONTEXT):
        assert calls.agent_of_langchain() == task.SENTENCE
    LangchainInstrumentor().uninstrument()
    tracers.force_flush()
    golden.check("openllmetry-langchain", roots.trace_ids[-1])
    publish("openllmetry-langchain", roots.trace_ids[-1])
