"""OpenInference's instrumentors for OpenAI's client and for LangChain, exported by OpenTelemetry."""

import golden
import pytest
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import NotFoundError, OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

import otlp
import task
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
    client = OpenAI()
    tracer = tracers.get_tracer("travel")
    with using_attributes(**CONTEXT), tracer.start_as_current_span("every-call"):
        client.chat.completions.create(model=task.MODEL, messages=task.CHAT, temperature=0.2, max_completion_tokens=256)
        client.chat.completions.create(model=task.MODEL, messages=task.CHAT, tools=[task.WEATHER_TOOL])
        stream = client.chat.completions.create(
            model=task.REASONING_MODEL, messages=task.CHAT, stream=True, stream_options={"include_usage": True}
        )
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == task.SENTENCE
        client.responses.create(model=task.REASONING_MODEL, instructions=task.INSTRUCTIONS, input=task.QUESTION)
        client.embeddings.create(model="text-embedding-3-small", input=[task.QUESTION])
        with pytest.raises(NotFoundError):
            client.chat.completions.create(model=task.MISSING_MODEL, messages=task.CHAT)
    OpenAIInstrumentor().uninstrument()
    tracers.force_flush()
    golden.check("openinference-openai", roots.trace_ids[-1])
    publish("openinference-openai", roots.trace_ids[-1])


def test_langchain_agent(exported):
    tracers, roots = exported
    LangChainInstrumentor().instrument(tracer_provider=tracers)
    agent = create_agent(
        ChatOpenAI(model=task.MODEL, temperature=0.2), tools=[tool(task.get_weather)], system_prompt=task.INSTRUCTIONS
    )
    with using_attributes(**CONTEXT):
        agent.invoke({"messages": [("user", task.QUESTION)]}, config={"run_name": "travel-agent"})
    LangChainInstrumentor().uninstrument()
    tracers.force_flush()
    golden.check("openinference-langchain", roots.trace_ids[-1])
    publish("openinference-langchain", roots.trace_ids[-1])
