"""What a coding agent sees: the official MCP client over streamable HTTP, on what the other clients wrote."""

import asyncio
import json
import ssl

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from connection import AUTHORIZATION, HOST, PUBLIC_KEY, get, manifests

ENDPOINT = f"{HOST}/api/public/mcp"
TRACES = manifests()
# Reading all the authorities that the machine trusts takes longer than a call.
TRUSTED = ssl.create_default_context()


def agent(work, authorization=AUTHORIZATION):
    """Runs `work` with a connected client and returns what it returns."""

    async def run():
        async with httpx2.AsyncClient(headers={"Authorization": authorization}, timeout=30, verify=TRUSTED) as http:
            async with Client(streamable_http_client(ENDPOINT, http_client=http)) as client:
                return await work(client)

    return asyncio.run(run())


def call(name, /, **arguments):
    """Returns what a tool says, and whether it says that something was wrong."""
    result = agent(lambda client: client.call_tool(name, arguments))
    return result.content[0].text, bool(result.is_error)


def value(name, /, **arguments):
    text, is_error = call(name, **arguments)
    assert not is_error, text
    return json.loads(text)


def test_the_tools_are_listed_with_schemas_and_as_reading_only():
    tools = {tool.name: tool for tool in agent(lambda client: client.list_tools()).tools}
    assert {"listTraces", "getTrace", "listObservations", "getObservation", "listScores", "getScore"} <= set(tools)
    assert {"getHealth", "getObservationFieldSchema"} <= set(tools)
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools.values())
    assert tools["getTrace"].input_schema["required"] == ["traceId"]


@pytest.mark.parametrize("client", TRACES)
def test_a_trace_is_found_and_each_step_can_be_read(client):
    trace = TRACES[client]["trace"]
    found = value("listTraces", name=trace["name"], limit=100)["data"]
    assert trace["id"] in [row["id"] for row in found]
    steps = value("getTrace", traceId=trace["id"])["observations"]
    assert {step["id"] for step in steps} == set(TRACES[client]["observations"])
    step = steps[0]["id"]
    assert value("getObservation", observationId=step)["name"] == get(f"observations/{step}")["name"]


def test_lists_take_the_same_parameters_as_the_rest_of_the_api():
    page = value("listObservations", fields=["core", "model"], type="GENERATION", limit=2)
    assert page == get("v2/observations", fields="core,model", type="GENERATION", limit=2)
    condition = {"type": "string", "column": "type", "operator": "=", "value": "GENERATION"}
    filtered = value("listObservations", filter=[condition], limit=5)["data"]
    assert filtered and {row["type"] for row in filtered} == {"GENERATION"}


def test_what_cannot_be_done_is_told_in_words():
    text, is_error = call("getTrace", traceId="nothing")
    assert is_error and "nothing" in text
    text, is_error = call("listTraces", limit=1000)
    assert is_error and "limit" in text


def test_an_agent_without_a_secret_gets_nothing():
    for authorization in ("Basic cGs6c2s=", f"Bearer {PUBLIC_KEY}"):
        with pytest.raises(BaseException):
            agent(lambda client: client.list_tools(), authorization)
