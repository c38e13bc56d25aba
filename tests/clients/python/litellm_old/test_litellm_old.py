"""LiteLLM's `langfuse` callback on the old SDK (JSON batches), with mocked completions and no network beyond the server."""

import asyncio

import litellm
import pytest

import golden
import story
from connection import eventually, get, only, publish

CLIENT = "litellm-1.80-langfuse"
TRACE_ID = "litellm-old: plan a trip"
REPLY = "An umbrella ☂ and good shoes."


@pytest.fixture(scope="module", autouse=True)
def sent():
    litellm.success_callback = ["langfuse"]
    litellm.failure_callback = ["langfuse"]
    litellm.completion(
        model="gpt-4o-mini",
        messages=story.CHAT,
        mock_response=REPLY,
        temperature=0.2,
        max_tokens=256,
        metadata={
            "generation_name": "draft-answer",
            "generation_id": "litellm-old-generation",
            "trace_id": TRACE_ID,
            "trace_name": story.TRACE_NAME,
            "trace_user_id": "user-litellm-old",
            "session_id": "session-litellm-old",
            "trace_release": story.RELEASE,
            "trace_version": story.VERSION,
            "trace_metadata": story.TRACE_METADATA,
            "tags": ["litellm", "old"],
            "custom": {"nested": [1, {"deep": "日本語"}]},
        },
    )


@pytest.fixture(scope="module")
def trace():
    def arrived():
        listed = only(get("traces", userId="user-litellm-old")["data"])
        assert listed["observations"]
        return listed

    return eventually(arrived)


def test_trace_comes_back_field_by_field(trace):
    assert {key: trace[key] for key in ("id", "name", "userId", "sessionId", "release", "version", "tags")} == {
        "id": TRACE_ID,
        "name": story.TRACE_NAME,
        "userId": "user-litellm-old",
        "sessionId": "session-litellm-old",
        "release": story.RELEASE,
        "version": story.VERSION,
        "tags": ["litellm", "old"],
    }
    assert trace["input"] == {"messages": story.CHAT}
    assert (trace["output"]["role"], trace["output"]["content"]) == ("assistant", REPLY)
    assert trace["metadata"] == story.TRACE_METADATA
    assert trace["observations"] == ["litellm-old-generation"]


def test_generation_comes_back_field_by_field(trace):
    generation = only(get("observations", traceId=trace["id"])["data"])
    assert {
        key: generation[key]
        for key in ("id", "traceId", "parentObservationId", "type", "name", "level", "model", "input", "usageDetails")
    } == {
        "id": "litellm-old-generation",
        "traceId": TRACE_ID,
        "parentObservationId": None,
        "type": "GENERATION",
        "name": "draft-answer",
        "level": "DEFAULT",
        "model": "gpt-4o-mini",
        "input": {"messages": story.CHAT},
        "usageDetails": {
            "input": 10,
            "output": 20,
            "total": 30,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }
    assert generation["output"]["content"] == REPLY
    assert generation["modelParameters"]["max_tokens"] == 256
    assert generation["modelParameters"]["temperature"] == "0.2"
    assert generation["metadata"]["custom"] == {"nested": [1, {"deep": "日本語"}]}
    assert generation["startTime"] <= generation["endTime"]


def test_cost_that_litellm_computed_is_kept(trace):
    generation = only(get("observations", traceId=trace["id"])["data"])
    assert generation["costDetails"]["total"] == generation["calculatedTotalCost"] == trace["totalCost"]
    assert trace["totalCost"] > 0


def test_failed_completion_arrives_as_an_error():
    def arrived():
        return only(get("observations", userId="user-litellm-old-failed")["data"])

    async def fail():
        # This version logs failures of asynchronous calls only, and from a task of the same loop.
        with pytest.raises(litellm.InternalServerError):
            await litellm.acompletion(
                model="gpt-4o-mini",
                messages=story.CHAT,
                mock_response=Exception(story.ERROR_MESSAGE),
                num_retries=0,
                metadata={
                    "trace_id": "litellm-old-failed",
                    "trace_name": "failed",
                    "trace_user_id": "user-litellm-old-failed",
                },
            )
        return await asyncio.to_thread(eventually, arrived)

    generation = asyncio.run(fail())
    assert (generation["traceId"], generation["level"]) == ("litellm-old-failed", "ERROR")
    assert story.ERROR_MESSAGE in generation["statusMessage"]


def test_a_user_finds_everything_where_they_look_for_it(trace):
    golden.check(CLIENT, trace["id"])


def test_published_for_the_other_readers(trace):
    publish(CLIENT, trace["id"])
