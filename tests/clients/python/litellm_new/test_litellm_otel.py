"""LiteLLM's `langfuse_otel` callback (OpenInference attributes over OTLP), with mocked completions."""

import litellm
import pytest

import golden
import story
from connection import eventually, get, only, publish
from facts import contains

CLIENT = "litellm-1.109-langfuse_otel"
REPLY = "An umbrella ☂ and good shoes."
USER = "user-litellm-otel"


@pytest.fixture(scope="module", autouse=True)
def sent():
    litellm.callbacks = ["langfuse_otel"]
    litellm.completion(
        model="gpt-4o-mini",
        messages=story.CHAT,
        mock_response=REPLY,
        temperature=0.2,
        max_tokens=256,
        metadata={
            "generation_name": "draft-answer",
            "trace_name": story.TRACE_NAME,
            "trace_user_id": USER,
            "session_id": "session-litellm-otel",
            "trace_release": story.RELEASE,
            "version": story.VERSION,
            "trace_metadata": story.TRACE_METADATA,
            "tags": ["litellm", "otel"],
        },
    )
    with pytest.raises(litellm.InternalServerError):
        litellm.completion(
            model="gpt-4o-mini",
            messages=story.CHAT,
            mock_response=Exception(story.ERROR_MESSAGE),
            num_retries=0,
            metadata={"trace_name": "failed", "trace_user_id": USER + "-failed"},
        )
    yield
    litellm.callbacks = []


@pytest.fixture(scope="module")
def trace():
    def arrived():
        return only(get("traces", userId=USER)["data"])

    return eventually(arrived)


def test_trace_comes_back_field_by_field(trace):
    assert {key: trace[key] for key in ("name", "userId", "sessionId", "release", "version", "tags")} == {
        "name": story.TRACE_NAME,
        "userId": USER,
        "sessionId": "session-litellm-otel",
        "release": story.RELEASE,
        "version": story.VERSION,
        "tags": ["litellm", "otel"],
    }
    assert trace["input"] == story.CHAT
    assert contains(trace["metadata"], story.TRACE_METADATA)


def test_generation_comes_back_field_by_field(trace):
    generations = get("observations", traceId=trace["id"], type="GENERATION")["data"]
    (generation,) = [one for one in generations if one["name"] in ("draft-answer", "litellm_request")]
    assert (generation["model"], generation["level"]) == ("gpt-4o-mini", "DEFAULT")
    assert generation["input"] == story.CHAT
    assert REPLY in str(generation["output"])
    assert contains(generation["usageDetails"], {"input": 10, "output": 20, "total": 30})
    assert contains(generation["modelParameters"], {"temperature": 0.2, "max_tokens": 256})


def test_cost_that_litellm_computed_is_kept(trace):
    assert trace["totalCost"] > 0


def test_failed_completion_arrives_as_an_error():
    def arrived():
        failed = get("observations", userId=USER + "-failed", level="ERROR")["data"]
        assert failed
        return failed

    assert any(story.ERROR_MESSAGE in (one["statusMessage"] or "") for one in eventually(arrived))


def test_a_user_finds_everything_where_they_look_for_it(trace):
    golden.check(CLIENT, trace["id"])


def test_published_for_the_other_readers(trace):
    publish(CLIENT, trace["id"])
