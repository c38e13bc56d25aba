"""Langfuse's Python client of the fifth generation (gzip, score arrays, no trace reads): writes the story and reads it back."""

import json

import pytest
from langfuse import Langfuse, get_client, observe, propagate_attributes

import story
from connection import HOST, PROJECT_ID, PROJECT_NAME, get, publish
from facts import by_name, contains, ids, names
from telling import TYPES, expected, tell

CLIENT = "python-langfuse-5"
USER = "user-python-5"
SESSION = "session-python-5"
TAGS = ["python-5", "weather", "東京"]
EVERYTHING = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"

# This client encodes metadata so that text made of digits stays text.
METADATA = story.METADATA | {"digits": "0042", "number as text": "42"}
METADATA_READ = story.METADATA_READ | {"digits": "0042", "number as text": "42"}


# For the whole run: a client that was shut down waits for ever for uploads, and the next file gets this one from `get_client`.
@pytest.fixture(scope="session")
def langfuse():
    client = Langfuse(environment=story.ENVIRONMENT, release=story.RELEASE)
    yield client
    client.shutdown()


@pytest.fixture(scope="module", autouse=True)
def told(langfuse):
    with propagate_attributes(
        user_id=USER,
        session_id=SESSION,
        tags=TAGS,
        trace_name=story.TRACE_NAME,
        version=story.VERSION,
        metadata=story.TRACE_METADATA,
    ):
        with langfuse.start_as_current_observation(
            as_type="agent", name="travel-agent", input=story.QUESTION, metadata=METADATA
        ) as agent:
            told = tell(langfuse, agent)
            agent.set_trace_as_public()
            agent.score_trace(score_id="python-5-helpfulness", name="helpfulness", **story.SCORES["helpfulness"])
            langfuse.score_current_trace(score_id="python-5-resolved", name="resolved", value=1, data_type="BOOLEAN")
    langfuse.create_score(
        score_id="python-5-tone",
        trace_id=told.trace_id,
        observation_id=told.ids["draft-answer"],
        name="tone",
        value="friendly",
        data_type="CATEGORICAL",
        metadata={"judge": "human"},
        timestamp=told.began,
    )
    langfuse.create_score(
        score_id="python-5-session", session_id=SESSION, name="satisfaction", value=0.5, data_type="NUMERIC"
    )
    langfuse.flush()
    told.end()
    return told


@pytest.fixture(scope="module")
def views(langfuse, told):
    return by_name(langfuse.api.observations.get_many(trace_id=told.trace_id, fields=EVERYTHING).data)


def test_keys_are_accepted_and_name_the_project(langfuse):
    assert langfuse.auth_check() is True
    (project,) = langfuse.api.projects.get().data
    assert (project.id, project.name) == (PROJECT_ID, PROJECT_NAME)


def payload(text):
    return None if text is None else json.loads(text)


def test_observations_come_back_field_by_field(views, told):
    seen = {
        name: {
            "id": view.id,
            "trace_id": view.trace_id,
            "parent_observation_id": view.parent_observation_id,
            "name": view.name,
            "type": view.type,
            "level": view.level,
            "status_message": view.status_message or None,
            "version": view.version,
            "environment": view.environment,
            "model": view.model or None,
            "model_parameters": view.model_parameters,
            # The story's one text payload is no JSON and stays as it was sent.
            "input": view.input if name == "book-flight" else payload(view.input),
            "output": payload(view.output),
            "usage_details": view.usage_details,
            "cost_details": view.cost_details,
        }
        for name, view in views.items()
    }
    assert seen == expected(told, version=story.VERSION)


def test_every_observation_carries_what_was_propagated(views):
    for view in views.values():
        assert (view.user_id, view.session_id, view.trace_name, view.release) == (
            USER,
            SESSION,
            story.TRACE_NAME,
            story.RELEASE,
        )
        assert sorted(view.tags) == sorted(TAGS)
        assert contains(view.metadata, story.TRACE_METADATA)


def test_metadata_comes_back_with_nested_values_and_digits_stay_text(views):
    assert contains(views["draft-answer"].metadata, story.METADATA_READ)
    assert contains(views["travel-agent"].metadata, METADATA_READ)


