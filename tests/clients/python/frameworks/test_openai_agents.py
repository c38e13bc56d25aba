"""OpenAI's Agents SDK with OpenInference's instrumentor: an agent with a tool, and a hand-over to another agent."""

import asyncio

import otlp
import pytest
import task
from agents import Agent, RunConfig, Runner, function_tool, trace
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

import golden
from connection import publish


@pytest.fixture(scope="module")
def exported():
    tracers, roots = otlp.provider()
    OpenAIAgentsInstrumentor().instrument(tracer_provider=tracers)
    yield tracers, roots
    OpenAIAgentsInstrumentor().uninstrument()
    tracers.shutdown()


def test_agent_with_a_tool(exported):
    tracers, roots = exported
    agent = Agent(
        name="travel-agent", instructions=task.INSTRUCTIONS, model=task.MODEL, tools=[function_tool(task.get_weather)]
    )
    with using_attributes(user_id="user-agents", session_id="session-agents", tags=["agents", "weather"]):
        with trace("plan-a-trip", group_id="conversation-7", metadata={"plan": "premium"}):
            answer = asyncio.run(Runner.run(agent, task.QUESTION, run_config=RunConfig(workflow_name="plan-a-trip")))
    assert answer.final_output == task.SENTENCE
    tracers.force_flush()
    golden.check("openai-agents", roots.trace_ids[-1])
    publish("openai-agents", roots.trace_ids[-1])
