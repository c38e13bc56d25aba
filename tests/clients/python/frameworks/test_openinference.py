"""OpenInference's instrumentors for OpenAI's client and for LangChain, exported by OpenTelemetry."""

import calls
import otlp
import pytest
import task
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

import golden
from connection import publish

CONTEXT = {
    "user_id": "user-openinference",
    "session_id": "session-openinference",
    "tags": ["openinference", "weather"],
    "metadata": {"plan": "premium"},
}


@pytest.fixture(scope="module")
def exported():
    tracers, roots = otlp.provider()
    yield tracers, roots
    tracers.shutdown()


def test_openai_calls(exported):
    tracers, roots = exported
    OpenAIInstrumentor().instrument(tracer_provider=tracers)
    tracer = tracers.get_tracer("travel")
    with using_attributes(**CONTEXT), tracer.start_as_current_span("every-call"):
        calls.every_call_of_openai()
    OpenAIInstrumentor().uninstrument()
    tracers.force_flush()
    golden.check("openinference-openai", roots.trace_ids[-1])
    publish("openinference-openai", roots.trace_ids[-1])


def test_langchain_agent(exported):
    tracers, roots = exported
    LangChainInstrumentor().instrument(tracer_provider=tracers)
    with using_attributes(**CONTEXT):
        assert calls.agent_of_langchain() == task.SENTENCE
    LangChainInstrumentor().uninstrument()
    tracers.force_flush()
    golden.check("openinference-langchain", roots.trace_ids[-1])
    publish("openinference-langchain", roots.trace_ids[-1])