def test_root_is_marked(views):
    assert {name: view.is_root_observation for name, view in views.items()} == {
        name: name == "travel-agent" for name in TYPES
    }


def test_times_lie_where_the_story_happened(views, told):
    for view in views.values():
        assert view.start_time <= view.end_time <= told.ended
    for child in (view for view in views.values() if view.name != "travel-agent"):
        assert told.began <= child.start_time
    generation = views["draft-answer"]
    assert generation.completion_start_time == told.completion_start
    assert generation.time_to_first_token > 0


def test_cost_is_summed(views):
    assert views["draft-answer"].total_cost == pytest.approx(story.COST_READ["total"])


def test_scores_show_values_in_their_own_type(langfuse, told):
    scores = by_name(
        langfuse.api.scores.get_many(trace_id=told.trace_id, fields="core,details,subject,annotation").data
    )
    assert {
        name: (score.id, score.data_type, score.value, score.comment, score.source, score.environment)
        for name, score in scores.items()
    } == {
        "helpfulness": ("python-5-helpfulness", "NUMERIC", 0.75, "clear, but short", "API", story.ENVIRONMENT),
        "tone": ("python-5-tone", "CATEGORICAL", "friendly", None, "API", story.ENVIRONMENT),
        "resolved": ("python-5-resolved", "BOOLEAN", True, None, "API", story.ENVIRONMENT),
    }
    tone = scores["tone"]
    assert (tone.metadata, tone.timestamp) == ({"judge": "human"}, told.began)
    assert (tone.subject.kind, tone.subject.id, tone.subject.trace_id) == (
        "observation",
        told.ids["draft-answer"],
        told.trace_id,
    )


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"session_id": SESSION}, {"python-5-session"}),
        ({"id": "python-5-tone,python-5-resolved"}, {"python-5-tone", "python-5-resolved"}),
        ({"name": "tone", "data_type": "categorical", "value": "friendly"}, {"python-5-tone"}),
        ({"data_type": "NUMERIC", "value_min": 0.7, "value_max": 0.8, "name": "helpfulness"}, {"python-5-helpfulness"}),
        ({"data_type": "BOOLEAN", "value": "true", "source": "api"}, {"python-5-resolved"}),
    ],
    ids=lambda value: "+".join(value),
)
def test_scores_filter(langfuse, filters, found):
    listed = ids(langfuse.api.scores.get_many(**filters).data)
    assert {score for score in listed if score.startswith("python-5-")} == found


def test_scores_page_by_cursor_without_gap_or_repeat(langfuse, told):
    seen, cursor = [], None
    while True:
        page = langfuse.api.scores.get_many(trace_id=told.trace_id, limit=2, cursor=cursor)
        seen += [score.id for score in page.data]
        cursor = page.meta.cursor
        if cursor is None:
            break
    assert sorted(seen) == ["python-5-helpfulness", "python-5-resolved", "python-5-tone"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"user_id": USER}, sorted(TYPES)),
        ({"session_id": SESSION, "is_root_observation": True}, ["travel-agent"]),
        ({"session_id": SESSION, "type": "TOOL"}, ["get-weather"]),
        ({"session_id": SESSION, "level": "ERROR"}, ["book-flight"]),
        ({"session_id": SESSION, "name": "confirmed"}, ["confirmed"]),
        ({"session_id": SESSION, "environment": "production"}, []),
        ({"session_id": SESSION, "version": "other"}, []),
    ],
    ids=lambda value: "+".join(value),
)
def test_observation_list_filters(langfuse, filters, found):
    assert names(langfuse.api.observations.get_many(**filters).data) == found


def test_observation_list_bounds_time(langfuse, told):
    listed = langfuse.api.observations.get_many
    assert listed(trace_id=told.trace_id, from_start_time=told.ended).data == []
    assert len(listed(trace_id=told.trace_id, to_start_time=told.ended).data) == len(TYPES)
    children = listed(trace_id=told.trace_id, parent_observation_id=told.ids["draft-answer"]).data
    assert names(children) == ["get-weather"]


