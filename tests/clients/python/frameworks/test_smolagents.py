"""smolagents with OpenInference's instrumentor."""

import os

import otlp
import pytest
import task
from openinference.instrumentation import using_attributes
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import OpenAIServerModel, ToolCallingAgent, tool

import golden
from connection import publish


@pytest.fixture(scope="module")
def exported():
    tracers, roots = otlp.provider()
    SmolagentsInstrumentor().instrument(tracer_provider=tracers)
    yield tracers, roots
    SmolagentsInstrumentor().uninstrument()
    tracers.shutdown()


def test_agent_with_a_tool(exported):
    tracers, roots = exported
    model = OpenAIServerModel(
        task.MODEL, api_base=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"], temperature=0.2
    )
    agent = ToolCallingAgent(
        tools=[tool(task.get_weather)], model=model, name="travel_agent", description="Plans trips."
    )
    with using_attributes(user_id="user-smolagents", session_id="session-smolagents", tags=["smolagents"]):
        assert agent.run(task.QUESTION) == task.SENTENCE
    tracers.force_flush()
    golden.check("smolagents", roots.trace_ids[-1])
    publish("smolagents", roots.trace_ids[-1])
