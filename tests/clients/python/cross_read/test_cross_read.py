"""What one client wrote, another reads: every published trace through the API client of the environment this runs in.

Runs once per Python generation, after all suites have written; the generation is found from the installed client itself.
"""

import json
from importlib.metadata import version

import pytest
from langfuse import Langfuse

from connection import manifests
from facts import observation

GENERATION = int(version("langfuse").split(".")[0])
TRACES = manifests()
EXPECTED = {
    *("python-langfuse-2", "python-langfuse-3", "python-langfuse-4", "python-langfuse-5"),
    *("js-langfuse-3", "js-langfuse-4", "js-langfuse-5", "langchain"),
    *("litellm-1.80-langfuse", "litellm-1.109-langfuse", "litellm-1.109-langfuse_otel"),
    *("otel-python-plain", "otel-python-gzip", "otel-js-json", "otel-js-json-gzip", "otel-js-protobuf"),
}


@pytest.fixture(scope="module")
def langfuse():
    client = Langfuse()
    yield client
    client.shutdown()


def test_every_suite_has_published_its_trace():
    assert EXPECTED - set(TRACES) == set()


@pytest.mark.skipif(GENERATION >= 5, reason="the fifth generation reads observations, not traces")
@pytest.mark.parametrize("client", TRACES)
def test_trace_is_read_with_its_observations_and_scores(langfuse, client):
    manifest = TRACES[client]
    trace_id = manifest["trace"]["id"]
    trace = langfuse.client.trace.get(trace_id) if GENERATION == 2 else langfuse.api.trace.get(trace_id)
    assert {
        "id": trace.id,
        "name": trace.name,
        "userId": trace.user_id,
        "sessionId": trace.session_id,
        "tags": trace.tags,
        "environment": trace.environment,
    } == manifest["trace"]
    read = {view.id: observation(view) for view in trace.observations}
    assert {
        key: (one["name"], one["type"], one["parent_observation_id"], one["level"], one["model"], one["usage_details"])
        for key, one in read.items()
    } == {
        key: (one["name"], one["type"], one["parentObservationId"], one["level"], one["model"], one["usageDetails"])
        for key, one in manifest["observations"].items()
    }
    assert {score.name: getattr(score, "string_value", None) or score.value for score in trace.scores} == manifest[
        "scores"
    ]


@pytest.mark.skipif(GENERATION < 4, reason="older generations read through the first observations API")
@pytest.mark.parametrize("client", TRACES)
def test_observations_are_read_through_the_second_api(langfuse, client):
    manifest = TRACES[client]
    views = langfuse.api.observations.get_many(
        trace_id=manifest["trace"]["id"], fields="core,basic,io,model,usage,trace_context", limit=1000
    ).data
    assert {
        view.id: (view.name, view.type, view.parent_observation_id, view.level, view.model or None, view.usage_details)
        for view in views
    } == {
        key: (one["name"], one["type"], one["parentObservationId"], one["level"], one["model"], one["usageDetails"])
        for key, one in manifest["observations"].items()
    }
    for view in views:
        assert (view.user_id, view.trace_name, view.environment) == (
            # The second API shows an empty text where there is no user.
            manifest["trace"]["userId"] or "",
            manifest["trace"]["name"],
            manifest["trace"]["environment"],
        )
        # The second API hands payloads out as stored text.
        assert view.input is None or isinstance(view.input, str)


@pytest.mark.skipif(GENERATION < 4, reason="older generations have no third scores API")
@pytest.mark.parametrize("client", TRACES)
def test_scores_are_read_through_the_third_api(langfuse, client):
    manifest = TRACES[client]
    read = langfuse.api.scores.get_many if GENERATION >= 5 else langfuse.api.scores_v3.get_many_v3
    scores = {score.name: score.value for score in read(trace_id=manifest["trace"]["id"]).data}
    assert {name: json.dumps(value) for name, value in scores.items()} == {
        name: json.dumps({"True": True, "False": False}.get(value, value)) for name, value in manifest["scores"].items()
    }