def test_observation_pages_join_without_gap_or_repeat(langfuse, told):
    seen, cursor = [], None
    while True:
        page = langfuse.api.observations.get_many(trace_id=told.trace_id, limit=2, cursor=cursor)
        seen += [view.id for view in page.data]
        cursor = page.meta.cursor
        if cursor is None:
            break
    assert len(seen) == len(told.ids)
    assert set(seen) == set(told.ids.values())


def test_trace_url_points_into_this_server(langfuse, told):
    url = langfuse.get_trace_url(trace_id=told.trace_id)
    assert url == f"{HOST}/project/{PROJECT_ID}/traces/{told.trace_id}"


def test_trace_is_there_for_readers_that_still_ask_for_traces(told):
    trace = get(f"traces/{told.trace_id}")
    assert {key: trace[key] for key in ("name", "userId", "sessionId", "version", "release", "public")} == {
        "name": story.TRACE_NAME,
        "userId": USER,
        "sessionId": SESSION,
        "version": story.VERSION,
        "release": story.RELEASE,
        "public": True,
    }
    assert (trace["input"], trace["output"]) == (story.QUESTION, story.ANSWER)


def test_a_trace_continued_from_elsewhere_keeps_its_id(langfuse):
    trace_id = Langfuse.create_trace_id(seed="python-5-continued")
    with langfuse.start_as_current_observation(
        name="continued", trace_context={"trace_id": trace_id}, input={"step": 1}, output={"done": True}
    ):
        pass
    langfuse.flush()
    (view,) = langfuse.api.observations.get_many(trace_id=trace_id, fields="core,io").data
    assert (json.loads(view.input), json.loads(view.output)) == ({"step": 1}, {"done": True})
    trace = get(f"traces/{trace_id}")
    assert (trace["name"], trace["input"], trace["output"]) == ("continued", {"step": 1}, {"done": True})


def test_decorated_functions_nest_and_keep_arguments_and_exceptions(langfuse):
    @observe(as_type="generation")
    def answer(question):
        get_client().update_current_generation(model=story.MODEL, usage_details={"input": 7, "output": 5})
        raise RuntimeError(f"no answer to {question}")

    @observe
    def conversation(question):
        with propagate_attributes(user_id=USER + "-decorated", tags=["decorated"]):
            try:
                answer(question)
            except RuntimeError:
                pass
        return get_client().get_current_trace_id()

    trace_id = conversation("東京")
    langfuse.flush()

    views = by_name(langfuse.api.observations.get_many(trace_id=trace_id, fields=EVERYTHING).data)
    failed, root = views["answer"], views["conversation"]
    assert (failed.type, failed.level, failed.status_message) == ("GENERATION", "ERROR", "no answer to 東京")
    assert (failed.user_id, failed.tags) == (USER + "-decorated", ["decorated"])
    assert failed.usage_details == {"input": 7, "output": 5, "total": 12}
    assert (json.loads(root.input), root.output) == ({"args": ["東京"], "kwargs": {}}, trace_id)


def test_deleted_traces_and_scores_are_gone_at_once(langfuse):
    traces = [Langfuse.create_trace_id(seed=f"python-5-deleted-{name}") for name in ("one", "two", "three")]
    for trace_id in traces:
        with langfuse.start_as_current_observation(name="deleted", trace_context={"trace_id": trace_id}):
            pass
        langfuse.create_score(score_id=f"score-{trace_id}", trace_id=trace_id, name="doubtful", value=0.0)
    langfuse.flush()
    api = langfuse.api
    api.scores.delete(f"score-{traces[0]}")
    assert api.scores.get_many(trace_id=traces[0]).data == []
    assert len(api.scores.get_many(trace_id=traces[1]).data) == 1
    assert api.trace.delete(traces[0]).message == "Trace deleted successfully"
    assert api.trace.delete_multiple(trace_ids=[*traces[1:], "never-written"]).message == "Traces deleted successfully"
    for trace_id in traces:
        assert api.observations.get_many(trace_id=trace_id).data == []


def test_published_for_the_other_readers(told):
    publish(CLIENT, told.trace_id)
