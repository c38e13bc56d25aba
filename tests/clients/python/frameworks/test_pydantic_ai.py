"""Pydantic AI's own instrumentation, in the versions of its attributes that differ, exported by OpenTelemetry."""

import otlp
import pytest
import task
from pydantic import BaseModel
from pydantic_ai import Agent, InstrumentationSettings, ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel

import golden
from connection import publish


class Weather(BaseModel):
    city: str
    degrees: int


@pytest.fixture(scope="module")
def exported():
    tracers, roots = otlp.provider()
    yield tracers, roots
    tracers.shutdown()


@pytest.mark.parametrize("version", [2, 5, 6])
def test_agent_with_a_tool(exported, version):
    tracers, roots = exported
    Agent.instrument_all(InstrumentationSettings(tracer_provider=tracers, version=version))
    agent = Agent(
        OpenAIChatModel(task.MODEL),
        name="travel_agent",
        instructions=task.INSTRUCTIONS,
        tools=[task.get_weather],
        model_settings={"temperature": 0.2},
        metadata={"plan": "premium"},
    )
    assert agent.run_sync(task.QUESTION, conversation_id=f"session-pydantic-ai-{version}").output == task.SENTENCE
    tracers.force_flush()
    golden.check(f"pydantic-ai-{version}", roots.trace_ids[-1])
    publish(f"pydantic-ai-{version}", roots.trace_ids[-1])


def test_structured_output_and_a_refusal(exported):
    tracers, roots = exported
    Agent.instrument_all(InstrumentationSettings(tracer_provider=tracers))
    with tracers.get_tracer("travel").start_as_current_span("every-call"):
        agent = Agent(OpenAIChatModel(task.REASONING_MODEL), name="schema_agent", output_type=Weather)
        assert agent.run_sync(task.QUESTION).output == Weather(city="東京", degrees=21)
        with pytest.raises(ModelHTTPError):
            Agent(OpenAIChatModel(task.MISSING_MODEL), name="refused_agent").run_sync(task.QUESTION)
    tracers.force_flush()
    golden.check("pydantic-ai-schema", roots.trace_ids[-1])
    publish("pydantic-ai-schema", roots.trace_ids[-1])
