"""LiteLLM's `langfuse` callback of the newer kind (its own OTLP exporter), with mocked completions and no network beyond the server."""

import litellm
import pytest

import golden
import story
from connection import eventually, get, only, publish
from facts import contains

CLIENT = "litellm-1.109-langfuse"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
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
            "trace_id": TRACE_ID,
            "trace_name": story.TRACE_NAME,
            "trace_user_id": "user-litellm-new",
            "session_id": "session-litellm-new",
            "trace_release": story.RELEASE,
            "trace_version": story.VERSION,
            "trace_metadata": story.TRACE_METADATA,
            "tags": ["litellm", "new"],
        },
    )
    with pytest.raises(litellm.InternalServerError):
        litellm.completion(
            model="gpt-4o-mini",
            messages=story.CHAT,
            mock_response=Exception(story.ERROR_MESSAGE),
            num_retries=0,
            metadata={"trace_name": "failed", "trace_user_id": "user-litellm-new-failed"},
        )
    yield
    litellm.success_callback = []
    litellm.failure_callback = []


@pytest.fixture(scope="module")
def trace():
    def arrived():
        return only(get("traces", userId="user-litellm-new")["data"])

    return eventually(arrived)


def test_trace_comes_back_field_by_field(trace):
    assert {key: trace[key] for key in ("id", "name", "userId", "sessionId", "release", "version", "tags")} == {
        "id": TRACE_ID,
        "name": story.TRACE_NAME,
        "userId": "user-litellm-new",
        "sessionId": "session-litellm-new",
        "release": story.RELEASE,
        "version": story.VERSION,
        "tags": ["litellm", "new"],
    }
    assert trace["input"] == {"messages": story.CHAT}
    assert (trace["output"]["role"], trace["output"]["content"]) == ("assistant", REPLY)
    assert contains(trace["metadata"], story.TRACE_METADATA)


def test_generation_comes_back_field_by_field(trace):
    generation = only(get("observations", traceId=trace["id"])["data"])
    assert {
        key: generation[key]
        for key in ("traceId", "parentObservationId", "type", "name", "level", "model", "input", "usageDetails")
    } == {
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
    assert contains(generation["modelParameters"], {"temperature": 0.2, "max_tokens": 256})
    # This kind keeps a caller's own metadata on the trace, and its own account of the call on the observation.
    assert contains(generation["metadata"]["usage_object"], {"prompt_tokens": 10, "completion_tokens": 20})
    assert generation["startTime"] <= generation["completionStartTime"] <= generation["endTime"]


def test_cost_that_litellm_computed_is_kept(trace):
    generation = only(get("observations", traceId=trace["id"])["data"])
    assert generation["costDetails"]["total"] == generation["calculatedTotalCost"] == trace["totalCost"]
    assert trace["totalCost"] > 0


def test_failed_completion_arrives_as_an_error():
    def arrived():
        return only(get("observations", userId="user-litellm-new-failed")["data"])

    generation = eventually(arrived)
    assert generation["level"] == "ERROR"
    assert story.ERROR_MESSAGE in generation["statusMessage"]


def test_a_user_finds_everything_where_they_look_for_it(trace):
    golden.check(CLIENT, trace["id"])


def test_published_for_the_other_readers(trace):
    publish(CLIENT, trace["id"])
