"""Logfire's instrumentations of OpenAI's client, Pydantic AI and OpenAI's Agents SDK, with an exporter beside Logfire's own."""

import asyncio

import logfire
import otlp
import pytest
import task
from agents import Agent as OpenAiAgent
from agents import Runner, function_tool, set_trace_processors
from openai import OpenAI
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel

import golden
from connection import publish


@pytest.fixture(scope="module")
def roots():
    roots = otlp.Roots()
    logfire.configure(
        send_to_logfire=False,
        console=False,
        service_name="travel",
        service_version="2026.11",
        environment="staging",
        additional_span_processors=[roots, otlp.exporting_processor()],
        # Otherwise Logfire blanks out every attribute with `session` in its name.
        scrubbing=False,
        inspect_arguments=False,
        metrics=False,
    )
    yield roots
    logfire.shutdown()


def check(name, roots):
    logfire.force_flush()
    golden.check(name, roots.trace_ids[-1])
    publish(name, roots.trace_ids[-1])


def test_openai_calls(roots):
    client = OpenAI()
    logfire.instrument_openai(client)
    with logfire.span(
        "every call for {user}", user="Ada", **{"user.id": "user-logfire", "session.id": "session-logfire"}
    ):
        client.chat.completions.create(model=task.MODEL, messages=task.CHAT, temperature=0.2)
        client.chat.completions.create(model=task.MODEL, messages=task.CHAT, tools=[task.WEATHER_TOOL])
        for _ in client.chat.completions.create(
            model=task.REASONING_MODEL, messages=task.CHAT, stream=True, stream_options={"include_usage": True}
        ):
            pass
        client.responses.create(model=task.REASONING_MODEL, instructions=task.INSTRUCTIONS, input=task.QUESTION)
        client.embeddings.create(model="text-embedding-3-small", input=[task.QUESTION])
        logfire.warn("the weather changes", hours=3)
    check("logfire-openai", roots)


def test_pydantic_ai(roots):
    logfire.instrument_pydantic_ai()
    agent = Agent(
        OpenAIChatModel(task.MODEL), name="travel_agent", instructions=task.INSTRUCTIONS, tools=[task.get_weather]
    )
    assert agent.run_sync(task.QUESTION).output == task.SENTENCE
    check("logfire-pydantic-ai", roots)


def test_openai_agents(roots):
    # Without this the SDK's own exporter tries to reach OpenAI.
    set_trace_processors([])
    logfire.instrument_openai_agents()
    agent = OpenAiAgent(
        name="travel-agent", instructions=task.INSTRUCTIONS, model=task.MODEL, tools=[function_tool(task.get_weather)]
    )
    assert asyncio.run(Runner.run(agent, task.QUESTION)).final_output == task.SENTENCE
    check("logfire-openai-agents", roots)
